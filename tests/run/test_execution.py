"""Notebooks run, alone, on all data, and give the stored figures."""

import itertools

import pytest

from layer_by_layer.course import LANGUAGES
from layer_by_layer.run import machines, prose
from layer_by_layer.run.store import code_cells, runs, stored
from layer_by_layer.source.page import read_page
from tests.conftest import CHAPTERS, COURSE, KERAS_HOME, real_data
from tests.notebooks import EVERY_CHAPTER, ON_ALL_DATA, run_notebooks

# The notebooks of a chapter have the same code: one of them runs on all data.
LANGUAGE = dict(zip(CHAPTERS, itertools.cycle(LANGUAGES)))


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


def test_run_times_are_known():
    assert set(runs(COURSE)) == set(CHAPTERS)
