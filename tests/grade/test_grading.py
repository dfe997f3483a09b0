"""Grading: a class with honest and hostile notebooks, each of which gets its status.

`classroom.py` makes the notebooks. The class is graded once, as `make grade` does it.
"""

import json
import os
import shutil
import socket
import sys
import time
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from layer_by_layer.assign.questions import read_assignment
from layer_by_layer.course import LANGUAGES, ROOT, CourseError
from layer_by_layer.grade import (
    compare,
    grade,
    hidden,
    mark,
    sandbox,
    submissions,
    tables,
    unpack,
    worker,
)
from layer_by_layer.grade.sandbox import GIB, MIB, Ended, Limits, Sandbox
from tests import classroom
from tests.classroom import ALL, SECRETS
from tests.conftest import COURSE

LIMITS = Limits(
    seconds=25, cell=12, call=4, memory=GIB, files=32 * MIB, processes=32, threads=128
)
pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap: apt install bubblewrap"
)


@pytest.fixture(scope="module", name="school")
def small_assignment(tmp_path_factory):
    """The assignment of classroom.py in place of the real ones."""
    place = tmp_path_factory.mktemp("school")
    folder = place / "assignments"
    folder.mkdir()
    shutil.copy(COURSE.assignments / "_before.md", folder)
    (place / "book").symlink_to(COURSE.book)  # chapters are known by their names
    (folder / f"{classroom.NAME}.md").write_text(classroom.SOURCE, encoding="utf-8")
    (folder / "05-relu.md").write_text(classroom.OTHER, encoding="utf-8")
    (place / "hidden").mkdir()
    (place / "hidden" / "02.py").write_text(classroom.HIDDEN, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mark, "unseen_images", classroom.images)
        patch.setattr(grade, "limits_for", lambda _: LIMITS)
        course = replace(COURSE, root=place)
        assignment = read_assignment(course, classroom.NAME)
        yield SimpleNamespace(
            place=place,
            hidden=place / "hidden",
            course=course,
            assignment=assignment,
            pupil=classroom.Pupil(course, assignment),
        )


def run(school, place: Path, out: Path, **variables) -> dict[str, dict]:
    """`make grade`; its rows of grades.csv by student."""
    given = {"CHAPTER": "02", "HIDDEN": school.hidden, "OUT": out} | variables
    place, unsafe = given.pop("SUBMISSIONS", place), given.pop("UNSAFE", False)
    options = [f"--{name.lower()}={value}" for name, value in given.items()]
    options += ["--unsafe"] * bool(unsafe)
    grade.main(school.course, [str(place), *options])
    rows = tables.read_rows(out / "grades.csv", ("student",))
    return {row["student"]: row for row in rows}


def put(folder: Path, notebooks: dict) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in notebooks.items():
        if not isinstance(content, bytes):
            content = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        (folder / f"{name}.ipynb").write_bytes(content)
    return folder


def children() -> set[psutil.Process]:
    """All processes that this one started, and that they did."""
    return set(psutil.Process().children(recursive=True))


@pytest.fixture(scope="module", name="graded")
def graded_class(school):
    """What came of the whole class."""
    before = children()  # such as the browser of other tests
    out = school.place / "out"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        honest = classroom.honest(school.pupil)
        hostile = classroom.hostile(school.pupil, str(out), str(ROOT), port)
        books = {name: book for name, (book, *_) in (honest | hostile).items()}
        folder = put(school.place / "submissions", books)
        other = read_assignment(school.course, "05-relu")
        other_book = classroom.Pupil(school.course, other).book()
        put(folder, {"other-chapter": other_book})
        (folder / "folder.ipynb").mkdir()
        (folder / "link.ipynb").symlink_to(school.hidden / "02.py")
        with (folder / "too-large.ipynb").open("wb") as file:
            file.truncate(unpack.LARGEST + 1)
        bom = json.dumps(honest["perfect-ko"][0]).encode("utf-8-sig")
        nfd = unicodedata.normalize("NFD", "이서연 (1).ipynb")
        (folder / nfd).write_bytes(bom)
        rows = run(school, folder, out, JOBS=2)
    left = children() - before
    expected = {name: ("ok", points) for name, (_, points) in honest.items()}
    expected |= {name: row[1:] for name, row in hostile.items()}
    expected |= {
        "other-chapter": ("wrong notebook", None),
        "folder": ("unreadable", None),
        "link": ("unreadable", None),
        "too-large": ("unreadable", None),
        "이서연": ("ok", ALL),
    }
    return SimpleNamespace(out=out, rows=rows, left=left, expected=expected)


def test_every_submission_gets_its_status_and_its_points(graded):
    """At least 10 honest and 20 hostile ones; none stops another."""
    assert set(graded.rows) == set(graded.expected)
    assert len(graded.rows) > 50
    wrong = {}
    for student, (status, points) in graded.expected.items():
        row = graded.rows[student]
        got = {q: int(row[q]) for q in ALL if row[q]}
        if (row["status"], got) != (status, points or {}):
            wrong[student] = row
    assert not wrong


def record(graded, student: str) -> dict:
    """The stored result of a student, found by what is only in it."""
    name = graded.rows[student]["file"]
    found = [json.loads(path.read_text()) for path in graded.out.glob("results/*.json")]
    return next(each for each in found if each["file"] == name)


@pytest.mark.parametrize("student", ["overwrites", "reads-around", "network"])
def test_nothing_outside_is_read_changed_or_reached(graded, student):
    """These notebooks list what they got hold of."""
    found = record(graded, student)["questions"]
    assert found["q4"]["wrong_example"] == "[]"
    assert student != "reads-around" or found["q3"]["wrong_example"] == "0"


def test_no_process_outlives_its_submission(graded):
    assert graded.left == set()


def test_hidden_inputs_are_in_nothing_that_is_written(graded):
    """Not even those that a function returns, or puts into an error."""
    pages = [path for path in graded.out.rglob("*") if path.suffix in (".html", ".csv")]
    assert len(pages) > len(graded.rows)
    for path in [*pages, *graded.out.glob("results/*.json")]:
        text = path.read_text(encoding="utf-8-sig")
        assert not [secret for secret in SECRETS if secret in text], path


def test_feedback_is_in_the_language_of_the_submission(graded):
    assert record(graded, "perfect-en")["language"] == "en"
    assert record(graded, "perfect-ko")["language"] == "ko"
    assert record(graded, "stripped-by-colab")["language"] == "en"
    for student, lang in (("perfect-en", "en"), ("perfect-ko", "ko")):
        page = (graded.out / "feedback" / f"{student}.html").read_text("utf-8")
        assert f'lang="{lang}"' in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_cannot_be_read_is_answered_in_the_language_of_the_class(lang):
    records = [{"language": said} for said in ("", "ko", "en", lang)]
    grade.guess_languages(records)
    assert [record["language"] for record in records] == [lang, "ko", "en", lang]


def test_notes_say_what_happened(graded):
    rows = graded.rows
    assert (
        "in code cell 1: stopped after 25 seconds" in rows["ignores-interrupts"]["note"]
    )
    assert "more than 32 processes" in rows["fork-bomb"]["note"]
    assert "more than 1 GiB of memory" in rows["40-gb-lazy"]["note"]
    assert "too good to be true" in rows["knows-the-classes"]["note"]
    assert not rows["perfect-ko"]["note"]
    failed = record(graded, "crash-in-the-middle")["cells"]["failed"]
    assert failed[0] == {"cell": 1, "error": "ZeroDivisionError: division by zero"}
    assert "MemoryError" in record(graded, "40-gb")["cells"]["failed"][0]["error"]
    assert record(graded, "renamed")["questions"]["q1"]["near"] == ["doubleall"]


def test_second_run_grades_nothing_again(graded, school, monkeypatch):
    monkeypatch.setattr(mark, "mark", None)
    rows = run(school, school.place / "submissions", graded.out)
    assert rows == graded.rows


def test_results_belong_to_the_whole_job_and_grader(monkeypatch):
    """But not to the limits: only what ran out of them is graded again."""
    job = mark.Job("02", [], {}, seed=1, needs_data=False)
    known = grade.version(job)
    assert grade.version(replace(job, limits=LIMITS)) == known
    assert grade.version(replace(job, needs_data=True)) != known
    elsewhere = {"book/01-fashion-mnist": frozenset({"train_input"})}
    assert grade.version(replace(job, elsewhere=elsewhere)) != known
    monkeypatch.setattr(grade, "fingerprint", lambda: "edited since")
    assert grade.version(job) != known


def test_interrupted_run_goes_on_where_it_was(school, monkeypatch, tmp_path):
    folder = put(tmp_path / "in", {f"s{n}": school.pupil.wrong() for n in range(3)})
    out, marked, began = tmp_path / "out", mark.mark, []

    def first_run(job, notebook):
        began.append(notebook)
        if len(began) == 1:
            return marked(job, notebook)
        while not list(out.glob("results/*.json")):  # the first result is kept
            time.sleep(0.01)
        raise KeyboardInterrupt

    def second_run(job, notebook):
        again.append(notebook)
        return marked(job, notebook)

    monkeypatch.setattr(mark, "mark", first_run)
    with pytest.raises(KeyboardInterrupt):
        run(school, folder, out, JOBS=1)
    again = []
    monkeypatch.setattr(mark, "mark", second_run)
    assert len(run(school, folder, out)) == 3
    assert len(again) == 2


def test_fault_of_the_grader_is_one_submissions_only(school, monkeypatch, tmp_path):
    """It is said, and tried again the next time."""
    marked, read = mark.mark_question, submissions.read_notebook

    def read_notebook(content):
        if b"unread" in content:
            raise RuntimeError("another fault")
        return read(content)

    def mark_question(job, question, replies):
        if replies.done["names"][-1] == "unlucky":
            raise RuntimeError("a fault")
        return marked(job, question, replies)

    pupil = school.pupil
    books = {
        "a": pupil.book(),
        "b": pupil.book(last=["unlucky = 1"]),
        "c": pupil.book(),
        "d": pupil.book(last=["# unread"]),
    }
    folder = put(tmp_path / "in", books)
    with monkeypatch.context() as patch:
        patch.setattr(mark, "mark_question", mark_question)
        patch.setattr(submissions, "read_notebook", read_notebook)
        rows = run(school, folder, tmp_path / "out")
    statuses = [rows[name]["status"] for name in "abcd"]
    assert statuses == ["ok", "crashed", "ok", "crashed"]
    assert "RuntimeError: a fault" in rows["b"]["note"]
    assert "RuntimeError: another fault" in rows["d"]["note"]
    rows = run(school, folder, tmp_path / "out")
    assert {row["status"] for row in rows.values()} == {"ok"}


def test_second_run_at_the_same_time_is_refused(school, tmp_path, capsys):
    """Two would overwrite each other's files. Names do nothing to the terminal."""
    folder = put(tmp_path / "in", {"kim\x1b[2J": school.pupil.wrong()})
    out = tmp_path / "out"
    assert len(run(school, folder, out)) == 1
    said = capsys.readouterr().out
    assert "kim" in said and "\x1b" not in said
    with grade.alone_in(out), pytest.raises(CourseError, match="another 'make grade'"):
        run(school, folder, out)
    assert len(run(school, folder, out)) == 1


def test_points_for_written_answers_are_kept(school, tmp_path, capsys):
    """An instructor fills in points and comments; later runs read them back."""
    text = {lang: f'reason = "{lang}\\n=1+1, 그래서😀"' for lang in ("ko", "en")}
    books = {lang: school.pupil.book(q6=text[lang]) for lang in text}
    folder, out = put(tmp_path / "in", books), tmp_path / "out"
    assert run(school, folder, out)["ko"]["q6"] == ""
    path = out / "written.csv"
    rows = tables.read_rows(path, tables.WRITTEN)
    assert [row["student"] for row in rows] == ["en", "ko"]
    lines = path.read_text("utf-8-sig").replace('"\r\n', '",2.5,잘했어요\r\n')
    path.write_text(lines.replace(",,,2.5", ",2.5"), "utf-8-sig")
    filled = path.read_text("utf-8-sig").replace('그래서😀",,', '그래서😀",2.5,좋아요')
    path.write_bytes(filled.replace("😀", "??").encode("cp949"))  # as Excel does
    rows = run(school, folder, out)
    assert rows["ko"]["q6"] == "2.5" and float(rows["ko"]["total"]) == 18.5
    put(folder, {"ko": school.pupil.book(q6="reason = 'new'")})
    assert "nobody gets them" not in capsys.readouterr().out
    assert run(school, folder, out)["ko"]["q6"] == ""
    assert "points for 1 answers that nobody has" in capsys.readouterr().out
    kept = [(row["student"], row["points"]) for row in tables.read_rows(path, ())]
    assert sorted(kept) == [("en", "2.5"), ("ko", ""), ("ko", "2.5")]
    path.write_text("student,question,answer,points,comment\nko,q6,new,4,\n")
    with pytest.raises(CourseError, match=r"row 2: '4' are no points for q6: .* to 3"):
        run(school, folder, out)


# ---------------------------------------------------------------- the sandbox


def talk(cells: list[str], limits: Limits = LIMITS, unsafe=False) -> dict:
    """The names and values that cells leave behind in a sandbox."""
    answers = {"seen": {"name": "seen", "kind": "value"}}
    with Sandbox(limits, None, unsafe) as box:
        task = {"cells": cells, "answers": answers, "step": limits.cell}
        return next(each for each in box.ask(task) if "done" in each)


USER = """
import os
seen = [os.getuid(), os.listdir('/tmp'), dict(os.environ)]
seen += [open("/proc/self/oom_score_adj").read()]
"""


def test_sandbox_of_root_and_of_others(monkeypatch):
    """Root gets a user that owns nothing; others get a namespace for users.

    For both, Linux ends the sandbox and not the grader where memory runs out.
    """
    for number in (os.geteuid(), 1000):
        monkeypatch.setattr(sandbox.os, "geteuid", lambda number=number: number)
        monkeypatch.setenv("SECRET", "s")
        reply = talk([USER])
        user, files, variables, first = worker.decode(reply["found"]["seen"]["value"])
        assert first.strip() == "1000"
        files = set(files) - {".ipython"}  # which IPython makes
        assert files in (set(), {".keras"}, {"w"}) or sys.prefix.startswith("/tmp")
        assert "SECRET" not in variables
        assert number or user in sandbox.USERS


def test_sandbox_that_ends_says_so():
    with Sandbox(LIMITS, None) as box:
        box.process.kill()
        with pytest.raises(Ended):
            list(box.ask({"cells": []}))


def test_without_bubblewrap_only_on_purpose(school, monkeypatch, tmp_path, capfd):
    """A clear refusal; with UNSAFE=1 a loud warning, and limits all the same."""
    monkeypatch.setenv("PATH", str(tmp_path))
    books = {
        "right": school.pupil.book(),
        "loop": school.pupil.wrong(first=[classroom.IGNORES]),
        "bomb": school.pupil.wrong(classroom.LAZY_40_GB),
    }
    folder = put(tmp_path / "in", books)
    with pytest.raises(CourseError, match=r"bubblewrap is not installed.*UNSAFE=1"):
        run(school, folder, tmp_path / "out")
    before = children()
    rows = run(school, folder, tmp_path / "out", UNSAFE=1)
    assert "WITHOUT A SANDBOX" in capfd.readouterr().err
    statuses = {name: row["status"] for name, row in rows.items()}
    assert statuses == {"right": "ok", "loop": "timeout", "bomb": "crashed"}
    assert children() - before == set()


def test_bubblewrap_that_does_not_work(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho bwrap: setting up uid map: denied >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(CourseError, match=r"uid map: denied\): on Ubuntu 24"):
        sandbox.check([])


def test_private_folders_are_not_where_submissions_read():
    inside = Path(sys.prefix) / "hidden"
    with pytest.raises(CourseError, match="which submissions can read: move it"):
        sandbox.check([inside])


# ---------------------------------------------------------------- late


def test_late_submissions(school, tmp_path, capsys):
    """The times in a zip file are those of the download: nobody is late by them."""
    names = ("early", "late", "unknown", "kim_LATE_1_2_x")
    book = json.dumps(school.pupil.book("student"))
    place = tmp_path / "in.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.ipynb", book)
    times = tmp_path / "times.csv"
    times.write_text("student,time\nearly,2026-11-26 23:59\nlate,2026-11-27T00:00:01\n")
    given = {"DUE": "2026-11-26 23:59", "TIMES": times}
    rows = run(school, place, tmp_path / "out", **given)
    late = {name for name, row in rows.items() if row["late"]}
    assert late == {"late", "kim"}
    assert "without a known time, not called late: 1." in capsys.readouterr().out
    times.write_text("student,time\nearly,tomorrow\n")
    with pytest.raises(CourseError, match="line 2: 'tomorrow' is no time"):
        run(school, place, tmp_path / "out", **given)


# ---------------------------------------------------------------- hidden inputs


def test_hidden_folder_is_made_and_read(school, tmp_path, capsys):
    folder = tmp_path / "hidden"
    hidden.main(COURSE, [str(folder)])
    made = sorted(path.name for path in folder.iterdir())
    assert made == sorted(path.name for path in hidden.STARTER.glob("[0-9]*.py"))
    sources = [(folder / name).read_text("utf-8") for name in made]
    assert all("\nSEED = 0" not in source for source in sources)
    hidden.main(COURSE, [str(folder)])
    assert [(folder / name).read_text("utf-8") for name in made] == sources
    with pytest.raises(CourseError, match="choose a folder outside of it"):
        hidden.main(COURSE, [str(ROOT / "hidden")])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("SEED = 20261127", "SEED = 0", "02.py has no SEED"),
        ("def row_means", "def others", "02.py: row_means is missing: write"),
        ("return [([],), ", "return [[], ", "double_all: input 1 is no tuple"),
        ("([7001, -7002, 0.5],)", "(print,)", "input 4 is not made of numbers"),
        ("rng.normal(1000", "rng.abnormal(1000", "row_means fails"),
        ("import numpy", "import numpty", "02.py cannot be run"),
        ('"xyzzy-plugh"', "None, 3", "ends in a TypeError for a hidden input of q2"),
    ],
)
def test_faulty_hidden_inputs(school, tmp_path, old, new, problem):
    assert old in classroom.HIDDEN
    (tmp_path / "02.py").write_text(classroom.HIDDEN.replace(old, new))
    folder = put(tmp_path / "in", {"a": school.pupil.book()})
    with pytest.raises(CourseError, match=problem):
        run(school, folder, tmp_path / "out", HIDDEN=tmp_path)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"SUBMISSIONS": ""}, "SUBMISSIONS is not given"),
        ({"CHAPTER": "99"}, "there is no assignment 99"),
        ({"HIDDEN": ""}, "no folder with hidden inputs is given"),
        ({"HIDDEN": "/nowhere"}, "/nowhere/02.py does not exist"),
        ({"JOBS": "many"}, "JOBS=many is no number"),
        ({"TIMEOUT": "-1"}, "TIMEOUT=-1 is no number"),
    ],
)
def test_what_was_typed_wrongly(school, tmp_path, variables, problem):
    folder = put(tmp_path / "in", {"a": school.pupil.book()})
    with pytest.raises(CourseError, match=problem):
        run(school, folder, tmp_path / "out", **variables)


# ---------------------------------------------------------------- right and wrong

ARRAY = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("expected", "got", "is_right"),
    [
        (3, 3.0, True),
        (3, 3.00001, False),
        (3, True, False),
        (True, 1, False),
        (True, np.True_, True),
        (None, None, True),
        (0.1 + 0.2, np.float32(0.3), True),
        (1.0, 1.01, False),
        ("a", "a ", False),
        ([1, 2], (1, 2), True),
        ([1, 2], np.array([1.0, 2.0]), True),
        ([1, 2], [2, 1], False),
        ([], (), True),
        ([1, "a"], (1.0, "a"), True),
        ([1, "a"], [1], False),
        ({"a": [1]}, {"a": (1,)}, True),
        ({"a": 1}, {"b": 1}, False),
        (ARRAY, ARRAY.astype("float32"), True),
        (ARRAY, ARRAY.tolist(), True),
        (ARRAY, ARRAY.T, False),
        (ARRAY, ARRAY.ravel(), False),
        (np.array([1e-9, 1.0]), np.array([0.0, 1.0]), True),
        (float("nan"), float("nan"), True),
        (10**30, 10**30, True),
        (2, print, False),
        (ARRAY, ARRAY.astype(str), False),
        ([[1], [1, 2]], [[1], [1, 2]], True),
    ],
)
def test_which_answers_are_right(expected, got, is_right):
    assert (
        compare.agrees(expected, json.loads(json.dumps(worker.encode(got)))) is is_right
    )


@pytest.mark.parametrize(
    "coded",
    [
        {"array": "AAAA", "dtype": "<f8", "shape": [1]},
        {"array": "AAAAAAAA8D8=", "dtype": "O", "shape": [1]},
        {"array": "AAAAAAAA8D8=", "dtype": "<f8", "shape": [-1, True]},
        {"array": "", "dtype": "<f8", "shape": [0, 10**30]},
        {"dict": [[[1], 2]]},
        {"unsupported": "list"},
        {"tuple": 3},
    ],
)
def test_coded_values_that_are_none(coded):
    with pytest.raises(ValueError):
        worker.decode(coded)
    assert not compare.agrees(1.0, coded)
    assert len(compare.shown(coded)) < 300


def test_rows_without_columns_are_not_listed():
    """A billion of them take no byte in an answer, and 60 GB as lists."""
    coded = worker.encode(np.zeros((1_000_000, 0)))
    assert compare.shown(coded) == "array([], shape=(1000000, 0), dtype=float64)"


def test_tolerance_is_relative():
    assert compare.agrees(100.0, 100.9, 0.01) and not compare.agrees(100.0, 101.1, 0.01)


def test_values_come_back_as_they_went():
    value = [1, (2.5, "a", None), {"b": ARRAY}, [np.int8(3)], np.zeros((0, 2))]
    there = worker.decode(json.loads(json.dumps(worker.encode(value))))
    assert there[:2] == [1, (2.5, "a", None)] and there[3] == [3]
    assert np.array_equal(there[2]["b"], ARRAY) and there[4].shape == (0, 2)
