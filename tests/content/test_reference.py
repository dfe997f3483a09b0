"""The page on Keras and scikit-learn is complete, and what it says is so.

An entry of that page is a heading with an anchor. The lines of code right below it show
how to call it, with defaults: `keras.Sequential(layers=None, name=None)`. Words such as
`model` stand for `objects()`.
"""

import ast
import inspect
import re
from functools import cache, reduce

import joblib
import keras
import numpy as np
import pytest
import sklearn.pipeline
from scipy.special import expit, softmax
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import cross_validate, train_test_split
from sklearn.preprocessing import StandardScaler

from layer_by_layer import course
from layer_by_layer.course import LANGUAGES
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE

PAGE = read_page(COURSE, "keras-and-sklearn")
ENTRY = re.compile(r'<a id="api-[\w-]+"></a>\n### .+\n\n((?:`.+`(?:  )?\n)+)\n')
EXPLAINED = re.compile(r"^- (`\w+`(?:, `\w+`)*):", re.M)  # arguments in a list
PROGRAM = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


def entries(lang: str) -> list[tuple[list[str], list[str]]]:
    """The calls of each entry, and the arguments that its list explains."""
    return [
        (
            re.findall(r"`(.+)`", entry[1]),
            re.findall(r"\w+", " ".join(EXPLAINED.findall(cell.source))),
        )
        for cell in PAGE.markdown(lang)
        if (entry := ENTRY.match(cell.source))
    ]


CALLS = [call for calls, _ in entries("en") for call in calls]
CHAPTERS = list(filter(course.is_numbered, COURSE.page_names))


@cache
def samples() -> tuple[np.ndarray, np.ndarray]:
    """200 random images, 20 of each class."""
    images = np.random.default_rng(42).random((200, 784), "float32")
    return images, np.arange(200) % 10


def dense(**settings) -> keras.Sequential:
    """The model of chapter 3, compiled if there are settings."""
    keras.utils.set_random_seed(42)
    layers = [keras.Input(shape=(784,)), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    if settings:
        model.compile(loss="sparse_categorical_crossentropy", **settings)
    return model


def classifier(**settings) -> SGDClassifier:
    """The model of chapter 2."""
    usual = {"loss": "log_loss", "max_iter": 5, "tol": None, "random_state": 42}
    return SGDClassifier(**usual | settings)


@cache
def objects() -> dict[str, dict[str, object]]:
    """What `model`, `classifier` and other words of the page mean, per library."""
    model = dense(metrics=["accuracy"])
    history = model.fit(*samples(), verbose=0)
    return {
        "keras": {
            "model": model,
            "layer": model.layers[0],
            "optimizer": model.optimizer,
            "history": history,
        },
        "sklearn": {
            "classifier": classifier().fit(*samples()),
            "scaler": StandardScaler().fit(samples()[0]),
        },
    }


def resolve(name: str):
    """The object with a dotted name such as `keras.Input` or `model.fit`."""
    known = {"keras": keras, "sklearn": sklearn}
    known |= objects()["keras"] | objects()["sklearn"]
    first, *rest = name.split(".")
    return reduce(getattr, rest, known[first])


def names_used(node: ast.AST):
    """Yield what a piece of code uses: `keras.layers.Dense`, or `keras: fit` for a
    method or attribute of one of Keras's objects."""
    if isinstance(node, ast.ImportFrom) and re.match("keras|sklearn", node.module):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute):
        name = ast.unparse(node)
        if not re.fullmatch(r"keras(\.\w+)+", name):
            yield from (f"{each}: {node.attr}" for each in libraries_with(node.attr))
        elif not inspect.ismodule(resolve(name)):
            yield name


@cache
def libraries_with(attribute: str) -> list[str]:
    """Libraries whose objects have an attribute that arrays do not have.

    In scikit-learn settings are attributes as well; they do not count.
    """
    return [
        library
        for library, group in objects().items()
        if not hasattr(np.ndarray, attribute)
        and any(
            hasattr(thing, attribute)
            and attribute not in getattr(thing, "get_params", dict)()
            for thing in group.values()
        )
    ]


def names_explained() -> set[str]:
    """The names that have an entry, written as `names_used` writes them."""
    names = set()
    for call in CALLS:
        name = call.partition("(")[0]
        thing, _, attribute = name.rpartition(".")
        libraries = [each for each, group in objects().items() if thing in group]
        names |= {f"{each}: {attribute}" for each in libraries} or {name}
    return names


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_name_in_chapters_has_an_entry(chapter):
    used = {
        name
        for cell in read_page(COURSE, chapter).code()
        for node in ast.walk(ast.parse(cell.source))
        for name in names_used(node)
    }
    missing = used - names_explained()
    assert not missing, f"book/{PAGE.name}.md has no entry for {sorted(missing)}"


def test_every_heading_is_an_entry():
    """None is missed because it is written in another way."""
    for lang in LANGUAGES:
        headings = [c for c in PAGE.markdown(lang) if "\n### " in f"\n{c.source}"]
        assert len(headings) == len(entries(lang)) > 40


def test_entries_are_the_same_in_both_languages():
    assert entries("ko") == entries("en")


def parameters(call: str) -> dict[str, inspect.Parameter]:
    """What the function or class of a call takes; nothing if it is an attribute."""
    name, bracket, _ = call.partition("(")
    found = resolve(name)
    if not bracket:
        return {}
    function = found.__init__ if inspect.isclass(found) else found
    return dict(inspect.signature(function).parameters)


@pytest.mark.parametrize("call", CALLS)
def test_call_is_true(call):
    """What is called exists, takes these arguments and has these defaults."""
    known = parameters(call)
    stated = ast.parse(call, mode="eval").body
    if not isinstance(stated, ast.Call):
        return
    for argument in stated.args:
        name = ast.unparse(argument).lstrip("*")
        assert name in known, f"there is no argument {name}"
    for argument in stated.keywords:
        assert argument.arg in known, f"there is no argument {argument.arg}"
        default = known[argument.arg].default
        assert ast.literal_eval(argument.value) == default, (
            f"the default of {argument.arg} is {default!r}"
        )


@pytest.mark.parametrize(
    ("calls", "listed"), [pytest.param(*each, id=each[0][0]) for each in entries("en")]
)
def test_explained_arguments_exist(calls, listed):
    """Some of Keras's layers take more than they name, such as `trainable`."""
    known = {name for call in calls for name in parameters(call)}
    assert "kwargs" in known or set(listed) <= known


def test_programs_run(monkeypatch, tmp_path):
    """The same task in both libraries, on few images."""
    images, targets = samples()
    pair = (images.reshape(-1, 28, 28) * 255).astype("uint8"), targets
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", lambda: (pair, pair))
    monkeypatch.chdir(tmp_path)
    shared, in_sklearn, in_keras = PROGRAM.findall(
        "\n".join(cell.source for cell in PAGE.markdown("en"))
    )
    for program in (in_sklearn, in_keras):
        names = {}
        exec(shared + program, names)
        assert 0 <= names["accuracy"] <= 1
        assert names["probabilities"].shape == (40, 10)
        assert names["classes"].shape == (40,)
    assert (tmp_path / "fashion.keras").exists()


# What the page says about differences and shapes.


def test_fit_again():
    """scikit-learn starts anew, Keras goes on; compile() keeps weights."""
    model = classifier().fit(*samples())
    first = model.coef_
    assert model.fit(*samples()) is model
    assert np.array_equal(model.coef_, first)

    network = dense(optimizer="sgd")
    losses = [network.fit(*samples(), verbose=0).history["loss"][0] for _ in range(2)]
    assert losses[1] < losses[0]
    trained = network.get_weights()[0]
    network.compile(loss="sparse_categorical_crossentropy")
    assert np.array_equal(network.get_weights()[0], trained)


def test_predictions_and_scores():
    images, targets = samples()
    model, network = classifier().fit(images, targets), dense(metrics=["accuracy"])
    assert model.predict(images).shape == (200,)
    assert model.predict_proba(images).shape == (200, 10)
    assert model.decision_function(images).shape == (200, 10)
    assert isinstance(model.score(images, targets), float)
    probabilities = network.predict(images, verbose=0)
    assert (probabilities.shape, probabilities.dtype) == ((200, 10), np.float32)
    assert not hasattr(network, "predict_proba")
    assert len(network.evaluate(images, targets, verbose=0)) == 2
    without_metrics = dense(optimizer="sgd")
    assert isinstance(without_metrics.evaluate(images, targets, verbose=0), float)


def test_targets():
    """scikit-learn takes strings; Keras integers from 0."""
    images, targets = samples()
    words = np.where(targets < 5, "low", "high")
    assert set(classifier().fit(images, words).predict(images)) <= {"low", "high"}
    with pytest.raises(ValueError, match="dtype"):
        dense(optimizer="sgd").fit(images, words, verbose=0)


def test_before_training():
    images, targets = samples()
    with pytest.raises(NotFittedError):
        classifier().predict(images)
    assert not hasattr(classifier(), "coef_")
    network = dense()
    assert network.predict(images, verbose=0).shape == (200, 10)
    for method in (network.fit, network.evaluate):
        with pytest.raises(ValueError, match="compile"):
            method(images, targets, verbose=0)


def test_seeds():
    """One seed for all; a second model made after it has other weights."""
    first, again = (dense().get_weights()[0] for _ in range(2))
    assert np.array_equal(first, again)
    second = keras.layers.Dense(10)
    second.build((None, 784))
    assert not np.array_equal(first, second.get_weights()[0])
    orders = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        orders.append(train_test_split(samples()[1])[0])
    assert np.array_equal(*orders)


def test_passes_and_steps():
    assert classifier().fit(*samples()).n_iter_ == 5
    assert classifier(max_iter=1000, tol=0.1).fit(*samples()).n_iter_ < 1000
    assert inspect.signature(SGDClassifier).parameters["n_iter_no_change"].default == 5
    network = dense(optimizer="sgd")
    network.fit(*samples(), epochs=2, verbose=0)
    assert int(network.optimizer.iterations) == 2 * np.ceil(200 / 32)


def test_probabilities():
    """One-vs-rest sigmoids in SGDClassifier, softmax in LogisticRegression."""
    images, targets = samples()
    model = classifier(eta0=0.001, learning_rate="constant").fit(images, targets)
    sigmoids = expit(model.decision_function(images))
    normalised = sigmoids / sigmoids.sum(axis=1, keepdims=True)
    assert np.allclose(model.predict_proba(images), normalised, atol=1e-6)
    assert not hasattr(SGDClassifier(), "predict_proba")
    multinomial = LogisticRegression(max_iter=500).fit(images, targets)
    by_hand = softmax(multinomial.decision_function(images), axis=1)
    assert np.allclose(multinomial.predict_proba(images), by_hand, atol=1e-6)


def test_penalty():
    assert classifier().penalty == "l2"
    model = LogisticRegression()  # newer versions say L2 by `l1_ratio`
    assert model.penalty == "l2" or model.l1_ratio == 0
    assert 0 < model.C < np.inf
    assert keras.layers.Dense(10).kernel_regularizer is None


def test_shapes_of_weights():
    assert classifier().fit(*samples()).coef_.shape == (10, 784)
    assert [w.shape for w in dense().get_weights()] == [(784, 10), (10,)]
    assert dense().count_params() == 7_850


def test_shapes_of_layers():
    images = np.full((3, 28, 28), 255, dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255)(images)
    assert (scaled.shape, scaled.dtype) == ((3, 28, 28), "float32")
    assert keras.layers.Flatten()(images).shape == (3, 784)
    assert keras.layers.Activation("relu")(np.ones((2, 3))).shape == (2, 3)
    with pytest.raises(ValueError, match="dim 3"):
        classifier().fit(images, [0, 1, 2])


def test_splits():
    images, targets = samples()
    parts = train_test_split(images, targets)
    assert [len(part) for part in parts] == [150, 50, 150, 50]
    model = classifier()
    assert cross_validate(model, images, targets)["test_score"].shape == (5,)
    assert not hasattr(model, "coef_")


def test_saved_and_copied_models(tmp_path):
    network = dense(optimizer="sgd")
    network.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    images = samples()[0]
    same = loaded.predict(images, verbose=0) == network.predict(images, verbose=0)
    assert loaded.compiled and same.all()
    joblib.dump(objects()["sklearn"]["classifier"], tmp_path / "model.joblib")
    assert joblib.load(tmp_path / "model.joblib").predict(images).shape == (200,)
    copy = keras.models.clone_model(network)
    assert not np.array_equal(copy.get_weights()[0], network.get_weights()[0])
