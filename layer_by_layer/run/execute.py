"""Write `notebooks/`: execute each chapter once, store its outputs in all languages.

A chapter whose code did not change keeps its outputs; only its text is written anew.
A chapter that fails leaves its notebooks as they were.
"""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode

from layer_by_layer.command import parser
from layer_by_layer.course import ENGLISH, Course, CourseError
from layer_by_layer.files import remove_leftovers, write
from layer_by_layer.run import data, readme
from layer_by_layer.run.outputs import clean
from layer_by_layer.run.store import (
    MODELS,
    PACKAGES,
    RUNS,
    as_lines,
    code_cells,
    code_hash,
    notebook_path,
    output_hash,
    read_json,
    stored,
    trained_models,
    with_entry,
    with_outputs,
)
from layer_by_layer.source.dialects import as_json, for_colab
from layer_by_layer.source.figures import NETWORK, kept_network
from layer_by_layer.source.page import Page, chapter_names, named, read_page

# What kernels import before the first cell, and what that reads.
IMPORTED = ("recorder", "drawing")
HELPERS = (*(f"{name}.py" for name in IMPORTED), "network.py", "book.mplstyle")
CELL_TIMEOUT = 600  # seconds
START_TIMEOUT = 600  # seconds that a busy machine may take to start Python


@contextmanager
def peak_memory(into: list):
    """Append to `into` the peak memory in bytes of all processes started meanwhile."""
    done = threading.Event()
    peak = 0

    def watch():
        nonlocal peak
        while not done.wait(0.2):
            total = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    pass
            peak = max(peak, total)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        into.append(peak)


@contextmanager
def recording(into: list, keeps: str):
    """Environment variables that let a kernel load `recorder.py`, which notes trained
    models for the scoreboard, and a network for the site. `into` gets them."""
    with tempfile.TemporaryDirectory() as folder:
        for helper in HELPERS:
            shutil.copy(Path(__file__).with_name(helper), folder)
        startup = Path(folder, "profile_default", "startup", "start.py")
        startup.parent.mkdir(parents=True)
        load = [f"__import__('sys').path.append({folder!r})"]
        load += [f"__import__({name!r})" for name in IMPORTED]
        startup.write_text("; ".join(load), encoding="utf-8")
        output = Path(folder, "models.jsonl")
        output.touch()
        variables = {"RECORDER_OUTPUT": str(output), "RECORDER_KEEPS": keeps}
        yield {"IPYTHONDIR": folder, **variables}
        into.extend(map(json.loads, output.read_text(encoding="utf-8").splitlines()))


def execute(
    notebook: NotebookNode,
    name: str,
    keras_home: Path,
    models: list | None = None,
    keeps: str = "",
) -> NotebookNode:
    """Run a notebook alone in an empty folder and clean its outputs.

    Appends what `recorder` noted of trained models to `models`, and the network that
    it `keeps`: a code cell and a variable, such as `9 model`. Prints chapter, cell
    and elapsed time while it runs. Raises CourseError at the first cell that fails
    without being tagged `raises-exception`.
    """
    models = [] if models is None else models
    number_of_cells = len(code_cells(notebook))
    done = 0
    start = time.monotonic()

    def show(cell, cell_index):
        nonlocal done
        if cell.cell_type == "code":
            done += 1
            line = f"{name}  cell {done}/{number_of_cells}"
            elapsed = f"{time.monotonic() - start:.0f} s"
            if sys.stdout.isatty():
                print(f"\r{line}  {elapsed} ", end="", flush=True)
            elif done % 10 == 1 or done == number_of_cells:
                print(f"{line}  {elapsed}", flush=True)

    def let_ctrl_c_through(notebook):
        """Undo nbclient's own handling, which turns Ctrl-C into odd errors."""
        signal.signal(signal.SIGINT, signal.default_int_handler)

    environment = {**os.environ, "KERAS_HOME": str(keras_home), "PYTHONHASHSEED": "0"}
    environment.pop("MPLBACKEND", None)
    with tempfile.TemporaryDirectory() as empty, recording(models, keeps) as variables:
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            startup_timeout=START_TIMEOUT,
            kernel_name="python3",
            on_notebook_start=let_ctrl_c_through,
            on_cell_execute=show,
            resources={"metadata": {"path": empty}},
        )
        try:
            client.execute(env={**environment, **variables}, stderr=subprocess.DEVNULL)
        except DeadKernelError:
            raise CourseError(
                f"book/{name}.md: Python died in code cell {done} (too little memory?):"
                " close other programs and run it again; nothing was overwritten."
            ) from None
        except CellExecutionError as error:
            raise CourseError(
                f"book/{name}.md: code cell {done} failed ({error.ename}: "
                f"{error.evalue}): correct it; its notebooks were left as they were. "
                f"The cell:\n\n{code_cells(notebook)[done - 1].source}"
            ) from None
        except CellTimeoutError:
            raise CourseError(
                f"book/{name}.md: code cell {done} ran longer than {CELL_TIMEOUT} s: "
                "make it do less; its notebooks were left as they were."
            ) from None
    if sys.stdout.isatty():
        print()
    for cell in code_cells(notebook):
        cell.outputs = clean(cell.outputs)
        cell.metadata.pop("execution", None)
    return notebook


def provenance(notebook: NotebookNode, page: Page) -> dict:
    """What outputs belong to: code, data, versions."""
    return {
        "code_sha256": code_hash(page),
        "outputs_sha256": output_hash(notebook),
        "data_md5": data.checksum(),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }


def refresh(course: Course, name: str, force: bool) -> None:
    """Bring the notebooks of a chapter up to date with `book/<name>.md`."""
    page = read_page(course, name)
    new = {lang: for_colab(course, page, lang) for lang in course.languages}
    ran = stored(course, name)
    known = ran.metadata.get("layer_by_layer", {}) if ran else {}
    # If the code is the same, nobody edited the outputs, and models belong to it too.
    keep = known.get("code_sha256") == code_hash(page) and not force
    keep = keep and known["outputs_sha256"] == output_hash(ran)
    recorded = trained_models(course).get(name, {})
    keep = keep and recorded.get("code_sha256") == known["code_sha256"]
    if kept_network(page):
        network = read_json(course.notebooks / NETWORK)
        keep = keep and network.get("code_sha256") == known["code_sha256"]
    if keep:
        print(f"{name}  code unchanged, outputs kept", flush=True)
        origin = {k: v for k, v in known.items() if k != "source"}
    else:
        ran, record, noted = execute_and_measure(page, deepcopy(new[ENGLISH]))
        models = [each for each in noted if "network" not in each]
        # With itself: that numbers executions, before their checksum is taken.
        origin = provenance(with_outputs(ran, ran), page)
    files = {}
    for lang, notebook in new.items():
        with_outputs(notebook, ran)
        notebook.metadata["layer_by_layer"].update(origin)
        files[notebook_path(course, lang, name)] = as_json(notebook)
    if not keep:
        trained = {"code_sha256": code_hash(page), "models": models}
        for file, entry in ((RUNS, record), (MODELS, trained)):
            path = course.notebooks / file
            files[path] = with_entry(path, name, entry)
        for each in noted:
            if network := each.get("network"):
                network = {"code_sha256": code_hash(page), **network}
                files[course.notebooks / NETWORK] = as_lines(network)
    write(files)


def execute_and_measure(
    page: Page, notebook: NotebookNode
) -> tuple[NotebookNode, dict, list]:
    """Execute a chapter on the real data.

    Returns it with its time and memory, and with what was noted of its models.
    """
    keras_home = data.prepare()
    memory: list[int] = []
    models: list[dict] = []
    start = time.monotonic()
    with peak_memory(into=memory):
        keeps = kept_network(page)
        executed = execute(notebook, page.name, keras_home, models, keeps)
    if keeps and not any("network" in each for each in models):
        cell, _, name = keeps.partition(" ")
        raise CourseError(
            f"book/{page.name}.md: {name} is no network that the site can run after "
            f"code cell {cell}: correct its option keep, or build it of dense layers."
        )
    record = {
        "seconds": round(time.monotonic() - start),
        "peak_gigabytes": round(memory[0] / 1e9, 1),
        "cores": os.cpu_count(),
    }
    print(f"{page.name}  done: {describe(record)}", flush=True)
    return executed, record, models


def describe(record: dict) -> str:
    return (
        f"{record['seconds']} s, at most {record['peak_gigabytes']} GB, "
        f"{record['cores']} cores"
    )


def main(course: Course, arguments: list[str]) -> None:
    known = parser("notebooks", __doc__)
    known.add_argument("chapters", nargs="*", metavar="CHAPTER", help="02; all if none")
    known.add_argument("--force", action="store_true", help="also unchanged code")
    options = known.parse_args(arguments)
    for name in named(course, options.chapters):
        refresh(course, name, options.force)
    remove_leftovers(course.notebooks, chapter_names(course))
    readme.refresh(course)
