"""The clinic leads from a message to its case, and each case to code that works."""

import re

import pytest

from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, stored
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE
from tests.content.test_pages import ANCHOR, LINK

CLINIC = read_page(COURSE, "clinic")
ROW = re.compile(r"^\|(?P<message>.*)\|(?P<mistake>.*)\|$", re.M)
CODE = re.compile(r"`([^`]+)`")


def sections(name):
    """Anchor of each section of a page -> its code cells as they were stored."""
    code = iter(code_cells(stored(COURSE, name)))
    found, last = {}, None
    for cell in read_page(COURSE, name).cells:
        if cell.kind == "code":
            found.setdefault(last, []).append(next(code))
        elif cell.lang == "en" and "\n## " in cell.source:
            last = ANCHOR.search(cell.source)[1]
            found[last] = []
    return found


CASES = {a: cells for a, cells in sections("clinic").items() if a.startswith("case-")}


def rows(lang, anchor):
    """(message, link) of each row of the tables in a section."""
    for cell in CLINIC.markdown(lang):
        if cell.source.startswith(f'<a id="{anchor}">'):
            for row in ROW.finditer(cell.source):
                if link := LINK.search(row["mistake"]):
                    yield row["message"], link[1]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_messages_lead_to_where_they_are_shown(lang):
    """The words quoted stand in what the linked section prints, here or elsewhere."""
    listed = list(rows(lang, "finder"))
    assert listed
    for message, link in listed:
        page, _, anchor = link.partition("#")
        cells = sections(page.removesuffix(".md") or "clinic")[anchor]
        shown = "\n".join(plain_text(cell.outputs) for cell in cells)
        assert CODE.findall(message), f"no message in the row of {link}"
        for words in CODE.findall(message):
            assert words in shown, f"{words!r} is not shown in {link}"


def test_every_case_is_found_from_a_table():
    links = [link for t in ("finder", "silent-finder") for _, link in rows("en", t)]
    assert {link[1:] for link in links if link.startswith("#")} == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_case_ends_with_code_that_works(case):
    """What fails comes first, what works comes last."""
    assert len(CASES[case]) >= 2, "show the mistake and its repair"
    assert "raises" not in CASES[case][-1].metadata
