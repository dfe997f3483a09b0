"""Hidden inputs of assignment 05. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows


def path_factor(rng):
    """Paths of 1 to 7 units, switched on and off, and the empty path."""
    paths = [([], [], "sigmoid"), ([], [], "relu")]
    for units in (1, 2, 4, 7):
        scores, weights = rng.uniform(-4, 4, units), rng.uniform(0.5, 3, units)
        weights *= rng.choice([-1, 1], units)
        paths.append((scores.tolist(), weights.tolist(), "sigmoid"))
        paths.append((np.abs(scores).tolist(), weights.tolist(), "relu"))
    for off in (0.0, -rng.uniform(0.1, 4)):
        scores = [*rng.uniform(0.1, 4, 3).tolist(), off]
        paths.append((scores, rng.uniform(1, 3, 4).tolist(), "relu"))
    return paths


def relu_network(rng):
    """Networks of several sizes; one gets a single sample, one has a single unit."""
    networks = []
    for samples, inputs, hidden, outputs in (
        (6, 4, 5, 3),
        (1, 7, 3, 2),
        (9, 1, 1, 1),
        (4, 2, 12, 10),
        (5, 20, 8, 4),
    ):
        shapes = (samples, inputs), (inputs, hidden), hidden, (hidden, outputs), outputs
        networks.append(tuple(rng.normal(size=shape) for shape in shapes))
    return networks


def dead_units(rng):
    """Layers with some dead units, with none, with all; one sample; one unit."""
    layers = []
    for samples, units, dead in (
        (8, 6, 2),
        (30, 10, 4),
        (5, 4, 0),
        (4, 3, 3),
        (1, 5, 2),
        (6, 1, 1),
    ):
        outputs = np.maximum(0, rng.normal(size=(samples, units)))
        outputs[rng.integers(samples)] = rng.uniform(0.1, 1, units)
        outputs[:, rng.permutation(units)[:dead]] = 0
        layers.append((outputs,))
    return layers
