"""Runs inside a kernel: describe a trained network as the site runs it.

The cell option `keep: model` of a chapter names the variable. Weights are kept as whole
numbers from -127 to 127, with a scale for each unit: a quarter of their size, and the
same answers. With them go the means of the classes, a few test images to look at, and
what Keras answers to the whole test set, which a test compares with the site.
"""

from base64 import b64encode

import keras
import numpy as np

LARGEST = 127
DIGITS = 6  # of scales and biases
# Classes of the images to look at: the first of each that is named right. Of the last
# one, the first that is not, which takes its place among them.
RIGHT, WRONG, PLACE = (9, 1, 8, 5, 2, 3, 7), 6, 4


def described(model) -> dict:
    """A sequence of dense layers, whose inputs are from 0 to 1 once it has rescaled."""
    (images, targets), (test_images, test_targets) = (
        keras.datasets.fashion_mnist.load_data()
    )
    answers = answered(model, test_images)
    means = [images[targets == each].mean(axis=0) for each in np.unique(targets)]
    return {
        "layers": [layer(each) for each in model.layers if each.weights],
        "means": as_text(np.rint(means).astype("uint8")),
        "photos": [
            {"image": row, "pixels": as_text(test_images[row])}
            | {"target": int(test_targets[row])}
            for row in to_look_at(answers, test_targets)
        ],
        "accuracy": round(float(np.mean(answers == test_targets)), 4),
        "answers": "".join(map(str, answers)),
    }


def answered(model, images) -> np.ndarray:
    """The class that a model names for each image of whole numbers."""
    if not any(isinstance(each, keras.layers.Rescaling) for each in model.layers):
        images = images.astype("float32") / 255
    inputs = images.reshape(-1, *model.input_shape[1:])
    return model.predict(inputs, verbose=0).argmax(axis=1)


def layer(dense) -> dict:
    weights, biases = dense.get_weights()
    scales = np.abs(weights).max(axis=0) / LARGEST
    scales[scales == 0] = 1
    return {
        "weights": as_text(np.rint(weights / scales).astype("int8")),
        "scales": rounded(scales),
        "biases": rounded(biases),
        "activation": dense.activation.__name__,
    }


def rounded(values) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]


def to_look_at(answers, targets) -> list[int]:
    """Rows of test images, of which the network gets one wrong."""
    right = [first((answers == targets) & (targets == each)) for each in RIGHT]
    wrong = first((answers != targets) & (targets == WRONG))
    return [*right[:PLACE], wrong, *right[PLACE:]]


def first(which) -> int:
    return int(np.flatnonzero(which)[0])


def as_text(array) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode()
