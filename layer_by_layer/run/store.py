"""What ran: the notebooks in `notebooks/`, and the records of their runs and models.

Only this module knows how they are stored. `execute.provenance` writes into them which
code, data and versions they belong to. The build compares the code, with `code_hash`;
`tests/run/test_in_step.py` outputs and data as well.
"""

import hashlib
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from layer_by_layer.course import ENGLISH, Course, CourseError, once, short
from layer_by_layer.source.page import Page, bare_code

PACKAGES = ("keras", "matplotlib", "numpy", "scikit-learn", "tensorflow")
RUNS, MODELS = "runs.json", "models.json"  # in notebooks/


def code_hash(page: Page) -> str:
    """A checksum of what execution depends on: code and tags, not prose."""
    cells = [[bare_code(cell), cell.tags] for cell in page.code()]
    return _sha256(cells)


def output_hash(notebook: NotebookNode) -> str:
    """A checksum of stored outputs, so that an edit by hand is noticed.

    Measured times differ from run to run and do not count.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return _sha256([c.outputs for c in cells if "timing" not in tags(c)])


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _sha256(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def notebook_path(course: Course, lang: str, name: str) -> Path:
    return course.notebooks / lang / f"{name}.ipynb"


@once
def stored(course: Course, name: str, lang: str = ENGLISH) -> NotebookNode | None:
    """The committed notebook of a chapter, or None if there is none yet."""
    path = notebook_path(course, lang, name)
    if not path.exists():
        return None
    try:
        return nbformat.v4.reads(path.read_text(encoding="utf-8"))
    except Exception as error:  # nbformat raises many kinds for a broken file
        raise CourseError(
            f"{path.relative_to(course.root)} is not a notebook ({error}): delete it "
            f"and run 'make notebooks CH={short(name)}'."
        ) from None


def stored_outputs(course: Course, page: Page, lang: str = ENGLISH) -> NotebookNode:
    """The executed notebook of a chapter, for its site.

    Raises CourseError if it belongs to other code. Outputs edited by hand are noticed
    by `make test` and mended by `make notebooks`.
    """
    notebook = stored(course, page.name, lang)
    origin = notebook.metadata.get("layer_by_layer", {}) if notebook else {}
    if origin.get("code_sha256") == code_hash(page):
        return notebook
    state = "changed" if notebook else "was never executed"
    raise CourseError(
        f"book/{page.name}.md: its code {state}, so there are no outputs to show: "
        f"run 'make notebooks CH={short(page.name)}'."
    )


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def with_outputs(target: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Copy outputs between two notebooks that have the same code cells."""
    pairs = zip(code_cells(target), code_cells(source), strict=True)
    for number, (mine, theirs) in enumerate(pairs, start=1):
        mine.outputs = theirs.outputs
        mine.execution_count = number
        for output in mine.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    return target


def read_json(path: Path) -> dict:
    """What `runs.json` or `models.json` says of each chapter; or `network.json`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise CourseError(
            f"notebooks/{path.name} is not valid JSON ({error}): restore it with git."
        ) from None


@once
def runs(course: Course) -> dict:
    """The last recorded run of each chapter: seconds, peak_gigabytes, cores."""
    return read_json(course.notebooks / RUNS)


@once
def trained_models(course: Course) -> dict:
    """What `recorder` noted in each chapter's last run: code_sha256, models."""
    return read_json(course.notebooks / MODELS)


def with_entry(path: Path, name: str, entry) -> str:
    """The JSON of `path` with the entry of one chapter replaced; a line for each."""
    return as_lines(dict(sorted({**read_json(path), name: entry}.items())))


def as_lines(values: dict) -> str:
    """JSON with a line for each key."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
