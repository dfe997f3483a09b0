"""How classes arrive: files in folders and zip files, and whose each of them is."""

import base64
import io
import json
import os
import timeit
import unicodedata
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.grade import choose, layouts, submissions, unpack
from layer_by_layer.grade.notes import WORDS, Unreadable, told
from tests.grade.test_grading import put

TITLES = {"03-dense-softmax", "04-hidden-layers"}


def zipped(path: Path | None, entries: dict, **options):
    """A zip file; its content if there is no path."""
    file = path or io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, (2026, 11, 27, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path or file.getvalue()


def by_student(place: Path) -> dict[str, choose.Submission]:
    return {each.student: each for each in choose.collect(place, {}, TITLES)}


def problem(submission: choose.Submission) -> str:
    return str(submission.graded.problem)


def notebook(*cells: str, **more) -> str:
    code = [{"cell_type": "code", "source": source} | more for source in cells]
    return json.dumps({"cells": code})


# ---------------------------------------------------------------- names of an LMS


def owned(*paths: str, texts=()) -> dict[str, tuple]:
    """By path: the student, numbers, whether late, and the doubt."""
    texts = dict(texts)
    files = [
        unpack.File(path, None, lambda *_, path=path: texts.get(path, b"x"))
        for path in paths
    ]
    return {
        file.path: (owner.student, dict(owner.numbers), owner.late, owner.doubt)
        for file, owner in layouts.owners(files, TITLES)
    }


@pytest.mark.parametrize(
    ("name", "student", "number", "late"),
    [
        ("kimminsu_12345_67890_x.ipynb", "kimminsu", "12345", False),
        ("kimminsu_LATE_12345_67890_x.ipynb", "kimminsu", "12345", True),
        ("o_neil_mary_LATE_12_4567_hw_3_4.ipynb", "o_neil_mary", "12", True),
        ("김민수_12345_67890_과제 4 (1).ipynb", "김민수", "12345", False),
        ("late_12345_67890_x.ipynb", "late", "12345", False),
        ("kimminsu_12345_text.html", "kimminsu", "12345", False),
        ("kimminsu_LATE_12345_link.html", "kimminsu", "12345", True),
        ("_12345_67890_x.ipynb", "12345", "12345", False),
        ("anon_Ab3dE_9001_03.ipynb", "anon_Ab3dE", "Ab3dE", False),
        ("anon_12345_9001_03_x.ipynb", "anon_12345", "12345", False),
        ("LATE_anon_Xy9zQ_9002_03.ipynb", "anon_Xy9zQ", "Xy9zQ", True),
        ("LATE_anon_Xy9zQ_text.html", "anon_Xy9zQ", "Xy9zQ", True),
    ],
)
def test_names_that_canvas_gives(name, student, number, late):
    """All branches of get_filename in lib/content_zipper.rb."""
    owner = layouts.lms_owner(name)
    assert (owner.student, owner.number, owner.late) == (student, number, late)
    assert not owner.doubt


def test_numbers_that_can_be_read_in_two_ways_are_doubtful():
    """`kim_12`, user 3456 and upload 78901, or `kim`, user 12 and upload 3456?"""
    assert layouts.lms_owner("kim_12_3456_78901_x.ipynb").doubt == "either"
    assert not layouts.lms_owner("kim_12_3456_04_2_x.ipynb").doubt


def test_names_that_moodle_gives():
    found = owned(
        "김민수_123_assignsubmission_file_/04.ipynb",
        "김민수_124_assignsubmission_file/week 4/04.ipynb",  # since Moodle 4
        "Participant_7_assignsubmission_file_/x.ipynb",
        "Default group_assignsubmission_file/x.ipynb",
        "Mary O Neil_9_assignsubmission_onlinetext_/onlinetext.html",
        "이서연_3_assignsubmission_file_김_4_assignsubmission_file_.ipynb",
    )
    assert [each[:2] for each in found.values()] == [
        ("김민수", {"participant": "123"}),
        ("김민수", {"participant": "124"}),
        ("Participant", {"participant": "7"}),
        ("Default group", {}),
        ("Mary O Neil", {"participant": "9"}),
        ("이서연", {"participant": "3"}),  # what follows is a student's choice
    ]


def test_names_that_blackboard_gives(tmp_path):
    """The text beside a file is none that was handed in, and knows the login."""
    attempt = "HW_03_{}_attempt_2026-11-{}"
    kim = attempt.format("kim_m", "27-09-30-00")
    texts = {f"{kim}.txt": b"Name: Kim Minsu (kim_m)\r\nAssignment: HW_03\r\n"}
    assert owned(f"{kim}_04.ipynb", *texts, texts=texts) == {
        f"{kim}_04.ipynb": ("kim_m", {"login": "kim_m"}, False, "")
    }
    files = {
        f"{attempt.format('kim', '26-09-30-00')}_04.ipynb": notebook("a = 1"),
        f"{attempt.format('kim', '27-08-00-00')}_Untitled.ipynb": notebook("a = 2"),
        f"{attempt.format('kim', '27-08-00-00')}.txt": "Name: Kim Minsu (kim)\n",
        f"{attempt.format('lee_j', '26-23-59-59')}_x.ipynb": notebook("a = 3"),
        f"{attempt.format('park', '26-10-00-00')}.txt": "Name: Park A (park)\n",
    }
    found = by_student(zipped(tmp_path / "in.zip", files))
    assert set(found) == {"kim", "lee_j", "park"}
    assert "27-08-00-00_Untitled" in found["kim"].file
    assert len(found["kim"].others) == 1 and found["kim"].time.hour == 8
    assert "text file, not a notebook" in problem(found["park"])


def test_names_that_ilias_gives():
    found = owned(
        "Lab 4/Kim_Minsu_kimm_345/x.ipynb",
        "Lab 4/Lee_Ji-u_lee_ju_346/Late Submission - x.ipynb",
        "Lab 4/Team 3/Park_A_parka_347/x.ipynb",
    )
    assert [each[:3] for each in found.values()] == [
        ("Minsu Kim", {"ilias": "345", "login": "kimm"}, False),
        ("Ji-u Lee", {"ilias": "346", "login": "lee_ju"}, True),
        ("A Park", {"ilias": "347", "login": "parka"}, False),
    ]


def test_names_that_classroom_and_drive_give():
    found = owned(
        "Classroom/딥러닝/과제 4/김민수 - 04 (1).ipynb",
        "Classroom/딥러닝/과제 4/이지우 - 04-hidden-layers.ipynb의 사본",
        "Classroom/딥러닝/과제 4/04-hidden-layers (2).ipynb",
        "Classroom/딥러닝/과제 4/Copy of 04-hidden-layers.ipynb",
        "Classroom/딥러닝/과제 4/이서연 (1).ipynb",
    )
    assert [(each[0], each[3]) for each in found.values()] == [
        ("김민수", ""),
        ("이지우", ""),
        ("04-hidden-layers (2)", "nobody"),
        ("Copy of 04-hidden-layers", "nobody"),
        ("이서연", ""),
    ]
    found = owned("과제 4 - 김민수.ipynb", "과제 4 - 이지우.ipynb")
    assert [each[0] for each in found.values()] == ["김민수", "이지우"]


# ---------------------------------------------------------------- folders


@pytest.mark.parametrize(
    ("paths", "students"),
    [
        (["in/in/kim.ipynb", "in/in/lee.ipynb"], ["kim", "lee"]),
        (["in/hw/kim/04.ipynb", "in/hw/lee/04.ipynb"], ["kim", "lee"]),
        (["kim/04.ipynb"], ["kim"]),
        (["kim/kim/04.ipynb"], ["kim"]),
        (["submissions/kim.ipynb"], ["kim"]),
        (["kim/04.ipynb", "kim/Untitled0.ipynb"], ["kim"]),
        (["kim/04.ipynb", "kim/data/x.png"], ["kim"]),
        (["kim/04.ipynb", "lee (1)/04.ipynb"], ["kim", "lee"]),
        (["1.ipynb", "2.ipynb", "30.ipynb"], ["1", "2", "30"]),
        (["1/04.ipynb", "2/04.ipynb"], ["1", "2"]),
        (["canvas/kim_1_22_x.ipynb", "canvas/lee_2_33_x.ipynb"], ["kim", "lee"]),
        (["a/kim_1_22_x.ipynb", "b/lee_2_33_x.ipynb", "b/park_3_44_x.py"], None),
    ],
)
def test_folders_that_say_nothing_are_passed_over(paths, students):
    found = [owner[0] for owner in owned(*paths).values()]
    assert sorted(set(found)) == (students or ["a", "lee", "park"])


def test_names_that_a_student_chose_are_nobody_elses():
    """Below the folder of a student, or of an LMS, names do not count."""
    found = owned(
        "김민수_123_assignsubmission_file_/lee_99_98_x.ipynb",
        "이서연_124_assignsubmission_file_/박_5_assignsubmission_file_/x.ipynb",
    )
    assert {each[0] for each in found.values()} == {"김민수", "이서연"}
    found = owned("Jiho Park/kimminsu_1234_77_04.ipynb", "Kim/04.ipynb")
    assert {each[0] for each in found.values()} == {"Jiho Park", "Kim"}


def test_folders_that_may_mean_two_things_are_doubtful():
    assert owned("Kim/project/x.ipynb")["Kim/project/x.ipynb"][3] == "folders"
    found = owned("park/04.ipynb", "b/kim_1_22_x.ipynb", "b/lee_2_33_x.ipynb")
    assert [each[3] for each in found.values()] == ["", "mixed", "mixed"]


def test_what_is_never_handed_in(tmp_path):
    left = (
        *("__MACOSX/._kim.ipynb", "__MACOSX/kim/04.ipynb", ".DS_Store"),
        *("kim/.ipynb_checkpoints/04-checkpoint.ipynb", "Thumbs.db", "desktop.ini"),
        *("kim/~$notes.docx", "kim/__pycache__/x.pyc", "grades.csv", "kim/Icon\r"),
        *("kim/04.ipynb:Zone.Identifier", "@eaDir/kim.ipynb", "kim/04.ipynb.part"),
    )
    place = zipped(tmp_path / "in.zip", dict.fromkeys(["kim/04.ipynb", *left], "1"))
    assert [file.path for file in unpack.files_in(place)] == ["kim/04.ipynb"]
    for name in left:
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    put(tmp_path / "folder" / "kim", {"04": b"1"})
    files = unpack.files_in(tmp_path / "folder")
    assert [file.path for file in files] == ["kim/04.ipynb"]


def test_folders_of_students(tmp_path):
    put(tmp_path / "kim", {"a": b"1", "a (2)": b"3", "a (10)": b"2"})
    os.utime(tmp_path / "kim" / "a (10).ipynb", (2e9, 2e9))
    os.utime(tmp_path / "kim" / "a (2).ipynb", (1e9, 1e9))
    put(tmp_path, {"lee": b"4"})
    (tmp_path / "park.docx").write_bytes(b"5")
    os.mkfifo(tmp_path / "pipe.ipynb")
    found = by_student(tmp_path)
    assert set(found) == {"kim", "lee", "park", "pipe"}
    assert found["kim"].file == "kim/a (10).ipynb"
    assert "not a file" in problem(found["pipe"])
    with pytest.raises(CourseError, match="there is no file in"):
        unpack.files_in((tmp_path / "empty").mkdir() or tmp_path / "empty")
    with pytest.raises(CourseError, match="is no folder and no zip file"):
        unpack.files_in(tmp_path / "park.docx")


# ---------------------------------------------------------------- zip files


def test_zip_files_within_a_zip_file(tmp_path):
    """A zip of a zip, Drive's parts, exports side by side; a student's own zip."""
    students = {f"s/{name}.ipynb": notebook("a = 1") for name in ("kim", "lee")}
    inner = zipped(None, students)
    outer = zipped(tmp_path / "outer.zip", {"class.zip": inner, ".DS_Store": "1"})
    assert set(by_student(outer)) == {"kim", "lee"}
    parts = {
        f"drive-download-20261127T010203Z-00{number}.zip": zipped(
            None, {f"{name} - 04.ipynb": notebook("a = 1")}
        )
        for number, name in enumerate(("kim", "lee", "park"), 1)
    }
    for name, content in parts.items():
        (tmp_path / "parts").mkdir(exist_ok=True)
        (tmp_path / "parts" / name).write_bytes(content)
    assert set(by_student(tmp_path / "parts")) == {"kim", "lee", "park"}
    canvas = {f"{name}_{n}_5{n}_x.ipynb": "1" for n, name in enumerate("abc", 1)}
    moodle = {
        f"{name}_{n}_assignsubmission_file_/x.ipynb": "1" for n, name in [(7, "d")]
    }
    own = {"homework/04.ipynb": notebook("a = 2"), "homework/data.txt": "1"}
    files = {
        "canvas.zip": zipped(None, canvas),
        "moodle.zip": zipped(None, moodle),
        "최지우.zip": zipped(None, own),
    }
    found = by_student(zipped(tmp_path / "side.zip", files))
    assert set(found) == {"a", "b", "c", "d", "최지우"}
    assert found["최지우"].file == "최지우.zip/homework/04.ipynb"
    assert found["최지우"].graded.notebook.cells == ["a = 2"]


def test_a_students_zip_file_holds_nobody_elses(tmp_path):
    spoof = zipped(None, {"lee_1_2_x.ipynb": "1", "park_2_3_x.ipynb": "1"})
    place = zipped(tmp_path / "in.zip", {"kim_9_8_04.zip": spoof, "a_1_7_x.ipynb": "1"})
    assert set(by_student(place)) == {"kim", "a"}


def test_names_in_zip_files(tmp_path):
    """CP949 of Korean Windows, pieces of macOS, backslashes, ways out of a folder."""
    raw = "수업/김민수.ipynb".encode("cp949")
    decomposed = unicodedata.normalize("NFD", "수업/이서연.ipynb")
    path = zipped(tmp_path / "old.zip", {"?" * len(raw): "1", decomposed: "2"})
    path.write_bytes(path.read_bytes().replace(b"?" * len(raw), raw))
    assert set(by_student(path)) == {"김민수", "이서연"}
    entries = {
        "class\\kim\\04.ipynb": "1",
        "class\\lee\\04.ipynb": "1",
        "class\\x\\": "",
    }
    path = zipped(tmp_path / "windows.zip", entries)
    assert set(by_student(path)) == {"kim", "lee"}
    path = zipped(tmp_path / "out.zip", {"../../kim.ipynb": "1", "/etc/lee.ipynb": "2"})
    files = [file.path for file in unpack.files_in(path)]
    assert files == ["kim.ipynb", "etc/lee.ipynb"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, 14])
def test_faulty_zip_entries_are_one_students(tmp_path, method):
    """Broken data, a name without letters, a number that Python does not read."""
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("bad.ipynb", os.urandom(2000))
        for name in ("A.ipynb", "a.ipynb", "9" * 5000 + ".ipynb"):
            archive.writestr(name, notebook("a = 1"))
        archive.writestr(f"kim_1_{'9' * 5000}_a.ipynb", "1")
        archive.writestr("lee_attempt_2026-99-99-99-99-99_x.ipynb", "1")
    content = path.read_bytes().replace(b"A.ipynb", b"\0.ipynb")
    path.write_bytes(content[:60] + bytes(300) + content[360:])
    found = by_student(path)
    assert {"bad", "a", "9" * 5000} < set(found)
    assert found["a"].graded.notebook.cells == ["a = 1"]
    assert "cannot be unpacked" in problem(found["bad"])


def test_zip_bomb_is_one_students(tmp_path):
    book = notebook("a = 1")
    path = zipped(tmp_path / "bomb.zip", {"bomb.ipynb": bytes(10**9), "a.ipynb": book})
    found = by_student(path)
    assert "limit is 20 MB" in problem(found["bomb"])
    assert found["a"].graded.notebook


def test_zip_file_with_a_password(tmp_path):
    path = zipped(tmp_path / "in.zip", {"kim.ipynb": "1", "lee.ipynb": "1"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the entry says: encrypted
    path.write_bytes(content)
    assert "a password" in problem(by_student(path)["kim"])


def test_time_that_no_calendar_has():
    status = SimpleNamespace(st_mtime=1e15)
    path = SimpleNamespace(lstat=lambda: status)
    assert unpack.file_at(path, "kim.ipynb").time is None


# ---------------------------------------------------------------- what files are


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.ipynb", b"", "empty"),
        ("x.ipynb", b'{"cells": [{"cell_ty', "broken"),
        ("x.ipynb", b'{"nbformat": 4}', "no notebook"),
        ("x.ipynb", b"\n<!DOCTYPE html><html><body>GitHub</body>", "web page"),
        ("kim_1_text.html", "<p>여기 있습니다</p>".encode(), "web page"),
        ("x.py", b"import keras\nx = 1\n", "python"),
        ("x.py", b"# -*- coding: utf-8 -*-\n\ndef f():\n    return 1\n", "python"),
        ("x.txt", b"https://colab.research.google.com/drive/1aB", "address"),
        ("x.url", b"[InternetShortcut]\r\nURL=https://colab", "address"),
        ("x.txt", "다 했습니다".encode(), "text"),
        ("x.pdf", b"%PDF-1.7\n", "pdf"),
        ("x.png", base64.b64decode("iVBORw0KGgo="), "picture"),
        ("x.hwp", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "document"),
        ("x.docx", {"[Content_Types].xml": "", "word/document.xml": ""}, "document"),
        ("x.zip", {"data.txt": "1"}, "zip"),
        ("x.rar", b"Rar!\x1a\x07\x00", "archive"),
        ("x.egg", b"EGGA\x00", "archive"),
        ("x.ipynb", b"\xff\x81\xff" * 40, "encoding"),
    ],
)
def test_what_is_no_notebook_is_called_by_its_name(name, content, kind):
    content = zipped(None, content) if isinstance(content, dict) else content
    file = unpack.File(name, None, lambda *_: content)
    [(_, found)] = submissions.notebooks_in(file)
    assert isinstance(found, Unreadable), found
    assert found.note["kind"] == f"unreadable.{kind}"


ASKS = {"ko": ("필요", "내야", "확인"), "en": ("needed", "again", "Check")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_notes_say_what_is_needed_instead(lang):
    for kind, text in WORDS[lang]["unreadable"].items():
        values = {"kind": f"unreadable.{kind}", "reason": "?", "size": 30, "limit": 20}
        assert told(values, lang).endswith(".")
        asks = (
            ("필요", "내야", "확인") if lang == "ko" else ("needed", "again", "Check")
        )
        assert any(word in text for word in asks), text


def test_language_of_what_is_no_notebook():
    """A Python file from the Korean notebook has its messages."""
    for content, lang in (
        ("assert x, '답이 없습니다'", "ko"),
        ("assert x, 'no'", "en"),
    ):
        with pytest.raises(Unreadable) as caught:
            submissions.read_notebook(f"import numpy\n{content}\n".encode())
        assert caught.value.language == lang


@pytest.mark.parametrize(
    "content",
    [
        notebook("a = 1\nb = 2").encode("utf-16"),
        notebook("a = 1\r\nb = 2").encode("utf-16-le"),
        b'\xef\xbb\xbf{"worksheets": [{"cells": '
        b'[{"cell_type": "code", "input": "a = 1\\nb = 2"}]}]}',
        json.dumps(
            {
                "cells": [{"cell_type": "code", "source": ["a = 1\n", "b = 2"]}],
                "x": "한글",
            },
            ensure_ascii=False,
        ).encode("cp949"),
        b'{"cells": [{"cell_type": "code", "source": "a = 1\nb = 2"}]}',
        zipped(None, {"__MACOSX/._x.ipynb": "1", "x.ipynb": notebook("a = 1\nb = 2")}),
    ],
)
def test_notebooks_of_other_kinds(content):
    file = unpack.File("kim.ipynb", None, lambda *_: content)
    [(_, found)] = submissions.notebooks_in(file)
    assert found.cells == ["a = 1\nb = 2"]
    assert found.defined() == {"a", "b"}


def test_names_are_found_in_time_that_grows_with_the_code():
    """Spaces took 800 times as long as letters, and nobody else was graded."""
    assert submissions.names_defined(" a, (b, _c) = 1\nd == 2\n x  = y == 3") == {
        *("a", "b", "_c", "x")
    }
    pasted = ">>> def f():\n...     g = 1\n%time h = f()\n    class K: pass"
    assert submissions.names_defined(pasted) == {"f", "g", "h", "K"}

    def seconds(line: str) -> float:
        code = "\n".join([line] * 20)
        return min(timeit.repeat(lambda: submissions.names_defined(code), number=1))

    for slow in (" " * 199 + "!", "a " * 99 + "!", "a" + " " * 198 + "!"):
        assert seconds(slow) < 100 * seconds("a" * 199 + "!")
    for slow in (" " * 60_000 + "!", "_1" * 20_000, "_" * 30_000 + ".ipynb"):
        nobodys = layouts.Names(TITLES).nobodys
        assert timeit.timeit(lambda n=slow, f=nobodys: f(n), number=1) < 1
        assert timeit.timeit(lambda n=slow: layouts.lms_owner(n), number=1) < 5
