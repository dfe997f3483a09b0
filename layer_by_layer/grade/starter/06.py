"""Hidden inputs of assignment 06. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows
NAMES = ["Bag", "Boot", "Coat", "Dress", "Hat", "Sandal", "Scarf", "Shirt"]


def to_rows(rng):
    """Several photos and single ones, square and not, of the type that Keras loads."""
    shapes = (3, 28, 28), (28, 28), (1, 5, 4), (2, 7), (6, 3, 9), (1, 8)
    return [(rng.integers(0, 256, shape, dtype="uint8"),) for shape in shapes]


def name_photos(rng):
    """Random probabilities and limits, and confidences that equal the limit."""
    exact = np.array([[0.25, 0.5, 0.25], [0.125, 0.75, 0.125], [0.5, 0.25, 0.25]])
    questions = [(exact, ["Coat", "Bag", "Hat"], 0.5), (exact, ["A", "B", "C"], 0.75)]
    for photos, classes, limit in ((5, 5, 0.4), (12, 8, 0.3), (1, 4, 0.0), (4, 2, 1.0)):
        probabilities = rng.dirichlet(np.full(classes, 0.7), photos)
        names = rng.permutation(NAMES)[:classes].tolist()
        questions.append((probabilities, names, limit))
    return questions


def confident_mistakes(rng):
    """More mistakes than asked for, fewer, and none."""
    questions = []
    for photos, classes, right, count in (
        (40, 10, 0.5, 5),
        (30, 3, 0.8, 20),
        (12, 10, 1.0, 4),
        (6, 2, 0.0, 1),
        (25, 4, 0.4, 25),
    ):
        probabilities = rng.dirichlet(np.ones(classes), photos)
        targets = probabilities.argmax(axis=1)
        is_wrong = rng.random(photos) >= right
        others = (targets + rng.integers(1, classes, photos)) % classes
        questions.append((probabilities, np.where(is_wrong, others, targets), count))
    return questions
