"""The clinic leads from a message to its case, and each case to code that works."""

import re

import pytest

from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, stored
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE
from tests.content.test_pages import ANCHOR, LINK

CLINIC = read_page(COURSE, "clinic")
FIX = {"ko": "고치기", "en": "Fix"}
# the batch size of the examples
OURS = re.compile(r"\(32\b")
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
def test_each_key_fits_the_messages_of_one_mistake(lang):
    """Its words are shown where its row leads, and nowhere that other rows lead."""
    listed = list(rows(lang, "finder"))
    links = {link for _, link in listed} | {f"#{case}" for case in CASES}
    shown = {link: messages_at(link) for link in links}
    for row, link in listed:
        assert keys(row), f"no message in the row of {link}"
        for words in keys(row):
            fits = {
                place
                for place, messages in shown.items()
                if any(all(word in text for word in words) for text in messages)
            }
            assert fits == {link}, f"{words}, which leads to {link}, fits {fits}"


def keys(row: str) -> list[list[str]]:
    """What a row looks for: words of which one will do (or), or all are needed (…)."""
    return [CODE.findall(each) for each in re.split(r"(?<=`) (?:또는|or) (?=`)", row)]


def messages_at(link: str) -> list[str]:
    """What the cells of a section print to a learner with another batch size."""
    page, _, anchor = link.partition("#")
    cells = sections(page.removesuffix(".md") or "clinic")[anchor]
    return [OURS.sub("(20", plain_text(cell.outputs)) for cell in cells]


def test_every_case_is_found_from_a_table():
    links = [link for t in ("finder", "silent-finder") for _, link in rows("en", t)]
    assert {link[1:] for link in links if link.startswith("#")} == set(CASES)


def texts(lang):
    """Anchor of each case -> its text cells, joined."""
    found, last = {}, None
    for cell in CLINIC.markdown(lang):
        if "\n## " in cell.source:
            last = ANCHOR.search(cell.source)[1]
        if last in CASES:
            found[last] = found.get(last, "") + cell.source
    return found


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_case_begins_with_what_to_do(lang):
    """Someone with an error on the screen reads that first, below the heading."""
    for case, text in texts(lang).items():
        below = text.partition("\n## ")[2].split("\n\n")[1]
        assert below.startswith(f"**{FIX[lang]}**: "), case


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_case_with_try_each_says_what_that_is(lang):
    """Learners come from the tables or the search, and have not read the beginning."""
    for case, text in texts(lang).items():
        uses = any("try_each(" in cell.source for cell in CASES[case])
        assert uses == ("[`try_each()`](#load-data-clinic)" in text), case


@pytest.mark.parametrize("case", CASES)
def test_a_case_ends_with_code_that_works(case):
    """What fails comes first, what works comes last."""
    assert len(CASES[case]) >= 2, "show the mistake and its repair"
    assert "raises" not in CASES[case][-1].metadata
