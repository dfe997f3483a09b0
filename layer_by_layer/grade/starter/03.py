"""Hidden inputs of assignment 03. `make hidden` copies this file with a new SEED."""

import numpy as np

SEED = 0  # of the copy: a number that nobody else knows


def cross_entropy(rng):
    """Integer and one-hot targets; as many samples as classes; one sample."""
    cases = []
    for samples, classes in ((6, 3), (4, 4), (50, 10), (1, 5)):
        weights = rng.uniform(0.02, 1, size=(samples, classes))
        probabilities = weights / weights.sum(axis=1, keepdims=True)
        targets = rng.integers(0, classes, size=samples)
        cases.append((probabilities, targets))
        cases.append((probabilities, np.eye(classes)[targets]))
    return cases


def count_steps(rng):
    """Groups that come out even, and that do not; fewer samples than a mini-batch."""
    batch, groups = int(rng.integers(5, 300)), int(rng.integers(3, 50))
    left = int(rng.integers(1, batch))
    epochs = rng.integers(3, 30, size=4).tolist()
    return [
        (batch * groups, batch, epochs[0]),
        (batch * groups + left, batch, epochs[1]),
        (batch * groups + 1, batch, epochs[2]),
        (batch, batch + left, epochs[3]),
        (int(rng.integers(500, 60_000)), 32, 1),
        (int(rng.integers(10, 900)), 1, 2),
    ]


def best_epoch(rng):
    """The best epoch first, last, in the middle, twice; one epoch only."""
    cases = []
    epochs = int(rng.integers(6, 25))
    middle = int(rng.integers(2, epochs - 2))
    for best in ([0], [epochs - 1], [middle], [middle - 1, middle + 1]):
        record = {
            "loss": np.sort(rng.uniform(0.2, 1, size=epochs))[::-1],
            "accuracy": np.sort(rng.uniform(0.5, 0.95, size=epochs)),
            "val_loss": rng.uniform(0.4, 1, size=epochs),
            "val_accuracy": rng.uniform(0.6, 0.9, size=epochs),
        }
        record["val_loss"][best] = 0.35
        cases.append(({name: each.tolist() for name, each in record.items()},))
    only = {"loss": 0.9, "accuracy": 0.7, "val_loss": 0.8, "val_accuracy": 0.72}
    return [*cases, ({name: [value] for name, value in only.items()},)]
