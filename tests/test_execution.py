"""Notebooks run, alone, twice, and give the stored figures. The longest tests."""

import copy
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.conftest import CHAPTERS, KERAS_HOME, real_data
from tools.compare import decimals, is_close
from tools.course import LANGUAGES
from tools.execute import code_cells, execute, notebook_path, runs, stored
from tools.outputs import clean, plain_text
from tools.split import tags

EVERY_CHAPTER = pytest.mark.parametrize("name", CHAPTERS)
PASSING = re.compile(
    r"^WARNING:tensorflow:.*\n?"
    r"|(?<=Cell In\[)\d+|(?<=cell:)\d+|(?<=sequential_)\d+|(?<=dense_)\d+",
    re.M,
)


def start_nbmake(folder: Path, lang: str, name: str) -> subprocess.Popen:
    """Run a notebook with nbmake, alone in an empty folder; it is overwritten."""
    folder = folder / lang
    folder.mkdir()
    shutil.copy(notebook_path(lang, name), folder)
    options = ("-p", "no:cacheprovider", "--nbmake", "--overwrite")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *options, "--nbmake-timeout=600", "."],
        cwd=folder,
        env={**os.environ, "KERAS_HOME": str(KERAS_HOME), "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="session")
def executed(tmp_path_factory):
    """A function that runs both notebooks of a chapter at the same time, once."""
    done = {}

    def run(lang, name):
        if (lang, name) not in done:
            folder = tmp_path_factory.mktemp(name)
            running = {each: start_nbmake(folder, each, name) for each in LANGUAGES}
            for each, nbmake in running.items():
                log = nbmake.communicate()[0]
                notebook = nbformat.read(folder / each / f"{name}.ipynb", as_version=4)
                for cell in code_cells(notebook):
                    cell.outputs = clean(cell.outputs)
                done[each, name] = nbmake.returncode, log, notebook
        return done[lang, name]

    return run


@EVERY_CHAPTER
@pytest.mark.parametrize("lang", LANGUAGES)
def test_executes(executed, name, lang):
    code, log, notebook = executed(lang, name)
    assert code == 0, log[-5000:]
    for cell in code_cells(notebook):
        raised = [o.ename for o in cell.outputs if o.output_type == "error"]
        assert raised == [cell.metadata[k] for k in ("raises",) if k in cell.metadata]


def figures(cell) -> tuple[str, list]:
    """What a cell shows: its text and its pictures.

    Without measured times, without warnings, which Python and TensorFlow give only now
    and then, and without numbers like In[5] and dense_7, which count what ran so far.
    """
    if "timing" in tags(cell):
        return "", []
    outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    pictures = [
        o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})
    ]
    return PASSING.sub("", plain_text(outputs)).strip(), pictures


@EVERY_CHAPTER
def test_two_executions_are_identical(executed, name):
    """To the last byte, pictures included: one run per language, same code."""
    ko, en = (code_cells(executed(lang, name)[-1]) for lang in LANGUAGES)
    for one, two in zip(ko, en, strict=True):
        if "timing" not in tags(one):
            assert json.dumps(one.outputs) == json.dumps(two.outputs), one.source


@real_data
@EVERY_CHAPTER
def test_figures_are_reproduced(executed, name):
    """Within a tolerance: another processor rounds differently while it trains."""
    before, now = stored(name), executed("en", name)[-1]
    cells = zip(code_cells(before), decimals(before), decimals(now), strict=True)
    for cell, old, new in cells:
        assert len(old) == len(new), cell.source
        for a, b in zip(old, new, strict=True):
            assert is_close(a, b), (a, b, cell.source)


@pytest.fixture(scope="session")
def a_tenth_of_the_data(tmp_path_factory):
    """A Keras home folder with the first tenth of each file of the data set."""
    home = tmp_path_factory.mktemp("keras")
    folder = Path("datasets", "fashion-mnist")
    (home / folder).mkdir(parents=True)
    for path in (KERAS_HOME / folder).glob("*.gz"):
        content = gzip.decompress(path.read_bytes())
        header = 16 if "images" in path.name else 8  # bytes
        end = header + (len(content) - header) // 10
        (home / folder / path.name).write_bytes(gzip.compress(content[:end], 1))
    return home


@EVERY_CHAPTER
def test_cells_can_be_run_again(name, a_tenth_of_the_data):
    """Each cell twice in a row, then all once more: no error, same figures.

    For this it does not matter on how many images models are trained.
    Cells tagged `stateful` change figures when doubled, so they run twice at the end.
    """
    notebook = stored(name)
    once = code_cells(notebook)
    first = [c for c in once for _ in range(1 if "stateful" in tags(c) else 2)]
    last = [c for c in once if "stateful" in tags(c)]
    notebook.cells = [copy.deepcopy(c) for c in [*first, *once, *last]]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    cells = code_cells(execute(notebook, name, a_tenth_of_the_data))
    shown = iter(cells[: len(first)])
    for cell, third in zip(once, cells[len(first) :], strict=False):
        for _ in range(1 if "stateful" in tags(cell) else 2):
            assert figures(next(shown)) == figures(third), cell.source


def test_run_times(record_property, capsys):
    """Recorded run times are printed, not judged: machines differ."""
    with capsys.disabled():
        print()
        for name, record in runs().items():
            print(f"  {name}: {record['seconds']} s, {record['peak_gigabytes']} GB")
            record_property(name, record["seconds"])
    assert set(runs()) == set(CHAPTERS)
