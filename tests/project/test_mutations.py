"""The faults of `make test-mutations` are up to date, and it tells the truth."""

import shutil

import pytest

from layer_by_layer.course import ROOT, CourseError
from tests import mutations
from tests.mutations import Fault, every_fault, judge, read

FAULTS = every_fault()
CAUGHT = Fault("a caught one", ["README.md"], {"a": "b"}, "tests")
MISSED = Fault("a missed one", ["README.md"], {"a": "b"}, "tests")
KNOWN = Fault("a known one", ["README.md"], {"a": "b"}, "tests", why="too hard")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_can_be_planted(fault, site):
    """Otherwise it would have to be noticed in the long run only."""
    for file in fault.files:
        text = read(ROOT / file)
        assert fault.planted(file, text) != text


def test_there_are_enough_faults_with_names_of_their_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


def test_fault_that_is_out_of_date_is_an_error():
    with pytest.raises(CourseError, match="'a caught one' is out of date"):
        CAUGHT.planted("README.md", "no such letter")


def test_all_is_well(capsys):
    judge({CAUGHT: ["one", "two"], KNOWN: []}, broken=set())
    assert "1 of 2 faults caught." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("caught", "broken", "words"),
    [
        ({MISSED: []}, set(), "not caught: a missed one"),
        ({MISSED: ["one"]}, {"one"}, "not caught: a missed one"),
        ({CAUGHT: ["one", "two"]}, {"one"}, "fail without a fault: one"),
        ({KNOWN: ["one"]}, set(), "cannot be: a known one"),
    ],
)
def test_what_is_not_as_expected_is_an_error(caught, broken, words):
    with pytest.raises(CourseError, match=words):
        judge(caught, broken)


def test_a_test_that_is_not_found_is_an_error(tmp_path, monkeypatch):
    """A fault would count as caught, otherwise, by a test that is not there."""
    monkeypatch.setattr(mutations, "COPY", tmp_path)
    monkeypatch.setattr(mutations, "REPORT", tmp_path / "report.xml")
    monkeypatch.setattr(mutations, "LOG", tmp_path / "pytest.log")
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_one.py").write_text("def test_one(): assert False\n")
    assert mutations.failing(["test_one.py"]) == ["test_one.py::test_one"]
    for tests in (["test_gone.py"], ["test_one.py", "-k", "gone"]):
        with pytest.raises(CourseError, match="pytest could not run"):
            mutations.failing(tests)
