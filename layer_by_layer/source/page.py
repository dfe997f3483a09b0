"""Read a bilingual page and check that both languages are in step.

A page is standard Jupytext MyST (`md:myst`). Markdown cells come in pairs, Korean
then English, marked `+++ {"lang": "ko"}` and `+++ {"lang": "en"}`; code cells are
shared. A Markdown cell without `lang` belongs to both languages.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode, ValidationError

from layer_by_layer.course import LANGUAGES, Course, CourseError, once, other, short

HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
GLOSSARY_LINK = re.compile(r"\[[^\]]*\]\(glossary\.md[^)]*\)")
DIRECTIVE = re.compile(
    r"^[ \t]*(?:`{3,}|:{3,})\{[\w:-]+\}|(?<!`)\{[\w:-]+\}`[^`]+`|^\([\w-]+\)=\s*$", re.M
)
FENCE = re.compile(r"(?P<marks>`{3,}|~{3,})(?P<info>.*)")
BEGINS_A_CELL = re.compile(r"\+\+\+|`{3,}\{code-cell\}")
# What is no HTML in Markdown: code and formulas.
NOT_HTML = re.compile(
    r"^(`{3,}|~{3,}).*?^\1|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$", re.M | re.S
)
TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)\b[^<>]*>")
WITHOUT_END = {"br", "col", "hr", "img", "input", "source", "wbr"}
TABLE = re.compile(r"^\|.*", re.M)  # may hold both languages
COMMENT = re.compile(r"^(?P<indent>\s*)# (?P<lang>[a-z]{2}): ?(?P<text>.*)$")


@dataclass(frozen=True)
class Cell:
    """One cell as written. `lang` is None where both languages share it."""

    kind: str  # "markdown" or "code"
    lang: str | None
    source: str
    metadata: dict
    line: int

    @property
    def tags(self) -> list[str]:
        return self.metadata.get("tags", [])


@dataclass(frozen=True)
class Page:
    """A page as written: front matter and cells, in order."""

    path: Path
    front: dict
    cells: list[Cell]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def is_chapter(self) -> bool:
        """Pages with code become notebooks; pages without stay text."""
        return any(cell.kind == "code" for cell in self.cells)

    def markdown(self, lang: str) -> list[Cell]:
        """The Markdown cells a reader of `lang` sees."""
        return [c for c in self.cells if c.kind == "markdown" and c.lang != other(lang)]

    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]

    def text(self, lang: str) -> str:
        """All that a reader of `lang` sees, but for the code."""
        return "\n\n".join(cell.source for cell in self.markdown(lang))

    def tagged(self, tag: str, lang: str) -> str:
        """What the text cell with a tag says, such as `goals` or `needs`.

        Raises CourseError if there is none.
        """
        for cell in self.markdown(lang):
            if tag in cell.tags:
                return cell.source
        problem = f'no text cell is tagged: write "tags": ["{tag}"] after its +++'
        raise fault(self.path, 1, problem)

    def title(self, lang: str) -> str:
        return self.markdown(lang)[0].source.splitlines()[0].lstrip("# ")


@once
def read_page(course: Course, name: str, folder: str = "book") -> Page:
    """The page `<name>.md` of `book/`, or of another folder of the course."""
    return read_file(course.root / folder / f"{name}.md")


def chapter_names(course: Course) -> list[str]:
    """Names of all pages with code, in reading order."""
    names = course.page_names
    return [name for name in names if read_page(course, name).is_chapter]


def named(course: Course, chapters: list[str]) -> list[str]:
    """Names of the chapters that a person typed, such as `02`; of all if none."""
    names = chapter_names(course)
    known = {short(name): name for name in names}
    if unknown := sorted(set(chapters) - set(known)):
        raise CourseError(
            f"there is no chapter {', '.join(unknown)}: choose from {', '.join(known)}."
        )
    return [known[chapter] for chapter in chapters] or names


def read_file(path: Path) -> Page:
    """Read a page.

    Raises CourseError with file and line if the page cannot be read, or if its two
    languages are not in step.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        notebook = myst_to_notebook(text, add_source_map=True)
    except OSError as error:
        raise fault(path, None, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise fault(path, line, "is not UTF-8: save it in that encoding") from None
    except (MystMetadataParsingError, ValidationError) as error:
        line, reason = _parsing_problem(error, text.splitlines())
        raise fault(path, line, f"cannot be parsed ({reason}): correct it") from None
    front = dict(notebook.metadata)
    lines = text.splitlines()
    for line, problem in _fence_problems(lines):
        raise fault(path, line, problem)
    cells = [
        Cell(cell.cell_type, cell.metadata.pop("lang", None), cell.source,
             dict(cell.metadata), _first_line(cell, lines, start))
        for cell, start in zip(notebook.cells, front.pop("source_map", []), strict=True)
    ]  # fmt: skip
    page = Page(path, front, cells)
    for line, problem in problems(page):
        raise fault(path, line, problem)
    return page


def fault(path: Path, line: int | None, problem: str) -> CourseError:
    """An error that names file and line as editors understand them."""
    where = f"{path.parent.name}/{path.name}" + (f":{line}" if line else "")
    return CourseError(f"{where}: {problem}.")


def _parsing_problem(error: Exception, lines: list[str]) -> tuple[int, str]:
    """Line and reason of front matter or cell metadata that cannot be parsed."""
    cell = re.search(r"at line (\d+)", str(error))
    line = int(cell[1]) if cell else 0
    if isinstance(error.__context__, yaml.MarkedYAMLError):
        line += lines[line].startswith("---")
        return line + 1 + error.__context__.problem_mark.line, error.__context__.problem
    return line or 1, str(error).split("\n")[0]


def _first_line(cell: NotebookNode, lines: list[str], start: int) -> int:
    """Number of the line on which a cell's text begins, after marker and options."""
    first = cell.source.split("\n", 1)[0].rstrip()
    for number, line in enumerate(lines[start:], start=start + 1):
        if line.rstrip() == first:
            return number
    return start + 1


def _fence_problems(lines: list[str]):
    """Yield the line of a fence that is never closed, and what to do.

    A line of three backticks within a code cell ends it, and what should have ended it
    begins a fence that swallows the cells below.
    """
    opened, cell_ended = None, None
    for number, line in enumerate([*lines, "+++"], start=1):
        found = FENCE.match(line)
        if opened and found and not found["info"].strip():
            if found["marks"].startswith(opened[1]["marks"]):
                if BEGINS_A_CELL.match(opened[1][0]):
                    cell_ended = number
                opened = None
        elif opened and BEGINS_A_CELL.match(line):
            if BEGINS_A_CELL.match(opened[1][0]) and number <= len(lines):
                continue  # code may hold such lines
            problem = "this fence is never closed: close it"
            if cell_ended:
                problem += (
                    ", or take the line of backticks out of the code cell that "
                    f"it ended in line {cell_ended}"
                )
            yield opened[0], problem
            return
        elif found and not opened:
            opened = number, found


def _html_problems(cell: Cell):
    """Yield the lines of tags in text that are not closed, or close nothing."""
    text = NOT_HTML.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), cell.source)
    opened: list[re.Match] = []
    for tag in TAG.finditer(text):
        line = cell.line + text.count("\n", 0, tag.start())
        if tag["name"] in WITHOUT_END:
            continue
        if not tag["end"]:
            opened.append(tag)
        elif opened and opened[-1]["name"] == tag["name"]:
            opened.pop()
        else:
            last = f"<{opened[-1]['name']}>" if opened else "nothing"
            yield line, f"{tag[0]} closes {last}: make tags match"
            return
    for tag in opened:
        line = cell.line + text.count("\n", 0, tag.start())
        yield line, f"{tag[0]} is never closed: write </{tag['name']}>"


def problems(page: Page):
    """Yield (line, what is wrong and what to do) for each fault of a page."""
    if not page.cells or not page.cells[0].source.startswith("# "):
        yield 1, "the page does not begin with its title: write '# ...' first"
    cells = iter(page.cells)
    for cell in cells:
        if cell.kind == "code":
            yield from _code_problems(cell)
        elif cell.lang == "ko":
            twin = next(cells, None)
            if twin is None or twin.lang != "en":
                yield cell.line, 'no English cell follows: add one, +++ {"lang": "en"}'
            elif twin.metadata != cell.metadata:
                yield twin.line, "the mark for slides differs from the Korean cell's"
            else:
                yield from _text_problems(page, cell)
                yield from _text_problems(page, twin)
        elif cell.lang == "en":
            yield cell.line, 'no Korean cell before this: add one, +++ {"lang": "ko"}'
        elif cell.lang is not None:
            yield cell.line, f"unknown language {cell.lang!r}: write ko or en"
        elif HANGUL.search(TABLE.sub("", cell.source)):
            yield cell.line, 'Korean text for all readers: mark it +++ {"lang": "ko"}'
        else:
            yield from _html_problems(cell)


def _text_problems(page: Page, cell: Cell):
    yield from _html_problems(cell)
    if page.is_chapter and (found := DIRECTIVE.search(cell.source)):
        line = cell.line + cell.source.count("\n", 0, found.start())
        yield line, f"Colab prints {found[0].strip()!r} raw: write plain Markdown"
    if cell.lang == "ko" and not HANGUL.search(cell.source):
        yield cell.line, "this Korean cell has no Korean text: translate it"
    if cell.lang == "en" and page.name != "glossary":
        text = GLOSSARY_LINK.sub(lambda link: "_" * len(link[0]), cell.source)
        if found := HANGUL.search(text):
            line = cell.line + text.count("\n", 0, found.start())
            yield line, "Korean text in an English cell: translate it"


def _code_problems(cell: Cell):
    """Code is shared; alt texts and `# ko:`, `# en:` comments come in pairs."""
    if cell.lang is not None:
        yield cell.line, "code is for both languages: take 'lang' out"
    if set(cell.metadata.get("alt", LANGUAGES) or ()) != set(LANGUAGES):
        yield cell.line, "alt text in one language: give both, ko and en"
    lines = cell.source.splitlines()
    expected = "ko"
    for where, line in enumerate([*lines, ""], start=cell.line):
        found = COMMENT.match(line)
        if found and found["lang"] not in LANGUAGES:
            continue
        lang = found["lang"] if found else None
        if expected == "en" and lang != "en":
            yield where - 1, "'# ko:' has no twin: write '# en:' below it"
        elif expected == "ko" and lang == "en":
            yield where, "'# en:' has no twin: write '# ko:' above it"
        expected = "en" if lang == "ko" else "ko"


def code_for(cell: Cell, lang: str) -> str:
    """Code as a reader of `lang` sees it: only that language's comments."""
    return "\n".join(_code_lines(cell, lang))


def bare_code(cell: Cell) -> str:
    """Code without the comments that differ between languages."""
    return "\n".join(_code_lines(cell, None))


def _code_lines(cell: Cell, lang: str | None):
    for line in cell.source.splitlines():
        found = COMMENT.match(line)
        if not found or found["lang"] not in LANGUAGES:
            yield line
        elif found["lang"] == lang:
            yield f"{found['indent']}# {found['text']}"
