"""Execute the stored notebook of a chapter with the Python that runs this.

python -m layer_by_layer.run.trial CHAPTER FILE      (for `versions`, elsewhere)

Writes to FILE what a reader would see there. The committed notebook is left alone.
"""

import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from layer_by_layer.command import run_tool
from layer_by_layer.course import Course, CourseError, short
from layer_by_layer.run import data
from layer_by_layer.run.execute import execute
from layer_by_layer.run.outputs import clean
from layer_by_layer.run.store import PACKAGES, code_cells, code_hash, stored
from layer_by_layer.source.dialects import as_json
from layer_by_layer.source.page import read_page


def main(course: Course, arguments: list[str]) -> None:
    name, file = arguments
    notebook = stored(course, name)
    origin = notebook.metadata["layer_by_layer"]
    if origin["code_sha256"] != code_hash(read_page(course, name)):
        raise CourseError(
            f"the code of book/{name}.md is newer than its notebooks: run "
            f"'make notebooks CH={short(name)}' first."
        )
    for cell in code_cells(notebook):
        cell.outputs = []  # what a failure leaves out must not look as if it had run
    models: list[dict] = []
    failure = None
    start = time.monotonic()
    try:
        execute(notebook, name, data.prepare(), models)
    except CourseError as error:
        failure = str(error)
        for cell in code_cells(notebook):
            cell.outputs = clean(cell.outputs)
    engine = os.environ.get("KERAS_BACKEND", "tensorflow")
    notebook.metadata["trial"] = {
        "seconds": round(time.monotonic() - start),
        "models": models,
        "failure": failure,
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in sorted({*PACKAGES, engine})},
        },
    }
    Path(file).write_text(as_json(notebook), encoding="utf-8")
    sys.exit(failure and 1)


if __name__ == "__main__":
    run_tool(main)
