"""What students may write: other right answers pass, typical mistakes do not.

For functions that assignments ask for: ways to write them that differ from the
solution and have to earn all points, and mistakes that have to be noticed, by the
check in the notebook or by the hidden inputs.
"""

import copy
import math
import runpy
from functools import cache

import numpy as np
import pytest

from layer_by_layer.assign import questions
from layer_by_layer.assign.notebooks import notebook, raising, with_solution
from layer_by_layer.assign.questions import read_assignment
from layer_by_layer.grade.compare import agrees
from layer_by_layer.grade.mark import read_idx, unseen_images
from layer_by_layer.grade.worker import decode, encode
from layer_by_layer.run import data
from layer_by_layer.run.store import code_cells
from tests import attempts
from tests.assign.test_assignments import starter_path
from tests.conftest import COURSE, real_data


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step_of(image, target, weights, intercept, rate, sign=-1, at=True):
    """One step of SGD; with `sign=1` uphill, without `at` blind to the intercept."""
    change = sign * rate * (sigmoid(image @ weights + at * intercept) - target)
    return weights + change * image, intercept + change


def changed_in_place(image, target, weights, intercept, rate):
    a = sigmoid((image * weights).sum() + intercept)
    weights -= rate * (a - target) * image
    intercept -= rate * (a - target)
    return [weights, intercept]


def probabilities_in_loops(images, coefficients, intercepts):
    rows = []
    for image in images:
        row = [
            sigmoid(np.sum(image * weights) + intercept)
            for weights, intercept in zip(coefficients, intercepts, strict=True)
        ]
        rows.append([value / sum(row) for value in row])
    return rows


def softmax_probabilities(images, coefficients, intercepts):
    exponentials = np.exp(images @ coefficients.T + intercepts)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def normalised(images, coefficients, intercepts, axis=1):
    sigmoids = sigmoid(images @ coefficients.T + intercepts)
    return sigmoids / sigmoids.sum(axis=axis, keepdims=True)


def mean_in_a_loop(images, targets, label):
    total, count = np.zeros(images[0].shape), 0
    for image, target in zip(images, targets, strict=True):
        if target == label:
            total += image / 255
            count += 1
    return (total / max(count, 1)).tolist()


def entropy(probabilities, targets, mean=np.mean):
    if targets.ndim == 2:
        targets = targets.argmax(axis=1)
    return mean(
        [-math.log(row[t]) for row, t in zip(probabilities, targets, strict=True)]
    )


def ceiling(samples, batch_size):
    return -(-samples // batch_size)


RIGHT = {
    "count_classes": [
        lambda targets, n: np.bincount(targets, minlength=n),
        lambda targets, n: [int((targets == label).sum()) for label in range(n)],
    ],
    "mean_image": [
        mean_in_a_loop,
        lambda images, targets, label: (
            (images.astype("float32") / 255)[targets == label].mean(axis=0)
            if label in targets
            else np.zeros_like(images[0])
        ),
    ],
    "row_and_column": [
        divmod,
        lambda position, width: np.array([int(position / width), position % width]),
    ],
    "accuracy_and_margin": [
        lambda predictions, targets: [
            (p := sum(predictions == targets) / len(targets)),
            2 * (p * (1 - p)) ** 0.5 / math.sqrt(len(predictions)),
        ]
    ],
    "strongest_pixel": [
        lambda image, weights: (products := list(image * weights)).index(max(products)),
        lambda image, weights: (image * weights).argmax(),
    ],
    "class_probabilities": [
        probabilities_in_loops,
        lambda images, coefficients, intercepts: normalised(
            images.astype("float32"), coefficients.astype("float32"), intercepts
        ),
    ],
    "one_step": [step_of, changed_in_place],
    "cross_entropy": [
        entropy,
        lambda probabilities, targets: (
            -np.mean(
                np.log(probabilities)[np.eye(probabilities.shape[1])[targets] == 1]
                if targets.ndim == 1
                else np.sum(targets * np.log(probabilities), axis=1)
            )
        ),
    ],
    "count_steps": [
        lambda samples, batch, epochs: math.ceil(samples / batch) * epochs,
        lambda samples, batch, epochs: np.ceil(samples / batch) * epochs,
        lambda samples, batch, epochs: ceiling(samples, batch) * epochs,
    ],
    "best_epoch": [
        lambda record: record["val_loss"].index(min(record["val_loss"])) + 1,
        lambda record: np.argmin(record["val_loss"]) + 1,
    ],
}

WRONG = {
    "count_classes": [
        lambda targets, n: np.unique(targets, return_counts=True),
        lambda targets, n: np.unique(targets, return_counts=True)[1],
        lambda targets, n: [np.sum(targets == label) for label in range(10)],
        lambda targets, n: [np.sum(targets == label) for label in range(1, n + 1)],
        lambda targets, n: [np.mean(targets == label) for label in range(n)],
    ],
    "mean_image": [
        lambda images, targets, label: images[targets == label].mean(axis=0),
        lambda images, targets, label: images[targets == label].mean() / 255,
        lambda images, targets, label: images.mean(axis=0) / 255,
        lambda images, targets, label: images[label] / 255,
        lambda images, targets, label: images[targets == label].mean(axis=0) / 255,
        lambda images, targets, label: (
            sum(images[targets == label]) / np.sum(targets == label) / 255
        ),
    ],
    "row_and_column": [
        lambda position, width: (position % width, position // width),
        lambda position, width: (position / width, position % width),
        lambda position, width: divmod(position, 28),
        lambda position, width: (position // width + 1, position % width + 1),
        lambda position, width: (round(position / width), position % width),
    ],
    "accuracy_and_margin": [
        lambda predictions, targets: (
            (p := np.mean(predictions == targets)),
            np.sqrt(p * (1 - p) / len(targets)),
        ),
        lambda predictions, targets: (
            (p := np.mean(predictions == targets)),
            2 * np.sqrt(p * (1 - p)) / len(targets),
        ),
        lambda predictions, targets: (
            (p := np.mean(predictions == targets)),
            2 * np.sqrt(p * (1 - p) / 10_000),
        ),
        lambda predictions, targets: np.mean(predictions == targets),
        lambda predictions, targets: (
            100 * (p := np.mean(predictions == targets)),
            200 * np.sqrt(p * (1 - p) / len(targets)),
        ),
        lambda predictions, targets: (
            round(p := np.mean(predictions == targets), 3),
            round(2 * np.sqrt(p * (1 - p) / len(targets)), 3),
        ),
        lambda predictions, targets: (
            f"{(p := np.mean(predictions == targets)):.3f}",
            f"{2 * np.sqrt(p * (1 - p) / len(targets)):.3f}",
        ),
    ],
    "strongest_pixel": [
        lambda image, weights: np.argmax(weights),
        lambda image, weights: np.argmax(np.abs(image * weights)),
        lambda image, weights: np.argmax(image),
        lambda image, weights: np.max(image * weights),
        lambda image, weights: np.argmax(image * weights) + 1,
        lambda image, weights: len(image) - 1 - np.argmax((image * weights)[::-1]),
    ],
    "class_probabilities": [
        softmax_probabilities,
        lambda images, coefficients, intercepts: sigmoid(
            images @ coefficients.T + intercepts
        ),
        lambda images, coefficients, intercepts: normalised(images, coefficients, 0),
        lambda images, coefficients, intercepts: normalised(
            images, coefficients, intercepts, axis=0
        ),
        lambda images, coefficients, intercepts: images @ coefficients.T + intercepts,
    ],
    "one_step": [
        lambda *sample: step_of(*sample, sign=1),
        lambda *sample: step_of(*sample, at=False),
        lambda *sample: step_of(*sample[:4], 0.1),
        lambda *sample: step_of(*sample)[0],
        lambda *sample: (step_of(*sample)[0], sample[3]),
        lambda *sample: (w := step_of(*sample)[0], w - sample[2] + sample[3]),
        lambda image, target, weights, intercept, rate: (
            weights - rate * (sigmoid(image @ weights + intercept) - target),
            intercept - rate * (sigmoid(image @ weights + intercept) - target),
        ),
    ],
    "cross_entropy": [
        lambda probabilities, targets: entropy(probabilities, targets, mean=sum),
        lambda probabilities, targets: -entropy(probabilities, targets),
        lambda probabilities, targets: np.mean(-np.log(probabilities.max(axis=1))),
        lambda probabilities, targets: np.mean(
            -np.log(probabilities[np.arange(len(targets)), targets])
        ),
        lambda probabilities, targets: np.mean(
            -np.log(np.sum(probabilities * targets, axis=1))
        ),
        lambda probabilities, targets: entropy(probabilities, targets) / math.log(10),
    ],
    "count_steps": [
        lambda samples, batch, epochs: samples // batch * epochs,
        lambda samples, batch, epochs: ceiling(samples, batch),
        lambda samples, batch, epochs: ceiling(samples * epochs, batch),
        lambda samples, batch, epochs: (samples // batch + 1) * epochs,
        lambda samples, batch, epochs: samples / batch * epochs,
    ],
    "best_epoch": [
        lambda record: np.argmin(record["val_loss"]),
        lambda record: np.argmin(record["loss"]) + 1,
        lambda record: np.argmax(record["val_accuracy"]) + 1,
        lambda record: np.argmax(record["val_accuracy"]),
        lambda record: min(record["val_loss"]),
        lambda record: len(record["val_loss"]) - np.argmin(record["val_loss"][::-1]),
    ],
}

RIGHT |= attempts.RIGHT
WRONG |= attempts.WRONG

CHAPTERS = {
    question.answer: name
    for name in questions.names(COURSE)
    for question in read_assignment(COURSE, name).questions
    if question.answer in WRONG
}


@cache
def solved(name: str) -> tuple[dict, dict]:
    """An assignment's variables after the solution, and its cells by id.

    Models are not trained: no function needs them.
    """
    namespace: dict = {}
    assignment = read_assignment(COURSE, name)
    models = tuple(q.id for q in assignment.questions if q.kind == "model")
    cells = code_cells(notebook(COURSE, assignment, "en", with_solution, raising))
    for cell in cells:
        if not cell.id.startswith(models):
            exec(compile(cell.source, cell.id, "exec"), namespace)
    return namespace, {cell.id: cell.source for cell in cells}


def noticed_by(answer: str, attempt) -> str | None:
    """What notices that an attempt is wrong: the check, the hidden inputs, nothing."""
    name = CHAPTERS[answer]
    namespace, cells = solved(name)
    number = next(
        q.id for q in read_assignment(COURSE, name).questions if q.answer == answer
    )
    try:
        exec(cells[f"{number}-check"], namespace | {answer: attempt})
    except Exception as error:
        return f"check: {error}"
    starter = runpy.run_path(str(starter_path(name)))
    for case in starter[answer](np.random.default_rng(1)):
        expected = decode(encode(namespace[answer](*copy.deepcopy(case))))
        try:
            if not agrees(expected, encode(attempt(*copy.deepcopy(case)))):
                return "hidden inputs"
        except Exception as error:
            return f"hidden inputs: {error}"
    return None


@real_data
@pytest.mark.full
@pytest.mark.parametrize("answer", CHAPTERS)
def test_other_right_answers_pass(answer):
    for number, attempt in enumerate(RIGHT[answer]):
        assert noticed_by(answer, attempt) is None, number


@real_data
@pytest.mark.full
@pytest.mark.parametrize("answer", CHAPTERS)
def test_typical_mistakes_are_noticed(answer):
    for number, attempt in enumerate(WRONG[answer]):
        noticed = noticed_by(answer, attempt)
        print(f"mistake {number} of {answer} is noticed by {noticed}")
        assert noticed is not None


def by_background(images: np.ndarray) -> np.ndarray:
    """Images in an order that shuffling and a little noise do not change."""
    return np.array(sorted(images, key=lambda it: ((it == 0).tobytes(), it.sum())))


def test_unseen_images_differ_from_the_test_set_but_not_in_their_background():
    folder = data.prepare() / "datasets" / "fashion-mnist"
    images = by_background(read_idx(folder / "t10k-images-idx3-ubyte.gz"))
    unseen = by_background(unseen_images(1)[0])
    assert np.array_equal(unseen == 0, images == 0)
    assert np.any(unseen != images, axis=(1, 2)).all()
    assert np.abs(unseen.astype(int) - images).max() <= 2
