"""Hidden inputs of assignment 01. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows


def count_classes(rng):
    """No target, one class only, the last class missing, and two ordinary sets."""
    only, most = int(rng.integers(1, 5)), int(rng.integers(4, 8))
    return [
        (np.zeros(0, dtype="uint8"), int(rng.integers(2, 9))),
        (np.full(int(rng.integers(2, 30)), only, dtype="uint8"), 6),
        (rng.integers(0, most, size=40).astype("uint8"), most + 2),
        (rng.integers(0, 3, size=50), 3),
        (rng.integers(0, 10, size=500).astype("uint8"), 10),
    ]


def mean_image(rng):
    """Images of several sizes; a class with one image, and one with none."""
    cases = []
    for images, height, width in ((30, 28, 28), (12, 5, 7), (9, 8, 3), (7, 4, 4)):
        pixels = rng.integers(0, 256, size=(images, height, width)).astype("uint8")
        targets = rng.permutation(np.arange(images) % 3).astype("uint8")
        cases.append((pixels, targets, int(rng.integers(0, 3))))
    pixels, targets, _ = cases[1]
    alone = np.arange(12) == rng.integers(0, 12)
    return [*cases, (pixels, np.where(alone, 5, 0), 5), (pixels, targets, 9)]


def row_and_column(rng):
    """The first pixel, the end and the beginning of a row, and any others."""
    width, row = int(rng.integers(9, 60)), int(rng.integers(2, 40))
    inside = row * width + int(rng.integers(1, width - 1))
    return [
        (0, width),
        (row * width, width),
        (row * width - 1, width),
        (inside, width),
        (int(rng.integers(28, 784)), 28),
        (int(rng.integers(1, 20)), 1),
    ]


def accuracy_and_margin(rng):
    """Some right answers, all, none, and only one image."""
    cases = []
    for images in (10, 57, 300):
        targets = rng.integers(0, 10, size=images)
        wrong = rng.random(images) < rng.uniform(0.2, 0.6)
        cases.append((np.where(wrong, (targets + 1) % 10, targets), targets))
    same = rng.integers(0, 10, size=25)
    label = int(rng.integers(0, 10))
    one = (np.array([label]), np.array([label]))
    return [*cases, (same, same.copy()), ((same + 3) % 10, same), one]
