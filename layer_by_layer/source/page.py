"""Read a page and check that its languages are in step.

A page is standard Jupytext MyST (`md:myst`). Markdown cells come in pairs, Korean
then English, marked `+++ {"lang": "ko"}` and `+++ {"lang": "en"}` (or in threes, if
`_config.yml` names three languages); code cells are shared. A Markdown cell without
`lang` belongs to all languages.
"""

import re
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode, ValidationError

from layer_by_layer.course import Course, CourseError, is_numbered, once, short
from layer_by_layer.source.choices import GUESS, Question, numbered
from layer_by_layer.words import SPOKEN, letters, words_of

NAMES = {lang: said["english"] for lang, said in words_of("language").items()}
FIGURE = {lang: said["figure"] for lang, said in words_of("notebook").items()}
HANGUL = letters("ko")
GLOSSARY = "glossary"  # the page whose terms are in all languages
GLOSSARY_LINK = re.compile(rf"\[[^\]]*\]\({GLOSSARY}\.md[^)]*\)")
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
OF_FIGURE = ("alt", "caption")  # what a cell that draws says in each language
FOLD = re.compile(r"^<details>", re.M)
TABLE = re.compile(r"^\|.*", re.M)  # may hold all languages
COMMENT = re.compile(rf"^(?P<indent>\s*)# (?P<lang>{'|'.join(SPOKEN)}): ?(?P<text>.*)$")


@dataclass(frozen=True)
class Cell:
    """One cell as written. `lang` is None where all languages share it."""

    kind: str  # "markdown" or "code"
    lang: str | None
    source: str
    metadata: dict
    line: int

    @property
    def tags(self) -> list[str]:
        return self.metadata.get("tags", [])

    @property
    def questions(self) -> list[Question]:
        """What the cell asks with options to choose from."""
        if GUESS in self.tags:
            return [Question(self.source, self.line)]
        asks = self.metadata.get("slide") == "questions"
        return numbered(self.source, self.line) if asks else []


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
        """Whether it has code, and so becomes a notebook: chapters, and the clinic."""
        return any(cell.kind == "code" for cell in self.cells)

    def cells_in(self, lang: str) -> list[Cell]:
        """The cells a reader of `lang` sees."""
        return [cell for cell in self.cells if cell.lang in (None, lang)]

    def markdown(self, lang: str) -> list[Cell]:
        """The Markdown cells a reader of `lang` sees."""
        return [cell for cell in self.cells_in(lang) if cell.kind == "markdown"]

    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]

    def caption(self, cell: Cell, lang: str) -> str:
        """What stands below a figure: its number in the book, and what to see there."""
        figures = [each for each in self.code() if "caption" in each.metadata]
        number = f"{figures.index(cell) + 1}"
        if is_numbered(self.name):
            number = f"{int(short(self.name))}.{number}"
        return f"**{FIGURE[lang].format(number)}** {cell.metadata['caption'][lang]}"

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
    return read_file(course.root / folder / f"{name}.md", course.languages)


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


def read_file(path: Path, languages: tuple[str, ...]) -> Page:
    """Read a page that is written in these languages.

    Raises CourseError with file and line if the page cannot be read, or if its
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
    for line, problem in _fence_problems(lines):  # the first is told
        raise fault(path, line, problem)
    cells = [
        Cell(cell.cell_type, cell.metadata.pop("lang", None), cell.source,
             dict(cell.metadata), _first_line(cell, lines, start))
        for cell, start in zip(notebook.cells, front.pop("source_map", []), strict=True)
    ]  # fmt: skip
    page = Page(path, front, cells)
    for line, problem in problems(page, languages):
        raise fault(path, line, problem)
    return page


def code_for(cell: Cell, lang: str) -> str:
    """Code as a reader of `lang` sees it: only that language's comments."""
    return "\n".join(_code_lines(cell, lang))


def bare_code(cell: Cell) -> str:
    """Code without the comments that differ between languages."""
    return "\n".join(_code_lines(cell, None))


def _code_lines(cell: Cell, lang: str | None):
    for line in cell.source.splitlines():
        found = COMMENT.match(line)
        if not found:
            yield line
        elif found["lang"] == lang:
            yield f"{found['indent']}# {found['text']}"


# From here on: what is wrong with a page.


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


def problems(page: Page, languages: tuple[str, ...]):
    """Yield (line, what is wrong and what to do) for each fault of a page."""
    first, *others = languages
    if not page.cells or not page.cells[0].source.startswith("# "):
        yield 1, "the page does not begin with its title: write '# ...' first"
    cells = iter(page.cells)
    for cell in cells:
        if cell.kind == "code":
            yield from _code_problems(cell, languages)
        elif cell.lang == first:
            twins = list(islice(cells, len(others)))
            yield from _twin_problems(cell, twins, others)
            for each in (cell, *twins):
                yield from _text_problems(page, each, languages)
        elif cell.lang in others:
            problem = f"no {NAMES[first]} cell before this"
            yield cell.line, f'{problem}: add one, +++ {{"lang": "{first}"}}'
        elif cell.lang is not None:
            yield (
                cell.line,
                f"unknown language {cell.lang!r}: write {' or '.join(languages)}",
            )
        else:
            for lang, _ in _letters(TABLE.sub("", cell.source), languages):
                problem = f"{NAMES[lang]} text for all readers"
                yield cell.line, f'{problem}: mark it +++ {{"lang": "{lang}"}}'
            yield from _html_problems(cell)
    for cell, following in pairwise([*page.cells, *page.cells[:1]]):
        goes_on = following.kind == "code" or GUESS in following.tags
        if GUESS in cell.tags and not goes_on:
            yield cell.line, "no code cell follows this guess: move it above one"


def _twin_problems(cell: Cell, twins: list[Cell], languages: list[str]):
    """A text cell is followed by the same in the other languages, in their order."""
    for number, lang in enumerate(languages):
        twin = twins[number] if number < len(twins) else None
        if twin is None or twin.lang != lang:
            problem = f"no {NAMES[lang]} cell follows"
            yield cell.line, f'{problem}: add one, +++ {{"lang": "{lang}"}}'
        elif twin.metadata != cell.metadata:
            problem = "tags or mark for slides are not those of the cell before"
            yield twin.line, f"{problem}: make them the same"
        else:
            yield from _question_problems(cell, twin)


def _question_problems(cell: Cell, twin: Cell):
    """Questions can be answered, and have the same answers in all languages."""
    if cell.metadata.get("slide") == "questions" and not cell.questions:
        yield cell.line, "no question is here: begin it with '**1. …**'"
    for question in (*cell.questions, *twin.questions):
        if problem := question.problem():
            yield question.line, problem
            return
    for question, other in zip(cell.questions, twin.questions, strict=False):
        if question.outline() != other.outline():
            problem = "the right option, or the order of reasons, is another"
            yield other.line, f"{problem} than in line {question.line}: correct it"


def _letters(text: str, languages: tuple[str, ...]):
    """Yield each language whose own letters are in a text, and where the first is."""
    for lang in languages:
        if (own := letters(lang)) and (found := own.search(text)):
            yield lang, found.start()


def _text_problems(page: Page, cell: Cell, languages: tuple[str, ...]):
    yield from _html_problems(cell)
    if "figure" in cell.metadata and not FOLD.search(cell.source):
        yield cell.line, "nothing says what to find: end with a fold, <details>"
    if page.is_chapter and (found := DIRECTIVE.search(cell.source)):
        line = cell.line + cell.source.count("\n", 0, found.start())
        yield line, f"Colab prints {found[0].strip()!r} raw: write plain Markdown"
    name, own = NAMES[cell.lang], letters(cell.lang)
    if own and not own.search(cell.source):
        yield cell.line, f"this {name} cell has no {name} text: translate it"
    elif not own and page.name != GLOSSARY:
        text = GLOSSARY_LINK.sub(lambda link: "_" * len(link[0]), cell.source)
        for lang, start in _letters(text, languages):
            article = "an" if name[0] in "AEIOU" else "a"
            problem = f"{NAMES[lang]} text in {article} {name} cell: translate it"
            yield cell.line + text.count("\n", 0, start), problem


def _code_problems(cell: Cell, languages: tuple[str, ...]):
    """Code is shared; alt texts, captions and comments are in all languages."""
    if cell.lang is not None:
        yield cell.line, "code is for all languages: take 'lang' out"
    said = {key: cell.metadata[key] for key in OF_FIGURE if key in cell.metadata}
    for key, texts in said.items():
        if set(texts or ()) != set(languages):
            yield cell.line, f"{key} in one language: give {', '.join(languages)}"
    if said and len(said) < len(OF_FIGURE):
        problem = f"a figure has both {' and '.join(OF_FIGURE)}: add what is missing"
        yield cell.line, problem
    due = 0  # the place in `languages` of the comment that has to come next
    for where, line in enumerate([*cell.source.splitlines(), ""], start=cell.line):
        found = COMMENT.match(line)
        if found and found["lang"] not in languages:
            yield where, f"'# {found['lang']}:' is no language here: take it out"
        elif due and (not found or found["lang"] != languages[due]):
            alone, missing = languages[due - 1], languages[due]
            problem = f"'# {alone}:' has no twin: write '# {missing}:' below it"
            yield where - 1, problem
        elif found and found["lang"] != languages[due]:
            problem = f"'# {found['lang']}:' has no twin"
            yield where, f"{problem}: write '# {languages[0]}:' above it"
        due = (languages.index(found["lang"]) + 1) % len(languages) if found else 0
