"""A class as it really arrives: thirty students, five ways, graded with the command.

The instructor reads the summary, confirms in one table, and grades again.
"""

import copy
import csv
import json
import shutil
import unicodedata
from dataclasses import replace
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from layer_by_layer.course import LANGUAGES
from layer_by_layer.grade import grade, report, tables
from tests.classroom import ALL, NONE
from tests.grade.test_arrivals import zipped
from tests.grade.test_grading import LIMITS, run, small_assignment  # noqa: F401

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap: apt install bubblewrap"
)
MOODLE = "Deep Learning-Assignment 2-77"


def saved(book: dict, question: str) -> dict:
    """A notebook that was saved when the check of a question had passed."""
    [check] = [
        cell
        for cell in book["cells"]
        if "".join(cell["source"]).startswith(f'with check("{question}"):')
    ]
    check["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": [f"{question} ✓\n"]}
    ]
    return book


def pasted(book: dict) -> dict:
    """A notebook whose answers were copied out of a console, or stand indented."""
    book = copy.deepcopy(book)
    for number, cell in enumerate(book["cells"]):
        if cell.get("id", "")[:1] == "q":
            first, *rest = "".join(cell["source"]).splitlines()
            signs = ("    ", "    ") if number % 2 else (">>> ", "... ")
            lines = [signs[0] + first, *(signs[1] + line for line in rest)]
            cell["source"] = "\n".join(lines)
    return book


def members(pupil) -> dict[str, dict[str, tuple]]:
    """By way and student: files, status, points, and what is doubtful."""

    def done(lang="ko", **answers) -> dict:
        return pupil.book(lang=lang, **({"q6": 'reason = ""'} | answers))

    half = done(q1="def double_all(numbers):\n    return [13]")
    timed = done(
        q3="%time root = 2**0.5",
        q4="!pip install torch \\\n    keras\nprimes = [2, 3, 5, 7]",
    )
    colab = pupil.book(
        q6='reason = ""',
        first=["from google.colab import drive\ndrive.mount('/x')\n%cd /content"],
    )
    scratch = {"cells": [{"cell_type": "code", "source": "print(1)"}]}
    broken = copy.deepcopy(done())
    given = next(c for c in broken["cells"] if "import numpy" in "".join(c["source"]))
    given["source"] = "import numpyy\n" + "".join(given["source"])
    wrong = done(q4="primes = [2, 3, 5, 9]")
    script = "import numpy as np\nassert x, '아직 답이 없습니다.'\n"
    part = ALL | {"q1": 0}
    none = ("unreadable", {}, [])
    return {
        "canvas": {
            "ahn": ({"ahn_1_901_02.ipynb": done()}, "ok", ALL, []),
            "bae": ({"bae_LATE_2_902_02.ipynb": timed}, "ok", ALL, []),
            "cho": (
                {"cho_3_903_02.ipynb": done(), "cho_3_999_Untitled0.ipynb": scratch},
                *("ok", ALL, []),
            ),
            "doh": ({"doh_4_904_02.py": script}, *none),
            "eom": ({"eom_5_text.html": "<html><p>I did it</p></html>"}, *none),
            "feng": (
                {"feng_LATE_6_link.html": "<html><a href='x'>x</a></html>"},
                *none,
            ),
            "gil": ({"gil_7_907_02.ipynb": broken}, "ok", None, ["given"]),
            "han": (
                {"han_8_908_02.ipynb": saved(wrong, "q4")},
                *("ok", ALL | {"q4": 0}, ["saved"]),
            ),
            "o_neil": ({"o_neil_9_909_02.ipynb": done("en")}, "ok", ALL, []),
        },
        "moodle": {
            "김민수-21": (
                {"김민수_21_assignsubmission_file_/02.ipynb": done()},
                *("ok", ALL, []),
            ),
            "김민수-22": (
                {"김민수_22_assignsubmission_file_/a/b/02.ipynb": half},
                *("ok", part, []),
            ),
            "이서연": (
                {
                    "이서연_23_assignsubmission_file_/hw.zip": zipped(
                        None,
                        {"hw/02.ipynb": json.dumps(done()), "__MACOSX/._02.ipynb": "1"},
                    )
                },
                *("ok", ALL, []),
            ),
            "박하늘": (
                {
                    "박하늘_24_assignsubmission_file_/02.ipynb": json.dumps(
                        done(), ensure_ascii=False
                    ).encode("utf-16")
                },
                *("ok", ALL, []),
            ),
            "최유나": (
                {
                    "최유나_25_assignsubmission_file_/초안.ipynb": half,
                    "최유나_25_assignsubmission_file_/최종.ipynb": done(),
                },
                *("ok", None, ["several"]),
            ),
            "정하나": ({"정하나_26_assignsubmission_file_/02.pdf": b"%PDF-1.7"}, *none),
            "한별": (
                {
                    "한별_27_assignsubmission_file_/02.ipynb": done(),
                    "한별_27_assignsubmission_file_/02 (1).ipynb": b'{"cells": [',
                },
                *("ok", ALL, ["unread"]),
            ),
            "Mary Ann Lee": (
                {"Mary Ann Lee_28_assignsubmission_file_/02.ipynb": done("en")},
                *("ok", ALL, []),
            ),
        },
        "blackboard": {
            "kim_m": (
                {
                    "HW_2_kim_m_attempt_2026-11-26-10-00-00_02.ipynb": half,
                    "HW_2_kim_m_attempt_2026-11-26-10-00-00.txt": "Name: K M (kim_m)\n",
                    "HW_2_kim_m_attempt_2026-11-27-10-00-00_02.ipynb": done(),
                    "HW_2_kim_m_attempt_2026-11-27-10-00-00.txt": "Name: K M (kim_m)\n",
                },
                *("ok", ALL, ["several"]),
            ),
            "leej": (
                {
                    "HW_2_leej_attempt_2026-11-26-11-00-00_02.ipynb": colab,
                    "HW_2_leej_attempt_2026-11-26-11-00-00.txt": "Name: L J (leej)\n",
                },
                *("ok", ALL, []),
            ),
            "park": (
                {"HW_2_park_attempt_2026-11-26-12-00-00.txt": "Name: P (park)\nOK.\n"},
                *none,
            ),
            "ryu": (
                {"HW_2_ryu_attempt_2026-11-26-13-00-00_r.docx": b"\xd0\xcf\x11\xe0"},
                *none,
            ),
        },
        "classroom": {
            "최지우": ({"최지우 - 02 (1).ipynb": done()}, "ok", ALL, []),
            "강산": (
                {"강산 - 02-logistic-regression의 사본.ipynb": pasted(done())},
                *("ok", ALL, []),
            ),
            "02-logistic-regression": (
                {"02-logistic-regression.ipynb": half},
                *("ok", part, ["nobody"]),
            ),
            "오름": ({"오름.ipynb": half}, "ok", part, ["named"]),
            "오름_최종": ({"오름_최종.ipynb": done()}, "ok", ALL, ["named"]),
            "빈": ({"빈.ipynb": pupil.book("student")}, "ok", NONE, []),
            unicodedata.normalize("NFC", "노을"): (
                {unicodedata.normalize("NFD", "노을.ipynb"): done()},
                *("ok", ALL, []),
            ),
        },
        "ilias": {
            "Minsu Oh": ({"Oh_Minsu_ohm_71/02.ipynb": done("en")}, "ok", ALL, []),
            "Ji Seo": (
                {"Seo_Ji_seo_j_72/Late Submission - 02.ipynb": scratch},
                *("ok", NONE, ["nothing"]),
            ),
        },
    }


@pytest.fixture(scope="module", name="arrived")
def class_on_the_disk(school):
    """Exports as they lie in a folder for downloads, and what is expected of them."""
    folder, ways = school.place / "downloads", members(school.pupil)
    (folder / MOODLE / MOODLE).mkdir(parents=True)
    expected = {}
    for way, students in ways.items():
        files = {
            name: content
            for row in students.values()
            for name, content in row[0].items()
        }
        files = {
            name: json.dumps(content) if isinstance(content, dict) else content
            for name, content in files.items()
        }
        expected |= {student: row[1:] for student, row in students.items()}
        if way == "moodle":  # extracted on Windows, into a folder of the same name
            for name, content in files.items():
                path = folder / MOODLE / MOODLE / name
                path.parent.mkdir(parents=True, exist_ok=True)
                content = content.encode() if isinstance(content, str) else content
                path.write_bytes(content)
        elif way == "classroom":
            inner = {f"Classroom/Deep Learning/HW 2/{n}": c for n, c in files.items()}
            zipped(folder / "drive-download-20261127T090000Z-001.zip", inner)
        else:
            zipped(folder / f"{way}.zip", files)
    (folder / "desktop.ini").touch()
    return SimpleNamespace(folder=folder, expected=expected)


@pytest.fixture(scope="module", name="roster")
def gradebook(school):
    path = school.place / "gradebook.csv"
    path.write_text(
        "성,이름,id 번호,이메일 주소\n"
        "이,서연,2023,s@example.org\n"
        "오,름,2024,o@example.org\n"
        "최,유나,2025,y@example.org\n"
        "박,하늘,2026,h@example.org\n",
        encoding="utf-8-sig",
    )
    return path


@pytest.fixture(scope="module", name="first")
def first_run(school, arrived, roster, request):
    out = school.place / "mixed"
    patch = pytest.MonkeyPatch()  # nobody here is slow on purpose
    patch.setattr(grade, "limits_for", lambda _: replace(LIMITS, seconds=300, cell=99))
    request.addfinalizer(patch.undo)
    rows = run(school, arrived.folder, out, JOBS=2, ROSTER=roster)
    return SimpleNamespace(out=out, rows=rows)


def doubts_of(out) -> dict[str, list[dict]]:
    found = {}
    for row in tables.read_rows(out / "check.csv", ("student", "what", "confirm")):
        found.setdefault(row["student"], []).append(row)
    return found


def test_everyone_is_found_and_graded(arrived, first):
    assert len(arrived.expected) == 30
    assert set(first.rows) == set(arrived.expected)
    for student, (status, points, _) in arrived.expected.items():
        row = first.rows[student]
        got = {q: int(row[q]) for q in ALL if row[q]}
        assert row["status"] == status, row
        assert points is None or got == points, row
    late = {student for student, row in first.rows.items() if row["late"]}
    assert late == {"bae", "feng", "Ji Seo"}


def test_nothing_is_decided_silently(arrived, first):
    doubtful = doubts_of(first.out)
    assert {s: len(rows) for s, rows in doubtful.items()} == {
        student: len(kinds)
        for student, (*_, kinds) in arrived.expected.items()
        if kinds
    }
    for student, row in first.rows.items():
        assert row["file"] and row["why"]
        assert bool(row["check"]) == (student in doubtful)
    assert "cho_3_999_Untitled0.ipynb" in first.rows["cho"]["others"]
    assert "Python file" in first.rows["doh"]["note"]
    # Points that are settled, and nothing else, are in the files for an LMS.
    with (first.out / "canvas.csv").open(encoding="utf-8-sig") as file:
        sent = {row[0] for row in csv.reader(file)} - {"Student", "    Points Possible"}
    settled = {s for s, row in first.rows.items() if row["status"] == "ok"} - set(
        doubtful
    )
    names = {"박하늘": "하늘 박", "이서연": "서연 이"}  # as the roster has them
    assert sent == {names.get(student, student) for student in settled}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_summary_and_feedback_tell_it_all(arrived, first, lang):
    text = (first.out / f"summary.{lang}.html").read_text("utf-8")
    page, words = BeautifulSoup(text, "html.parser"), report.WORDS[lang]
    waiting = sum(len(kinds) for *_, kinds in arrived.expected.values())
    assert words["to_confirm"].format(count=waiting) in page.get_text()
    look = page.find("h3", string=words["not_ok"]).find_next("table").get_text()
    for student, (status, _, kinds) in arrived.expected.items():
        assert (student in look) >= bool(kinds or status != "ok"), student
    files = page.find("h3", string=words["several_files"]).find_next("table")
    assert "Untitled0" in files.get_text()
    # The script of doh has Korean messages.
    student = {"ko": "doh", "en": "Mary Ann Lee"}[lang]
    feedback = (first.out / "feedback" / f"{student}.html").read_text("utf-8")
    assert f'lang="{lang}"' in feedback and first.rows[student]["file"] in feedback


def test_instructor_confirms_and_grades_again(school, arrived, roster, first, capsys):
    path = first.out / "check.csv"
    rows = tables.read_rows(path, ("student",))
    for row in rows:
        row["confirm"] = "" if row["student"] == "gil" else "ok"
        if row["student"] == "최유나":
            row["confirm"] = next(
                f for f in (row["graded"], row["others"]) if "초안" in f
            )
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    again = run(school, arrived.folder, first.out, JOBS=2, ROSTER=roster)
    said = capsys.readouterr().out
    assert "check.csv: 1" in said  # gil
    assert "초안" in again["최유나"]["file"] and int(again["최유나"]["total"]) == 12
    assert again["kim_m"]["check"].endswith("→ ok")
    with (first.out / "moodle.csv").open(encoding="utf-8-sig") as file:
        sent = {row["ID number"]: row for row in csv.DictReader(file)}
    assert set(sent) == {"2023", "2024", "2025", "2026"}
    summary = (first.out / "summary.en.html").read_text("utf-8")
    assert report.WORDS["en"]["confirmed"] in summary
