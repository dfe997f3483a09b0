"""Hidden inputs of assignment 07. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows
SHAPES = (3,), (4, 2), (1,), (5,), (2, 2)


def momentum_step(rng):
    """Weights of one and of two dimensions; without momentum it is SGD."""
    steps = []
    for shape, momentum in zip(SHAPES, (0.9, 0.5, 0.0, 0.99, 0.8), strict=True):
        weights, velocity, gradient = rng.normal(size=(3, *shape))
        rate = float(rng.uniform(0.01, 0.5))
        steps.append((weights, velocity, gradient, rate, momentum))
    return steps


def adam_step(rng):
    """First steps from averages of 0, and later ones from averages that have grown.

    Gradients are not near 0 and weights are large, so that no rounding of `float32`
    and no other place of the tiny 1e-7 makes a difference.
    """
    steps = []
    for shape, step in zip(SHAPES, (1, 2, 1, 10, 300), strict=True):
        weights, mean = rng.uniform(10, 20, shape), rng.normal(size=shape)
        gradient = rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape)
        square = rng.uniform(0.5, 2, shape)
        if step == 1:
            mean, square = np.zeros(shape), np.zeros(shape)
        rate = float(rng.uniform(0.02, 0.1))
        steps.append((weights, mean, square, gradient, step, rate))
    return steps


def tied_rates(rng):
    """Values that touch, one rate, a lucky seed; values that overlap or lie apart."""
    shift = rng.uniform(0, 0.05)
    touching = np.array([[0.80, 0.82], [0.82, 0.86], [0.70, 0.81]]) + shift
    lucky = np.array([[0.90, 0.60, 0.60], [0.80, 0.81, 0.82], [0.70, 0.71, 0.72]])
    questions = [
        ([0.1, 0.01, 1.0], touching.tolist()),
        ([0.001], rng.uniform(0.7, 0.9, (1, 3)).tolist()),
        ([0.01, 0.1, 1.0], (lucky + shift).tolist()),
    ]
    for seeds, spread in ((3, 0.02), (5, 0.05), (2, 0.005), (3, 0.1)):
        rates = rng.permutation([0.0001, 0.001, 0.01, 0.1, 1.0]).tolist()
        middles = rng.uniform(0.78, 0.86, (5, 1))
        values = middles + rng.uniform(-spread, spread, (5, seeds))
        questions.append((rates, values.tolist()))
    return questions
