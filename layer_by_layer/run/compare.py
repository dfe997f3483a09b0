"""What differs between the stored run of a chapter and one made by `trial`."""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, tags

DECIMAL = re.compile(r"-?\d+\.\d+")
TOLERANCE = 0.03  # of accuracies and losses, between machines and versions
WARNING = re.compile(r"warning", re.I)


@dataclass(frozen=True)
class Row:
    """What became of a chapter in one place; `differ` counts numbers, as `3 of 120`."""

    chapter: str
    place: str
    result: str = ""
    seconds: int | None = None
    accuracy: float | None = None  # the best one
    difference: float | None = None  # the largest one to a stored accuracy
    differ: str = ""
    warnings: list[str] = field(default_factory=list)


def is_close(before: float, now: float) -> bool:
    return abs(before - now) <= TOLERANCE * max(1, abs(before))


def decimals(notebook: NotebookNode) -> list[list[float]]:
    """The decimal numbers that each cell prints, without measured times."""
    return [
        [] if "timing" in tags(cell) else
        [float(number) for number in DECIMAL.findall(plain_text(cell.outputs))]
        for cell in code_cells(notebook)
    ]  # fmt: skip


def differing(before: NotebookNode, now: NotebookNode) -> str:
    """How many numbers are missing or differ by more than the tolerance."""
    differ = total = 0
    for old, new in zip(decimals(before), decimals(now), strict=True):
        total += max(len(old), len(new))
        differ += abs(len(old) - len(new))
        differ += sum(not is_close(*pair) for pair in zip(old, new, strict=False))
    return f"{differ} of {total}"


def warnings(notebook: NotebookNode) -> dict[str, str]:
    """Lines that warn, by what remains of them without numbers, which count calls."""
    texts = [plain_text(cell.outputs) for cell in code_cells(notebook)]
    lines = [line for text in texts for line in text.splitlines()]
    return {re.sub(r"\d+", "", line): line for line in lines if WARNING.search(line)}


def new_warnings(before: NotebookNode, now: NotebookNode) -> list[str]:
    known = warnings(before)
    return [line for key, line in warnings(now).items() if key not in known]


def other_exceptions(notebook: NotebookNode) -> list[int]:
    """Cells that raise something else than the page announces, or nothing."""
    return [
        number
        for number, cell in enumerate(code_cells(notebook), start=1)
        if [o.ename for o in cell.outputs if o.output_type == "error"]
        != [cell.metadata[key] for key in ("raises",) if key in cell.metadata]
    ]


def accuracies(models: list[dict]) -> list[float]:
    """What `recorder` noted, in order."""
    return [value for model in models for value in model["accuracies"]]


def compare(
    chapter: str, place: str, before: NotebookNode, models: list, now: NotebookNode
) -> Row:
    """A run against the stored notebook and the models stored with it."""
    trial = now.metadata["trial"]
    if trial["failure"]:
        return Row(chapter, place, f"FAILED: {trial['failure']}", trial["seconds"])
    others = ", ".join(map(str, other_exceptions(now)))
    old, new = accuracies(models), accuracies(trial["models"])
    pairs = zip(old, new, strict=True) if len(old) == len(new) else ()
    return Row(
        chapter,
        place,
        f"OTHER EXCEPTIONS: in code cells {others}" if others else "passed",
        trial["seconds"],
        max(new, default=None),
        max((abs(a - b) for a, b in pairs), default=None),
        differing(before, now),
        new_warnings(before, now),
    )


HEADER = "chapter place result seconds accuracy difference differ warnings".split()


def words(row: Row) -> list[str]:
    """A line of the table."""

    def shown(value, form=""):
        return "" if value is None else format(value, form)

    return [
        row.chapter,
        row.place,
        row.result.partition(":")[0],
        shown(row.seconds),
        shown(row.accuracy, ".4f"),
        shown(row.difference, ".4f"),
        row.differ,
        str(len(row.warnings) or ""),
    ]


def table(rows: list[Row]) -> str:
    """Rows in columns; failures and warnings follow in their own words."""
    lines = [HEADER, *map(words, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True))
        for line in lines
    ]
    notes = [
        f"{row.chapter}, {row.place}: {note}"
        for row in rows
        for note in [*[row.result] * (":" in row.result), *row.warnings]
    ]
    return "\n".join([*map(str.rstrip, text), *[""] * bool(notes), *notes])
