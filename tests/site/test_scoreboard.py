"""The scoreboard and the map say what chapters and their runs say."""

import re
from statistics import mean

import nbformat
import pytest

from layer_by_layer.course import LANGUAGES, is_numbered
from layer_by_layer.run import prose
from layer_by_layer.run.execute import execute
from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, code_hash, stored, trained_models
from layer_by_layer.site import course_map, scoreboard
from layer_by_layer.source.page import read_page
from tests.conftest import CHAPTERS, COURSE, KERAS_HOME

NUMBERED = [name for name in CHAPTERS if is_numbered(name)]
NUMBER = re.compile(r"0\.\d+")

# One model of each kind that must be noted, and one that must not.
TRAINS = [
    """
import keras
import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_validate

train, test = keras.datasets.fashion_mnist.load_data()
images, targets = train[0].reshape(-1, 784) / 255, train[1]
first, second, val = np.split(np.arange(3000), 3)


def build(seed):
    keras.utils.set_random_seed(seed)
    inputs, output = keras.Input(shape=(784,)), keras.layers.Dense(10, "softmax")
    model = keras.Sequential([inputs, output])
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model


def fit(model, rows, epochs=1):
    model.fit(images[rows], targets[rows], epochs=epochs, verbose=0)


def evaluate(model, rows):
    return round(model.evaluate(images[rows], targets[rows], verbose=0)[1], 4)
""",
    """
noted = build(7)
fit(noted, first, 2)
evaluate(noted, first)
noted.evaluate(test[0].reshape(-1, 784), test[1], verbose=0)
print(evaluate(noted, val))
print("not again", evaluate(noted, second) > 0)
""",
    """
leaky = build(8)
fit(leaky, first)
fit(leaky, second)
print("leaky", evaluate(leaky, val) > 0)
""",
    """
called = build(10)
fit(called, second)
val_scaled, val_target = images[val], targets[val]
answers = np.argmax(called(val_scaled), axis=1)
print(round(np.mean(answers == val_target), 4))
""",
    """
linear = SGDClassifier(loss="log_loss", max_iter=3, tol=None, random_state=9)
linear.fit(images[first], targets[first])
print(round(linear.score(images[val], targets[val]), 4))
print(cross_validate(linear, images[first], targets[first])["test_score"].round(4))
""",
]


def test_notes_what_is_trained_and_validated():
    cells = [nbformat.v4.new_code_cell(source) for source in TRAINS]
    notebook, models = nbformat.v4.new_notebook(cells=cells), []
    notebook = execute(notebook, "recorder", KERAS_HOME, models, keeps="3 leaky")
    printed = " ".join(plain_text(cell.outputs) for cell in notebook.cells)
    network, kept, called, linear, folds = models
    assert [a for model in models for a in model.get("accuracies", ())] == [
        float(number) for number in re.findall(r"\d\.\d*", printed)
    ]
    assert network["layers"] == ["10 softmax"]
    assert network["optimizer"] == "Adam 0.001"
    assert [network[what] for what in ("cell", "epochs", "seed")] == [2, 2, 7]
    assert [called[what] for what in ("cell", "epochs", "seed")] == [4, 1, 10]
    assert [linear[what] for what in ("cell", "epochs", "seed")] == [5, 3, 9]
    assert linear["layers"] == ["SGDClassifier"]
    assert network["parameters"] == linear["parameters"] == 7850
    assert [network["images"], linear["images"], folds["images"]] == [1000, 1000, 800]
    assert len(folds["accuracies"]) == 5
    (layer,) = kept["network"]["layers"]
    assert layer["activation"] == "softmax" and len(layer["scales"]) == 10
    assert len(kept["network"]["answers"]) == 10_000
    assert len(kept["network"]["photos"]) == 8


@pytest.mark.parametrize("name", CHAPTERS)
def test_models_belong_to_the_code(name):
    assert trained_models(COURSE)[name]["code_sha256"] == code_hash(
        read_page(COURSE, name)
    ), f"notebooks/models.json is not of the present {name}: run 'make notebooks'"


@pytest.mark.parametrize(
    "model",
    scoreboard.models(COURSE),
    ids=lambda model: f"{model.chapter}-{model.place}",
)
def test_scores_are_those_that_chapters_print(model):
    """All accuracies of a model, or else their mean over seeds; folds, all of them."""
    cells = code_cells(stored(COURSE, model.chapter))
    text = " ".join(plain_text(cell.outputs) for cell in cells)
    # NumPy leaves out zeros at the end.
    found = [number for number in NUMBER.findall(text) if len(number) >= 3]
    printed = [number.ljust(4, "0") for number in found if "." in number]

    def is_printed(value):
        return any(prose.is_computed(number, {value}) for number in printed)

    has_seeds = len(model.record["accuracies"]) == 1
    if not (has_seeds and is_printed(mean(model.accuracies))):
        assert all(map(is_printed, model.accuracies))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_model_is_in_the_tables(lang):
    rows = re.findall(r"^\| \[.*$", scoreboard.tables(COURSE, lang), re.M)
    assert len(rows) == len(scoreboard.models(COURSE)) > 20
    for row, model in zip(rows, scoreboard.models(COURSE), strict=True):
        assert f"({model.place})" in row
        assert f"| {model.record['parameters']:,} |" in row


def closure(steps: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """All (from, to) that one can reach step by step."""
    while True:
        longer = steps | {(a, d) for a, b in steps for c, d in steps if b == c}
        if longer == steps:
            return steps
        steps = longer


def test_map_leads_where_chapters_do():
    said = {(a, b) for b in NUMBERED for a in course_map.links(COURSE, b, "need")}
    drawn = {(a, b) for a, b, kind in course_map.roads(COURSE) if kind == "need"}
    assert closure(drawn) == closure(said)
    assert len(closure(drawn)) >= len(NUMBERED) - 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_map_shows_every_chapter(lang):
    picture = course_map.picture(COURSE, lang)
    found = re.findall(r'<a href="([\w-]+)\.html">.*?<text[^>]*>(.*?)</text>', picture)
    assert found == [(name, read_page(COURSE, name).title(lang)) for name in NUMBERED]
