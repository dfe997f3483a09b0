"""Write `notebooks/`: execute each chapter once, store its outputs in both languages.

    python -m layer_by_layer.run.execute [--force] [CHAPTER ...]   (02; all if none)

A chapter whose code did not change keeps its outputs; only its text is written anew.
A chapter that fails leaves both of its notebooks as they were.
"""

import argparse
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

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode

from layer_by_layer import course
from layer_by_layer.course import LANGUAGES, NOTEBOOKS, CourseError
from layer_by_layer.run import data, readme
from layer_by_layer.run.outputs import clean
from layer_by_layer.source.dialects import code_hash, for_colab, output_hash
from layer_by_layer.source.page import Page, read_page

PACKAGES = ("keras", "matplotlib", "numpy", "scikit-learn", "tensorflow")
RUNS = NOTEBOOKS / "runs.json"
MODELS = NOTEBOOKS / "models.json"
RECORDER = Path(__file__).with_name("recorder.py")
CELL_TIMEOUT = 600  # seconds
START_TIMEOUT = 600  # seconds that a busy machine may take to start Python


def notebook_path(lang: str, name: str) -> Path:
    return NOTEBOOKS / lang / f"{name}.ipynb"


def write(files: dict[Path, str]) -> None:
    """Write files completely or none of them; unchanged files keep their time."""
    new: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.read_text("utf-8", "surrogateescape") == text:
                continue
            new[path] = path.with_name(f".{path.name}.new")
            new[path].write_text(text, encoding="utf-8", newline="\n")
        for path, copy in new.items():
            os.replace(copy, path)
    finally:
        for copy in new.values():
            copy.unlink(missing_ok=True)


def as_json(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook, indent=1, ensure_ascii=False) + "\n"


def stored(name: str, lang: str = "en") -> NotebookNode | None:
    """The committed notebook of a chapter, or None if there is none yet."""
    path = notebook_path(lang, name)
    if not path.exists():
        return None
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for a broken file
        raise CourseError(
            f"{path.relative_to(course.ROOT)} is not a notebook ({error}): delete it "
            f"and run 'make notebooks CH={course.short(name)}'."
        ) from None


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


@contextmanager
def peak_memory(of: list):
    """Append to `of` the peak memory in bytes of all processes started meanwhile."""
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
        of.append(peak)


@contextmanager
def recording(of: list):
    """Environment variables that let a kernel note its models; read into `of`."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(RECORDER, folder)
        startup = Path(folder, "profile_default", "startup", "start.py")
        startup.parent.mkdir(parents=True)
        load = f"__import__('sys').path.append({folder!r}); __import__('recorder')\n"
        startup.write_text(load, encoding="utf-8")
        output = Path(folder, "models.jsonl")
        output.touch()
        yield {"IPYTHONDIR": folder, "RECORDER_OUTPUT": str(output)}
        of.extend(map(json.loads, output.read_text(encoding="utf-8").splitlines()))


def execute(
    notebook: NotebookNode, name: str, keras_home: Path, models: list | None = None
) -> NotebookNode:
    """Run a notebook alone in an empty folder and clean its outputs.

    Appends what `recorder` noted of trained models to `models`. Prints chapter, cell
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
    with tempfile.TemporaryDirectory() as empty, recording(of=models) as variables:
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


def refresh(name: str, chapters: set[str], force: bool) -> None:
    """Bring both notebooks of a chapter up to date with `book/<name>.md`."""
    page = read_page(name)
    new = {lang: for_colab(page, lang, chapters) for lang in LANGUAGES}
    source = stored(name)
    known = source.metadata.get("layer_by_layer", {}) if source else {}
    keep = known.get("code_sha256") == code_hash(page) and not force
    keep = keep and known["outputs_sha256"] == output_hash(source)
    recorded = trained_models().get(name, {})
    keep = keep and recorded.get("code_sha256") == known["code_sha256"]
    if keep:
        print(f"{name}  code unchanged, outputs kept", flush=True)
        origin = {k: v for k, v in known.items() if k != "source"}
    else:
        source, record, models = run(page, deepcopy(new["en"]))
        origin = provenance(with_outputs(source, source), page)
    for lang in LANGUAGES:
        with_outputs(new[lang], source)
        new[lang].metadata["layer_by_layer"].update(origin)
    files = {notebook_path(lang, name): as_json(new[lang]) for lang in LANGUAGES}
    if not keep:
        files[RUNS] = with_entry(RUNS, name, record)
        trained = {"code_sha256": code_hash(page), "models": models}
        files[MODELS] = with_entry(MODELS, name, trained)
    write(files)


def run(page: Page, notebook: NotebookNode) -> tuple[NotebookNode, dict, list]:
    """Execute a chapter on the real data.

    Returns it with its time and memory, and with the models it trained.
    """
    keras_home = data.prepare()
    memory: list[int] = []
    models: list[dict] = []
    start = time.monotonic()
    with peak_memory(of=memory):
        executed = execute(notebook, page.name, keras_home, models)
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


def read_json(path: Path) -> dict:
    """What `runs.json` or `models.json` says of each chapter."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise CourseError(
            f"notebooks/{path.name} is not valid JSON ({error}): restore it with git."
        ) from None


def runs() -> dict:
    """The last recorded run of each chapter: seconds, peak_gigabytes, cores."""
    return read_json(RUNS)


def trained_models() -> dict:
    """What `recorder` noted in each chapter's last run: code_sha256, models."""
    return read_json(MODELS)


def with_entry(path: Path, name: str, entry) -> str:
    """The JSON of `path` with the entry of one chapter replaced; a line for each."""
    entries = sorted({**read_json(path), name: entry}.items())
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entries]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def chapter_names() -> list[str]:
    """Names of all pages with code, in reading order."""
    names = course.page_names(course.toc())
    return [name for name in names if read_page(name).is_chapter]


def named(chapters: list[str]) -> list[str]:
    """Names of the chapters that a person typed, such as `02`; of all if none."""
    names = chapter_names()
    known = {course.short(name): name for name in names}
    if unknown := sorted(set(chapters) - set(known)):
        raise CourseError(
            f"there is no chapter {', '.join(unknown)}: choose from {', '.join(known)}."
        )
    return [known[chapter] for chapter in chapters] or names


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER")
    parser.add_argument("--force", action="store_true")
    options = parser.parse_args(arguments)
    names = chapter_names()
    for name in named(options.chapters):
        refresh(name, set(names), options.force)
    remove_leftovers(names)
    if readme.PATH.exists():
        write({readme.PATH: readme.with_table(), readme.CITATION: readme.citation()})


def remove_leftovers(names: list[str]) -> None:
    """Delete notebooks whose source is gone."""
    for path in NOTEBOOKS.glob("*/*.ipynb"):
        if path.stem not in names:
            print(f"{path.stem}  has no source any more, {path.parent.name} removed")
            path.unlink()


if __name__ == "__main__":
    course.run_tool(main)
