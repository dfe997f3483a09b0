"""One Korean word for one meaning: the word of the glossary.

The glossary tells readers how other books call a term (`다른 책에서는: 레이블, 라벨`).
Chapters use none of these words, and write a term with the spaces it has there.
"""

import re

import pytest

from layer_by_layer.source.page import COMMENT, OF_FIGURE, Cell, read_page
from tests.conftest import COURSE

GLOSSARY = "glossary"
ENTRY = re.compile(
    r"^\*\*(?P<term>[^*]+)\*\*.*\n.*?(?:\n다른 책에서는: (?P<others>.*))?$", re.M
)
# Saying once that a word exists is not using it: 편향(bias)이라고도 하고
MENTION = r"(?!(?:\([^)]*\))?이?라고도 )"


def entries() -> dict[str, list[str]]:
    """The Korean terms of the glossary, and the words of other books for each."""
    text = read_page(COURSE, GLOSSARY).text("ko")
    return {
        found["term"]: found["others"].split(", ") if found["others"] else []
        for found in ENTRY.finditer(text)
    }


TERMS = entries()


def pattern(letters: str, after: str = "") -> re.Pattern:
    """A word, at the beginning of a Korean word; particles may follow it."""
    return re.compile(rf"(?<![가-힣]){letters}{after}")


WORDS = [
    (pattern(re.escape(other).replace(r"\ ", " ?"), MENTION), term)
    for term, others in TERMS.items()
    for other in others
]
SPACED = [(pattern(" ?".join(term.replace(" ", ""))), term) for term in TERMS]


def korean_lines(cell: Cell):
    """Yield (line number, text) of all that a Korean reader sees of a cell."""
    if cell.kind == "markdown" and cell.lang != "en":
        yield from enumerate(cell.source.splitlines(), start=cell.line)
    elif cell.kind == "code":
        for key in OF_FIGURE:
            yield cell.line, cell.metadata.get(key, {}).get("ko", "")
        for number, line in enumerate(cell.source.splitlines(), start=cell.line):
            if (comment := COMMENT.match(line)) and comment["lang"] == "ko":
                yield number, comment["text"]


def faults(line: str):
    """Yield (word, term to use instead) for each word that is not the glossary's.

    A word within a term of the glossary is fine: 학습 in 학습률.
    """
    terms = [found.span() for t in TERMS for found in re.finditer(re.escape(t), line)]
    for word, term in WORDS + SPACED:
        for found in word.finditer(line):
            start, end = found.span()
            if not any(first <= start and end <= last for first, last in terms):
                yield found[0], term


@pytest.mark.parametrize(
    "name", [name for name in COURSE.page_names if name != GLOSSARY]
)
def test_one_word_for_one_meaning(name):
    found = [
        f"book/{name}.md:{number}: {word!r}: write {term!r}"
        for cell in read_page(COURSE, name).cells
        for number, line in korean_lines(cell)
        for word, term in faults(line)
    ]
    assert not found, "\n" + "\n".join(found)


def test_glossary_is_read():
    """Every entry is found, and no word of another book is a term of ours."""
    text = (COURSE.book / f"{GLOSSARY}.md").read_text(encoding="utf-8")
    assert len(TERMS) == text.count('<a id="term-') / 2
    others = [word for words in TERMS.values() for word in words]
    assert text.count("다른 책에서는: ") == len(list(filter(None, TERMS.values())))
    assert len(others) == len(set(others))
    assert not set(others) & set(TERMS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("은닉층은 훈련 세트에서 학습률로 배웁니다. 확률적 경사 하강법입니다.", []),
        ("모델을 학습합니다.", [("학습", "훈련")]),
        (
            "미니 배치의 배치크기",
            [("미니 배치", "미니배치"), ("배치크기", "배치 크기")],
        ),
        ("유닛은 뉴런이라고도 합니다.", []),
        ("뉴런이 10개입니다.", [("뉴런", "유닛")]),
    ],
)
def test_words_are_told_apart(line, expected):
    assert sorted(faults(line)) == sorted(expected)
