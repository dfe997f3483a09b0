"""Whether an answer is the expected one.

Both come as `worker.encode` codes them. An answer was written by a stranger: what is
compared here are plain numbers and texts, which this process decoded itself.
"""

from collections.abc import Iterator

import numpy as np

from layer_by_layer.grade.unpack import clean
from layer_by_layer.grade.worker import decode

RELATIVE = 1e-4  # float32 and float64, or another order of adding, agree this far
ABSOLUTE = 1e-6  # of the largest number in an answer: for those near zero
LONGEST = 200  # characters of an answer that is shown
UNDECODABLE = (ValueError, TypeError, RecursionError, OverflowError, MemoryError)


def agrees(expected, coded, tolerance: float | None = None) -> bool:
    """Whether a coded answer is what was expected (not coded)."""
    try:
        return same(expected, decode(coded), tolerance)
    except UNDECODABLE:
        return False


def same(expected, got, tolerance: float | None) -> bool:
    """Numbers within a relative tolerance; lists, tuples and arrays item by item.

    Whole numbers must be exact, unless a tolerance is given.
    """
    if expected is None or isinstance(expected, bool):
        return got is expected
    if isinstance(expected, str):
        return isinstance(got, str) and got == expected
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(same(expected[key], got[key], tolerance) for key in expected)
        )
    if got is None or isinstance(got, bool | str | dict):
        return False
    numbers, others = as_numbers(expected), as_numbers(got)
    if numbers is not None and others is not None:
        return same_numbers(numbers, others, tolerance)
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        pairs = zip(expected, got, strict=False)
        return len(expected) == len(got) and all(same(*p, tolerance) for p in pairs)
    return isinstance(expected, int) and isinstance(got, int) and expected == got


def as_numbers(value) -> np.ndarray | None:
    """An array of numbers; None if a value is none, such as a list with a text."""
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "biuf" else None


def same_numbers(expected, got, tolerance: float | None) -> bool:
    """Whether two arrays have one shape and the same numbers."""
    if expected.shape != got.shape or (expected.dtype == bool) != (got.dtype == bool):
        return False
    if expected.dtype.kind != "f" and tolerance is None:
        return bool(np.array_equal(expected, got))
    expected, got = expected.astype("float64"), got.astype("float64")
    largest = np.abs(expected[np.isfinite(expected)]).max(initial=0)
    close = {"rtol": tolerance or RELATIVE, "atol": ABSOLUTE * largest}
    return bool(np.allclose(got, expected, **close, equal_nan=True))


def shown(coded) -> str:
    """A coded answer as Python would show it, short."""
    try:
        value = decode(coded)
        if isinstance(value, np.ndarray) and value.size:
            value = value.tolist()  # of 10**9 rows without columns: as many lists
        text = repr(value)
    except UNDECODABLE:
        kind = coded.get("unsupported") if isinstance(coded, dict) else None
        text = f"({clean(kind[:LONGEST])})" if isinstance(kind, str) else "(?)"
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def echoes(answer, inputs) -> bool:
    """Whether an answer (both coded) holds a number or a text of its inputs.

    It is not kept then: hidden inputs are in nothing that is written.
    """
    try:
        secret = {leaf for leaf in leaves(decode(inputs)) if is_telling(leaf)}
        got = list(leaves(decode(answer)))
    except UNDECODABLE:
        return False  # and `shown` shows nothing of it
    texts = " ".join(leaf for leaf in got if isinstance(leaf, str))
    return any(leaf in secret for leaf in got) or any(str(s) in texts for s in secret)


def is_telling(leaf) -> bool:
    """Whether a number or text is not one that is everywhere, such as 1 or ''."""
    return len(leaf) > 1 if isinstance(leaf, str) else leaf not in (-1, 0, 1, None)


def leaves(value) -> Iterator:
    """The numbers and texts in a value."""
    if isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from leaves(pair)
    else:
        yield value
