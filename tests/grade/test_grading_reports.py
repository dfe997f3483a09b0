"""What students, instructors and an LMS get says what the records say, and no more."""

import csv
import errno
import io
import re
import string
from collections import Counter
from copy import deepcopy
from pathlib import Path
from statistics import mean, median

import pytest
from bs4 import BeautifulSoup

from layer_by_layer.assign.questions import names, read_assignment
from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.grade import layouts, lms, report, similar, unpack
from tests.axe import violations
from tests.conftest import COURSE
from tests.tabs import SIZES, open_tab

# It has every kind of question.
ASSIGNMENT = read_assignment(COURSE, "04-hidden-layers")
QUESTIONS = {question.id: question for question in ASSIGNMENT.questions}
FUNCTION, VALUE, MODEL, WRITTEN = (
    next(question.id for question in ASSIGNMENT.questions if question.kind == kind)
    for kind in ("function", "value", "model", "written")
)
HOSTILE = "<script>alert(1)</script>"
# A merge that one student wrote and another copied, with other names and comments.
LONG_ANSWER = '''
def merge_layers(weights, biases):
    """Put together."""
    if len(weights) != len(biases):
        raise ValueError("one bias each")
    result, shift = np.eye(weights[0].shape[0]), np.zeros(weights[0].shape[0])
    for index in range(len(weights)):
        shift = np.dot(shift, weights[index]) + biases[index]
        result = np.matmul(result, weights[index])
    return result, shift
'''
COPY = """
def merge_layers(w, b):
    # all in one
    if len(w) != len(b):
        raise ValueError("one bias each")
    total, rest = np.eye(w[0].shape[0]), np.zeros(w[0].shape[0])
    for i in range(len(w)):
        rest = (np.dot(rest, w[i])
                + b[i])
        total = np.matmul(total, w[i])
    return total, rest
"""
ANOTHER = """
def merge_layers(weights, biases):
    W = functools.reduce(lambda a, b: a @ b, weights)
    B = biases[-1]
    while len(biases) > 1:
        *biases, last = biases
        *weights, matrix = weights
        B = B + biases[-1] @ matrix if len(biases) > 1 else B + biases[0] @ matrix
    return tuple(map(np.asarray, (W, B)))
"""


def record(student="kim", **changes) -> dict:
    """A record of a submission that is right everywhere, then changed."""
    right = {
        question.id: {
            "points": question.points, "of": question.points, "state": "right",
            "message": "",
        }
        for question in ASSIGNMENT.questions
    }  # fmt: skip
    right[WRITTEN] |= {"state": "by hand"}
    whole = {
        "student": student, "file": f"{student}.ipynb", "language": "en",
        "chapter": ASSIGNMENT.name[:2], "status": "ok", "late": False, "note": "",
        "seconds": 1.0, "questions": right, "cells": {"failed": []}, "code": {},
        "written": {}, "numbers": {}, "others": [], "why": {"kind": "why.only"},
        "doubts": [],
    }  # fmt: skip
    return whole | changes


def changed(question: str, student="kim", lang="en", **found) -> dict:
    """A record in which one question went otherwise."""
    new = record(student, language=lang)
    new["questions"][question] |= found
    return new


def page_of(made: dict) -> BeautifulSoup:
    return BeautifulSoup(report.feedback_page(COURSE, ASSIGNMENT, made), "html.parser")


def section(page: BeautifulSoup, question: str) -> str:
    """What the page says about one question."""
    found = page.select(".question")[list(QUESTIONS).index(question)]
    return found.get_text(" ", strip=True)


def filled(sentence: str, **values) -> str:
    return sentence.format(**values)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_feedback_says_what_happened(lang):
    words = report.WORDS[lang]
    of = QUESTIONS[FUNCTION].points
    wrong = {"state": "wrong", "points": 1, "asked": 5, "passed": 3}
    text = section(
        page_of(changed(FUNCTION, lang=lang, wrong_example="7840", **wrong)), FUNCTION
    )
    assert QUESTIONS[FUNCTION].titles[lang] in text
    assert words["state"]["part"] in text
    assert filled(words["points"], points=1, of=of) in text
    assert filled(words["passed"], passed=3, asked=5) in text
    assert "7840" not in text  # it may tell a hidden input
    value = {"state": "wrong", "points": 0, "wrong_example": "7841"}
    text = section(page_of(changed(VALUE, lang=lang, **value)), VALUE)
    assert text.index(words["your_value"]) < text.index("7841")
    assert text.index("7841") < text.index(words["help"])

    missing = {"state": "missing", "points": 0, "near": ["count_param"]}
    text = section(page_of(changed(FUNCTION, lang=lang, **missing)), FUNCTION)
    assert QUESTIONS[FUNCTION].answer in text and "count_param" in text

    error = {"state": "error", "points": 0, "message": "TypeError: 'NoneType'"}
    text = section(page_of(changed(FUNCTION, lang=lang, **error)), FUNCTION)
    assert words["error"] in text and error["message"] in text

    silent = wrong | {"points": 0, "passed": 0, "wrong_example": "None"}
    text = section(page_of(changed(FUNCTION, lang=lang, **silent)), FUNCTION)
    assert words["none"] in text

    untouched = {"state": "wrong", "points": 0, "wrong_example": "(ellipsis)"}
    untouched |= {"answer_type": "ellipsis"}
    no_model = untouched | {"state": "error", "message": "AttributeError"}
    text = section(page_of(changed(MODEL, lang=lang, **no_model)), MODEL)
    assert words["state"]["empty"] in text and "AttributeError" not in text
    for question in (VALUE, WRITTEN):
        text = section(page_of(changed(question, lang=lang, **untouched)), question)
        assert words["state"]["empty"] in text and "ellipsis" not in text

    steps = QUESTIONS[MODEL].thresholds
    low, high, *_ = sorted(steps)
    weak = {"state": "wrong", "points": steps[low], "accuracy": low + 0.001}
    text = section(page_of(changed(MODEL, lang=lang, **weak)), MODEL)
    assert filled(words["next_accuracy"], accuracy=high, points=steps[high]) in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_feedback_on_written_answers_waits_for_the_instructor(lang):
    words, of = report.WORDS[lang], QUESTIONS[WRITTEN].points
    waiting = changed(WRITTEN, lang=lang, points=None)
    waiting["written"] = {WRITTEN: "Two layers are one."}
    page = page_of(waiting)
    assert words["state"]["by hand"] in section(page, WRITTEN)
    assert "Two layers are one." in section(page, WRITTEN)
    assert filled(words["so_far"], open=of) in page.header.get_text()
    total = filled(words["total"], points=ASSIGNMENT.total - of, of=ASSIGNMENT.total)
    assert total in page.header.get_text()
    assert not report.is_final(ASSIGNMENT, waiting)

    graded = deepcopy(waiting)
    graded["questions"][WRITTEN] |= {"points": of - 1, "comment": "Why, though?"}
    page = page_of(graded)
    assert words["state"]["graded"] in section(page, WRITTEN)
    assert "Why, though?" in section(page, WRITTEN)
    assert filled(words["so_far"], open=of) not in page.header.get_text()
    assert report.is_final(ASSIGNMENT, graded)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_feedback_is_kind_whatever_became_of_the_notebook(lang):
    words = report.WORDS[lang]
    for status, sentence in words["status"].items():
        failed = [{"cell": 4, "error": "NameError: name 'x' is not defined"}]
        halves = {"ko": "빈 파일입니다", "en": "the file is empty"}
        note = " · ".join(halves.values())
        made = record(language=lang, status=status, late=True, note=note)
        if status == "failed cells":
            made |= {"status": "ok", "cells": {"failed": failed}}
        if status in ("unreadable", "wrong notebook"):
            made["questions"] = {}
        page = page_of(made)
        assert page.html["lang"] == lang
        assert sentence in page.header.get_text(), status
        assert words["late_more"] in page.header.get_text()
        # A note on a crash may hold what the code printed: hidden inputs, perhaps.
        told = [each for each in halves if halves[each] in page.get_text()]
        tellable = status in ("timeout", "unreadable", "wrong notebook")
        assert told == ([lang] if tellable else []), status
        assert bool(page.select(".question")) == bool(made["questions"])
        assert (failed[0]["error"] in page.get_text()) == (status == "failed cells")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", names(COURSE))
def test_help_leads_to_sections_that_exist(name, lang):
    assignment = read_assignment(COURSE, name)
    for question in assignment.questions:
        sections = report.help_for(COURSE, assignment, question, lang)
        assert sections, question.id
        for heading, address in sections:
            assert address.startswith(f"{COURSE.addresses.site}/{lang}/"), address
            assert (
                heading
                in report.section_titles(
                    COURSE, re.search(r"([\w-]+)\.html", address)[1], lang
                ).values()
            )


def test_nothing_of_a_student_becomes_part_of_a_page():
    long, unseen = "<b>" + "x" * 10_000_000, "\x00\x1b[31m\u202egpj\ud800"
    made = changed(
        FUNCTION, student=HOSTILE, state="wrong", points=1, asked=5, passed=1,
        wrong_example=long, message=unseen + HOSTILE, near=[HOSTILE], comment=HOSTILE,
    )  # fmt: skip
    made |= {
        "file": f"{HOSTILE}/../../x.ipynb", "written": {WRITTEN: long},
        "note": HOSTILE, "status": "odd",
        "cells": {"failed": [{"cell": HOSTILE, "error": long}] * 500},
    }  # fmt: skip
    pages = [report.feedback_page(COURSE, ASSIGNMENT, made)]
    alike = [similar.Pair(0, 1, 0.9, [HOSTILE])]
    for lang in LANGUAGES:
        everyone = [made, made | {"status": "ok"}]
        pages.append(report.summary_page(ASSIGNMENT, everyone, alike, lang))
    for text in pages:
        page = BeautifulSoup(text, "html.parser")
        assert not page.find_all(["script", "b", "img", "iframe", "form", "input"])
        assert HOSTILE in page.get_text()
        assert len(text.encode("utf-8")) < 100_000
        assert not set("\x00\x1b\u202e") & set(text)
        for element in page.find_all(href=True):
            where = element["href"]
            assert where.startswith((COURSE.addresses.site, "feedback/", "summary.")), (
                where
            )
    name = report.feedback_name(made)
    assert not set("<>/\\:") & set(name)
    for other in ("_script_alert(1)__script_", name.removesuffix(".html")):
        assert name != report.feedback_name(record(other))


def test_full_disk_leaves_no_half_of_a_file(tmp_path, monkeypatch):
    """Nor does an interruption: what was there stays, or is replaced as a whole."""

    def write(made: dict) -> None:
        report.write_reports(COURSE, ASSIGNMENT, [made], tmp_path)

    def write_for_lms(made: dict) -> None:
        lms.write_grades(tmp_path, "Title", 20, [(made, made["seconds"])], [])

    def half(path, content, *_, **__):
        with path.open("wb" if isinstance(content, bytes) else "w") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    for function in (write, write_for_lms):
        function(record())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert len(before) == 5
    for method in ("write_bytes", "write_text"):
        monkeypatch.setattr(Path, method, half)
    for function in (write, write_for_lms):
        with pytest.raises(OSError, match="No space"):
            function(record(status="timeout", seconds=2.0))
    assert {path: path.read_bytes() for path in before} == before


def test_page_saved_in_another_encoding_is_replaced(tmp_path):
    report.write_reports(COURSE, ASSIGNMENT, [record()], tmp_path)
    page = tmp_path / "feedback" / report.feedback_name(record())
    before = page.read_bytes()
    page.write_bytes(before + "한글".encode("cp949"))
    report.write_reports(COURSE, ASSIGNMENT, [record()], tmp_path)
    assert page.read_bytes() == before


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def flat(words: dict, prefix="") -> dict[str, str]:
    found = {}
    for key, value in words.items():
        more = flat(value, f"{prefix}{key}.") if isinstance(value, dict) else None
        found |= more if more else {prefix + key: value}
    return found


def test_both_languages_say_the_same_things():
    ko, en = flat(report.WORDS["ko"]), flat(report.WORDS["en"])
    assert list(ko) == list(en)
    assert [key for key in ko if fields(ko[key]) != fields(en[key])] == []


CLASS = [
    changed(FUNCTION, "a", state="wrong", points=0, asked=5, wrong_example="7840"),
    changed(FUNCTION, "b", state="wrong", points=0, asked=5, wrong_example="7840"),
    changed(FUNCTION, "c", state="missing", points=0),
    changed(VALUE, "d", state="wrong", points=0, wrong_example="64"),
    changed(WRITTEN, "e", points=None),
    changed(WRITTEN, "h", state="wrong", points=0, answer_type="str"),
    record("f", late=True),
    record("g", status="timeout", questions={}, note="300 seconds"),
]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_summary_counts(lang):
    words, records = report.WORDS[lang], CLASS
    text = report.summary_page(ASSIGNMENT, records, [], lang)
    page = BeautifulSoup(text, "html.parser")
    totals = [report.points(each) for each in records if each["status"] == "ok"]
    figures = [found.get_text() for found in page.select(".figures dd")]
    assert figures == [
        str(len(records)),
        f"{report.number(mean(totals))} / {ASSIGNMENT.total}",
        f"{report.number(median(totals))} / {ASSIGNMENT.total}",
        str(sum(total == ASSIGNMENT.total for total in totals)),
    ]
    bars = page.select(".bars text:not(.label)")
    assert sum(int(bar.get_text()) for bar in bars) == len(totals)

    rows = report.per_question(ASSIGNMENT, records, lang)
    by_id = {row["question"].id: row for row in rows}
    assert [row["question"].id for row in rows if row["hardest"]] == [FUNCTION]
    assert by_id[FUNCTION]["missing"] == 1 and by_id[FUNCTION]["full"] == 4 / 7
    assert (
        by_id[WRITTEN]["missing"] == 1 and by_id[WRITTEN]["graded"] == 6
    )  # one waits, one could not be graded

    wrong = report.wrong_answers(ASSIGNMENT, records, lang)
    assert [(row["id"], row["answers"]) for row in wrong] == [(FUNCTION, [("7840", 2)])]

    look = page.find("h2", string=words["look"]).find_next("h3", string=words["not_ok"])
    assert "300 seconds" in look.find_next("table").get_text()
    assert filled(words["to_grade"], count=1) in page.get_text()
    late = page.find("h3", string=words["late_ones"]).find_next("p")
    assert late.get_text() == "f"
    shown = page.find("h2", string=words["everyone"]).find_next("table")
    assert len(shown.select("tbody tr")) == len(records)


def test_histogram_has_a_place_for_everyone():
    for of in (5, 12, 20, 100):
        bars = report.histogram([0, 0.5, of / 2, of - 0.01, of], of)
        assert sum(bar["count"] for bar in bars) == 5
        assert len(bars) <= report.BARS + 1 and bars[-1]["label"].endswith(str(of))


def test_copies_are_found_and_what_all_have_is_not():
    solution = QUESTIONS[FUNCTION].cell.source
    records = [record(f"student {number}") for number in range(30)]
    for each in records:
        each["code"] = {FUNCTION: solution}
    records[3]["code"] = {FUNCTION: LONG_ANSWER}
    records[8]["code"] = {FUNCTION: COPY}
    records[9]["code"] = {FUNCTION: ANOTHER}
    # Two who found the solution, and two whose answers are short or no Python
    for place in (25, 26):
        records[place]["code"] = {MODEL: QUESTIONS[MODEL].cell.source}
    records[11]["code"] = records[12]["code"] = {FUNCTION: "count = 1 + 1"}
    records[13]["code"] = records[14]["code"] = {FUNCTION: "def broken(:\n" * 3}
    essay = " ".join(f"word{number}" for number in range(40))
    records[20]["written"] = {WRITTEN: essay}
    records[21]["written"] = {WRITTEN: essay.upper().replace(" ", "\n")}
    found = similar.similar_pairs(records, report.known_code(ASSIGNMENT))
    assert [(p.first, p.second, p.questions) for p in found] == [
        (3, 8, [FUNCTION]),
        (20, 21, [WRITTEN]),
    ]
    assert found[0].similarity == 1
    # What the whole class has in common says nothing about two of them.
    everyone = [record(str(n), code={FUNCTION: LONG_ANSWER}) for n in range(30)]
    assert similar.similar_pairs(everyone, {}) == []
    assert similar.similar_pairs(everyone[:2], {FUNCTION: [COPY]}) == []


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def exported(tmp_path, columns: list[str], *rows: list, encoding="utf-8-sig"):
    path = tmp_path / "roster.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return lms.read_roster(path)


def graded(*files: str) -> list[tuple[dict, float]]:
    """Records with points, by the names of the files that were handed in."""
    handed_in = [unpack.File(file, None, bytes) for file in files]
    found = {each.path: owner for each, owner in layouts.owners(handed_in, ())}
    return [
        (
            record(found[file].student, file=file, numbers=dict(found[file].numbers)),
            10 + n,
        )
        for n, file in enumerate(files)
    ]


def test_canvas_import(tmp_path):
    roster = exported(
        tmp_path,
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Old one (7)"],
        ["    Points Possible", "", "", "", "", "10"],
        ["Kim, Minsu", "1234", "20261234", "minsu", "A", "9"],
        ["Lee, Seoyeon", "1235", "20261235", "seoyeon", "B", "8"],
        ["Lee, Seoyeon", "1236", "20261236", "seoyeon2", "B", "8"],
        ["Park, Jiho", "1237", "20261237", "jiho", "B", "8"],
    )
    files = [
        "kimminsu_LATE_1234_77_04.ipynb",
        "20261235.ipynb",
        "Jiho Park/kimminsu_1234_77_04.ipynb",
        "leeseoyeon.ipynb",
    ]
    unknown = lms.write_grades(tmp_path, "Title", 20, graded(*files), roster)
    rows = rows_of((tmp_path / "canvas.csv").read_bytes())
    # What lib/gradebook_importer.rb of Canvas asks for
    assert "Student" in rows[0][0] and "ID" in rows[0][1] and "Section" in rows[0][4]
    assert "Points Possible" in rows[1][0] and rows[1][-1] == "20"
    assert rows[2] == ["Kim, Minsu", "1234", "20261234", "minsu", "A", "10"]
    assert rows[3] == ["Lee, Seoyeon", "1235", "20261235", "seoyeon", "B", "11"]
    assert rows[4] == ["Park, Jiho", "1237", "20261237", "jiho", "B", "12"]
    assert rows[5] == ["leeseoyeon", "", "", "leeseoyeon", "", "13"]
    assert unknown == ["leeseoyeon"]  # two have this name

    lms.write_grades(tmp_path, "Title", 20, graded(files[0]), [])
    rows = rows_of((tmp_path / "canvas.csv").read_bytes())
    assert rows[2] == ["kimminsu", "1234", "", "", "", "10"]


def test_moodle_import(tmp_path):
    """A row whose student Moodle does not find would stop the whole import."""
    roster = exported(
        tmp_path,
        ["First name", "Last name", "ID number", "Email address"],
        ["민수", "김", "20261234", "minsu@example.org"],
        ["서연", "이", "", ""],
    )
    files = ["20261234.ipynb", "서연이.ipynb", "nobody.ipynb"]
    unknown = lms.write_grades(tmp_path, "과제", 20, graded(*files), roster)
    rows = rows_of((tmp_path / "moodle.csv").read_bytes())
    assert rows == [
        ["Full name", "Email address", "ID number", "Username", "과제"],
        ["민수 김", "minsu@example.org", "20261234", "", "10"],
    ]
    assert unknown == ["nobody"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_moodle_grading_worksheet(tmp_path, encoding):
    columns = ["식별자", "성명", "상태", "성적", "최대 성적", "마지막 수정됨(성적)"]
    rows = [
        ["참가자3001", "김민수", "제출", "", "100.00", "-"],
        ["참가자3002", "이서연", "제출", "", "100.00", "-"],
    ]
    roster = exported(tmp_path, columns, *rows, encoding=encoding)
    # The second name is the student's choice, and another one's number.
    file = "이서연_3002_assignsubmission_file_/김_3001_assignsubmission_file_.ipynb"
    lms.write_grades(tmp_path, "과제", 20, graded(file), roster)
    made = rows_of((tmp_path / "moodle.csv").read_bytes())
    assert made == [
        columns,
        ["참가자3002", "이서연", "제출", "50.0", "100.00", "-"],
    ]


def test_spreadsheets_calculate_nothing(tmp_path):
    student = "=HYPERLINK(0)"
    made = [(record(student, file=f"{student}.ipynb"), -1)]
    lms.write_grades(tmp_path, "+title", 20, made, [])
    for name in ("canvas", "moodle"):
        rows = rows_of((tmp_path / f"{name}.csv").read_bytes())
        cells = [cell for row in rows for cell in row]
        assert f"'{student}" in cells and "'+title" in cells and "-1" in cells
        assert not [each for each in cells if each.startswith(("=", "+", "@"))]


def test_roster_without_students_is_refused(tmp_path):
    with pytest.raises(CourseError, match="no column that says who"):
        exported(tmp_path, ["points"], ["3"])
    with pytest.raises(CourseError, match="cannot be read"):
        lms.read_roster(tmp_path / "none.csv")


@pytest.fixture(scope="module", name="written")
def written_reports(tmp_path_factory):
    """The pages of a class, with everything that a page can show."""
    folder = tmp_path_factory.mktemp("reports")
    long = changed(
        FUNCTION, student="긴 " + "이름" * 40, lang="ko", state="wrong", points=1,
        asked=5, passed=1, wrong_example="[0.1234567890, " * 20, message="E" * 300,
    )  # fmt: skip
    long["written"] = {WRITTEN: "설명 " * 100}
    long["questions"][WRITTEN] |= {"points": 1, "comment": "좋은 설명입니다. " * 20}
    long["cells"]["failed"] = [{"cell": 3, "error": "N" * 300}]
    copies = [record(name, code={FUNCTION: LONG_ANSWER}) for name in ("copy", "twin")]
    report.write_reports(COURSE, ASSIGNMENT, [*CLASS, long, *copies], folder)
    names = Counter(path.parent.name for path in folder.rglob("*.html"))
    assert names["feedback"] == len(CLASS) + 3
    return folder, f"feedback/{report.feedback_name(long)}"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_everyone(browser, written, scheme, size):
    folder, long = written
    with open_tab(browser, "file://", color_scheme=scheme) as (tab, faults):
        tab.set_viewport_size(SIZES[size])
        for path in (long, "feedback/a.html", "summary.ko.html", "summary.en.html"):
            tab.goto((folder / path).as_uri())
            wide = "document.documentElement.scrollWidth - innerWidth"
            assert tab.evaluate(wide) <= 0, path
            axe = tab.context.new_cdp_session(tab)  # past the page's own policy
            axe.send("Page.setBypassCSP", {"enabled": True})
            tab.reload()
            assert violations(tab, path) == []
        assert faults == []
