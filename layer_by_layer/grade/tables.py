"""Tables that instructors read and write: grades, written answers, times.

Spreadsheets get a byte order mark, without which Excel garbles Korean, and no text
that they would take for a formula (`guarded`).
"""

import re
from datetime import datetime
from pathlib import Path

from layer_by_layer.assign.questions import Assignment
from layer_by_layer.course import CourseError
from layer_by_layer.files import read_csv
from layer_by_layer.grade.lms import as_csv, guarded
from layer_by_layer.grade.notes import in_all

WRITTEN = ("student", "question", "answer", "points", "comment")


def read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a CSV file that has at least these columns."""
    try:
        rows = read_csv(path)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}): check its name."
        ) from None
    if missing := set(columns) - set(rows.fieldnames or ()):
        raise CourseError(
            f"{path} has no column {', '.join(sorted(missing))}: its first line should "
            f"be {','.join(columns)}."
        )
    return list(rows)


def read_time(text: str, where: str) -> datetime:
    """A time such as `2026-11-27 23:59`, of this machine's zone if it names none."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except ValueError:
        raise CourseError(
            f"{where}: {text!r} is no time: write it like 2026-11-27 23:59."
        ) from None


def read_times(path: Path) -> dict[str, datetime]:
    """When students handed in, from a table with the columns student and time."""
    rows = read_rows(path, ("student", "time"))
    return {
        row["student"].strip(): read_time(row["time"], f"{path}, line {line}")
        for line, row in enumerate(rows, start=2)
        if row["time"].strip()
    }


def grades(assignment: Assignment, records: list[dict]) -> bytes:
    """A row per student: status, points per question and in all."""
    ids = [question.id for question in assignment.questions]
    last = ["total", "of", "language", "file", "why", "others", "check", "note"]
    rows = [["student", "status", "late", *ids, *last]]
    for record in records:
        found = record["questions"]
        points = [found.get(question, {}).get("points") for question in ids]
        rows.append(
            [
                record["student"],
                record["status"],
                "late" if record["late"] else "",
                *points,
                sum(each or 0 for each in points),
                assignment.total,
                record["language"],
                record["file"],
                in_all(record["why"]),
                ", ".join(record["others"]),
                "; ".join(map(checked, record["doubts"])),
                record["note"],
            ]
        )
    return as_csv(rows)


def checked(doubt: dict) -> str:
    """A doubt, and what an instructor has said about it."""
    confirmed = doubt.get("confirmed")
    return in_all(doubt) + (f" → {confirmed}" if confirmed else "")


def merge_written(assignment: Assignment, records: list[dict], path: Path) -> bytes:
    """Put an instructor's points for written answers into the records.

    Returns the table to write back: what an instructor has filled in stays, also for
    an answer that has been handed in anew since. Raises CourseError for impossible
    points.
    """
    of = {question.id: question.points for question in assignment.questions}
    old = read_rows(path, WRITTEN) if path.exists() else []
    filled = {}
    for line, row in enumerate(old, start=2):
        if row["points"].strip() or row["comment"].strip():
            points = read_points(row, of, f"{path}, row {line}")
            filled[key(row["student"], row["question"], row["answer"])] = row, points
    rows = []
    for record in records:
        for question, text in record["written"].items():
            row, points = filled.pop(key(record["student"], question, text), ({}, None))
            comment = row.get("comment", "")
            if question in record["questions"]:
                record["questions"][question] |= {"points": points, "comment": comment}
            rows.append([record["student"], question, text, points, comment])
    if filled:
        students = ", ".join(sorted({row["student"] for row, _ in filled.values()}))
        print(
            f"{path} keeps points for {len(filled)} answers that nobody has handed in "
            f"now, and nobody gets them: {students}"
        )
    rows += [[row[column] for column in WRITTEN] for row, _ in filled.values()]
    return as_csv([list(WRITTEN), *rows])


def read_points(row: dict[str, str], of: dict[str, int], where: str) -> float | None:
    if not row["points"].strip():
        return None
    try:
        points = float(row["points"].replace(",", "."))
    except ValueError:
        points = -1
    most = of.get(row["question"], 0)
    if not 0 <= points <= most:
        raise CourseError(
            f"{where}: {row['points']!r} are no points for {row['question']}: "
            f"write a number from 0 to {most}."
        )
    return int(points) if points == int(points) else points


def key(student: str, question: str, answer: str) -> tuple[str, ...]:
    """What tells written answers apart, however a spreadsheet has saved them.

    Korean Excel may write question marks for what CP949 has not, such as emoji.
    """
    text = guarded(answer).lstrip("'").encode("cp949", "ignore").decode("cp949")
    return student.lstrip("'"), question, re.sub(r"[?\s]+", "", text)
