"""Each language says all, and fills in the same values; code holds no such words."""

import ast
import re

import pytest

from layer_by_layer.course import ENGLISH, ROOT
from layer_by_layer.source.page import HANGUL
from layer_by_layer.words import SPOKEN, read
from tests.conftest import COURSE

PLACES = re.compile(r"\{[^}]*\}")
PACKAGE = ROOT / "layer_by_layer"
CODE = sorted(PACKAGE.rglob("*.py"))
OTHERS = sorted(
    path for kind in ("html", "css", "js") for path in PACKAGE.rglob(f"*.{kind}")
)


def texts(value, where: str = "") -> dict[str, str]:
    """All texts of a file, by where they stand."""
    if isinstance(value, str):
        return {where: value}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = {}
    for key, item in items:
        found |= texts(item, f"{where}/{key}")
    return found


@pytest.mark.parametrize("lang", SPOKEN)
def test_each_language_says_all(lang):
    mine, theirs = texts(read(lang)), texts(read(ENGLISH))
    assert list(mine) == list(theirs)
    for where, text in mine.items():
        assert text.strip() or where == "/language/letters", where
        found = [sorted(PLACES.findall(each)) for each in (text, theirs[where])]
        assert found[0] == found[1], where


def test_course_has_words():
    assert set(COURSE.languages) <= set(SPOKEN)


def strings(code: str) -> list[str]:
    """All strings of code but docstrings, which may give examples."""
    nodes = list(ast.walk(ast.parse(code)))
    said = {id(each.value) for each in nodes if isinstance(each, ast.Expr)}
    constants = [node for node in nodes if isinstance(node, ast.Constant)]
    return [str(node.value) for node in constants if id(node) not in said]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_code_holds_no_korean(path):
    found = [text for text in strings(path.read_text("utf-8")) if HANGUL.search(text)]
    assert not found, "move it to layer_by_layer/words/"


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_templates_hold_no_korean(path):
    assert not HANGUL.search(path.read_text("utf-8")), (
        "move it to layer_by_layer/words/"
    )
