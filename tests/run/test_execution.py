"""Notebooks run, alone, twice, and give the stored figures. The longest tests."""

import copy
import gzip
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from layer_by_layer.course import LANGUAGES, ROOT
from layer_by_layer.run import machines, prose
from layer_by_layer.run.execute import execute
from layer_by_layer.run.outputs import clean, plain_text
from layer_by_layer.run.store import (
    code_cells,
    code_hash,
    notebook_path,
    runs,
    stored,
    tags,
)
from layer_by_layer.source.page import read_page
from tests.conftest import CHAPTERS, COURSE, KERAS_HOME, real_data

# The notebooks of a chapter have the same code: one of them runs on all data.
LANGUAGE = dict(zip(CHAPTERS, itertools.cycle(LANGUAGES)))
WATCH = ROOT / "tests" / "watch.py"
EVERY_CHAPTER = pytest.mark.parametrize("name", CHAPTERS)
PASSING = re.compile(
    r"^WARNING:tensorflow:.*\n?"
    r"|(?<=Cell In\[)\d+|(?<=cell:)\d+|(?<=sequential_)\d+|(?<=dense_)\d+",
    re.M,
)


def changed_chapters() -> list[str]:
    """Chapters whose code is not that of the branch `main`, where there is one."""
    command = ["git", "show", "main:notebooks/models.json"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        return []
    before = {name: of["code_sha256"] for name, of in json.loads(found.stdout).items()}
    pages = {name: read_page(COURSE, name) for name in CHAPTERS}
    return [name for name in CHAPTERS if before.get(name) != code_hash(pages[name])]


ON_ALL_DATA = pytest.mark.full(sample=changed_chapters())
# They take images by their number; the clinic trains on a few only in any case.
NEED_ALL_IMAGES = ("01-fashion-mnist", "02-logistic-regression", "clinic")


def start_nbmake(folder: Path, lang: str, name: str, **variables) -> subprocess.Popen:
    """Run a notebook with nbmake, alone in an empty folder; it is overwritten."""
    folder = folder / lang
    folder.mkdir()
    shutil.copy(notebook_path(COURSE, lang, name), folder)
    options = ("-p", "no:cacheprovider", "--nbmake", "--overwrite")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *options, "--nbmake-timeout=600", "."],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def run_notebooks(folder: Path, name: str, languages, **variables) -> dict:
    """Run notebooks of a chapter at the same time, with variables of the environment.

    Returns exit code, log and notebook by language.
    """
    running = {
        lang: start_nbmake(folder, lang, name, **variables) for lang in languages
    }
    done = {}
    for lang, nbmake in running.items():
        log = nbmake.communicate()[0]
        notebook = nbformat.read(folder / lang / f"{name}.ipynb", as_version=4)
        for cell in code_cells(notebook):
            cell.outputs = clean(cell.outputs)
        done[lang] = nbmake.returncode, log, notebook
    return done


@pytest.fixture(scope="session")
def executed(tmp_path_factory):
    """A function that runs a notebook of a chapter on all data, once."""
    done = {}

    def run(name):
        if name not in done:
            folder, lang = tmp_path_factory.mktemp(name), LANGUAGE[name]
            home = {"KERAS_HOME": str(KERAS_HOME)}
            done[name] = run_notebooks(folder, name, [lang], **home)[lang]
        return done[name]

    return run


@ON_ALL_DATA
@EVERY_CHAPTER
def test_executes(executed, name):
    code, log, notebook = executed(name)
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


@ON_ALL_DATA
@real_data
@EVERY_CHAPTER
def test_figures_are_reproduced(executed, name):
    """As far as other processors reproduce them; what is exact, exactly."""
    page, before = read_page(COURSE, name), stored(COURSE, name)
    now = prose.printed(executed(name)[-1])
    for cell, shown, new in zip(
        code_cells(before), machines.reproductions(COURSE, page), now, strict=True
    ):
        assert len(shown) == len(new), cell.source
        for figure, number in zip(shown, new, strict=True):
            assert figure.is_reproduced_by(number), (figure, number, cell.source)


@ON_ALL_DATA
@real_data
@EVERY_CHAPTER
def test_numbers_and_claims_of_the_text_hold(executed, name):
    """In what this machine prints, too."""
    runs = {"stored": prose.printed(stored(COURSE, name))}
    runs["this machine"] = prose.printed(executed(name)[-1])
    wrong = machines.not_holding(read_page(COURSE, name), {name: runs})
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="session")
def a_hundredth_of_the_data(tmp_path_factory):
    """A Keras home folder with the first hundredth of each file of the data set."""
    home = tmp_path_factory.mktemp("keras")
    folder = Path("datasets", "fashion-mnist")
    (home / folder).mkdir(parents=True)
    for path in (KERAS_HOME / folder).glob("*.gz"):
        content = gzip.decompress(path.read_bytes())
        header = 16 if "images" in path.name else 8  # bytes
        end = header + (len(content) - header) // 100
        (home / folder / path.name).write_bytes(gzip.compress(content[:end], 1))
    return home


@pytest.fixture
def enough_data(name, a_hundredth_of_the_data, monkeypatch):
    """As few images as a chapter runs with, on one thread each: several at a time."""
    for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(threads, "1")
    return KERAS_HOME if name in NEED_ALL_IMAGES else a_hundredth_of_the_data


@EVERY_CHAPTER
def test_two_executions_are_identical(name, enough_data, tmp_path):
    """To the last byte, pictures included: one run per language, same code."""
    home = {"KERAS_HOME": str(enough_data)}
    done = run_notebooks(tmp_path, name, LANGUAGES, **home)
    for code, log, _ in done.values():
        assert code == 0, log[-5000:]
    for same in zip(*(code_cells(run) for *_, run in done.values()), strict=True):
        if "timing" not in tags(same[0]):
            assert len({json.dumps(cell.outputs) for cell in same}) == 1, same[0].source


def run_in_order(cells, order, name, keras_home) -> tuple[list, list]:
    """Run cells in one kernel in any order; what they showed, what they changed.

    The latter is, for each, a list of settings of `watch.settings` that it changed.
    """
    first = nbformat.v4.new_code_cell(WATCH.read_text(encoding="utf-8"))
    last = nbformat.v4.new_code_cell("import json\nprint(json.dumps(changes_of_cells))")
    notebook = copy.deepcopy(stored(COURSE, name))
    notebook.cells = [first, *(copy.deepcopy(cells[number]) for number in order), last]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    _, *executed, last = code_cells(execute(notebook, name, keras_home))
    return executed, json.loads(plain_text(last.outputs))[-len(order) :]


@ON_ALL_DATA
@EVERY_CHAPTER
def test_cells_can_be_run_again(name, enough_data, request):
    """In any order a reader may think of: no error, same figures.

    In one kernel: each cell twice; then, at a stop, all above, this cell again, and
    all from the top. Here the stop is in the middle, and with `--every-cell` it is at
    each cell in turn, which takes hours. One stop is enough, because of what a kernel
    that was stopped anywhere holds when it starts from the top:

    - Names. A fresh kernel has none, and a notebook runs in it without an error: it
      writes every name before it reads it, so older values are never read.
    - Random generators. Two fresh kernels start them with different numbers, and
      `test_two_executions_are_identical`: whatever draws is seeded.
    - Settings of libraries and of Python. In the last pass no cell changes any, though
      it starts from what the first pass left: so each is set once, to one value, and
      at a stop has that one or the one of a fresh kernel. Both passes look the same.
    - Files. No cell leaves any in its folder, so a new kernel, too, starts afresh
      wherever the last one was stopped.

    For all this it does not matter on how many images models are trained. Cells tagged
    `stateful` change figures when doubled, so that is done to them at the end.
    """
    cells = code_cells(copy.deepcopy(stored(COURSE, name)))
    every = range(len(cells))
    stateful = [number for number in every if "stateful" in tags(cells[number])]
    stops = every if request.config.getoption("every_cell") else [len(cells) // 2]
    twice = [number for number in every for _ in range(1 + (number not in stateful))]
    order = [*twice]
    for stop in stops:
        order += [*range(stop + 1), stop, *every]
    order += stateful
    executed, changes = run_in_order(cells, order, name, enough_data)
    shown = {}
    for number, before, cell in zip(order, [None, *order], executed, strict=False):
        if number not in stateful or before in range(number):
            assert figures(cell) == shown.setdefault(number, figures(cell)), cell.source
    for number, changed in zip(order, changes, strict=True):
        assert "files" not in changed, cells[number].source
    for number, changed in list(zip(order, changes, strict=True))[len(twice) :]:
        assert changed == [], cells[number].source


def test_run_times_are_known():
    assert set(runs(COURSE)) == set(CHAPTERS)
