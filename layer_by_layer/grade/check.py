"""What an instructor has to confirm before points go to an LMS: the table check.csv.

Each row is a doubt about one submission. In its column `confirm` an instructor writes
`ok`, or the file that should be graded instead, and grades again. The table keeps that;
where what it was about has changed since, it is asked anew.
"""

from pathlib import Path

from layer_by_layer.course import CourseError
from layer_by_layer.grade.lms import as_csv
from layer_by_layer.grade.notes import in_all
from layer_by_layer.grade.tables import read_rows
from layer_by_layer.words import words_of

COLUMNS = ("student", "what", "graded", "others", "confirm", "state")
YES = [
    yes
    for words in words_of("files").values()
    for yes in words["confirmed"].split(", ")
]


def read(path: Path) -> list[dict[str, str]]:
    """The rows that an instructor has filled in."""
    rows = read_rows(path, COLUMNS) if path.exists() else []
    return [row for row in rows if row["confirm"].strip()]


def chosen(rows: list[dict[str, str]]) -> dict[str, str]:
    """Files that an instructor chose, by the state of all files of their student."""
    return {
        row["state"].partition("/")[0]: plain(row["confirm"])
        for row in rows
        if row["confirm"].strip().lower() not in YES
    }


def plain(text: str) -> str:
    """Text as it was before a spreadsheet was kept from calculating it."""
    return text.strip().removeprefix("'")


def confirm(records: list[dict], rows: list[dict[str, str]], path: Path) -> bytes:
    """Say in the records which doubts are confirmed; returns the table to write back.

    Raises CourseError for a file that the student has not handed in.
    """
    filled = {row["state"]: row for row in rows}
    table = []
    for record in records:
        files = [record["file"], *record["others"]]
        for doubt in record["doubts"]:
            row = filled.pop(doubt["state"], None)
            said = plain(row["confirm"]) if row else ""
            if row and said.lower() not in YES and said not in files:
                raise CourseError(
                    f"{path}: {said!r} is no file of {record['student']}: write ok, or "
                    f"one of {', '.join(files)}."
                )
            doubt["confirmed"] = said
            others = ", ".join(record["others"])
            about = [record["student"], in_all(doubt), record["file"], others]
            table.append([*about, said, doubt["state"]])
    if filled:
        students = ", ".join(sorted({row["student"] for row in filled.values()}))
        print(
            f"{path}: {len(filled)} confirmations are about what is there no more, and "
            f"were left out: {students}"
        )
    return as_csv([list(COLUMNS), *table])


def waiting(record: dict) -> list[dict]:
    """Doubts about a record that nobody has confirmed."""
    return [doubt for doubt in record["doubts"] if not doubt.get("confirmed")]
