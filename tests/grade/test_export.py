"""What is exported to nbgrader and Otter: points, solutions, hidden tests.

That the tools take it is tried by `make export PROVE=1`, which installs them.
"""

import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from layer_by_layer.assign import questions
from layer_by_layer.assign.notebooks import student_notebook
from layer_by_layer.assign.questions import read_assignment
from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.grade import export, prove
from layer_by_layer.grade.export import (
    AGREE,
    for_nbgrader,
    for_otter,
    hidden_tests,
    literal,
)
from tests.assign.test_assignments import GOOD
from tests.conftest import COURSE

EVERY_ASSIGNMENT = pytest.mark.parametrize("name", questions.names(COURSE))
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
TESTS = {"q1": "assert SECRET_1", "q2": "assert SECRET_2"}
VALUES = [
    0.1,
    -0.0,
    None,
    "text's",
    True,
    [],
    (1,),
    (np.arange(6).reshape(2, 3), [np.float32(0.1), np.ones((1, 0))]),
    {"a": (1, 2), 3: np.array([True])},
    np.array([[0.1]], dtype="float32"),
    np.array([3], dtype="uint8"),
]


@EVERY_LANGUAGE
@EVERY_ASSIGNMENT
def test_nbgrader_gives_all_points_once(name, lang):
    assignment = read_assignment(COURSE, name)
    notebook = for_nbgrader(COURSE, assignment, lang, TESTS)
    nbformat.validate(notebook)
    marked = [c.metadata.nbgrader for c in notebook.cells if "nbgrader" in c.metadata]
    assert len({mark["grade_id"] for mark in marked}) == len(marked)
    graded = {mark["grade_id"]: mark["points"] for mark in marked if mark["grade"]}
    written = [q.id for q in assignment.questions if q.kind == "written"]
    assert graded == {
        q.id if q.id in written else f"{q.id}-check": q.points
        for q in assignment.questions
    }
    assert all(mark["locked"] != mark["solution"] for mark in marked)


def without(text: str, begin: str, end: str) -> str:
    """A cell without the lines from one mark to another, as graders release it."""
    lines, kept = text.splitlines(), []
    inside = False
    for line in lines:
        inside = inside or line.strip() == begin
        if not inside:
            kept.append(line)
        inside = inside and line.strip() != end
    return "\n".join(kept)


@EVERY_LANGUAGE
@EVERY_ASSIGNMENT
@pytest.mark.parametrize(
    ("make", "begin", "end"),
    [
        (for_nbgrader, questions.BEGIN, questions.END),
        (for_otter, "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION"),
    ],
    ids=["nbgrader", "otter"],
)
def test_students_get_the_same_answer_cells(name, lang, make, begin, end):
    assignment = read_assignment(COURSE, name)
    made = make(COURSE, assignment, lang, {}).cells
    cells = [cell for cell in made if cell.cell_type == "code"]
    released = [without(cell.source, begin, end) for cell in cells]
    given = {c.id: c.source for c in student_notebook(COURSE, assignment, lang).cells}
    for question in assignment.questions:
        assert released.count(given[question.id]) == 1, question.id


@EVERY_LANGUAGE
@pytest.mark.parametrize("make", [for_nbgrader, for_otter], ids=["nbgrader", "otter"])
def test_checks_raise(written, make, lang):
    """Both tools count errors: a check that only says ✗ would earn its points."""
    cells = make(COURSE, written(GOOD), lang, {}).cells
    checks = [cell.source for cell in cells if "assert answer_1" in cell.source]
    assert len(checks) == 1
    with pytest.raises(AssertionError):
        exec(checks[0], {"answer_1": 0})


def test_hidden_tests_are_between_their_marks(written):
    assignment = written(GOOD)
    for cell in for_nbgrader(COURSE, assignment, "en", TESTS).cells:
        left = without(cell.source, export.BEGIN_HIDDEN, export.END_HIDDEN)
        assert "SECRET" not in left and "images" not in left
    text = nbformat.writes(for_nbgrader(COURSE, assignment, "en", TESTS))
    assert "SECRET_1" in text and "SECRET_2" in text
    assert "SECRET" not in nbformat.writes(for_nbgrader(COURSE, assignment, "en", {}))


@pytest.mark.parametrize("tests", [TESTS, {}], ids=["hidden", "visible only"])
def test_otter_gives_all_points_once(written, tests):
    """The points of a question's tests are those of the question."""
    assignment = written(GOOD)
    blocks, found, told = [], {}, {}
    for cell in for_otter(COURSE, assignment, "ko", tests).cells[1:]:
        word, _, settings = cell.source.partition("\n")
        if cell.cell_type == "raw" and word.startswith("# BEGIN "):
            blocks.append(word.removeprefix("# BEGIN "))
            if blocks[-1] == "QUESTION":
                asked = export.yaml.safe_load(settings)
                told[asked["name"]] = asked["points"]
        elif cell.cell_type == "raw":
            assert word == f"# END {blocks.pop()}"
        elif blocks and blocks[-1] == "TESTS":
            config = cell.source.split('"""')[1].partition("\n")[2]
            test = export.yaml.safe_load(config)
            found.setdefault(asked["name"], []).append((test["hidden"], test["points"]))
    assert blocks == []
    assert told == {q.id: q.points for q in assignment.questions}
    right = [(False, 0), (True, 2)] if tests else [(False, 2)]
    assert found == {"q1": right, "q2": right, "q3": [(False, 0), (True, 1), (True, 1)]}


def test_same_source_makes_the_same_files(written):
    for make in (for_nbgrader, for_otter):
        first, again = (make(COURSE, written(GOOD), "en", TESTS) for _ in range(2))
        assert nbformat.writes(first) == nbformat.writes(again)


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_values_survive_as_code(value):
    again = eval(literal(value), {"np": np})
    assert repr(again) == repr(eval(literal(again), {"np": np}))
    assert_same(again, value)


def assert_same(got, expected):
    if isinstance(expected, np.ndarray):
        assert got.dtype == expected.dtype and got.shape == expected.shape
        assert np.array_equal(got, expected)
    elif isinstance(expected, list | tuple):
        assert type(got) is type(expected) and len(got) == len(expected)
        for pair in zip(got, expected, strict=True):
            assert_same(*pair)
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            assert_same(got[key], expected[key])
    else:
        assert got == expected


@pytest.mark.parametrize(
    ("got", "right", "same"),
    [
        (1.00001, 1, True),
        (1.01, 1, False),
        ((1, "a"), [1, "a"], True),
        ((1,), (1, 2), False),
        (None, (1, 2), False),
        (None, None, True),
        (np.ones(3), np.ones(3), True),
        (np.ones(2), np.ones(3), False),
        ("a", "b", False),
    ],
)
def test_answers_are_compared(got, right, same):
    space: dict = {}
    exec(AGREE, space)
    assert bool(space["agree"](got, right)) is same


def test_hidden_tests_know_right_from_wrong(written, tmp_path, monkeypatch):
    """Expected answers are those of the solution, to the inputs of the folder."""
    elsewhere = [path for path in sys.path if Path(path).name != "tests"]
    monkeypatch.setattr(sys, "path", elsewhere)  # `numbers` is Python's for others
    hidden = "SEED = 5\n\n\ndef answer_1(rng):\n    return [()] * 5\n"
    (tmp_path / "04.py").write_text(hidden, encoding="utf-8")
    tests = hidden_tests(COURSE, written(GOOD), tmp_path)
    assert set(tests) == {"q1", "q2"}
    exec(tests["q1"], {"answer_1": lambda: 1})
    exec(tests["q2"], {"answer_2": 1.005})  # the tolerance is 0.01
    with pytest.raises(AssertionError, match="an input that you cannot see"):
        exec(tests["q1"], {"answer_1": lambda: 2})
    with pytest.raises(AssertionError, match="an input that you cannot see"):
        exec(tests["q2"], {"answer_2": 1.02})


@pytest.mark.parametrize(
    ("solution", "untouched"), [(6, 0), (5, 0), (6, 1)], ids=["right", "less", "gift"]
)
def test_proof_needs_all_points_and_none(
    written, tmp_path, monkeypatch, solution, untouched
):
    """All but those that a person gives; here 2 of 8."""
    earned = {"solution": solution, "untouched": untouched}
    monkeypatch.setattr(prove, "prepare", lambda tool: None)
    monkeypatch.setitem(prove.EARNED, "otter", lambda name, folder: earned)
    if (solution, untouched) == (6, 0):
        prove.prove("otter", written(GOOD), tmp_path, "ko")
    else:
        with pytest.raises(
            CourseError, match=r"log\.txt, and correct layer_by_layer/grade/export\.py"
        ):
            prove.prove("otter", written(GOOD), tmp_path, "ko")
