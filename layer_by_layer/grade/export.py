"""Export assignments for tools that instructors may already use.

What is written to `_build/export/` is the source that the tool itself takes: nbgrader
makes its releases from it, and `otter assign` the files for Otter and Gradescope. This
is a convenience and protects nothing: both tools run their tests in the process of the
student's code. `make grade` does not.

With a folder of hidden inputs (see `hidden.py`) there are hidden tests of
functions and values. Their expected answers are what the solution gives. A model is
always tested on images that the notebook does not show. `--prove` runs the tool.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import nbformat
import numpy as np
import yaml
from nbformat import NotebookNode

from layer_by_layer.assign.notebooks import (
    notebook,
    raising,
    with_both,
    with_solution,
)
from layer_by_layer.assign.questions import (
    BEGIN,
    END,
    Assignment,
    Question,
    named,
    read_assignment,
)
from layer_by_layer.command import parser
from layer_by_layer.course import LANGUAGES, Course
from layer_by_layer.files import write
from layer_by_layer.grade.hidden import read_hidden
from layer_by_layer.grade.prove import prove
from layer_by_layer.grade.worker import decode
from layer_by_layer.run import data
from layer_by_layer.run.store import code_cells
from layer_by_layer.source.dialects import as_json

FOLDER = "export"  # of _build/
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
# What Otter and Gradescope install to run a notebook.
PACKAGES = ["keras", "matplotlib", "numpy", "scikit-learn", "tensorflow"]
WRONG = "This answer is wrong for an input that you cannot see."
SCALES = {
    "raw": "images",
    "scaled": 'images.astype("float32") / 255',
    "flat": 'images.reshape(len(images), -1).astype("float32") / 255',
}
AGREE = """\
import numpy as np


def agree(got, right, tolerance=1e-4):
    if isinstance(right, (list, tuple)):
        same = isinstance(got, (list, tuple)) and len(got) == len(right)
        return same and all(agree(*pair, tolerance) for pair in zip(got, right))
    if right is None or isinstance(right, (str, bool)):
        return got == right
    return np.shape(got) == np.shape(right) and np.allclose(got, right, tolerance)
"""
ACCURACY = """\
import contextlib
import io

import keras
import numpy as np

_, (images, targets) = keras.datasets.fashion_mnist.load_data()
with contextlib.redirect_stdout(io.StringIO()):
    predicted = {model}.predict({images})
if np.ndim(predicted) > 1:
    predicted = np.argmax(predicted, axis=1)
accuracy = np.mean(predicted == targets)"""
NBGRADER_CONFIG = """\
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "layer-by-layer-{lang}"
c.ClearSolutions.code_stub = {{"python": ""}}  # the cells say where to write
c.ExecutePreprocessor.timeout = 300
# What is written to stderr counts as a failure, but TensorFlow logs there.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "."
"""


# What the solution answers


def expected_answers(
    course: Course, assignment: Assignment, inputs: dict[str, list]
) -> dict:
    """What the solution answers: to inputs of functions, and as values; by question."""
    os.environ["KERAS_HOME"] = str(data.prepare())
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    lang = LANGUAGES[0]  # the same code in each
    solved = notebook(course, assignment, lang, with_solution, raising)
    cells = [cell.source for cell in code_cells(solved)]
    names = {q.id: q.answer for q in assignment.questions if q.kind == "value"}
    calls = {q.id: (q.answer, inputs[q.id]) for q in assignment.questions
             if q.kind == "function"}  # fmt: skip
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh_process:
        return fresh_process.submit(run_solution, cells, names, calls).result()


def run_solution(cells: list[str], names: dict, calls: dict) -> dict:
    """Run cells in one namespace, then read values and call functions there."""
    namespace = {"__name__": "__main__"}
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        for code in cells:
            exec(code, namespace)
        answers = {key: namespace[name] for key, name in names.items()}
        for key, (name, inputs) in calls.items():
            answers[key] = [namespace[name](*arguments) for arguments in inputs]
    return answers


def literal(value) -> str:
    """A value as Python code that needs nothing but `np`."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r}, dtype={value.dtype.name!r})"
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({''.join(f'{literal(item)}, ' for item in value)})"
    if isinstance(value, dict):
        pairs = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def hidden_tests(
    course: Course, assignment: Assignment, folder: Path | None
) -> dict[str, str]:
    """Python code by question that fails for a wrong function or value."""
    if folder is None:
        return {}
    coded = read_hidden(folder, assignment).inputs
    inputs = {key: [decode(each) for each in coded[key]] for key in coded}
    right = expected_answers(course, assignment, inputs)
    tests = {}
    for question in assignment.questions:
        if question.kind == "function":
            pairs = zip(inputs[question.id], right[question.id], strict=True)
            cases = "\n".join(f"    {literal(pair)}," for pair in pairs)
            call = f"agree({question.answer}(*arguments), right)"
            loop = f"for arguments, right in [\n{cases}\n]:\n"
            tests[question.id] = f'{AGREE}\n\n{loop}    assert {call}, "{WRONG}"'
        elif question.kind == "value":
            close = f"{question.answer}, {literal(right[question.id])}"
            if question.tolerance:
                close += f", {question.tolerance}"
            tests[question.id] = f'{AGREE}\n\nassert agree({close}), "{WRONG}"'
    return tests


def accuracy_code(question: Question) -> str:
    """Python code that sets `accuracy` to that of a model on the test images."""
    return ACCURACY.format(model=question.answer, images=SCALES[question.input])


# nbgrader


def for_nbgrader(
    course: Course, assignment: Assignment, lang: str, tests: dict
) -> NotebookNode:
    """A source notebook: solutions, points, and hidden tests between their marks."""
    answers = partial(with_both, begin=BEGIN, end=END)
    made = notebook(course, assignment, lang, answers, raising)
    cells = {cell.id: cell for cell in made.cells}
    for question in assignment.questions:
        answer, check = cells[question.id], cells[f"{question.id}-check"]
        by_hand = question.kind == "written"
        mark(answer, solution=True, points=question.points if by_hand else None)
        mark(check, solution=False, points=None if by_hand else question.points)
        hidden = tests.get(question.id)
        if question.kind == "model":
            hidden = f"{accuracy_code(question)}\n{points_for_accuracy(question)}"
        if hidden:
            check.source += f"\n{BEGIN_HIDDEN}\n{hidden}\n{END_HIDDEN}"
    return made


def points_for_accuracy(question: Question) -> str:
    """The last line of a test: nbgrader takes a number there for the points earned."""
    steps = f"{question.thresholds}.items()"
    return f"max((points for least, points in {steps} if accuracy >= least), default=0)"


def mark(cell: NotebookNode, solution: bool, points: int | None) -> None:
    """Say what nbgrader does with a cell (its schema, version 3)."""
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": cell.id,
        "solution": solution,
        "grade": points is not None,
        "locked": not solution,
        "task": False,
        **({} if points is None else {"points": points}),
    }


def files_for_nbgrader(
    course: Course, assignment: Assignment, lang: str, tests: dict
) -> dict:
    folder, name = course.build / FOLDER / "nbgrader" / lang, assignment.name
    made = for_nbgrader(course, assignment, lang, tests)
    return {
        folder / "nbgrader_config.py": NBGRADER_CONFIG.format(lang=lang),
        folder / "source" / name / f"{name}.ipynb": as_json(made),
    }


# Otter


def for_otter(
    course: Course, assignment: Assignment, lang: str, tests: dict
) -> NotebookNode:
    """A master notebook for `otter assign`, with raw cells that Otter reads."""
    begin, end = "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION"
    answers = partial(with_both, begin=begin, end=end)
    made = notebook(course, assignment, lang, answers, raising)
    cells = {cell.id: cell for cell in made.cells}
    settings = {"name": assignment.name, "export_cell": False, "requirements": PACKAGES}
    found = [raw("ASSIGNMENT CONFIG", settings), *made.cells]
    for question in assignment.questions:
        answer, check = cells[question.id], cells[f"{question.id}-check"]
        start = found.index(answer) - 1  # with the heading
        found[start : found.index(check) + 1] = [
            raw("BEGIN QUESTION", otter_settings(question)),
            found[start],
            raw("BEGIN SOLUTION"),
            answer,
            raw("END SOLUTION"),
            *otter_tests(question, check.source, tests),
            raw("END QUESTION"),
        ]
    made.cells = found
    for position, cell in enumerate(found):
        cell.id = f"{position:03d}"  # new cells have random ids
    return made


def otter_settings(question: Question) -> dict:
    by_hand = question.kind == "written"
    return {"name": question.id, "points": question.points, "manual": by_hand}


def otter_tests(question: Question, check: str, tests: dict) -> list[NotebookNode]:
    """The check, and hidden tests, which earn the points where there are any."""
    hidden = []
    if question.kind == "written":
        return []
    if question.kind == "model":
        before = 0
        for least, points in sorted(question.thresholds.items()):
            test = f"{accuracy_code(question)}\nassert accuracy >= {least}"
            hidden.append(otter_test(test, points - before, hidden=True))
            before = points
    elif question.id in tests:
        hidden.append(otter_test(tests[question.id], question.points, hidden=True))
    check = check.rpartition("\n")[0]  # a test that prints something fails
    visible = otter_test(check, 0 if hidden else question.points)
    return [raw("BEGIN TESTS"), visible, *hidden, raw("END TESTS")]


def otter_test(code: str, points: int, hidden: bool = False) -> NotebookNode:
    config = yaml.safe_dump({"points": points, "hidden": hidden})
    head = f'""" # BEGIN TEST CONFIG\n{config}""" # END TEST CONFIG'
    return nbformat.v4.new_code_cell(f"{head}\n{code}")


def raw(word: str, config: dict | None = None) -> NotebookNode:
    """A raw cell that Otter reads."""
    settings = f"\n{yaml.safe_dump(config, sort_keys=False)}" if config else ""
    return nbformat.v4.new_raw_cell(f"# {word}{settings}".rstrip())


def files_for_otter(
    course: Course, assignment: Assignment, lang: str, tests: dict
) -> dict:
    folder, name = course.build / FOLDER / "otter" / lang, assignment.name
    made = for_otter(course, assignment, lang, tests)
    return {folder / f"{name}.ipynb": as_json(made)}


TOOLS = {"nbgrader": files_for_nbgrader, "otter": files_for_otter}


def main(course: Course, arguments: list[str]) -> None:
    known = parser("export", __doc__)
    known.add_argument("tool", choices=TOOLS)
    known.add_argument("chapters", nargs="*", metavar="CHAPTER", help="04; all if none")
    known.add_argument("--hidden", type=Path, metavar="FOLDER", help="hidden inputs")
    known.add_argument("--prove", action="store_true", help="try it in the tool")
    options = known.parse_args(arguments)
    for name in named(course, options.chapters):
        assignment = read_assignment(course, name)
        tests = hidden_tests(course, assignment, options.hidden)
        for lang in LANGUAGES:
            files = TOOLS[options.tool](course, assignment, lang, tests)
            write(files)
            print(*(path.relative_to(course.root) for path in files), sep="\n")
            if options.prove:
                folder = course.build / FOLDER / options.tool / lang
                prove(options.tool, assignment, folder, lang)
