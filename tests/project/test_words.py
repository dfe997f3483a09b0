"""Both languages say the same things, and fill in the same values."""

import re

import pytest

from layer_by_layer.course import LANGUAGES, other
from layer_by_layer.words import read

PLACES = re.compile(r"\{[^}]*\}")


def texts(value, where: str = "") -> dict[str, str]:
    """All texts of a file, by where they stand."""
    if isinstance(value, str):
        return {where: value}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = {}
    for key, item in items:
        found |= texts(item, f"{where}/{key}")
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_says_all(lang):
    mine, theirs = texts(read(lang)), texts(read(other(lang)))
    assert list(mine) == list(theirs)
    for where, text in mine.items():
        assert text.strip(), where
        found = [sorted(PLACES.findall(each)) for each in (text, theirs[where])]
        assert found[0] == found[1], where
