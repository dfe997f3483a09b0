"""Grading a real assignment, with its own limits and the real images."""

import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from layer_by_layer.assign import questions
from layer_by_layer.assign.questions import read_assignment
from layer_by_layer.grade import hidden, mark, sandbox
from layer_by_layer.run import data
from layer_by_layer.run.versions import MACHINES
from tests import classroom
from tests.conftest import COURSE, real_data
from tests.grade.test_grading import put, record, run


@real_data
def test_list_of_the_known_classes_does_not_help():
    """The test images come in an order that only SEED knows."""
    folder = data.prepare() / "datasets" / "fashion-mnist"
    known = mark.read_idx(folder / "t10k-labels-idx1-ubyte.gz")
    for seed in (1, 2):
        images, classes = mark.unseen_images(seed)
        assert np.mean(classes == known) < 0.15
        # An image still has its own class: bags (8) cover more than sandals (5).
        bags, sandals = (images[classes == number].mean() for number in (8, 5))
        assert bags > 1.5 * sandals
    assert (mark.unseen_images(1)[1] != classes).any()


@pytest.fixture
def same_arithmetic(monkeypatch):
    """Let the sandbox compute as `make test-machines` asks."""
    names = {name for place in MACHINES.values() for name in place.variables}
    known = {name: os.environ[name] for name in names & set(os.environ)}
    usual = sandbox.environment
    monkeypatch.setattr(sandbox, "environment", lambda *args: usual(*args) | known)


@pytest.mark.full
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
@real_data
def test_real_assignment(tmp_path, same_arithmetic):
    """The solution gets all points. The test images are not in the sandbox."""
    name = questions.named(COURSE, ["04"])[0]
    pupil = classroom.Pupil(COURSE, read_assignment(COURSE, name))
    look = """
(train, _), (test, _) = keras.datasets.fashion_mnist.load_data()
largest_n = bool((test == train[:10_000]).all())
"""
    books = {"right": pupil.book(), "curious": pupil.book("student", "en", q3=look)}
    hidden.main(COURSE, [str(tmp_path / "hidden")])
    place = SimpleNamespace(course=COURSE, hidden=tmp_path / "hidden")
    rows = run(place, put(tmp_path / "in", books), tmp_path / "out", CHAPTER="04")
    points = {q.id: q.points for q in read_assignment(COURSE, name).questions}
    for question in read_assignment(COURSE, name).questions:
        expected = "" if question.kind == "written" else str(points[question.id])
        assert rows["right"][question.id] == expected
    assert rows["curious"]["total"] == "0"
    graded = SimpleNamespace(rows=rows, out=tmp_path / "out")
    found = record(graded, "curious")["questions"]
    assert found["q3"]["wrong_example"] == "True"
