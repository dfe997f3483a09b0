"""Runs on other versions are compared rightly. Nothing is installed or executed."""

import re
import subprocess

import pytest
from nbformat import NotebookNode, v4
from packaging.requirements import Requirement

from layer_by_layer.course import ROOT, CourseError
from layer_by_layer.run import trial, versions
from layer_by_layer.run.compare import Row, compare, table
from layer_by_layer.run.store import PACKAGES
from layer_by_layer.run.versions import Place, install
from layer_by_layer.source.dialects import as_json
from tests.conftest import COURSE

MODELS = [{"accuracies": [0.81, 0.82]}, {"accuracies": [0.8]}]


def requirements(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [
        Requirement(line.partition("#")[0]) for line in lines if line[:1].isalpha()
    ]
    return {each.name: each for each in found}


def test_colab_is_within_the_ranges():
    ranges = requirements("requirements.txt")
    assert set(requirements("versions/colab.txt")) == set(PACKAGES)
    for name, pinned in requirements("versions/colab.txt").items():
        [exactly] = pinned.specifier
        assert exactly.operator == "=="
        assert exactly.version in ranges[name].specifier, name


def test_every_range_has_a_lowest_version():
    """Otherwise the set `lowest` would begin with the oldest release there is."""
    for name, requirement in requirements("requirements.txt").items():
        assert ">=" in {each.operator for each in requirement.specifier}, name


def test_engines_are_extra():
    assert set(requirements("versions/engines.txt")) == set(versions.ENGINES) - {
        "tensorflow"
    }
    assert not set(requirements("versions/engines.txt")) & set(
        requirements("requirements.txt")
    )


def test_make_offers_every_place():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    offered = re.findall(r"\$\(or \$\(SET\),(.+?)\)", makefile)
    assert [group.split() for group in offered] == [
        list(versions.VERSIONS),
        list(versions.ENGINES),
    ]


def notebook(*texts: str, raises: str = "", models=MODELS, failure=None):
    """A run of a chapter whose cells print `texts`; the last one may fail."""
    cells = [
        v4.new_code_cell(outputs=[v4.new_output("stream", text=text)]) for text in texts
    ]
    if raises:
        cells[-1].outputs = [v4.new_output("error", ename=raises, evalue="")]
    cells[-1].metadata["raises"] = "ValueError"
    trial = {"seconds": 5, "models": models, "failure": failure}
    return v4.new_notebook(cells=cells, metadata={"trial": trial})


STORED = notebook("a 0.5\nb 1.25", "WARNING: 5 calls", "", raises="ValueError")


def compared(*texts: str, **run) -> Row:
    now = notebook(*texts, **{"raises": "ValueError", **run})
    return compare("04-x", "colab", STORED, MODELS, now)


def test_the_same_run_passes():
    row = compared("a 0.5\nb 1.25", "WARNING: 6 calls", "")
    assert row == Row("04-x", "colab", "passed", 5, 0.82, 0, "0 of 2")


def test_numbers_within_the_tolerance_do_not_differ():
    assert compared("a 0.52\nb 1.28", "", "").differ == "0 of 2"
    assert compared("a 0.54\nb 1.25", "", "").differ == "1 of 2"
    assert compared("a 0.5", "", "").differ == "1 of 2"
    assert compared("a 0.5\nb 1.25\nc 3.5", "", "").differ == "1 of 3"


def test_measured_times_do_not_count():
    before, now = notebook("3.5 times"), notebook("7.5 times")
    before.cells[0].metadata["tags"] = now.cells[0].metadata["tags"] = ["timing"]
    assert compare("04-x", "colab", before, MODELS, now).differ == "0 of 0"


def test_new_warnings_are_told():
    row = compared("WARNING: 7 calls\nFutureWarning: old\nFutureWarning: old", "", "")
    assert row.warnings == ["FutureWarning: old"]


@pytest.mark.parametrize("raises", ["", "TypeError"])
def test_another_exception_does_not_pass(raises):
    assert compared("", "", "", raises=raises).result.endswith("in code cells 3")


def test_accuracies_are_compared_one_by_one():
    models = [{"accuracies": [0.81, 0.85]}, {"accuracies": [0.79]}]
    row = compared("", "", "", models=models)
    assert (row.accuracy, row.difference) == (0.85, pytest.approx(0.03))
    assert compared("", "", "", models=models[:1]).difference is None


def test_table():
    rows = [
        Row("04-x", "stored", "", 9, 0.82),
        compared("a 0.54\nb 1.25", "FutureWarning: old", ""),
        compared("", "", "", failure="code cell 2 failed"),
    ]
    assert table(rows).splitlines() == [
        "chapter  place   result  seconds  accuracy  difference  differ  warnings",
        "04-x     stored          9        0.8200",
        "04-x     colab   passed  5        0.8200    0.0000      1 of 2  1",
        "04-x     colab   FAILED  5",
        "",
        "04-x, colab: FutureWarning: old",
        "04-x, colab: FAILED: code cell 2 failed",
    ]


@pytest.fixture
def place(monkeypatch, tmp_path) -> Place:
    monkeypatch.setattr(versions, "FOLDER", tmp_path)
    return Place("new", "3.99", ("-r", "requirements.txt"))


@pytest.fixture
def uv(monkeypatch, place):
    """Stands in for uv, writes down what it was asked, and fails at what is in it."""
    asked, fails = [], set()

    def stand_in(*arguments):
        asked.append(arguments)
        place.folder.mkdir(exist_ok=True)
        return not fails & set(arguments)

    monkeypatch.setattr(versions, "uv", stand_in)
    return asked, fails


def test_environment_is_installed_once(place, uv):
    asked, _ = uv
    install(place)
    assert [each[0] for each in asked] == ["venv", "pip"]
    install(place)
    assert len(asked) == 2
    install(place, force=True)
    assert len(asked) == 4


def test_new_ranges_are_installed(monkeypatch, place, uv, tmp_path):
    (tmp_path / "requirements.txt").write_text("keras")
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    install(place)
    (tmp_path / "requirements.txt").write_text("keras<4")
    install(place)
    assert len(uv[0]) == 4


def test_failed_installation_does_not_count(place, uv):
    asked, fails = uv
    fails.add("install")
    for _ in range(2):
        with pytest.raises(CourseError, match="new could not be installed"):
            install(place)
    assert len(asked) == 4


def test_another_python_will_do(place, uv):
    asked, fails = uv
    fails.add("3.99")
    install(place)
    assert [each[0] for each in asked] == ["venv", "venv", "pip"]
    assert asked[1][-1] == versions.sys.executable


@pytest.fixture
def trials(monkeypatch, place) -> list[str]:
    """Trials stood in for: the first chapter leaves no result, the third half a one."""
    started = []
    code = {"layer_by_layer": {"code_sha256": "new"}}
    monkeypatch.setattr(versions, "install", lambda *_: None)
    monkeypatch.setattr(versions, "stored", lambda *_: NotebookNode(metadata=code))

    def stand_in(command, env, **_):
        started.append(command[-2])
        if command[-2] != "first":
            failure = "cell 2 failed" if command[-2] == "third" else None
            run = v4.new_notebook(metadata={**code, "trial": {"failure": failure}})
            command[-1].write_text(as_json(run), encoding="utf-8")
        assert env["KERAS_BACKEND"] == "jax"

    monkeypatch.setattr(subprocess, "run", stand_in)
    return started


def test_a_failure_stops_nothing_and_results_are_kept(trials):
    for _ in range(2):
        versions.run(COURSE, "jax", ["first", "second", "third"], force=False)
    assert trials == ["first", "second", "third", "first", "third"]
    versions.run(COURSE, "jax", ["second"], force=True)
    assert trials[5:] == ["second"]


def test_results_of_other_code_do_not_count(monkeypatch, trials):
    versions.run(COURSE, "jax", ["second"], force=False)
    assert versions.result(COURSE, "jax", "second")
    changed = {"layer_by_layer": {"code_sha256": "newer"}}
    monkeypatch.setattr(versions, "stored", lambda *_: NotebookNode(metadata=changed))
    assert versions.result(COURSE, "jax", "second") is None


@pytest.fixture
def stored_code(monkeypatch):
    """A stored notebook of the code "new", in place of a chapter's."""
    book = notebook("stored", "stored")
    book.metadata["layer_by_layer"] = {"code_sha256": "new"}
    monkeypatch.setattr(trial, "stored", lambda *_: book)
    monkeypatch.setattr(trial, "read_page", lambda course, name: name)
    monkeypatch.setattr(trial, "code_hash", lambda name: "new")


def test_trial_of_older_code_is_refused(monkeypatch, stored_code, tmp_path):
    """What it printed would be taken for that of the present code."""
    monkeypatch.setattr(trial, "code_hash", lambda name: "newer")
    with pytest.raises(CourseError, match="run 'make notebooks CH=04' first"):
        trial.main(COURSE, ["04-x", str(tmp_path / "result")])


def test_trial_writes_failures_down(monkeypatch, stored_code, tmp_path):
    """With the outputs up to there, and none of the stored ones."""

    def execute(run, *_):
        run.cells[0].outputs = [v4.new_output("stream", text="really run")]
        raise CourseError("code cell 2 failed")

    monkeypatch.setattr(trial, "execute", execute)
    monkeypatch.setattr(trial.data, "prepare", lambda: None)
    with pytest.raises(SystemExit):
        trial.main(COURSE, ["04-x", str(tmp_path / "result")])
    result = versions.nbformat.read(tmp_path / "result", as_version=4)
    assert result.metadata["trial"]["failure"] == "code cell 2 failed"
    assert [len(cell.outputs) for cell in result.cells] == [1, 0]
