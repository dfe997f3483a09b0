"""Notebooks give the same figures in every run, and when cells are run again."""

import copy
import gzip
import json
import re
from pathlib import Path

import nbformat
import pytest

from layer_by_layer.course import LANGUAGES, ROOT
from layer_by_layer.run.execute import execute
from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, stored, tags
from tests.conftest import COURSE, KERAS_HOME
from tests.notebooks import EVERY_CHAPTER, ON_ALL_DATA, run_notebooks

WATCH = ROOT / "tests" / "watch.py"
PASSING = re.compile(
    r"^WARNING:tensorflow:.*\n?"
    r"|(?<=Cell In\[)\d+|(?<=cell:)\d+|(?<=sequential_)\d+|(?<=dense_)\d+",
    re.M,
)
SHARE = 50  # of the images, one in so many
THOUSANDS = re.compile(r"(?<![\w.])(\d{1,3}(_\d{3})+|\d{4,})(?![\w.])")


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


@pytest.fixture(scope="session")
def few_images(tmp_path_factory):
    """A Keras home folder with the first fiftieth of each file of the data set."""
    home = tmp_path_factory.mktemp("keras")
    folder = Path("datasets", "fashion-mnist")
    (home / folder).mkdir(parents=True)
    for path in (KERAS_HOME / folder).glob("*.gz"):
        content = gzip.decompress(path.read_bytes())
        header = 16 if "images" in path.name else 8  # bytes
        end = header + (len(content) - header) // SHARE
        (home / folder / path.name).write_bytes(gzip.compress(content[:end], 1))
    return home


def for_few(source: str) -> str:
    """Code for a fiftieth of the images: so are its numbers of a thousand and more."""
    return THOUSANDS.sub(lambda it: str(int(it[0].replace("_", "")) // SHARE), source)


def test_numbers_of_images_shrink_with_them():
    assert for_few("x[:12_000], 784, 60000, 0.1234, n1000") == (
        "x[:240], 784, 1200, 0.1234, n1000"
    )


@EVERY_CHAPTER
def test_two_executions_are_identical(name, few_images, tmp_path):
    """To the last byte, pictures included: one run per language, same code."""
    home = {"KERAS_HOME": str(few_images)}
    done = run_notebooks(tmp_path, name, LANGUAGES, for_few, **home)
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
def test_cells_can_be_run_again(name, few_images, request):
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
    for cell in cells:
        cell.source = for_few(cell.source)
    every = range(len(cells))
    stateful = [number for number in every if "stateful" in tags(cells[number])]
    stops = every if request.config.getoption("every_cell") else [len(cells) // 2]
    twice = [number for number in every for _ in range(1 + (number not in stateful))]
    order = [*twice]
    for stop in stops:
        order += [*range(stop + 1), stop, *every]
    order += stateful
    executed, changes = run_in_order(cells, order, name, few_images)
    shown = {}
    for number, before, cell in zip(order, [None, *order], executed, strict=False):
        if number not in stateful or before in range(number):
            assert figures(cell) == shown.setdefault(number, figures(cell)), cell.source
    for number, changed in zip(order, changes, strict=True):
        assert "files" not in changed, cells[number].source
    for number, changed in list(zip(order, changes, strict=True))[len(twice) :]:
        assert changed == [], cells[number].source
