"""What the text says of figures, against what runs of the code print.

A **number** of the text holds in a run if the run prints, where the stored outputs
print that number rounded as it is written, a value within one unit of its last place:
0.86 holds for everything from 0.85 to 0.87. A **claim** holds if the numbers that its
cell prints meet its condition. Both must hold with every arithmetic of
`machines`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from layer_by_layer.course import ENGLISH
from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, tags
from layer_by_layer.source.page import OF_FIGURE, Cell, Page

NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?%?(?![A-Za-z0-9_])"
)
NOT_PROSE = re.compile(
    r"\]\([^)]*\)"  # where a link leads
    r"|<[^>]*>"  # HTML
    r"|\{\{.*?\}\}"  # what the site fills in
    r"|^ *```.*?^ *```",  # shell commands
    re.M | re.S,
)
COMPUTED = re.compile(r"[-−]?\d[\d,_]*(?:\.\d+)?(?:e[-+]?\d+)?%?")
SECTION = re.compile(r"^##? ", re.M)

Run = list[list[str]]  # the numbers that each code cell prints, as printed


def in_prose(text: str) -> list[str]:
    """All numbers of a text, as written, without thousands separators."""
    text = NOT_PROSE.sub(" ", text)
    return [plain(found[0]) for found in NUMBER.finditer(text)]


def in_code(text: str) -> list[str]:
    """All numbers that code contains or prints, in order."""
    return [plain(found[0]) for found in COMPUTED.finditer(text)]


def plain(number: str) -> str:
    return number.replace("−", "-").replace(",", "").replace("_", "")


def value(number: str) -> float:
    """Of a percentage, the fraction."""
    return float(number.strip("%")) / (100 if "%" in number else 1)


def unit(number: str) -> float:
    """One unit of the last place of a number: 0.01 for 0.86 and for 86%."""
    digits, _, exponent = number.strip("%").partition("e")
    places = len(digits.partition(".")[2]) - int(exponent or 0)
    return 10.0**-places / (100 if "%" in number else 1)


def is_within(number: str, other: float, units: float) -> bool:
    """Whether another value is at most so many units of its last place away from a
    number of the text. Signs do not count: a text says "0.3 lower"."""
    away = abs(abs(other) - abs(value(number)))
    return away <= units * unit(number) * (1 + 1e-9)


def is_computed(number: str, computed: set[float]) -> bool:
    """Whether a number is one of `computed`, rounded as it is written."""
    return any(is_within(number, each, 0.5) for each in computed)


def needs_source(number: str) -> bool:
    """Decimals, percentages and numbers of four or more digits are results."""
    return "." in number or "%" in number or len(number.strip("-")) >= 4


def constants(page: Page) -> dict[str, str]:
    """Numbers a page may use without computing them, each with its reason."""
    listed = page.front.get("constants", {})
    return {plain(str(number)): reason for number, reason in listed.items()}


@dataclass(frozen=True)
class Number:
    """A number of the text that code computed: on its own page, or on another.

    `places` are where the stored outputs of `chapter` print it: pairs of a code cell
    and of the position among the numbers which that cell prints.
    """

    text: str
    line: int
    chapter: str
    places: list[tuple[int, int]]

    def shown(self, run: Run) -> list[float | None]:
        """What a run prints in these places; None where it prints fewer numbers."""
        return [
            value(run[cell][place]) if place < len(run[cell]) else None
            for cell, place in self.places
        ]

    def holds(self, runs: list[Run]) -> bool:
        """Whether there is a place where all runs print it, within one unit."""
        return any(
            all(each is not None and is_within(self.text, each, 1) for each in values)
            for values in zip(*map(self.shown, runs), strict=True)
        )


@dataclass(frozen=True)
class Claim:
    """Words about what a code cell prints, and the condition on which they are true.

    In the condition, `n` is the list of the numbers that the cell prints.
    """

    words: dict[str, str]  # by language
    condition: str
    cell: int
    line: int

    def holds(self, run: Run) -> bool:
        shown = [value(number) for number in run[self.cell]]
        known = {"n": shown, "abs": abs, "max": max, "min": min}
        return bool(eval(self.condition, {"__builtins__": {}}, known))


def printed(notebook: NotebookNode) -> Run:
    """The numbers that each code cell of a run shows; no measured times, no warnings,
    which come now and then."""
    shown = []
    for cell in code_cells(notebook):
        outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
        text = "" if "timing" in tags(cell) else plain_text(outputs)
        shown.append(in_code(text))
    return shown


def claims(page: Page) -> list[Claim]:
    """What cell options of a page say: `claims: [{ko: …, en: half, if: …}]`."""
    return [
        Claim(words, words.pop("if"), number, cell.line)
        for number, cell in enumerate(page.code())
        for words in map(dict, cell.metadata.get("claims", []))
    ]


def places(number: str, run: Run) -> list[tuple[int, int]]:
    """Where a run prints a number, rounded as it is written."""
    return [
        (cell, place)
        for cell, shown in enumerate(run)
        for place, each in enumerate(shown)
        if is_within(number, value(each), 0.5)
    ]


def numbers(page: Page, stored: dict[str, Run]) -> Iterator[Number]:
    """Numbers of the English text that code computed, as the stored runs show them.

    Other languages have the same, as a test holds. A number is looked for in its own
    section first, then on the whole page, or on the page that its constant names. One
    that the page's code contains is none, and an integer below 1,000 is one only if
    the outputs of its own section show it.
    """
    mine = stored.get(page.name, [])
    known = constants(page)
    literals = {value(each) for cell in page.code() for each in in_code(cell.source)}
    section_of = sections(page)
    of_code = [section_of[id(cell)] for cell in page.code()]
    for cell in page.cells:
        for number in (each for text in texts(cell) for each in in_prose(text)):
            if number in known:
                chapter = known[number].removeprefix("from ")
                if chapter in stored:
                    found = places(number, stored[chapter])
                    yield Number(number, cell.line, chapter, found)
            elif not is_computed(number, literals):
                found = places(number, mine)
                here = [p for p in found if of_code[p[0]] == section_of[id(cell)]]
                if here or (found and needs_source(number)):
                    yield Number(number, cell.line, page.name, here or found)


def texts(cell: Cell, lang: str = ENGLISH) -> list[str]:
    """What a cell says to readers of a language: text, or what a figure shows."""
    if cell.kind == "code":
        of_figure = (cell.metadata.get(key) for key in OF_FIGURE)
        return [each[lang] for each in of_figure if each]
    return [cell.source] if cell.lang in (None, lang) else []


def sections(page: Page) -> dict[int, int]:
    """For each cell's id, the number of the section that it stands in."""
    found, section = {}, 0
    for cell in page.cells:
        if cell.kind != "code" and cell.lang in (None, ENGLISH):
            section += len(SECTION.findall(cell.source))
        found[id(cell)] = section
    return found
