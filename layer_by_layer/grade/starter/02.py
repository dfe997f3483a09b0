"""Hidden inputs of assignment 02. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows


def strongest_pixel(rng):
    """Ordinary images; only products below 0; a tie; one pixel."""
    cases = []
    for pixels in (12, 90, 784):
        image = rng.random(pixels) * (rng.random(pixels) < 0.6)
        weights = rng.normal(size=pixels)
        off = int(rng.integers(0, pixels))  # a large weight that adds nothing
        image[off], weights[off] = 0, 50
        cases.append((image, weights))
    below = (rng.uniform(0.1, 1, size=15), -rng.uniform(0.1, 3, size=15))
    tie = np.zeros(9)
    tie[rng.choice(9, size=2, replace=False)] = 0.5
    one = (np.array([0.3]), np.array([-1.5]))
    return [*cases, below, (tie, np.full(9, 2.0)), one]


def class_probabilities(rng):
    """Several sizes; one image; high scores, for which many sigmoids are near 1."""
    cases = []
    for images, classes, pixels in ((6, 10, 784), (1, 3, 8), (4, 4, 4), (9, 2, 5)):
        shown = rng.random((images, pixels))
        coefficients = rng.normal(size=(classes, pixels)) / np.sqrt(pixels)
        cases.append((shown, 4 * coefficients, rng.normal(size=classes)))
    high = rng.random((5, 6)), rng.normal(size=(4, 6)), rng.uniform(4, 12, size=4)
    return [*cases, high]


def one_step(rng):
    """Both targets, pixels that are off, several lengths of steps."""
    cases = []
    for pixels, target in ((4, 0), (4, 1), (30, 0), (784, 1), (784, 0)):
        image = rng.random(pixels) * (rng.random(pixels) < 0.7)
        weights = rng.normal(size=pixels) / np.sqrt(pixels)
        intercept = float(rng.uniform(0.5, 1.5) * rng.choice([-1, 1]))
        rate = float(rng.uniform(0.005, 0.5))
        cases.append((image, target, weights, intercept, rate))
    return cases
