"""Assignments can be solved and graded, and student notebooks give nothing away."""

import ast
import json
import os
import re
import runpy
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup

from layer_by_layer.assign import notebooks as assignments
from layer_by_layer.assign import questions
from layer_by_layer.assign.handout import handout
from layer_by_layer.assign.notebooks import (
    solution,
    solution_notebook,
    student_notebook,
    student_path,
)
from layer_by_layer.assign.questions import BEGIN, END, comments, read_assignment
from layer_by_layer.course import (
    LANGUAGES,
    ROOT,
    CourseError,
)
from layer_by_layer.run import prose
from layer_by_layer.run.store import code_cells
from layer_by_layer.source.dialects import as_json
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE, KERAS_HOME, real_data
from tests.content.test_pages import ANCHOR, LINK, all_text, pairs

NAMES = questions.names(COURSE)
STARTER = ROOT / "layer_by_layer" / "grade" / "starter"
COURSE_PACKAGES = {"keras", "numpy", "sklearn", "matplotlib"}
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
EVERY_TEXT = pytest.mark.parametrize(
    "name", [*NAMES, *(path.stem for path in COURSE.assignments.glob("_*.md"))]
)
REMEDY = "its source is in assignments/: edit that and run 'make assignments'"


@pytest.fixture(params=NAMES)
def assignment(request):
    return read_assignment(COURSE, request.param)


def starter_path(name: str):
    return STARTER / f"{name.partition('-')[0]}.py"


def functions(assignment) -> list[str]:
    return [q.answer for q in assignment.questions if q.kind == "function"]


# What is derived


@EVERY_LANGUAGE
def test_student_notebook_is_what_its_source_says(assignment, lang):
    path = student_path(COURSE, lang, assignment.name)
    made = as_json(student_notebook(COURSE, assignment, lang))
    assert path.exists(), f"{path.name} is missing: run 'make assignments'"
    assert path.read_text("utf-8") == made, f"{path} was changed; {REMEDY}"


def test_nothing_is_left_over():
    found = {
        path.relative_to(COURSE.assignments) for path in COURSE.assignments.glob("*/*")
    }
    wanted = [student_path(COURSE, lang, name) for lang in LANGUAGES for name in NAMES]
    assert found == {path.relative_to(COURSE.assignments) for path in wanted}


@EVERY_LANGUAGE
def test_student_notebook_gives_nothing_away(assignment, lang):
    """No mark, no two lines of a solution in a row, and no model answer."""
    notebook = student_notebook(COURSE, assignment, lang)
    given = unindented("\n".join(cell.source for cell in notebook.cells))
    for word in (BEGIN, END, "SOLUTION", "HIDDEN"):
        assert word not in given
    for question in assignment.questions:
        lines = unindented(solution(question, lang)).splitlines()
        pairs = ["\n".join(pair) for pair in pairwise(lines)]
        for secret in pairs or lines:
            assert secret not in given
        for text in comments(question.cell, lang):
            assert question.kind != "written" or text not in given
    assert all(not cell.outputs for cell in code_cells(notebook))


def unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


@EVERY_LANGUAGE
def test_points_that_are_shown_add_up(assignment, lang):
    """In the table of the notebook, on the page, and in the headings."""
    headings = {
        "ko": r"^## 문제 .*\((\d+)점\)$",
        "en": r"^## Question .*\((\d+) points?\)$",
    }
    notebook = student_notebook(COURSE, assignment, lang)
    table = notebook.cells[1].source
    page = BeautifulSoup(handout(COURSE, assignment, lang), "html.parser")
    text = "\n\n".join(cell.source for cell in notebook.cells)
    in_headings = [int(n) for n in re.findall(headings[lang], text, re.M)]
    *points, total = map(int, re.findall(r"\| \**(\d+)\** \|$", table, re.M))
    on_page = [int(row.find_all("td")[-1].text) for row in page.select("tbody tr")]
    assert in_headings == points == on_page[:-1]
    assert total == on_page[-1] == sum(points) == assignment.total


@EVERY_LANGUAGE
def test_notebook_opens_alone(assignment, lang):
    """It imports what Colab has, reads no file, and says which assignment it is."""
    notebook = student_notebook(COURSE, assignment, lang)
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module]
            for module in modules:
                package = module.partition(".")[0]
                known = COURSE_PACKAGES | sys.stdlib_module_names
                assert package in known, module
            if isinstance(node, ast.Name):
                assert node.id != "open", cell.source
    said = notebook.metadata["layer_by_layer"]
    assert said["assignment"] == assignment.name[:2] and said["language"] == lang
    to, header = COURSE.addresses, notebook.cells[0].source.splitlines()[2]
    assert f"({to.colab(lang, assignment.name, 'assignments')})" in header
    assert f"({to.handout(lang, assignment.name)})" in header


def test_thresholds_are_told(assignment):
    """Each accuracy, and what it earns, stands in the text of the question."""
    for question in assignment.questions:
        head = assignment.page.cells[assignment.page.cells.index(question.cell) - 1]
        told = [float(n.strip("%")) for n in prose.in_prose(head.source)]
        for accuracy, points in question.thresholds.items():
            assert accuracy in told or accuracy * 100 in told, question.id
            assert points in told, question.id


def test_code_is_the_same_in_both_languages(assignment):
    """But for comments, messages, and the text of a model answer."""

    def bare(cell):
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert):
                assert node.msg is not None
                node.msg = None
        return ast.dump(tree)

    differ = [q.id for q in assignment.questions if q.kind == "written"] + ["checks"]
    for make in (student_notebook, solution_notebook):
        books = [code_cells(make(COURSE, assignment, lang)) for lang in LANGUAGES]
        assert [cell.id for cell in books[0] if cell.id.startswith("q")] == [
            each for q in assignment.questions for each in (q.id, f"{q.id}-check")
        ]
        for same in zip(*books, strict=True):
            alike = len(set(map(bare, same))) == 1
            assert alike or same[0].id in differ, same[0].source


# What is written


@EVERY_TEXT
def test_languages_give_the_same_numbers(name):
    """In texts and in comments. What else they share, test_parity.py checks."""
    page = read_page(COURSE, name, "assignments")
    where = f"assignments/{name}.md"
    for ko, en in pairs(page):
        found = [sorted(prose.in_prose(cell.source)) for cell in (ko, en)]
        assert found[0] == found[1], f"{where}:{ko.line}"
    for cell in page.code():
        every = (comments(cell, lang) for lang in LANGUAGES)
        for first, *others in zip(*every, strict=True):
            for text in others:
                found = [sorted(prose.in_prose(each)) for each in (first, text)]
                assert found[0] == found[1], f"{where}:{cell.line}: {first}"


@EVERY_TEXT
def test_links_lead_to_pages_and_anchors(name):
    for address in LINK.findall(all_text(read_page(COURSE, name, "assignments"), "en")):
        if address.startswith("https:"):
            continue
        file, _, anchor = address.partition("#")
        assert (COURSE.book / file).exists(), address
        target = all_text(read_page(COURSE, file.removesuffix(".md")), "en")
        assert not anchor or anchor in ANCHOR.findall(target), address


def test_opening_leads_to_the_chapter(assignment):
    links = LINK.findall(assignment.opening("en"))
    assert sum(link.startswith(f"{assignment.name}.md#") for link in links) >= 2


# What happens when they are run


def run_cells(tmp_path, jobs: dict) -> dict:
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps(jobs), encoding="utf-8")
    environment = {**os.environ, "KERAS_HOME": str(KERAS_HOME), "MPLBACKEND": "Agg"}
    run = subprocess.run(
        [sys.executable, "-P", ROOT / "tests" / "cells.py", file],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(file.read_text("utf-8"))


def cells_to_run(notebook) -> list:
    return [(cell.id, cell.source) for cell in code_cells(notebook)]


@pytest.fixture(scope="module")
def runs_of_students(tmp_path_factory):
    """The untouched notebooks, by name; every second one is in English."""
    jobs = {}
    for number, name in enumerate(NAMES):
        notebook = student_notebook(
            COURSE, read_assignment(COURSE, name), LANGUAGES[number % 2]
        )
        jobs[name] = {"cells": cells_to_run(notebook)}
    return run_cells(tmp_path_factory.mktemp("students"), jobs)


def test_untouched_notebook_fails_each_check_with_its_message(
    runs_of_students, assignment
):
    """And runs to its end, where all questions are listed."""
    lang = LANGUAGES[NAMES.index(assignment.name) % 2]
    run = runs_of_students[assignment.name]
    assert run["errors"] == {}
    for question in assignment.questions:
        message = comments(question.check, lang)[0]
        said = run["printed"][f"{question.id}-check"]
        assert said == f"{question.id} ✗ {message}\n"
    assert run["printed"]["results"] == listed(assignment, "✗")


def listed(assignment, result: str) -> str:
    return "".join(f"{question.id} {result}\n" for question in assignment.questions)


@pytest.fixture(scope="module")
def runs_of_solutions(tmp_path_factory):
    jobs = {}
    for name in NAMES:
        assignment = read_assignment(COURSE, name)
        models = [q for q in assignment.questions if q.kind == "model"]
        jobs[name] = {
            "cells": cells_to_run(solution_notebook(COURSE, assignment, "en")),
            "starter": str(starter_path(name)),
            "functions": dict.fromkeys(functions(assignment), 1),
            "models": {q.answer: q.input for q in models},
        }
    return run_cells(tmp_path_factory.mktemp("solutions"), jobs)


@real_data
@pytest.mark.full
def test_solution_is_right(runs_of_solutions, assignment):
    """It passes every check, answers what is hidden, and earns all points."""
    run = runs_of_solutions[assignment.name]
    assert run["errors"] == {}
    assert run["printed"]["results"] == listed(assignment, "✓")
    starter = runpy.run_path(str(starter_path(assignment.name)))
    for name in functions(assignment):
        cases = starter[name](np.random.default_rng(1))
        assert run["answered"][name] == len(cases), f"{name} returned None"
    for question in assignment.questions:
        if question.kind == "model":
            assert run["accuracy"] >= max(question.thresholds) + 0.005


ANSWERS = {
    "right": ("def answer_1(): return 1", "q1 ✓\n"),
    "wrong": ("answer_1 = 0", "q1 ✗ None yet.\n"),
    "renamed": ("answer_one = 1", "q1 ✗ name 'answer_1' is not defined\nDid you run"),
    "fails": ("class answer_1:\n    def __bool__(self): return 1 / 0\n"
              "answer_1 = answer_1()", "q1 ✗\nAn error came up"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "said"), ANSWERS.values(), ids=ANSWERS)
def test_check_says_what_is_wrong_and_goes_on(written, tmp_path, answer, said):
    cells = dict(cells_to_run(student_notebook(COURSE, written(GOOD), "en")))
    run = run_cells(tmp_path, {"it": {"cells": list((cells | {"q1": answer}).items())}})
    assert run["it"]["errors"] == {}
    printed = run["it"]["printed"]
    assert printed["q1-check"].startswith(said)
    assert ("ZeroDivisionError" in printed["q1-check"]) == ("error" in said)
    assert printed["results"] == f"{said[:4]}\nq2 ✓\nq3 ✓\nq4 ✓\n"


def test_starter_has_inputs_for_every_function(assignment):
    """At least five, tuples of arguments, and others with another seed."""
    starter = runpy.run_path(str(starter_path(assignment.name)))
    assert isinstance(starter["SEED"], int)
    for question in assignment.questions:
        if question.kind != "function":
            continue
        generate = starter[question.answer]
        first, again, other = (
            generate(np.random.default_rng(seed)) for seed in (1, 1, 2)
        )
        assert len(first) >= 5
        assert all(type(case) is tuple for case in first)
        assert repr(first) == repr(again) != repr(other)


# Pages to hand out


@EVERY_LANGUAGE
def test_handout_needs_nothing_else(assignment, lang):
    page = BeautifulSoup(handout(COURSE, assignment, lang), "html.parser")
    assert page.html["lang"] == lang
    assert not page.select("script, link, img, iframe, [src], [onclick]")
    assert "url(" not in page.style.text and "@import" not in page.style.text
    to = COURSE.addresses
    links = [link["href"] for link in page.select("a[href]")]
    assert to.colab(lang, assignment.name, "assignments") in links
    for link in links:
        own = (to.site, "https://colab.research.google.com/", assignment.name)
        assert link.startswith(own), link
    assert len(page.select("[contenteditable]")) == 3
    assert f"{assignment.minutes}" in page.text
    assert "{{" not in page.text


def test_site_offers_pages_and_notebooks(tmp_path):
    assignments.add_to(COURSE, tmp_path)
    for lang in LANGUAGES:
        for name in NAMES:
            file = tmp_path / "assignments" / lang / f"{name}.html"
            page = BeautifulSoup(file.read_text("utf-8"), "html.parser")
            links = [link["href"] for link in page.select("a[href]")]
            assert f"../../{lang}/{name}.html" in [link.split("#")[0] for link in links]
            assert not any(link.startswith(COURSE.addresses.site) for link in links)
            notebook = file.with_suffix(".ipynb").read_bytes()
            assert notebook == student_path(COURSE, lang, name).read_bytes()


# Mistakes of authors

KO, EN = '+++ {"lang": "ko"}\n\n', '+++ {"lang": "en"}\n\n'


def flow(options: dict) -> str:
    """YAML on one line."""
    return yaml.safe_dump(options, default_flow_style=True, width=1000).strip()


def question(number, kind="function", points=2, solution="    return 1", **options):
    """The source of a question."""
    answer = f"answer_{number}"
    settings = {"id": f"q{number}", "kind": kind, "points": points, "answer": answer}
    indent = "    " if kind == "function" else ""
    return "\n".join(
        [
            f"{KO}## 문제 {number}. 물음 ({points}점)\n",
            f"{EN}## Question {number}. Ask ({points} points)\n",
            "```{code-cell} ipython3",
            f":question: {flow(settings | options)}",
            *([f"def {answer}():"] if kind == "function" else []),
            f"{indent}{BEGIN}",
            solution if kind == "function" else f"{answer} = 1",
            f"{indent}{END}",
            "```\n",
            "```{code-cell} ipython3",
            f":check: q{number}",
            "# ko: 아직 없습니다.",
            "# en: None yet.",
            f"assert {answer}",
            "```\n\n",
        ]
    )


GOOD = "".join(
    [
        "---\nminutes: 60\n---\n\n",
        f"{KO}# 과제 4. 제목\n\n{EN}# Assignment 4. Title\n\n",
        question(1),
        question(2, "value", tolerance=0.01),
        question(3, "model", thresholds={0.8: 1, 0.9: 2}),
        question(4, "written"),
    ]
)
SECOND, FOURTH = question(2, "value", tolerance=0.01), question(4, "written")
OPTIONS = "{answer: answer_2, id: q2, kind: value, points: 2, tolerance: 0.01}"
SECRET = f"```{{code-cell}} ipython3\n{BEGIN}\n```\n"
ALONE = SECRET.replace(BEGIN, ":check: q2\nassert True")
# What is changed in GOOD, the line that is named, and what is said about it.
BAD = {
    "no time": ("minutes: 60", "minute: 60", 1, "write 'minutes: 75'"),
    "too long": ("minutes: 60", "minutes: 120", 1, "write 'minutes: 75'"),
    "title": ("# Assignment 4.", "# Homework 4.", 11, "title does not say"),
    "number in title": ("# 과제 4.", "# 과제 5.", 7, "does not say '# 과제 4.'"),
    "not Python": ("    return 1", "    return 1)", 25, "not Python (unmatched ')')"),
    "few questions": (FOURTH, "", 1, "there are 3 questions"),
    "two models": (FOURTH, question(4, "model", thresholds={0.8: 2}), 1, "one written"),
    "no value": (SECOND, question(2), 1, "no function or no value"),
    "no options": (OPTIONS, "text", 46, "no kind: choose from function"),
    "unknown kind": ("kind: model", "kind: net", 68, "no kind: choose from function"),
    "unknown option": ("tolerance", "error", 46, "a value has no option error"),
    "no points": (OPTIONS, "{id: q2, kind: value, answer: a}", 46, "not say points"),
    "zero points": (OPTIONS, OPTIONS.replace("points: 2", "points: 0"), 46, "from 1"),
    "order": ("id: q2", "id: q3", 46, "write q2"),
    "no name": ("answer: answer_2", "answer: 2nd", 46, "'2nd' cannot be a name"),
    "thresholds": ("0.9: 2", "0.9: 3", 68, "do not rise to all points"),
    "thresholds, not numbers": ("0.9: 2", "high: 2", 68, "do not rise to all points"),
    "input": ("thresholds:", "input: 3d, thresholds:", 68, "scaled, flat, raw"),
    "no heading": ("## 문제 2.", "## 물음 2.", 46, "write '## 문제 1. … (4점)'"),
    "points in heading": ("1. Ask (2 points)", "1. Ask (3 points)", 19, "make them"),
    "number in heading": ("## Question 2.", "## Question 3.", 42, "make them agree"),
    "no check": (":check: q2", ":check: q1", 46, "no check follows"),
    "check alone": ("assert answer_2\n```", f"assert answer_2\n```\n\n{ALONE}", 60,
                    "follows no answer cell"),
    "no mark": (f"    {END}\n", "", 23, "once and in this order"),
    "mark misspelt": (BEGIN, "### Begin SOLUTION", 23, "once and in this order"),
    "mark not indented": (f"    {END}", END, 26, "indent it so"),
    "function outside": (f"    {BEGIN}\n    return 1\n    {END}",
                         f"    return 1\n{BEGIN}\n{END}", 25, "others, are indented"),
    "other name": ("def answer_1", "def answer", 23, "defines no answer_1"),
    "other variable": ("answer_2 = 1", "answer = 1", 46, "defines no answer_2"),
    "solution outside": ("assert answer_2\n```", f"assert answer_2\n```\n\n{SECRET}",
                         59, "write ':question:' above it"),
    "no message": ("assert answer_1", "print()\nassert answer_1", 34, "write it there"),
    "own message": ("assert answer_1", 'assert answer_1, "no"', 33, "write it there"),
    "no assert": ("assert answer_1", "answer_1", 31, "asserts nothing"),
    "more comments": ("assert answer_1", "assert 1\n# ko: 글\n# en: a", 31, "take"),
    "hidden tests": ("    return 1", "    return 1  # HIDDEN TESTS", 25, "private"),
}  # fmt: skip


def test_good_assignment_is_read(written):
    found = written(GOOD)
    assert [q.kind for q in found.questions] == [
        "function",
        "value",
        "model",
        "written",
    ]
    assert [q.titles["ko"] for q in found.questions] == ["물음"] * 4
    assert found.total == 8
    assert found.questions[1].tolerance == 0.01
    assert found.questions[2].thresholds == {0.8: 1, 0.9: 2}


@pytest.mark.parametrize(("old", "new", "line", "problem"), BAD.values(), ids=BAD)
def test_fault_is_named_with_file_and_line(written, old, new, line, problem):
    assert old in GOOD
    with pytest.raises(CourseError) as error:
        written(GOOD.replace(old, new, 1))
    message = str(error.value)
    assert message.startswith(f"assignments/04-hidden-layers.md:{line}: ")
    assert problem in message
    assert message.endswith(".") and "\n" not in message


def test_assignment_of_no_chapter(written):
    with pytest.raises(CourseError, match=r"there is no chapter book/08-more\.md"):
        written(GOOD, "08-more")


def test_chapter_without_assignment():
    with pytest.raises(CourseError, match=r"there is no assignment 99: choose from "):
        questions.named(COURSE, ["99"])


def test_long_messages_are_cut_between_words():
    text = "한국어로 쓴 메시지 and English words " * 5
    pieces = assignments.pieces(text, 40)
    assert "".join(pieces) == text
    assert all(assignments.columns(piece.rstrip()) <= 40 for piece in pieces)
    assert len(pieces) < 8
