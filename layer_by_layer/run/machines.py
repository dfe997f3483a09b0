"""Run chapters as other processors would, and list what does not hold there.

What each chapter prints with each arithmetic of `versions.MACHINES` is kept in
`notebooks/machines.json`. From there tests know, without running anything, whether the
numbers of the text hold, and by how much a figure may differ on another machine.
"""

import os
import subprocess
import sys
from dataclasses import dataclass

from layer_by_layer.command import parser
from layer_by_layer.course import ROOT, Course, CourseError, short
from layer_by_layer.files import write
from layer_by_layer.run import prose, versions
from layer_by_layer.run.execute import named
from layer_by_layer.run.prose import Number, Run, unit, value
from layer_by_layer.run.store import code_hash, read_json, stored, with_entry
from layer_by_layer.run.versions import MACHINES
from layer_by_layer.source.page import Page, chapter_names, fault, read_page

FACTOR = 3  # what another machine may differ by, over what these arithmetics differ by
SINGLE = 1e-5  # how exact sums in float32 are, in proportion
FIGURES = "machines.json"  # in notebooks/
# Right solutions of assignments get full points, and right answers are right.
TESTS = (
    "tests/assign/test_assignments.py::test_solution_is_right",
    "tests/content/test_answers.py",
    "tests/grade/test_grading_real.py::test_real_assignment",
)


def figures(course: Course, chapter: str) -> dict[str, Run]:
    """What a chapter printed with each arithmetic; with its stored outputs first.

    Raises CourseError if that belongs to other code.
    """
    record = read_json(course.notebooks / FIGURES).get(chapter, {})
    if record.get("code_sha256") != code_hash(read_page(course, chapter)):
        raise CourseError(
            f"notebooks/machines.json does not belong to the code of book/{chapter}.md:"
            f" run 'make test-machines CH={short(chapter)}'."
        )
    return {"stored": prose.printed(stored(course, chapter)), **record["printed"]}


@dataclass(frozen=True)
class Figure:
    """A number that a cell prints: as stored, and how far from it others may be.

    `away` is the largest difference that the arithmetics made, to this number or, in
    proportion, to another one of the cell; None in a cell marked `chaotic`.
    """

    stored: str
    away: float | None

    def is_reproduced_by(self, number: str) -> bool:
        """Chaotic figures by order of magnitude, trained ones within `FACTOR` times
        what was seen, exact ones to the last integer, or as decimals are rounded: to
        one unit of the last place, or in single precision."""
        old, new = value(self.stored), value(number)
        integer = unit(self.stored) >= 1
        rounding = 0 if integer else max(unit(self.stored), SINGLE * abs(old))
        if self.away is None:
            return abs(old) / 10 - rounding <= abs(new) <= abs(old) * 10 + rounding
        return abs(new - old) <= FACTOR * self.away + rounding * (1 + 1e-9)


def reproductions(course: Course, page: Page) -> list[list[Figure]]:
    """For each code cell of a chapter, the figures that it must print again.

    Raises CourseError if a cell prints more or fewer of them with some arithmetic.
    """
    runs, found = figures(course, page.name), []
    for cell, *shown in zip(page.code(), *runs.values(), strict=True):
        for name, numbers in zip(runs, shown, strict=True):
            if len(numbers) != len(shown[0]):
                problem = (
                    f"this cell prints {len(numbers)} numbers with {name}, and "
                    f"{len(shown[0])} as stored: let it print as many everywhere, or "
                    "tag it 'timing' if they are measured times"
                )
                raise fault(page.path, cell.line, problem)
        found.append(figures_of_cell(cell.metadata.get("chaotic", False), shown))
    return found


def figures_of_cell(chaotic: bool, shown: list[list[str]]) -> list[Figure]:
    """`shown` is what each run prints, the stored one first."""
    columns = [list(map(value, column)) for column in zip(*shown, strict=True)]
    spans = [max(column) - min(column) for column in columns]
    sizes = [max(map(abs, column)) for column in columns]
    share = max((a / b for a, b in zip(spans, sizes, strict=True) if b), default=0)
    return [
        Figure(number, None if chaotic else max(span, share * size))
        for number, span, size in zip(shown[0], spans, sizes, strict=True)
    ]


def keep(course: Course, chapter: str) -> None:
    """Note what a chapter printed with each arithmetic."""
    runs = {name: versions.result(course, name, chapter) for name in MACHINES}
    if not all(map(versions.succeeded, runs.values())):
        raise CourseError(
            f"book/{chapter}.md did not run with every arithmetic (see above): correct "
            f"it, and run 'make test-machines CH={short(chapter)}' again."
        )
    entry = {
        "code_sha256": code_hash(read_page(course, chapter)),
        "printed": {name: prose.printed(run) for name, run in runs.items()},
    }
    path = course.notebooks / FIGURES
    write({path: with_entry(path, chapter, entry)})


def not_holding(page: Page, runs: dict[str, dict[str, Run]]) -> list[str]:
    """Numbers and claims of a page that do not hold everywhere, with what they were."""
    found = []
    for number in numbers(page, runs):
        if not number.holds(list(runs[number.chapter].values())):
            found.append(f"book/{page.name}.md:{number.line}: {describe(number, runs)}")
    for claim in prose.claims(page):
        for name, run in runs[page.name].items():
            if not claim.holds(run):
                words = " · ".join(claim.words.values())
                found.append(
                    f"book/{page.name}.md:{claim.line}: {words!r} ({claim.condition}) "
                    f"is false with {name}: {run[claim.cell]}"
                )
    return found


def numbers(page: Page, runs: dict[str, dict[str, Run]]) -> list[Number]:
    """The numbers of a page that the code of these chapters computed."""
    stored_runs = {chapter: each["stored"] for chapter, each in runs.items()}
    return list(prose.numbers(page, stored_runs))


def describe(number: Number, runs: dict[str, dict[str, Run]]) -> str:
    """A number with the values it took, where it is printed first."""
    took = {name: number.shown(run)[0] for name, run in runs[number.chapter].items()}
    return f"{number.text} is " + ", ".join(f"{v} ({name})" for name, v in took.items())


def main(course: Course, arguments: list[str]) -> None:
    known = parser("machines", __doc__)
    known.add_argument("chapters", nargs="*", metavar="CHAPTER", help="02; all if none")
    known.add_argument("--force", action="store_true", help="also unchanged code")
    options = known.parse_args(arguments)
    chapters = named(course, options.chapters)
    for name in MACHINES:
        versions.run(course, name, chapters, options.force)
    for chapter in chapters:
        keep(course, chapter)
    runs = {chapter: figures(course, chapter) for chapter in chapter_names(course)}
    wrong: list[str] = []
    print("\npage  numbers  not holding")
    for name in course.page_names:
        page = read_page(course, name)
        wrong += (here := not_holding(page, runs))
        if count := len(numbers(page, runs)):
            print(f"{name}  {count}  {len(here)}")
    print("", *wrong, sep="\n")
    if not options.chapters:
        wrong += [name for name in MACHINES if not solutions_pass(name)]
    sys.exit(bool(wrong))


def solutions_pass(name: str) -> bool:
    """Whether assignments can be solved and graded with an arithmetic."""
    print(f"\nassignments with the arithmetic {name}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *TESTS]
    variables = {**os.environ, **MACHINES[name].variables}
    return subprocess.run(command, cwd=ROOT, env=variables).returncode == 0
