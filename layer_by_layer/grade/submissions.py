"""What files are, and notebooks read without trusting them.

What is no notebook raises Unreadable, which says what it is and what to ask for.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from layer_by_layer.course import ENGLISH, LANGUAGES
from layer_by_layer.grade.notes import Unreadable
from layer_by_layer.grade.unpack import File, clean, inner_files
from layer_by_layer.words import letters

LONGEST = 1_000_000  # characters of code
MOST_CELLS = 1000
MOST_IN_ZIP = 20  # notebooks that are read in a student's zip file
DEFINED = re.compile(  # no two parts match the same spaces: it never goes back far
    r"(?:(?:async )?def|class) +(?P<name>\w+)|(?P<names>[\w, ()]+)=(?!=)"
)
PROMPT = re.compile(r"\s*(?:(?:>>>|\.\.\.|In \[\d+\]:) |%{1,2}time +)?")
PASSED = re.compile(r"^(q\d+) ✓\s*$", re.M)  # what a check prints
# How files begin that are no text.
BEGINNINGS = {
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
    b"ALZ\x01": "archive",  # ALZip and its successor, common in Korea
    b"EGGA": "archive",
    b"\xd0\xcf\x11\xe0": "document",  # old Word, Hangul
}
PYTHON = re.compile(
    r"^ *(import \w|from \w+ import|def \w|class \w|print\(|assert |[a-z_]\w* = |# )",
    re.M,
)


@dataclass(frozen=True)
class Notebook:
    """What grading needs of a notebook."""

    cells: list[str]  # sources of the code cells
    language: str
    passed: frozenset[str] = frozenset()  # questions whose check had passed when saved

    def defined(self) -> set[str]:
        """Names that code cells seem to define."""
        return {name for cell in self.cells for name in names_defined(cell)}


def notebooks_in(file: File) -> Iterator[tuple[File, Notebook | Unreadable]]:
    """A file and its notebook, or why it has none; for a zip file, those within."""
    try:
        content = file.read()
    except Unreadable as problem:
        yield file, problem
        return
    if not content.startswith(b"PK\x03\x04"):
        yield file, read_or_problem(content)
        return
    try:
        inner = inner_files(file, content)
    except Unreadable as problem:
        yield file, problem
        return
    names = {each.name for each in inner}
    found = [each for each in inner if ".ipynb" in each.name.lower()][:MOST_IN_ZIP]
    for each in found:
        try:
            content = each.read()
        except Unreadable as problem:
            yield each, problem
        else:
            yield each, read_or_problem(content)
    if not found:
        office = "[Content_Types].xml" in names or "mimetype" in names
        yield file, Unreadable("document" if office else "zip")


def read_or_problem(content: bytes) -> Notebook | Unreadable:
    try:
        return read_notebook(content)
    except Unreadable as problem:
        return problem


def read_notebook(content: bytes) -> Notebook:
    """The code of a notebook. Ids and metadata may be missing. Raises Unreadable."""
    text = decoded(content)
    try:
        notebook = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise no_json(text) from None
    cells = cells_of(notebook)
    code = [source for kind, source in cells if kind == "code"]
    if len(code) > MOST_CELLS or sum(map(len, code)) > LONGEST:
        raise Unreadable("long")
    return Notebook(code, language(cells), saved_as_passed(notebook))


def decoded(content: bytes) -> str:
    """The text of a file, whichever editor has saved it. Raises Unreadable."""
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("empty")
    for beginning, kind in BEGINNINGS.items():
        if content.startswith(beginning):
            raise Unreadable(kind)
    for encoding in (json.detect_encoding(content), "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding")


def no_json(text: str) -> Unreadable:
    """What a text is that is no JSON, and in which language it is."""
    found = (lang for lang in LANGUAGES if (own := letters(lang)) and own.search(text))
    lang = next(found, "")
    start = text[:2000].lstrip("\ufeff \t\r\n").lower()
    if start.startswith("{"):
        return Unreadable("broken", lang)
    if start.startswith("<"):
        return Unreadable("web page", lang)
    if re.match(r"https?://\S+\s*$|\[internetshortcut\]", start):
        return Unreadable("address")
    if PYTHON.search(text):
        return Unreadable("python", lang or "en")
    return Unreadable("text", lang)


def cells_of(notebook) -> list[tuple[str, str]]:
    """Kinds and sources of the cells, in nbformat 4 or 3. Raises Unreadable."""
    found = []
    for cell in raw_cells(notebook):
        text = joined(cell.get("source", cell.get("input", "")))
        source = text.replace("\r\n", "\n").replace("\r", "\n")
        found.append((str(cell.get("cell_type")), clean(source)))
    return found


def raw_cells(notebook) -> list[dict]:
    """The cells as they are written. Raises Unreadable."""
    if not isinstance(notebook, dict):
        raise Unreadable("no notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(sheets := notebook.get("worksheets"), list):
        lists = (sheet.get("cells") for sheet in sheets if isinstance(sheet, dict))
        cells = [cell for each in lists if isinstance(each, list) for cell in each]
    if not isinstance(cells, list):
        raise Unreadable("no notebook")
    return [cell for cell in cells if isinstance(cell, dict)]


def joined(lines) -> str:
    lines = lines if isinstance(lines, list) else [lines]
    return "".join(line for line in lines if isinstance(line, str))


def saved_as_passed(notebook: dict) -> frozenset[str]:
    """Questions whose checks say `q1 ✓` in the outputs that were saved."""
    found = set()
    for cell in raw_cells(notebook):
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            if isinstance(output, dict):
                found |= set(PASSED.findall(joined(output.get("text", ""))[:10_000]))
    return frozenset(found)


def language(cells: list[tuple[str, str]]) -> str:
    """That of half of the text cells, or without any of a code cell, by its letters.

    English if none of the languages with letters of their own is found.
    """
    texts = [source for kind, source in cells if kind == "markdown" and source.strip()]
    least = len(texts) / 2 or 1
    for lang in LANGUAGES:
        if own := letters(lang):
            among = texts or [source for _, source in cells]
            if sum(bool(own.search(text)) for text in among) >= least:
                return lang
    return ENGLISH


def names_defined(source: str) -> set[str]:
    """Names that code seems to define. It may not even be Python."""
    names = set()
    for line in source.splitlines():
        line = line[:200]
        if found := DEFINED.match(line[PROMPT.match(line).end() :]):
            names |= set(re.findall(r"\w+", found["name"] or found["names"]))
    return names
