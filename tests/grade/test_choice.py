"""Which of several files is graded; nothing is decided silently."""

import csv
import json
import os

import pytest

from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.grade import check, choose, doubts, lms, report
from layer_by_layer.grade.notes import WORDS, told
from tests.grade.test_grading_reports import (
    ASSIGNMENT,
    COURSE,
    exported,
    record,
    rows_of,
)

BLANKS = {"f": ["def f(x):\n    ..."], "value": ["value = ..."], "text": ['text = ""']}
DONE = ["def f(x):\n    return x", "value = 3", 'text = "because"']
HALF = ["def f(x):\n    return -x", "value = ...", 'text = ""']
BLANK = [source for sources in BLANKS.values() for source in sources]
SCRATCH = ["print(1)", "other = 3"]


def put(folder, **books):
    """Files of one student, each an hour later than the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    for hour, (name, cells) in enumerate(books.items()):
        content = cells
        if isinstance(cells, list):
            code = [{"cell_type": "code", "source": source} for source in cells]
            content = json.dumps({"cells": code})
        path = folder / name.replace("__", ".")
        path = path if path.suffix else path.with_suffix(".ipynb")
        path.write_text(content, encoding="utf-8")
        os.utime(path, (1.7e9 + 3600 * hour,) * 2)
    return folder


def kims(place, chosen=None) -> choose.Submission:
    """What counts of kim, whose folder lies beside that of another."""
    put(place / "lee", a=DONE)
    found, _ = choose.collect(place, BLANKS, (), chosen)
    assert found.student == "kim"
    return found


def kinds(submission: choose.Submission) -> list[str]:
    return [doubt["kind"].removeprefix("doubts.") for doubt in submission.doubts]


@pytest.mark.parametrize(
    ("books", "graded", "why", "doubtful"),
    [
        ({"a": DONE}, "a", "only", []),
        ({"a": DONE, "b": SCRATCH}, "a", "answers", []),
        ({"a": DONE, "b": BLANK}, "a", "answers", []),
        ({"a": DONE, "b": [*SCRATCH, "value = 4"]}, "a", "answers", []),
        ({"a": HALF, "b": DONE}, "b", "answers", []),
        ({"a": DONE, "b": [*DONE, "more = 1"]}, "b", "latest", ["several"]),
        ({"a": DONE, "b": DONE}, "b", "latest", []),
        ({"b": DONE, "a": [*DONE, "more = 1"]}, "a", "latest", ["several"]),
        ({"a": BLANK, "b": SCRATCH}, "a", "scratch", []),
        ({"a": SCRATCH}, "a", "only", ["nothing"]),
        ({"a": SCRATCH, "b": ["x = 1"]}, "b", "scratch", ["nothing"]),
        ({"a": DONE, "b": '{"cells": ['}, "a", "notebook", ["unread"]),
        ({"a": DONE, "b__py": "import numpy"}, "a", "notebook", []),
        ({"a__py": "import numpy", "b__pdf": "%PDF-1.7"}, "b.pdf", "none", []),
        ({"a__py": "import numpy"}, "a.py", "only", []),
    ],
)
def test_the_notebook_with_the_answers_counts(tmp_path, books, graded, why, doubtful):
    found = kims(put(tmp_path / "kim", **books).parent)
    assert found.file.removeprefix("kim/").removesuffix(".ipynb") == graded
    assert found.why["kind"] == f"why.{why}"
    assert kinds(found) == doubtful
    assert len(found.others) == len(books) - 1


def test_the_latest_in_time(tmp_path):
    """Uploads of Canvas are numbered; then files have times; then names numbers."""
    names = ["a_1_20_x", "a_1_100_x", "a_1_9_x"]
    place = put(tmp_path / "in", **{n: [*DONE, f"n = {n!r}"] for n in names})
    [found] = choose.collect(place, BLANKS)
    assert found.file == "a_1_100_x.ipynb"


def test_answers_in_magics_and_pasted_cells_are_found(tmp_path):
    pasted = [">>> def f(x):\n...     return x", "%time value = 3", '  text = "so"']
    found = kims(put(tmp_path / "kim", a=pasted, b=SCRATCH).parent)
    assert found.file == "kim/a.ipynb" and found.why["answers"] == 3


def test_names_that_may_be_one_students(tmp_path):
    names = ("kim", "kim_final", "kim (수정)", "kimberly", "Lee", "lee", "park")
    place = put(tmp_path / "in", **dict.fromkeys(names, DONE))
    doubtful = {
        each.student: each.doubts[0]["students"]
        for each in choose.collect(place, BLANKS)
        if each.doubts
    }
    assert set(doubtful) == set(names) - {"kimberly", "park"}
    assert doubtful["kim"] == "kim (수정), kim_final" and doubtful["lee"] == "Lee"


# ---------------------------------------------------------------- after a run

GIVEN = ["import keras\nimport numpy as np\ndata = load()\nscores = [1, 2]"]


def of_run(cells=(), failed=(), passed=(), **points) -> list[str]:
    found = {name: {"points": each} for name, each in points.items()}
    failed = [{"cell": cell, "error": error} for cell, error in failed]
    made = {"questions": found, "cells": {"failed": failed}}
    notes = doubts.of_run(made, list(cells), set(passed), GIVEN)
    return [told(note, "en") for note in notes]


def test_given_code_that_fails_is_doubtful():
    """Also with lines put before it, indented, or missed by other cells."""
    changed = "!pip install a\n" + GIVEN[0]
    for cells, error in (
        ([*GIVEN, "x"], "ValueError: no"),
        ([changed, "x"], "SyntaxError: invalid"),
        ([">>> " + GIVEN[0].replace("\n", "\n>>> "), "x"], "ValueError: no"),
        (["def f(): pass", "x"], "NameError: name 'np' is not defined"),
        (["def f(): pass", "x"], "NameError: name 'scores' is not defined"),
    ):
        [said] = of_run(cells, [(1, error)])
        assert "code cell 1" in said and error in said
    assert of_run([*GIVEN, "x"], [(2, "ValueError: no")]) == []
    assert of_run(["own = 1"], [(1, "NameError: name 'own' is not defined")]) == []


def test_saved_checks_that_disagree_are_doubtful():
    [said] = of_run(passed=["q1", "q2", "q3"], q1=0, q2=1, q3=0, q4=0)
    assert "q1, q3 ✓" in said
    assert of_run(passed=["q1", "q2"], q1=3, q2=None) == []


def test_unknown_magic_is_doubtful():
    error = "UsageError: Line magic function `%foo` not found."
    [said] = of_run(["%foo"], [(1, error)])
    assert "`%foo`" in said


# ---------------------------------------------------------------- confirming


def confirmed(records: list[dict], path, **said) -> list[dict]:
    """What the table is after an instructor filled it in, by student, and a run."""
    path.write_bytes(check.confirm(records, check.read(path), path))
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    for row in rows:
        row["confirm"] = said.get(row["student"], row["confirm"])
    path.write_bytes(lms.as_csv([list(rows[0]), *(list(r.values()) for r in rows)]))
    check.confirm(records, check.read(path), path)
    return rows


def doubtful(student: str, kind="nothing", state="s1/1", **more) -> dict:
    doubt = {"kind": f"doubts.{kind}", "state": f"{student}-{state}", **more}
    return record(student, others=["b.ipynb"], doubts=[doubt])


def test_what_is_doubtful_waits_for_an_instructor(tmp_path, capsys):
    path = tmp_path / "check.csv"
    kim, lee = doubtful("kim"), doubtful("lee")
    rows = confirmed([kim, lee, record("park")], path, kim="OK")
    assert [row["student"] for row in rows] == ["kim", "lee"]
    assert "none of the answers" in rows[0]["what"] and "답이 하나도" in rows[0]["what"]
    assert (rows[0]["graded"], rows[0]["others"]) == ("kim.ipynb", "b.ipynb")
    final = [report.is_final(ASSIGNMENT, each) for each in (kim, lee, record("park"))]
    assert final == [True, False, True]
    # It stays confirmed; what has changed since is asked anew.
    again = doubtful("kim"), doubtful("lee")
    check.confirm(list(again), check.read(path), path)
    assert [bool(check.waiting(each)) for each in again] == [False, True]
    new = doubtful("kim", state="s2/1")
    check.confirm([new], check.read(path), path)
    assert check.waiting(new)
    assert "1 confirmations are about what is there no more" in capsys.readouterr().out


def test_another_file_can_be_chosen(tmp_path):
    place = put(tmp_path / "in" / "kim", a=DONE, b=[*DONE, "more = 1"]).parent
    found = kims(place)
    assert found.file == "kim/b.ipynb"
    [doubt] = found.doubts
    row = {"confirm": "kim/a.ipynb", "state": doubt["state"]}
    again = kims(place, check.chosen([row]))
    assert again.file == "kim/a.ipynb" and again.why["kind"] == "why.chosen"
    assert again.doubts == found.doubts  # the same row confirms it
    assert kims(place, check.chosen([row | {"confirm": "확인"}])).file == "kim/b.ipynb"
    put(place / "kim", c=[*DONE, "more = 2"])
    assert kims(place, check.chosen([row])).why["kind"] == "why.latest"
    with pytest.raises(CourseError, match=r"'x.ipynb' is no file of kim: write ok, or"):
        confirmed([doubtful("kim")], tmp_path / "check.csv", kim="x.ipynb")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everybody_reads_which_file_was_graded(lang):
    why = {"kind": "why.latest"}
    made = doubtful("kim", "several", files="a.ipynb, b.ipynb") | {"language": lang}
    made |= {"why": why, "late": False}
    page = report.feedback_page(COURSE, ASSIGNMENT, made)
    words = report.WORDS[lang]
    for text in ("kim.ipynb", "b.ipynb", told(why, lang), words["held"]):
        assert text in page
    page = report.summary_page(ASSIGNMENT, [made], [], lang)
    doubt = made["doubts"][0]
    for text in ("b.ipynb", told(why, lang), told(doubt, lang), words["several_files"]):
        assert text in page
    assert words["to_confirm"].format(count=1) in page
    assert words["confirmed"] not in page and words["nothing_to_do"] not in page
    doubt["confirmed"] = "ok"
    page = report.summary_page(ASSIGNMENT, [made], [], lang)
    assert (
        words["confirmed"] in page and words["to_confirm"].format(count=1) not in page
    )


def test_both_languages_have_the_same_notes():
    for group, notes in WORDS["en"].items():
        assert list(WORDS["ko"][group]) == list(notes)
    for kind in WORDS["en"]["doubts"]:
        values = ("cells", "error", "questions", "files", "students")
        note = {"kind": f"doubts.{kind}"} | {value: f"<{value}>" for value in values}
        found = [
            {v for v in values if f"<{v}>" in told(note, lang)} for lang in LANGUAGES
        ]
        assert found[0] == found[1], kind


# ---------------------------------------------------------------- rosters


def test_gradebook_of_a_korean_moodle(tmp_path):
    """성 is the last name and 이름 the first; `id 번호` is the number."""
    columns = ["성", "이름", "id 번호", "기관", "학과", "이메일 주소"]
    rows = [
        ["김", "민수", "20260001", "", "", "a@example.org"],
        ["이", "지우", "20260002", "", "", "b@example.org"],
        ["박", "서준", "20260003", "", "", "c@example.org"],
    ]
    roster = exported(tmp_path, columns, *rows)
    names = ("김 민수", "민수 김", "김민수", "20260002", "20260003_박서준", "최")
    found = lms.match([record(name) for name in names], roster)
    assert [row and row["id 번호"] for row in found] == [
        *["20260001"] * 3,
        "20260002",
        "20260003",
        None,
    ]
    graded = [(record("20260002"), 17)]
    assert lms.write_grades(tmp_path, "과제", 20, graded, roster) == []
    [_, row] = rows_of((tmp_path / "moodle.csv").read_bytes())
    assert row == ["지우 이", "b@example.org", "20260002", "", "17"]


def test_roster_of_one_column_of_names(tmp_path):
    roster = exported(tmp_path, ["이름", "학번"], ["김민수", "20260001"])
    [row] = lms.match([record("김민수")], roster)
    assert row["학번"] == "20260001"
