"""What students may write in assignments 05 to 07: for test_answers.py."""

import numpy as np


def slope(score, activation):
    if activation == "relu":
        return float(score > 0)
    value = 1 / (1 + np.exp(-score))
    return value * (1 - value)


def product(scores, weights, activation, slope=slope):
    factor = 1
    for score, weight in zip(scores, weights, strict=True):
        factor *= slope(score, activation) * weight
    return factor


def value_for_slope(score, activation):
    return max(0, score) if activation == "relu" else 1 / (1 + np.exp(-score))


def forward(inputs, weights_1, bias_1, weights_2, bias_2):
    scores = np.dot(inputs, weights_1) + bias_1
    return np.where(scores > 0, scores, 0) @ weights_2 + bias_2


def rows_of(images):
    if images.ndim == 2:
        images = images[np.newaxis]
    return images.reshape(len(images), -1) / 255


def names_by(probabilities, names, limit, axis=1, confident=np.greater_equal):
    found = np.argmax(probabilities, axis=axis)
    is_sure = confident(probabilities.max(axis=axis), limit)
    return [names[f] if sure else "?" for f, sure in zip(found, is_sure, strict=True)]


def sorted_mistakes(probabilities, targets, count, sign=-1):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != targets)
    return wrong[np.argsort(sign * probabilities.max(axis=1)[wrong])][:count]


def filled_up(probabilities, targets, count):
    """As chapter 6 does it, where there are mistakes enough."""
    is_wrong = probabilities.argmax(axis=1) != targets
    return np.argsort(np.where(is_wrong, -probabilities.max(axis=1), 0))[:count]


def momentum_in_place(weights, velocity, gradient, learning_rate, momentum):
    velocity *= momentum
    velocity -= learning_rate * gradient
    weights += velocity
    return [weights, velocity]


def adam(
    weights, mean, square, gradient, step, learning_rate, correct=True, memory=0.999
):
    mean = 0.9 * mean + 0.1 * gradient
    square = memory * square + (1 - memory) * gradient**2
    by = (1 - 0.9**step, 1 - memory**step) if correct else (1, 1)
    change = (mean / by[0]) / (np.sqrt(square / by[1]) + 1e-7)
    return weights - learning_rate * change, mean, square


def adam_of_chapter(weights, mean, square, gradient, step, learning_rate):
    """Rounded as Keras does it."""
    beta_1, beta_2 = np.float32(0.9), np.float32(0.999)
    mean = 0.9 * mean + 0.1 * gradient
    square = 0.999 * square + 0.001 * gradient**2
    correction = np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    weights = weights - learning_rate * correction * mean / (np.sqrt(square) + 1e-7)
    return weights, mean, square


def ties(rates, tables, by_seed=1, by_image=1, factor=2, ddof=1):
    best = tables[np.argmax([table.mean() for table in tables])]
    tied = []
    for rate, table in zip(rates, tables, strict=True):
        spread = best.mean(1).var(ddof=ddof) + table.mean(1).var(ddof=ddof)
        paired = (best.mean(0) - table.mean(0)).var() / best.shape[1]
        margin = factor * np.sqrt(by_seed * spread / len(best) + by_image * paired)
        if best.mean() - table.mean() <= margin:
            tied.append(rate)
    return tied


def overlapping(rates, tables):
    means = [table.mean(axis=1) for table in tables]
    lowest = means[np.argmax([np.mean(m) for m in means])].min()
    return sorted(r for r, m in zip(rates, means, strict=True) if m.max() >= lowest)


RIGHT = {
    "path_factor": [
        product,
        lambda scores, weights, activation: np.prod(
            [slope(s, activation) for s in scores] + list(weights)
        ),
    ],
    "relu_network": [
        forward,
        lambda inputs, *rest: forward(inputs.astype("float32"), *rest),
    ],
    "dead_units": [
        lambda outputs: np.where(outputs.sum(axis=0) == 0)[0],
        lambda outputs: tuple(
            u for u in range(outputs.shape[1]) if not any(outputs[:, u])
        ),
    ],
    "to_rows": [
        rows_of,
        lambda images: (
            images.astype("float32").reshape(-1, images.shape[-1] * images.shape[-2])
            * (1 / 255)
        ),
    ],
    "name_photos": [
        names_by,
        lambda probabilities, names, limit: np.where(
            probabilities.max(axis=1) >= limit,
            np.array(names)[probabilities.argmax(axis=1)],
            "?",
        ),
    ],
    "confident_mistakes": [
        sorted_mistakes,
        lambda probabilities, targets, count: sorted(
            (i for i, t in enumerate(targets) if probabilities[i].argmax() != t),
            key=lambda i: -probabilities[i].max(),
        )[:count],
    ],
    "momentum_step": [
        momentum_in_place,
        lambda w, v, g, rate, momentum: np.array(
            [w + (new := momentum * v - rate * g), new]
        ),
    ],
    "adam_step": [
        adam,
        adam_of_chapter,
    ],
    "tied_rates": [
        lambda rates, tables: sorted(ties(rates, tables)),
        lambda rates, tables: np.sort(ties(rates, tables)),
    ],
}

WRONG = {
    "path_factor": [
        lambda *path: product(*path, slope=value_for_slope),
        lambda *path: product(
            *path, slope=value_for_slope if path[2] == "relu" else slope
        ),
        lambda scores, weights, activation: product(
            scores, np.ones(len(scores)), activation
        ),
        lambda scores, weights, activation: sum(
            slope(s, activation) * w for s, w in zip(scores, weights, strict=True)
        ),
        lambda *path: product(
            *path,
            slope=lambda s, kind: float(s >= 0) if kind == "relu" else slope(s, kind),
        ),
        lambda scores, *rest: product(scores, *rest) if scores else None,
    ],
    "relu_network": [
        lambda *network: np.maximum(0, forward(*network)),
        lambda x, w1, b1, w2, b2: forward(x, w1, 0, w2, b2),
        lambda x, w1, b1, w2, b2: forward(x, w1, b1, w2, 0),
        lambda x, w1, b1, w2, b2: (x @ w1 + b1) @ w2 + b2,
        lambda x, w1, b1, w2, b2: (np.maximum(0, x @ w1) + b1) @ w2 + b2,
    ],
    "dead_units": [
        lambda outputs: np.flatnonzero((outputs == 0).all(axis=1)),
        lambda outputs: np.flatnonzero((outputs == 0).any(axis=0)),
        lambda outputs: np.where((outputs == 0).all(axis=0)),
        lambda outputs: (outputs == 0).all(axis=0),
        lambda outputs: np.sum((outputs == 0).all(axis=0)),
    ],
    "to_rows": [
        lambda images: images.reshape(-1, 784) / 255,
        lambda images: images.reshape(len(images), -1) / 255,
        lambda images: rows_of(images) * 255,
        lambda images: rows_of(images) / 255,
        lambda images: rows_of(images) * 255 / max(images.max(), 1),
        lambda images: rows_of(np.swapaxes(images, -1, -2)),
    ],
    "name_photos": [
        lambda *photos: names_by(*photos, axis=0),
        lambda *photos: names_by(*photos, confident=np.greater),
        lambda probabilities, names, limit: names_by(probabilities, names, 0),
        lambda probabilities, names, limit: [
            row.argmax() if row.max() >= limit else "?" for row in probabilities
        ],
        lambda *photos: [name for name in names_by(*photos) if name != "?"],
    ],
    "confident_mistakes": [
        filled_up,
        lambda *photos: sorted_mistakes(*photos, sign=1),
        lambda probabilities, targets, count: np.argsort(
            -probabilities.max(axis=1)[probabilities.argmax(axis=1) != targets]
        )[:count],
        lambda probabilities, targets, count: np.argsort(-probabilities.max(axis=1))[
            :count
        ],
        lambda probabilities, targets, count: sorted_mistakes(
            probabilities, targets, len(targets)
        ),
    ],
    "momentum_step": [
        lambda w, v, g, rate, momentum: (w - rate * g, -rate * g),
        lambda w, v, g, rate, momentum: (w + v, momentum * v - rate * g),
        lambda *step: momentum_in_place(*step)[::-1],
        lambda w, v, g, rate, momentum: momentum_in_place(w, v, -g, rate, momentum),
        lambda w, v, g, rate, momentum: momentum_in_place(w, v, g, rate, 0.9),
    ],
    "adam_step": [
        lambda *step: adam(*step, correct=False),
        lambda *step: adam(*step, memory=0.9),
        lambda w, m, s, g, step, rate: adam(w, m, s, g, 1, rate),
        lambda w, m, s, g, step, rate: adam(w, m, s, g, step + 1, rate),
        lambda w, m, s, g, step, rate: adam(w, m, s, g, step, -rate),
        lambda *step: adam(*step)[0],
    ],
    "tied_rates": [
        lambda rates, tables: rates[np.argmax([t.mean() for t in tables])],
        lambda rates, tables: [rates[np.argmax([t.mean() for t in tables])]],
        ties,
        overlapping,
        lambda rates, tables: sorted(ties(rates, tables, by_seed=0)),
        lambda rates, tables: sorted(ties(rates, tables, by_image=0)),
        lambda rates, tables: sorted(ties(rates, tables, factor=1)),
        lambda rates, tables: sorted(ties(rates, tables, ddof=0)),
        lambda rates, tables: sorted(ties(rates, tables), reverse=True),
    ],
}
