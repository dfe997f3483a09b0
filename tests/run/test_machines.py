"""Numbers of the text are judged rightly against runs with other arithmetics."""

import os
import platform
import subprocess
import sys

import pytest
from nbformat import NotebookNode, v4

from layer_by_layer.course import CourseError
from layer_by_layer.run import machines, prose
from layer_by_layer.run.machines import Figure, figures_of_cell
from layer_by_layer.run.prose import Number
from layer_by_layer.run.versions import MACHINES
from layer_by_layer.source.page import read_file, read_page
from tests.conftest import CHAPTERS, COURSE

PAGE = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
constants: {"0.75": an invented number, "0.811": from 01-other}
---

+++ {"lang": "ko"}

# 제목

+++ {"lang": "en"}

# Title

0.001 and 0.75 are not computed, 0.811 is elsewhere, 0.86 and 7 are below.

```{code-cell} ipython3
---
claims:
  - {ko: 절반, en: half of them, if: "n[0] / 2 < n[2] < n[0]"}
alt: {ko: 그림 0.86, en: picture 0.86}
caption: {ko: 볼 것 0.86, en: to see 0.86}
---
train(0.001)
```

+++ {"lang": "ko"}

## 둘째

+++ {"lang": "en"}

## Second

0.86 is above and below, 7 above, 2,400 here. About half of them.

```{code-cell} ipython3
again()
```
"""
STORED = [["48", "0.8551", "30", "7"], ["0.86", "2400"]]


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "02-page.md"
    path.write_text(PAGE, encoding="utf-8")
    return read_file(path, COURSE.languages)


@pytest.fixture
def runs(monkeypatch):
    return {"02-page": {"stored": STORED}, "01-other": {"stored": [["0.8112"]]}}


def found(page, runs) -> list[tuple]:
    return [(n.text, n.chapter, n.places) for n in machines.numbers(page, runs)]


def test_numbers_are_found_where_they_are_printed(page, runs):
    """In their own section first; not what the code contains, nor short numbers."""
    assert found(page, runs) == [
        ("0.811", "01-other", [(0, 0)]),
        ("0.86", "02-page", [(0, 1)]),
        ("7", "02-page", [(0, 3)]),
        ("0.86", "02-page", [(0, 1)]),
        ("0.86", "02-page", [(0, 1)]),
        ("0.86", "02-page", [(1, 0)]),
        ("2400", "02-page", [(1, 1)]),
    ]


def test_a_cell_that_prints_another_count_is_named(page, monkeypatch):
    printed = {"stored": STORED, "avx": [STORED[0], ["0.86"]]}
    monkeypatch.setattr(machines, "figures", lambda course, chapter: printed)
    message = r"02-page\.md:\d+: this cell prints 1 numbers with avx, and 2 as stored"
    with pytest.raises(CourseError, match=message):
        machines.reproductions(COURSE, page)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_stored_outputs_print_as_many_numbers_as_every_arithmetic(chapter):
    assert machines.reproductions(COURSE, read_page(COURSE, chapter))


def test_measured_times_and_warnings_are_not_figures():
    clock = v4.new_code_cell(outputs=[v4.new_output("stream", text="3.5 times")])
    clock.metadata["tags"] = ["timing"]
    warning = v4.new_output("stream", name="stderr", text="WARNING: 5 calls")
    result = v4.new_output("stream", text="1,500 at 86.5%, 1e-07, [0. 1]")
    cell = v4.new_code_cell(outputs=[warning, result])
    shown = prose.printed(v4.new_notebook(cells=[clock, cell]))
    assert shown == [[], ["1500", "86.5%", "1e-07", "0", "1"]]


@pytest.mark.parametrize(
    ("number", "unit"),
    [("0.86", 0.01), ("86%", 0.01), ("86.1%", 0.001), ("7", 1), ("1.5e-07", 1e-8)],
)
def test_unit_of_the_last_place(number, unit):
    assert prose.unit(number) == pytest.approx(unit)


@pytest.mark.parametrize(
    ("text", "others", "holds"),
    [
        ("0.86", ["0.8502", "0.8699"], True),
        ("0.86", ["0.86", "0.8702"], False),
        ("0.86", ["0.8551", ""], False),
        ("-0.86", ["0.8551"], True),  # "lower by 0.86"
        ("86%", ["0.8502"], True),
        ("86%", ["0.8492"], False),
        ("7496", ["7496.9"], True),
        ("7496", ["7498"], False),
    ],
)
def test_number_holds_within_one_unit(text, others, holds):
    number = Number(text, 1, "02-page", [(0, 0)])
    assert number.holds([[[each] if each else []] for each in others]) == holds


def test_all_runs_must_print_it_in_the_same_place():
    number = Number("0.86", 1, "02-page", [(0, 0), (0, 1)])
    assert number.holds([[["0.1", "0.86"]], [["0.2", "0.86"]]])
    assert not number.holds([[["0.1", "0.86"]], [["0.86", "0.1"]]])


def test_what_does_not_hold_is_listed_with_its_values(page, runs):
    assert machines.not_holding(page, runs) == []
    runs["02-page"]["sse41"] = [["48", "0.8412", "23", "7"], ["0.86", "2400"]]
    first, alt, caption, claim = machines.not_holding(page, runs)
    place = "0.86 is 0.8551 (stored), 0.8412 (sse41)"
    assert first == f"book/02-page.md:12: {place}"
    assert alt == caption == f"book/02-page.md:23: {place}"
    assert claim == (
        "book/02-page.md:23: '절반 · half of them' (n[0] / 2 < n[2] < n[0]) is false "
        "with sse41: ['48', '0.8412', '23', '7']"
    )


@pytest.mark.parametrize(
    ("stored", "away", "good", "bad"),
    [
        ("79510", 0, ["79510"], ["79509"]),  # a count
        ("0.1312", 0, ["0.1311"], ["0.1310"]),  # by hand: another rounding at most
        ("2.4820489", 0, ["2.4820487"], ["2.4821"]),  # a sum in float32
        ("0.8592", 0.001, ["0.8620", "0.8563"], ["0.8625", "0.8557"]),
        ("45", 2, ["39", "51"], ["38", "52"]),  # dead units
        ("7496.5", None, ["750", "74000"], ["700", "75000", "2.3"]),
    ],
)
def test_figures_are_judged_by_their_nature(stored, away, good, bad):
    assert all(Figure(stored, away).is_reproduced_by(each) for each in good)
    assert not any(Figure(stored, away).is_reproduced_by(each) for each in bad)


def test_how_far_figures_may_be_is_what_arithmetics_showed():
    """A figure that happened to be the same shares what moved another of its cell."""
    shown = [["5", "0.80", "0.5"], ["5", "0.84", "0.5"], ["5", "0.82", "0.5"]]
    _, accuracy, loss = figures_of_cell(False, shown)
    assert accuracy.away == pytest.approx(0.04)
    assert loss.away == pytest.approx(0.5 * 0.04 / 0.84)
    assert [f.away for f in figures_of_cell(True, shown)] == [None] * 3
    assert {f.away for f in figures_of_cell(False, [["5", "0.8"]] * 3)} == {0}


def test_figures_of_other_code_do_not_count(monkeypatch):
    monkeypatch.setattr(machines, "read_json", lambda _: {})
    with pytest.raises(CourseError, match="run 'make test-machines CH=01'"):
        machines.figures(COURSE, "01-fashion-mnist")


def test_a_run_that_failed_is_not_noted(monkeypatch):
    """What it printed up to there would be compared with the stored outputs."""
    half = NotebookNode(metadata={"trial": {"failure": "cell 2 failed"}})
    monkeypatch.setattr(machines.versions, "result", lambda *_: half)
    with pytest.raises(CourseError, match="did not run with every arithmetic"):
        machines.keep(COURSE, "01-fashion-mnist")


PROBE = """
import keras, numpy, threadpoolctl
keras.Sequential([keras.Input(shape=(9,)), keras.layers.Dense(9)]).predict(
    numpy.ones((9, 9), "float32"), verbose=0)
for library in threadpoolctl.threadpool_info():
    print(library["internal_api"], library.get("architecture"), library["num_threads"])
print(numpy._core._multiarray_umath.__cpu_features__["X86_V3"])
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other instruction sets")
@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("avx", ["isa:Intel AVX\n", "openblas Sandybridge", "False"]),
        ("sse41", ["isa:Intel SSE4.1\n", "openblas Nehalem", "False"]),
        ("one-thread", ["openblas", " 1\n"]),
    ],
)
def test_variables_have_an_effect(machine, expected):
    """Libraries ignore names that they do not know."""
    said = subprocess.check_output(
        [sys.executable, "-c", PROBE],
        env={**os.environ, **MACHINES[machine].variables, "ONEDNN_VERBOSE": "1"},
        stderr=subprocess.DEVNULL,
        text=True,
    )
    for words in expected:
        assert words in said
