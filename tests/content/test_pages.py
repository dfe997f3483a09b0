"""Both languages say the same, and no number comes from nowhere."""

import re
from collections import Counter

import pytest

from layer_by_layer import course
from layer_by_layer.course import LANGUAGES, ROOT
from layer_by_layer.run import machines, prose
from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, stored
from layer_by_layer.source.page import HANGUL, read_page
from tests.conftest import CHAPTERS, COURSE

PAGES = COURSE.page_names
HEADING = re.compile(r"^(#+) ", re.M)
LINK = re.compile(r"\]\(([^)]+)\)")
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
SECTION = re.compile(r"^## .*$", re.M)
DRAWING = "image/svg+xml"
# What may be English in a Korean text, and where a sentence ends.
NOT_KOREAN = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|<[^>]*>|\]\([^)]*\)|^\|.*$", re.S | re.M
)
SENTENCE_END = re.compile(r"(?<=[.?!])\s|\n")
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, indirect=True)
EVERY_CHAPTER = pytest.mark.parametrize("page", CHAPTERS, indirect=True)
NUMBERED = pytest.mark.parametrize(
    "page", list(filter(course.is_numbered, CHAPTERS)), indirect=True
)


@pytest.fixture
def page(request):
    return read_page(COURSE, request.param)


@pytest.fixture(scope="module")
def figures():
    """What chapters print with each arithmetic."""
    return {name: machines.figures(COURSE, name) for name in CHAPTERS}


def pairs(page):
    """Korean cells with their English twins."""
    cells = [c for c in page.cells if c.lang]
    return list(zip(cells[::2], cells[1::2], strict=True))


def all_text(page, lang) -> str:
    return "\n\n".join(cell.source for cell in page.markdown(lang))


@EVERY_PAGE
@pytest.mark.parametrize(
    "what", [HEADING, LINK, ANCHOR], ids=["heading", "link", "anchor"]
)
def test_languages_are_built_alike(page, what):
    """Same levels of headings, same links and pictures, same anchors, cell by cell."""
    for ko, en in pairs(page):
        assert what.findall(ko.source) == what.findall(en.source), (
            f"book/{page.name}.md:{ko.line}"
        )


@EVERY_PAGE
def test_languages_give_the_same_numbers(page):
    for ko, en in pairs(page):
        korean = Counter(prose.in_prose(ko.source))
        english = Counter(prose.in_prose(en.source))
        assert korean == english, (
            f"book/{page.name}.md:{ko.line}: only Korean {dict(korean - english)}, "
            f"only English {dict(english - korean)}"
        )


@EVERY_PAGE
def test_every_sentence_is_translated(page):
    """Of a cell without any Korean, or with Korean in English, source/page.py says."""
    for cell in page.markdown("ko"):
        for sentence in SENTENCE_END.split(NOT_KOREAN.sub(" ", cell.source)):
            english = len(re.findall(r"[A-Za-z]{2,}", sentence)) > 3
            assert not english or HANGUL.search(sentence), (
                f"book/{page.name}.md:{cell.line}: {sentence!r} is English"
            )


def computed_by(page) -> set[float]:
    """All numbers in the code of a page and in what it printed."""
    texts = [cell.source for cell in page.code()]
    if page.is_chapter:
        texts += [
            plain_text(cell.outputs) for cell in code_cells(stored(COURSE, page.name))
        ]
    return {prose.value(each) for text in texts for each in prose.in_code(text)}


@EVERY_PAGE
def test_numbers_have_a_source(page):
    values = computed_by(page)
    allowed = prose.constants(page)
    for cell in page.cells:
        for text in prose.texts(cell, "ko"):
            for number in filter(prose.needs_source, prose.in_prose(text)):
                assert number in allowed or prose.is_computed(number, values), (
                    f"book/{page.name}.md:{cell.line}: {number} is neither computed on "
                    "this page nor listed with a reason under 'constants' at its top"
                )


@EVERY_PAGE
def test_numbers_and_claims_hold_on_every_machine(page, figures):
    """With each arithmetic that `make test-machines` ran; nothing is run here."""
    wrong = machines.not_holding(page, figures)
    assert not wrong, "\n".join(wrong)


@EVERY_CHAPTER
def test_claims_are_in_the_text(page):
    """Each stands, in both languages, in the section of the cell that it is about."""
    section_of = prose.sections(page)
    for claim in prose.claims(page):
        section = section_of[id(page.code()[claim.cell])]
        where = f"book/{page.name}.md:{claim.line}"
        assert set(claim.words) == set(LANGUAGES), f"{where}: give both, ko and en"
        for lang, words in claim.words.items():
            cells = [c for c in page.markdown(lang) if section_of[id(c)] == section]
            said = any(words in cell.source for cell in cells)
            assert said, f"{where}: no text here says {words!r}"


@EVERY_PAGE
def test_constants_are_used_and_explained(page):
    used = set(prose.in_prose(all_text(page, "ko")))
    for number, reason in prose.constants(page).items():
        assert number in used, f"book/{page.name}.md: constant {number} is not used"
        assert len(reason) > 10, f"book/{page.name}.md: why {number}?"
        if reason.startswith("from "):
            source = read_page(COURSE, reason.removeprefix("from "))
            assert prose.is_computed(number, computed_by(source)), number


@EVERY_PAGE
def test_sections_have_anchors(page):
    """Same place in both languages; Sphinx would number Korean headings id1, id2."""
    text = all_text(page, "en")
    for heading in SECTION.findall(text):
        before = text.partition(f"\n{heading}\n")[0].splitlines()[-1:]
        assert before and ANCHOR.match(before[0]), f"no anchor above {heading!r}"


def test_anchors_are_unique():
    anchors = [
        a
        for name in PAGES
        for a in ANCHOR.findall(all_text(read_page(COURSE, name), "en"))
    ]
    assert not {a for a, count in Counter(anchors).items() if count > 1}


@EVERY_PAGE
def test_links_lead_to_pages_and_anchors(page):
    for address in LINK.findall(all_text(page, "en")):
        if address.startswith(
            ("http:", "https:", "{{ ")
        ):  # {{ }}: see source/dialects.py
            continue
        file, _, anchor = address.partition("#")
        assert not file or (COURSE.book / file).exists(), address
        target = read_page(COURSE, file.removesuffix(".md")) if file else page
        known = ANCHOR.findall(all_text(target, "en"))
        assert not anchor or anchor in known, f"book/{page.name}.md: {address}"


@NUMBERED
def test_chapter_has_its_parts(page):
    """Opening, mistake, recap, terms, questions, exercises and their solutions."""
    ko, en = (all_text(page, lang) for lang in LANGUAGES)
    for korean, english in (
        ("**이 장을 마치면**", "**After this chapter you can**"),
        ("**먼저 알아야 할 것**", "**You need first**"),
        ("**걸리는 시간**", "**Time**"),
        ("## 자주 하는 실수", "## A common mistake"),
        ("## 정리", "## Recap"),
        ("**이 장의 용어**", "**Terms of this chapter**"),
        ("## 확인 문제", "## Quick questions"),
        ("## 연습 문제", "## Exercises"),
        ("## 다음 이야기", "## What comes next"),
    ):
        assert ko.count(korean) == 1, korean
        assert en.count(english) == 1, english
    assert 3 <= en.count("<summary>Answer and reasons</summary>") <= 5
    assert en.count("\n### Exercise ") == en.count("#### Solution ") == 3
    assert en.count("<summary>Hint</summary>") == 3
    assert len([cell for cell in page.code() if "solution" in cell.tags]) >= 3
    assert any("raises" in cell.metadata for cell in page.code())


@NUMBERED
def test_terms_are_linked_where_they_first_appear(page):
    """Every term of the closing list is linked in the text before."""
    text, _, terms = all_text(page, "en").partition("**Terms of this chapter**")
    listed = re.findall(r"glossary\.md#(term-[\w-]+)", terms)
    linked = re.findall(r"glossary\.md#(term-[\w-]+)", text)
    assert sorted(set(linked)) == sorted(listed)


@EVERY_CHAPTER
def test_pictures_are_described(page):
    """Exactly the cells that draw say what they show, and what to see there."""
    for cell, run in zip(
        page.code(), code_cells(stored(COURSE, page.name)), strict=True
    ):
        draws = any(DRAWING in output.get("data", {}) for output in run.outputs)
        where = f"book/{page.name}.md:{cell.line}"
        assert draws == ("alt" in cell.metadata), where
        for text in cell.metadata.get("alt", {}).values():
            assert len(text) > 40, f"{where}: {text!r}"
        for lang, text in cell.metadata.get("caption", {}).items():
            ends = ("니다.", "까요?") if lang == "ko" else (".", "?")
            assert text.endswith(ends), f"{where}: {text!r}"
            assert 20 < len(text) < 140, f"{where}: {text!r}"


@EVERY_CHAPTER
def test_pictures_share_one_style(page):
    code = "\n".join(cell.source for cell in page.code())
    style = 'import matplotlib.pyplot as plt\n\nplt.style.use("tableau-colorblind10")\n'
    assert code.count("import matplotlib") == code.count(style)


@EVERY_CHAPTER
def test_budgets(page):
    """Short cells, small pictures, notebooks that a phone can load."""
    for cell in page.code():
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= 16, f"book/{page.name}.md:{cell.line}: {len(lines)} lines"
    for cell in code_cells(stored(COURSE, page.name)):
        for output in cell.outputs:
            drawing = output.get("data", {}).get(DRAWING, "")
            assert len(drawing) <= 100_000, cell.source
    for lang in LANGUAGES:
        path = ROOT / "notebooks" / lang / f"{page.name}.ipynb"
        assert path.stat().st_size <= 600_000, path


@EVERY_CHAPTER
def test_no_warning_is_hidden(page):
    code = "\n".join(cell.source for cell in page.code())
    assert not re.search(r"filterwarnings|simplefilter|%%capture|2>", code)
