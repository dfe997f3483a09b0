"""Runs inside a kernel: note every model that a notebook trains and validates.

`execute` lets kernels import it before the first cell, so that notebooks need no code
for the scoreboard. Each line of the file that RECORDER_OUTPUT names is one model
as JSON: what it is, how it was trained, and its accuracy on images it had not seen.
The line of a network that the site runs says so: see `network`. RECORDER_KEEPS is the
number of a code cell, and the variable that holds that network after it.
"""

import functools
import gzip
import json
import os
import time
import zlib
from pathlib import Path
from weakref import WeakKeyDictionary

import keras
import network
import numpy as np
import sklearn.model_selection
from IPython import get_ipython
from sklearn.linear_model import LogisticRegression, SGDClassifier

records = WeakKeyDictionary()  # of trained models
state = {"cell": 0, "seed": None, "inside": False}


def next_cell(info) -> None:
    state["cell"] += 1


get_ipython().events.register("pre_run_cell", next_cell)


def note(record: dict) -> None:
    with open(os.environ["RECORDER_OUTPUT"], "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def keep(result) -> None:
    """Note the network that the site runs, after the cell that completes it."""
    cell, _, name = os.environ["RECORDER_KEEPS"].partition(" ")
    if f"{state['cell']}" == cell:
        note({"network": network.described(get_ipython().user_ns[name])})


get_ipython().events.register("post_run_cell", keep)


def listen(owner, name: str):
    """Let the decorated function hear of each call of `owner.name`.

    It gets the seconds the call took, its result and its arguments. Calls that the
    library makes within such a call, as `fit` does of `evaluate`, are not heard.
    """
    original = getattr(owner, name)

    def decorate(take_notes):
        @functools.wraps(original)
        def wrapper(*args, **kwargs):
            if state["inside"]:
                return original(*args, **kwargs)
            state["inside"] = True
            try:
                start = time.perf_counter()
                result = original(*args, **kwargs)
                take_notes(time.perf_counter() - start, result, *args, **kwargs)
                return result
            finally:
                state["inside"] = False

        setattr(owner, name, wrapper)

    return decorate


def fingerprint(targets) -> int:
    return zlib.crc32(np.asarray(targets, dtype="uint8").tobytes())


@functools.cache
def test_set() -> int:
    """Fingerprint of the test targets, which follow 8 bytes of header."""
    home = Path(os.environ["KERAS_HOME"], "datasets", "fashion-mnist")
    content = gzip.decompress((home / "t10k-labels-idx1-ubyte.gz").read_bytes())
    return fingerprint(np.frombuffer(content[8:], dtype="uint8"))


def trained(model, seconds: float, x, y, epochs: int, **how) -> None:
    """Begin a record, or go on with the one of a model that is trained further."""
    earlier = records.get(model, {"epochs": 0, "seconds": 0, "targets": None})
    now = fingerprint(y)
    records[model] = {
        "cell": state["cell"],
        "images": len(x),
        "largest_input": round(float(np.nanmax(x))),
        "input": zlib.crc32(np.ascontiguousarray(x[:10]).tobytes()),
        "epochs": earlier["epochs"] + epochs,
        "seconds": round(earlier["seconds"] + seconds, 2),
        "targets": now if earlier["targets"] in (None, now) else "several",
        **how,
    }


def validated(model, targets, accuracies) -> None:
    """Write a record down at the first validation after training.

    What was measured on the test set does not count, nor what a model trained on
    several selections of images did, which may have seen those it is validated on.
    """
    record = records.get(model, {"accuracies": "never trained"})
    measured_on = fingerprint(targets)
    if "accuracies" in record or measured_on in (record["targets"], test_set()):
        return
    record["accuracies"] = [round(float(value), 4) for value in accuracies]
    if record["targets"] != "several":
        note(record)


@listen(keras.utils, "set_random_seed")
def _(seconds, result, seed):
    state["seed"] = seed


def layer_name(layer) -> str:
    """Such as `Flatten`, or `100 relu` for a dense layer of 100 units."""
    if isinstance(layer, keras.layers.Dense):
        return f"{layer.units} {layer.activation.__name__}"
    return type(layer).__name__


def optimizer_name(optimizer) -> str:
    """Such as `SGD 0.01, momentum 0.9`; the first number is the learning rate."""
    rate = np.float32(float(optimizer.learning_rate))
    name = f"{type(optimizer).__name__} {np.format_float_positional(rate, trim='-')}"
    if type(optimizer).__name__ == "SGD" and optimizer.momentum:
        name += f", momentum {optimizer.momentum:g}"
    return name + ", Nesterov" * getattr(optimizer, "nesterov", False)


@listen(keras.Model, "fit")
def _(seconds, history, model, x=None, y=None, batch_size=None, **options):
    how = {
        "layers": [layer_name(layer) for layer in model.layers],
        "optimizer": optimizer_name(model.optimizer),
        "batch_size": batch_size or 32,
        "parameters": model.count_params(),
        "seed": state["seed"],
    }
    trained(model, seconds, x, y, len(history.epoch), **how)
    if "val_accuracy" in history.history:
        targets = options["validation_data"][1]
        validated(model, targets, history.history["val_accuracy"][-1:])


@listen(keras.Model, "evaluate")
def _(seconds, result, model, x=None, y=None, **options):
    if isinstance(result, list):  # loss and accuracy
        validated(model, y, result[1:])


@listen(keras.Model, "__call__")
def _(seconds, result, model, x=None, *args, **options):
    """A model called like a function, whose answers the notebook counts itself."""
    names = get_ipython().user_ns
    if x is not None and x is names.get("val_scaled"):
        answers = np.argmax(keras.ops.convert_to_numpy(result), axis=1)
        validated(model, names["val_target"], [np.mean(answers == names["val_target"])])


def linear_model(model, images, targets) -> dict:
    """The entries of a record that scikit-learn's two linear classifiers share."""
    settings = model.get_params()
    steps = settings.get("learning_rate") or settings["solver"]
    if steps == "constant":
        steps += f" {settings['eta0']:g}"
    classes = len(np.unique(targets))
    return {
        "layers": [type(model).__name__],
        "optimizer": steps,
        "batch_size": None,
        "parameters": classes * (np.shape(images)[1] + 1),
        "seed": model.random_state,
    }


def listen_to_sklearn(owner) -> None:
    @listen(owner, "fit")
    def _(seconds, result, model, x, y):
        records.pop(model, None)  # unlike Keras, it starts anew
        epochs = int(np.max(model.n_iter_))
        trained(model, seconds, x, y, epochs, **linear_model(model, x, y))

    @listen(owner, "score")
    def _(seconds, accuracy, model, x, y):
        validated(model, y, [accuracy])


listen_to_sklearn(SGDClassifier)
listen_to_sklearn(LogisticRegression)


@listen(sklearn.model_selection, "cross_validate")
def _(seconds, result, model, x, y, **options):
    folds = len(result["test_score"])
    how = {**linear_model(model, x, y), "images": len(x) * (folds - 1) // folds}
    trained(model, float(np.mean(result["fit_time"])), x, y, model.max_iter, **how)
    validated(model, [], result["test_score"])
