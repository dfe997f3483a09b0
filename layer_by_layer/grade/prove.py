"""Try exported assignments in the tools that they are for.

What students get must earn nothing there, and the solution everything that is not
graded by hand. Each tool has an environment of its own in `_build/versions`, in which
notebooks can use the packages of the course.
"""

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import nbformat

from layer_by_layer.assign.questions import Assignment
from layer_by_layer.course import CourseError
from layer_by_layer.run import data
from layer_by_layer.run.versions import Place, install

PLACES = {
    "nbgrader": Place("nbgrader", None, ("nbgrader>=0.9.5,<0.10",)),
    "otter": Place("otter", None, ("otter-grader>=7,<8",)),
}
SCORES = """\
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    found = book.assignment_submissions({!r})
    print(json.dumps({{each.student.id: each.score for each in found}}))
"""


def prove(tool: str, assignment: Assignment, folder: Path, lang: str) -> None:
    """Run a tool on what was exported to `folder`, and compare points.

    Raises CourseError if the solution does not earn all, or if nothing earns some.
    """
    prepare(tool)
    print(f"{tool}  {lang}  {assignment.name}  (some minutes)", flush=True)
    by_hand = sum(q.points for q in assignment.questions if q.kind == "written")
    earned = EARNED[tool](assignment.name, folder)
    print(
        f"    of {assignment.total} points, {by_hand} by hand: the solution earns "
        f"{earned['solution']:g}, the untouched notebook {earned['untouched']:g}",
        flush=True,
    )
    if earned != {"solution": assignment.total - by_hand, "untouched": 0}:
        raise CourseError(
            f"{tool} does not grade {assignment.name} ({lang}) as it should: see "
            f"{folder / 'log.txt'}, and correct layer_by_layer/grade/export.py."
        )


def prepare(tool: str) -> None:
    """Install a tool, and let its Python find the course's packages after its own."""
    place = PLACES[tool]
    install(place)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.check_output([place.interpreter, "-c", where], text=True)
    own = sysconfig.get_path("purelib")
    Path(found.strip(), "course.pth").write_text(f"{own}\n", encoding="utf-8")


def run(tool: str, *command: str | Path, folder: Path) -> str:
    """What a command of a tool prints. All that it says goes into `log.txt`."""
    programs = PLACES[tool].interpreter.parent
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "KERAS_HOME": str(data.prepare()),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    log = folder / "log.txt"
    with log.open("a", encoding="utf-8") as file:
        done = subprocess.run(
            [programs / command[0], *command[1:]],
            cwd=folder,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
        file.write(done.stdout)
    if done.returncode:
        raise CourseError(f"{tool} failed: see the end of {log}, and correct that.")
    return done.stdout


def earned_in_nbgrader(name: str, folder: Path) -> dict[str, float]:
    """Points by student after `generate_assignment` and `autograde`."""
    run("nbgrader", "nbgrader", "generate_assignment", name, "--force", folder=folder)
    release = nbformat.read(folder / "release" / name / f"{name}.ipynb", 4)
    source = nbformat.read(folder / "source" / name / f"{name}.ipynb", 4)
    hand_in(release, folder / "submitted" / "untouched" / name)
    answers = {cell.id: cell.source for cell in source.cells}
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.metadata.nbgrader.grade_id]
    hand_in(release, folder / "submitted" / "solution" / name)
    run("nbgrader", "nbgrader", "autograde", name, "--force", folder=folder)
    scores = run("nbgrader", "python", "-c", SCORES.format(name), folder=folder)
    return json.loads(scores)


def hand_in(notebook: nbformat.NotebookNode, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{folder.name}.ipynb")


def earned_in_otter(name: str, folder: Path) -> dict[str, float]:
    """Points after `otter assign`, with the zip file that Gradescope takes."""
    made, found = folder / "dist" / name, {}
    shutil.rmtree(made, ignore_errors=True)
    run("otter", "otter", "assign", f"{name}.ipynb", made, folder=folder)
    [configuration] = (made / "autograder").glob("*.zip")
    for who, where in {"solution": "autograder", "untouched": "student"}.items():
        results = made / who
        results.mkdir()
        notebook = made / where / f"{name}.ipynb"
        options = ("-a", configuration, "-o", results)
        run("otter", "otter", "run", *options, notebook, folder=folder)
        tests = json.loads((results / "results.json").read_text("utf-8"))["tests"]
        found[who] = sum(test.get("score", 0) for test in tests)
    return found


EARNED = {"nbgrader": earned_in_nbgrader, "otter": earned_in_otter}
