"""Hidden inputs of assignment 07. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows
SHAPES = (3,), (4, 2), (1,), (5,), (2, 2)
# Images that the seeds of a worse learning rate get wrong: how many, and from where on.
LOST, LOST_FROM = (10, 10, 10, 11, 12), (12, 22, 32, 42, 53)


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
    """Ties by the luck of images or of seeds; a real difference of values that overlap.

    Each best table comes first, then one to judge, then one that is far worse.
    """
    far = [range(120)] * 5
    cases = [
        # Equal seeds: only the luck of the images makes it a tie.
        ([range(4)] * 5, [range(4, 15)] * 5, far),
        # One unlucky seed makes it a tie, …
        ([()] * 5, [(), (), (), (), range(30)], far),
        # … and here only if the variance is divided by one less than five.
        ([()] * 5, [(), (), range(5), range(5, 25), range(25, 45)], far),
        (
            [(), (), (), (), range(12)],
            [range(i, i + losses) for i, losses in zip(LOST_FROM, LOST, strict=True)],
            far,
        ),
    ]
    questions = [([0.001], rng.random((1, 5, 240)) < 0.8)]
    for case in cases:
        tables = np.ones((len(case), 5, 240), bool)
        for table, seeds in zip(tables, case, strict=True):
            for row, wrong in zip(table, seeds, strict=True):
                row[list(wrong)] = False
        # Images that all get wrong, in any order: they change no difference.
        tables[:, :, 200 : rng.integers(201, 240)] = False
        tables = rng.permutation(tables, axis=2)
        for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
            rates = rng.choice([0.0001, 0.001, 0.01, 0.1, 1.0], 3, replace=False)
            questions.append((rates.tolist(), tables[order]))
    return questions
