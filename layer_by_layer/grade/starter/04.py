"""Hidden inputs of assignment 04. `make hidden` copies this file with a new SEED."""

from itertools import pairwise

SEED = 0  # of the copy: a number that nobody else knows


def count_parameters(rng):
    """No layer, the smallest layer, and networks of one to four layers."""
    sizes = [rng.integers(1, 900, size=length).tolist() for length in (2, 3, 3, 4, 5)]
    return [([int(rng.integers(1, 900))],), ([1, 1],), *((each,) for each in sizes)]


def merge_layers(rng):
    """One to five layers of different sizes."""
    cases = []
    for layers in (1, 2, 2, 3, 5):
        sizes = rng.permutation(range(2, 9))[: layers + 1]
        shapes = list(pairwise(sizes))
        weights = [rng.normal(size=shape) for shape in shapes]
        biases = [rng.normal(size=units) for _, units in shapes]
        cases.append((weights, biases))
    return cases


def output_layer(rng):
    """Each kind of problem; several numbers of classes."""
    several = [("multiclass", int(rng.integers(3, 200))) for _ in range(3)]
    return [("regression", int(rng.integers(2, 200))), ("binary", 2), *several]
