"""Derive what students and instructors get from `assignments/NN-name.md`.

For each language: a notebook for students, without solutions, which Colab opens; the
same with the solutions; and a page to hand out. Nothing is executed. What the source
looks like is said in `questions.py`.
"""

import json
import re
import shutil
import subprocess
import sys
import textwrap
import unicodedata
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from layer_by_layer.assign.handout import TEXT, absolute, before_you_begin, handout
from layer_by_layer.assign.questions import (
    BEGIN,
    END,
    Assignment,
    Question,
    asserts,
    comments,
    indent,
    named,
    names,
    read_assignment,
    solution_lines,
)
from layer_by_layer.command import parser
from layer_by_layer.course import (
    ROOT,
    Course,
    CourseError,
    short,
)
from layer_by_layer.files import remove_leftovers, write
from layer_by_layer.source.dialects import as_json, cells_of, notebook_of, with_header
from layer_by_layer.source.page import COMMENT, Cell, code_for
from layer_by_layer.words import words_of

FOLDER = "assignments"  # of the course, of _build/ and of the site
WIDTH = 78  # columns of a message, which leaves room for quotes and indentation
WORDS = words_of("assignment")
INDENT = "    "
# A check that fails must not stop "Run all" before the questions that follow.
CHECKS = """\
# {comment}
import traceback
from contextlib import contextmanager

check_results = {results}


@contextmanager
def check(question):
    check_results[question] = "✗"
    try:
        yield
        check_results[question] = "✓"
        print(question, "✓")
    except AssertionError as problem:
        print(question, "✗", problem)
    except NameError as error:
        print(question, "✗", error)
        print({unknown})
    except Exception:
        print(question, "✗")
        print({stopped})
        print(traceback.format_exc())"""
RESULTS = """\
for question, result in check_results.items():
    print(question, result)"""


def without_solution(question: Question, lang: str) -> str:
    """The answer cell as a student gets it. It runs, and answers nothing."""
    return _in_place(question, empty_answer(question, lang), lang)


def with_solution(question: Question, lang: str) -> str:
    """The answer cell as it was written, in one language."""
    marked = f"{BEGIN}\n{solution(question, lang)}\n{END}"
    return _in_place(question, marked, lang)


def with_both(question: Question, lang: str, begin: str, end: str) -> str:
    """What a student gets, followed by the solution between other marks."""
    marked = f"{begin}\n{solution(question, lang)}\n{end}"
    return _in_place(question, f"{empty_answer(question, lang)}\n{marked}", lang)


def empty_answer(question: Question, lang: str) -> str:
    """What stands in place of the solution."""
    words, name = WORDS[lang], question.answer
    if question.kind == "function":
        return f"# {words['code']}\n..."
    if question.kind == "written":
        return f'# {words["text"]}\n{name} = """\n\n"""'
    return f"# {words['code']}\n{name} = ..."


def solution(question: Question, lang: str) -> str:
    """The solution, not indented; of a written answer, the model answer as a string."""
    if question.kind == "written":
        text = "\n".join(comments(question.cell, lang))
        return f'{question.answer} = """\n{text}\n"""'
    lines = question.cell.source.splitlines()
    begin, end = solution_lines(lines)
    return textwrap.dedent("\n".join(lines[begin + 1 : end]))


def _in_place(question: Question, new: str, lang: str) -> str:
    """The answer cell with something else in place of its marked solution."""
    lines = question.cell.source.splitlines()
    begin, end = solution_lines(lines)
    lines[begin : end + 1] = [textwrap.indent(new, indent(lines[begin]))]
    return code_for(replace(question.cell, source="\n".join(lines)), lang)


def with_messages(question: Question, lang: str) -> str:
    """The check with its messages in one language. It raises if an answer is wrong."""
    lines = question.check.source.splitlines()
    nodes, messages = asserts(question.check), comments(question.check, lang)
    for node, message in reversed(list(zip(nodes, messages, strict=True))):
        first, last = node.lineno - 1, node.end_lineno - 1
        space = indent(lines[first])
        quoted = [
            f"{space}{INDENT}{quote(piece)}"
            for piece in pieces(message, WIDTH - len(INDENT + space))
        ]
        lines[last] += ", (\n" + "\n".join(quoted) + f"\n{space})"
        while first and COMMENT.match(lines[first - 1]):
            del lines[first := first - 1]
    return "\n".join(lines)


def telling(question: Question, check: str) -> str:
    """A check that says ✓ or ✗, and lets the notebook go on."""
    return f'with check("{question.id}"):\n{textwrap.indent(check, INDENT)}'


def raising(question: Question, check: str) -> str:
    """A check that ends in an AssertionError, as other tools and grading expect it."""
    return f'{check}\nprint("{question.id} ✓")'


def quote(text: str) -> str:
    """A text as a string in Python code."""
    return json.dumps(text, ensure_ascii=False)


def pieces(text: str, width: int) -> list[str]:
    """A text cut between words into pieces of at most `width` columns."""
    found = [""]
    for word in re.findall(r"\S+\s*", text):
        if found[-1] and columns(found[-1] + word.rstrip()) > width:
            found.append("")
        found[-1] += word
    return found


def columns(text: str) -> int:
    """How wide editors, and ruff, show a text: Korean letters take two columns."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def student_notebook(course: Course, assignment: Assignment, lang: str) -> NotebookNode:
    """What students open in Colab: no solutions, and checks with messages."""
    return notebook(course, assignment, lang, without_solution)


def solution_notebook(
    course: Course, assignment: Assignment, lang: str
) -> NotebookNode:
    """The same with the solutions. It passes every check."""
    return notebook(course, assignment, lang, with_solution)


def notebook(
    course: Course, assignment: Assignment, lang: str, answer, check=telling
) -> NotebookNode:
    """A notebook whose answer cells hold what `answer(question, lang)` gives.

    `check` is `telling`, as students have it, or `raising`.
    """
    code = {}  # by line: id and text of the cells that differ from the source
    for question in assignment.questions:
        code[question.cell.line] = question.id, answer(question, lang)
        checked = check(question, with_messages(question, lang))
        code[question.check.line] = f"{question.id}-check", checked
    opening, *rest = assignment.page.cells_in(lang)
    before = Cell("markdown", lang, before_you_begin(course, assignment, lang), {}, 0)
    cells = [
        replace(cell, source=code[cell.line][1], metadata={})
        if cell.line in code
        else cell
        for cell in (opening, before, *rest)
    ]
    page = replace(assignment.page, cells=cells)
    to = course.addresses
    made = cells_of(course, page, lang, lambda text: absolute(to, text, lang))
    colab = {it: to.colab(it, assignment.name, FOLDER) for it in course.languages}
    read = f"[{WORDS[lang]['read']}]({to.handout(lang, assignment.name)})"
    made[0].source = with_header(made[0].source, lang, colab, read)
    for each, cell in zip(made, cells, strict=True):
        if cell.line in code:
            each.id = code[cell.line][0]
    if check is telling:
        made[2:2] = [tool_of_checks(assignment, lang)]
        made += results_of_checks(lang)
    new = notebook_of(page, made)
    new.metadata["colab"] = {"provenance": []}
    new.metadata["layer_by_layer"] = {
        "source": f"assignments/{assignment.name}.md",
        "assignment": short(assignment.name),
        "language": lang,
    }
    return formatted(new)


def tool_of_checks(assignment: Assignment, lang: str) -> NotebookNode:
    """The code cell with what `telling` checks use. Until it passes, an answer is ✗."""
    words = WORDS[lang]
    source = CHECKS.format(
        comment=words["checks"],
        results={question.id: "✗" for question in assignment.questions},
        unknown=quote(words["unknown"]),
        stopped=quote(words["stopped"]),
    )
    return nbformat.v4.new_code_cell(source, id="checks")


def results_of_checks(lang: str) -> list[NotebookNode]:
    """The end of a notebook: which questions pass their checks."""
    return [
        nbformat.v4.new_markdown_cell(WORDS[lang]["results"], id="before-you-hand-in"),
        nbformat.v4.new_code_cell(RESULTS, id="results"),
    ]


def formatted(notebook: NotebookNode) -> NotebookNode:
    """A notebook with its code as ruff formats it."""
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "a.ipynb", "-"],
        cwd=ROOT,
        input=nbformat.writes(notebook),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return nbformat.reads(ruff.stdout, as_version=4)


def student_path(course: Course, lang: str, name: str) -> Path:
    return course.assignments / lang / f"{name}.ipynb"


def derived_path(course: Course, lang: str, file: str) -> Path:
    """Where a file for instructors is, or a page beside what it links."""
    return course.build / FOLDER / lang / file


def derived(course: Course, assignment: Assignment) -> dict[Path, str]:
    """All files made of an assignment, with their text."""
    name, files = assignment.name, {}
    for lang in course.languages:
        student = as_json(student_notebook(course, assignment, lang))
        solved = as_json(solution_notebook(course, assignment, lang))
        files[student_path(course, lang, name)] = student
        for file, text in (
            (f"{name}.ipynb", student),
            (f"{name}.html", handout(course, assignment, lang)),
            (f"{name}.solution.ipynb", solved),
        ):
            files[derived_path(course, lang, file)] = text
    return files


def add_to(course: Course, site: Path) -> None:
    """Put all pages, and the notebooks beside them, into a site.

    There, links to chapters lead to the site's own.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(course.assignments / f"{TEXT}.css", folder / "handout.css")
    for name in names(course):
        assignment = read_assignment(course, name)
        for lang in course.languages:
            folder = site / FOLDER / lang
            folder.mkdir(parents=True, exist_ok=True)
            page = handout(course, assignment, lang, in_site=True)
            (folder / f"{name}.html").write_text(page, encoding="utf-8")
            notebook = student_path(course, lang, name)
            if not notebook.exists():
                raise CourseError(
                    f"assignments/{name}.md has no notebooks yet: "
                    "run 'make assignments'."
                )
            (folder / notebook.name).write_bytes(notebook.read_bytes())


def main(course: Course, arguments: list[str]) -> None:
    known = parser("assignments", __doc__)
    known.add_argument("chapters", nargs="*", metavar="CHAPTER", help="04; all if none")
    for name in named(course, known.parse_args(arguments).chapters):
        assignment = read_assignment(course, name)
        write(derived(course, assignment))
        count = len(assignment.questions)
        print(f"{name}  {count} questions, {assignment.total} points", flush=True)
    remove_leftovers(course.assignments, names(course))
