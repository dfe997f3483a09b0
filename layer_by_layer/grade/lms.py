"""Grades as Canvas and Moodle import them.

Canvas (Grades → Import) reads the columns Student, ID, SIS User ID, SIS Login ID and
Section, in this order and in English, then one per assignment, and a row “Points
Possible”. It finds a student by ID, else by SIS ID, else by login, else by name:
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb

Moodle has two ways. In Grades → Import → CSV file, the instructor says which columns
mean what; one student who is not found stops the whole import, so nobody without an
e-mail address, ID number or username is in the file:
https://docs.moodle.org/en/Grade_import
And an assignment's own grading worksheet, with grades filled in, can be uploaded where
it was downloaded; its names of columns are in the language of the site:
https://docs.moodle.org/en/Offline_grading_worksheet

Who is who comes from the file names that both put into their zip files, and from a
roster: any CSV file that either of them exports. Grades that are not settled yet are
left out.
"""

import csv
import io
import re
from pathlib import Path

from layer_by_layer.course import CourseError
from layer_by_layer.files import read_csv, write
from layer_by_layer.words import words_of

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"  # as Canvas writes it
WORDS = words_of("lms")  # what LMS call their columns


def called(what: str) -> list[str]:
    """All that a column is called, in each language."""
    return [name for words in WORDS.values() for name in words[what].split(", ")]


NAMES = {  # of columns that say who someone is
    "name": called("name"),
    "first": called("first"),
    "last": called("last"),
    "email": called("email"),
    "number": called("number"),
    "login": called("login"),
    "canvas": ["ID"],
    "participant": called("participant"),
}
MOODLE_COLUMNS = {"email": "Email address", "number": "ID number", "login": "Username"}
WORKSHEET_GRADE, WORKSHEET_MOST = called("grade"), called("most")
WORKSHEET_TIME = called("time")
# What spreadsheets calculate, also in full width; a sign alone is none.
FORMULA = re.compile(r" *([=+\-@＝＋－＠].|[\t\r\n])", re.S)
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def guarded(value: object) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before `=`, `@` …

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = "" if value is None else str(value)
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def as_csv(rows: list[list]) -> bytes:
    """Rows as UTF-8 with a byte order mark, without which Excel garbles Korean."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(
        [guarded(value) for value in row] for row in rows
    )
    return file.getvalue().encode("utf-8-sig", "replace")


def read_roster(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file that an LMS exported, by column.

    Raises CourseError if nothing in it says who a student is.
    """
    try:
        rows = list(read_csv(path))
    except OSError as error:
        raise CourseError(
            f"the roster {path} cannot be read ({error.strerror}): check ROSTER."
        ) from None
    known = {column for columns in NAMES.values() for column in columns}
    if not rows or not known & set(rows[0]):
        raise CourseError(
            f"the roster {path} has no column that says who a student is: export the "
            "gradebook from Canvas, or the grading worksheet or the participants from "
            "Moodle."
        )
    return rows


def columns_of(row: dict[str, str], what: str) -> str:
    """What a row of a roster says about one thing, whatever its column is called."""
    values = (row[column] for column in NAMES[what] if row.get(column))
    return next(values, "").strip()


def full_names(row: dict[str, str]) -> list[str]:
    """A student's name, first as it is shown, then as file names may have it."""
    name = columns_of(row, "name")
    first, last = columns_of(row, "first"), columns_of(row, "last")
    both = [" ".join(filter(None, pair)) for pair in ((first, last), (last, first))]
    turned = " ".join(reversed(name.split(",")))  # Kim, Minsu and Minsu Kim
    return list(filter(None, [name, turned, *both]))


def full_name(row: dict[str, str]) -> str:
    return next(iter(full_names(row)), "")


def match(records: list[dict], roster: list[dict[str, str]]) -> list[dict | None]:
    """The row of the roster for each record; None where there is none, or several."""
    keys: dict[tuple[str, str], list[dict]] = {}
    for row in roster:
        for kind in NAMES:
            values = [columns_of(row, kind)]
            if kind == "participant":  # Participant 1234, 참가자1234
                values = re.findall(r"\d+$", values[0])
            elif kind == "name":
                values = full_names(row)
            for value in {folded(value) for value in values} - {""}:
                keys.setdefault((kind, value), []).append(row)

    def row_of(record: dict) -> dict | None:
        student = folded(record["student"])
        tries = [(kind, folded(said)) for kind, said in record["numbers"].items()]
        tries += [(kind, student) for kind in ("number", "login", "email", "name")]
        for key in tries:
            rows = keys.get(key, [])
            if rows:
                return rows[0] if len(rows) == 1 else None
        pieces = map(folded, re.split(r"[\W_]+", record["student"]))  # 20261234_kim
        pairs = [(kind, piece) for piece in pieces for kind in ("number", "login")]
        found = {id(row): row for pair in pairs for row in keys.get(pair, [])}
        return next(iter(found.values())) if len(found) == 1 else None

    return [row_of(record) for record in records]


def folded(text: str) -> str:
    """Text as it is compared: case, spaces and commas do not count."""
    return re.sub(r"[\s,]+", "", text).casefold()


def canvas_rows(title: str, of: float, graded: list[tuple], matched: list) -> list:
    """Rows for Canvas. `graded` are (record, points), `matched` their rows or None."""
    rows = [[*CANVAS_COLUMNS, title], [POINTS_POSSIBLE, "", "", "", "", of]]
    for (record, points), row in zip(graded, matched, strict=True):
        number = record["numbers"].get("canvas", "")
        who = [record["student"], number, "", "" if number else record["student"], ""]
        if row:
            login = columns_of(row, "login") or columns_of(row, "email")
            canvas, sis = columns_of(row, "canvas"), columns_of(row, "number")
            who = [full_name(row), canvas, sis, login, row.get("Section", "")]
        rows.append([*who, points])
    return rows


def moodle_rows(title: str, of: float, graded: list[tuple], matched: list) -> list:
    """Rows for Moodle: its grading worksheet if that is the roster, else a table.

    A worksheet says what the activity's maximum is; points are scaled to that.
    Without a roster there is one column to find students by: the name of their file.
    """
    found = [
        (row, points)
        for row, (_, points) in zip(matched, graded, strict=True)
        if row is not None
    ]
    if not any(matched):
        students = [[record["student"], points] for record, points in graded]
        return [["Student", title], *students]
    columns = list(found[0][0])
    grade = first_of(WORKSHEET_GRADE, columns)
    if grade and first_of(WORKSHEET_TIME, columns):
        rows = [columns]
        for row, points in found:
            most = row.get(first_of(WORKSHEET_MOST, columns) or "", "")
            scale = float(most) / of if NUMBER.fullmatch(most) else 1
            rows.append(list((row | {grade: round(points * scale, 2)}).values()))
        return rows
    who = ["name", *(what for what in MOODLE_COLUMNS)]
    rows = [["Full name", *MOODLE_COLUMNS.values(), title]]
    for row, points in found:
        known = [columns_of(row, what) for what in who[1:]]
        if any(known):
            rows.append([full_name(row), *known, points])
    return rows


def first_of(names: list[str], columns: list[str]) -> str | None:
    return next((name for name in names if name in columns), None)


def write_grades(
    folder: Path,
    title: str,
    of: float,
    graded: list[tuple[dict, float]],
    roster: list[dict[str, str]],
) -> list[str]:
    """Write canvas.csv and moodle.csv; return the students who are not in the roster.

    `graded` are the result records whose points are settled, with their points.
    """
    matched = match([record for record, _ in graded], roster)
    for name, rows in (("canvas", canvas_rows), ("moodle", moodle_rows)):
        content = as_csv(rows(title, of, graded, matched))
        write({folder / f"{name}.csv": content})
    pairs = zip(graded, matched, strict=True)
    return [record["student"] for (record, _), row in pairs if roster and not row]
