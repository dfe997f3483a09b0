"""What two texts in two languages share, apart from numbers.

Formulas, code and links are the same, and as much is bold. Texts are built alike:
paragraphs, lists, tables and folded parts, down to their lines, items and rows. Names
are in both. Sentences may be divided otherwise, but not so that one seems left out.
"""

import hashlib
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from layer_by_layer.course import LANGUAGES
from layer_by_layer.source.page import COMMENT, HANGUL, OF_FIGURE, Cell, Page

MARKDOWN = MarkdownIt("commonmark").enable("table")
MARKDOWN.use(dollarmath_plugin, double_inline=True)
FORMULA, CODE, BLOCK = "formula", "code", "code block"
LINK, BOLD, STRUCTURE, SENTENCE = "link", "bold", "structure", "sentence"
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
TAG = re.compile(r"</?\w+")
# An entry of the glossary may have a line of the words of other books in that language.
OTHER_BOOKS = re.compile(r" *\n(?:다른 책에서는|In other books): .*")
# Words in formulas and code are those of the language: a_{정답}, a_{right}.
KOREAN_WORDS = re.compile(r"[가-힣]+(?: [가-힣]+)*")
ENGLISH_WORDS = "[A-Za-z]+(?:[_ ][A-Za-z]+)*"
# What a Korean text writes in Latin letters comes from code or is a term: (gradient).
LATIN = re.compile(r"[A-Za-z][\w.]*\w", re.ASCII)
NAME = re.compile(r"\w+(?:_\w+|\.\w+)+|\w+(?=\(\))", re.ASCII)  # surely one of code
# Quotations may go on after their end; answers (가) or (a) of questions are sentences.
ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|cf|etc)\.")
SENTENCE_END = re.compile(
    r"(?<=[.?!])\s+"
    r"|(?<=[.?!][”’\"')])\s+(?=[^a-z])"
    r"|(?<! and)(?<! or)\s+(?=\([가나다라a-d]\) )"
)
KOREAN_LENGTH = 0.54  # times that of English: the average of the book
SHORT = 0.75  # times as long as usual: something may be missing


class Piece(NamedTuple):
    """Something that both languages have, as written, and the line where it is."""

    kind: str
    text: str
    line: int


# Reading


def pieces(cell: Cell) -> Iterator[Piece]:
    """Yield the pieces of a text, in order."""
    line = cell.line
    for token in MARKDOWN.parse(OTHER_BOOKS.sub("", cell.source)):
        if token.map:
            line = cell.line + token.map[0]
        if token.type == "inline":
            yield from inline_pieces(token.children, cell, line)
        elif token.type == "math_block":
            yield Piece(FORMULA, spaced(token.content), line)
        elif token.type in ("fence", "code_block"):
            code = f"{token.info}\n{token.content}"
            yield Piece(BLOCK, in_any_language(code, cell), line)
        elif token.type == "html_block":
            yield from tags(token, line)
        elif token.nesting >= 0:
            yield Piece(STRUCTURE, f"<{token.tag}>", line)


def inline_pieces(tokens: list[Token], cell: Cell, line: int) -> Iterator[Piece]:
    """The pieces of a paragraph, a heading or a cell of a table."""
    prose, in_link = "", False
    yield Piece(STRUCTURE, "line", line)
    for token in tokens:
        if token.type.endswith("break"):
            yield from sentences(prose, line)
            prose, line = "", line + 1
            yield Piece(STRUCTURE, "line", line)
        elif token.type == "text":
            text = token.content
            prose += text.replace(". ", " ") if in_link else text  # [5. ReLU](…)
        elif token.type == "code_inline":
            yield Piece(CODE, in_any_language(token.content, cell), line)
            prose += "`"
        elif token.type.startswith("math"):
            yield Piece(FORMULA, spaced(token.content), line)
            prose += "$"
        elif token.type == "strong_open":
            yield Piece(BOLD, "**", line)
        elif token.type == "html_inline":
            yield from tags(token, line)
        elif token.type == "image":
            yield Piece(LINK, token.attrs["src"], line)
        elif token.type == "link_open":
            yield Piece(LINK, token.attrs["href"], line)
            in_link = True
        elif token.type == "link_close":
            in_link = False
    yield from sentences(prose, line)


def tags(token: Token, line: int) -> Iterator[Piece]:
    """The tags of HTML, without their attributes."""
    for tag in TAG.findall(token.content):
        yield Piece(STRUCTURE, f"{tag}>", line)


def sentences(prose: str, line: int) -> Iterator[Piece]:
    for part in SENTENCE_END.split(ABBREVIATION.sub("", prose)):
        if part.strip():
            yield Piece(SENTENCE, part, line)


def spaced(formula: str) -> str:
    return " ".join(formula.split())


def in_any_language(code: str, cell: Cell) -> str:
    """Code in which folders of the own language are those of any: notebooks/ko."""
    return re.sub(rf"(?<=/){cell.lang}\b", "{lang}", code)


# Comparing


def differences(ko: Cell, en: Cell) -> Iterator[str]:
    """Yield in words what differs between two cells, and on which lines.

    They are compared line by line, unless one of them has other lines.
    """
    korean, english = list(pieces(ko)), list(pieces(en))
    rest = out_of_step(of(STRUCTURE, korean), of(STRUCTURE, english))
    yield from report(STRUCTURE, *rest)
    said = [len(of(SENTENCE, found)) for found in (korean, english)]
    if abs(said[0] - said[1]) > 1:
        yield "sentences: {} in Korean, {} in English".format(*said)
    lines = [(korean, english)]
    if not any(rest):
        lines = list(zip(in_lines(korean), in_lines(english), strict=True))
    for mine, twin in lines:
        for kind in (FORMULA, CODE, BLOCK, LINK, BOLD):
            yield from report(kind, *unpaired(of(kind, mine), of(kind, twin)))
        yield from difference_of_prose(of(SENTENCE, mine), of(SENTENCE, twin))


def differences_in_code(cell: Cell) -> Iterator[tuple[int, str]]:
    """Yield lines, and which names one language has in a comment or of a figure."""
    texts = [
        (cell.line, cell.metadata[key][lang])
        for key in OF_FIGURE
        if key in cell.metadata
        for lang in ("ko", "en")
    ]
    for line, text in enumerate(cell.source.splitlines(), start=cell.line):
        found = COMMENT.match(text)
        if found and found["lang"] in LANGUAGES:
            texts.append((line, found["text"]))
    for (line, ko), (_, en) in zip(texts[::2], texts[1::2], strict=True):
        yield from ((line, name) for name in names_of_one(ko, en))


def in_lines(found: list[Piece]) -> list[list[Piece]]:
    """The pieces of each line; before the first, those that are not in a line."""
    lines = [[]]
    for piece in found:
        if piece[:2] == (STRUCTURE, "line"):
            lines.append([])
        lines[-1].append(piece)
    return lines


def of(kind: str, found: list[Piece]) -> list[Piece]:
    return [piece for piece in found if piece.kind == kind]


def report(kind: str, korean: list[Piece], english: list[Piece]) -> Iterator[str]:
    """Name what is in one language only, if anything is."""
    for language, found in (("Korean", korean), ("English", english)):
        if found:
            named = ", ".join(f"{piece.text!r} (line {piece.line})" for piece in found)
            yield f"{kind}: only {language} {named}"


def unpaired(korean: list[Piece], english: list[Piece]) -> tuple[list, list]:
    """The pieces without an equal one, in any order, as grammar has it.

    Korean words of a piece are equal to any English words.
    """
    alone, rest = [], list(english)
    for piece in sorted(korean, key=lambda piece: bool(HANGUL.search(piece.text))):
        parts = KOREAN_WORDS.split(piece.text)
        pattern = re.compile(ENGLISH_WORDS.join(map(re.escape, parts)))
        twin = next((other for other in rest if pattern.fullmatch(other.text)), None)
        if twin:
            rest.remove(twin)
        else:
            alone.append(piece)
    return alone, rest


def out_of_step(korean: list[Piece], english: list[Piece]) -> tuple[list, list]:
    """The pieces without an equal one in the same order."""
    texts = [[piece.text for piece in found] for found in (korean, english)]
    alone, rest = [], []
    for step, a, b, c, d in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        if step != "equal":
            alone += korean[a:b]
            rest += english[c:d]
    return alone, rest


def difference_of_prose(korean: list[Piece], english: list[Piece]) -> Iterator[str]:
    """Yield if one has fewer sentences and is too short, and names that one lacks."""
    ko, en = (" ".join(piece.text for piece in found) for found in (korean, english))
    lines = " and ".join(str(found[0].line) for found in (korean, english) if found)
    if len(korean) < len(english) and len(ko) < len(en) * KOREAN_LENGTH * SHORT:
        yield f"sentences: one seems to be missing in Korean (lines {lines})"
    if len(korean) > len(english) and len(ko) * SHORT > len(en) * KOREAN_LENGTH:
        yield f"sentences: one seems to be missing in English (lines {lines})"
    yield from (f"{name} (lines {lines})" for name in names_of_one(ko, en))


def names_of_one(korean: str, english: str) -> Iterator[str]:
    """Yield what only Korean writes in Latin letters, and names of only English."""
    for name in LATIN.findall(korean):
        if name.lower() not in english.lower():
            yield f"name: only Korean {name!r}"
    for name in NAME.findall(english):
        if name.lower() not in korean.lower():
            yield f"name: only English {name!r}"


# Confirming


def keys(page: Page) -> Iterator[tuple[str, Cell, Cell]]:
    """Yield pairs of cells, each after the key by which the page's author confirms it.

    The key says where the cells are, below which anchor, and what they say: it changes
    with every edit of them.
    """
    anchor = "top"
    cells = [cell for cell in page.cells if cell.lang]
    for ko, en in zip(cells[::2], cells[1::2], strict=True):
        anchor = (ANCHOR.findall(ko.source) or [anchor])[-1]
        text = f"{ko.source}\n{en.source}"
        yield f"{anchor} {hashlib.sha256(text.encode()).hexdigest()[:8]}", ko, en
