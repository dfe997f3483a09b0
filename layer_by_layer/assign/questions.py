"""Read an assignment of `assignments/`, and check that it can be graded.

An assignment is written like a chapter: languages side by side, the code shared.
Its front matter says `minutes: 75`, the time a student needs. After the opening and
the cells that load the data come the questions. Each of them is a Markdown pair,
one answer cell and one check cell:

    ## 문제 1. 무엇을 셀까요? (4점)
    ## Question 1. What do we count? (4 points)

    ```{code-cell} ipython3
    :question: {id: q1, kind: function, points: 4, answer: count}
    def count(inputs):
        ### BEGIN SOLUTION
        return inputs + 1
        ### END SOLUTION
    ```

    ```{code-cell} ipython3
    :check: q1
    # ko: 아직 답이 없습니다.
    # en: There is no answer yet.
    assert count(1) is not None
    ```

`kind` is one of function, value (option `tolerance`, relative), model (`thresholds:
{0.80: 2, 0.83: 4}`, accuracy → points, and `input`) or written. The pair of comments
above an `assert` becomes its message. A written answer is a string; its solution is
a model answer in both languages, as comments that become the string:

    ### BEGIN SOLUTION
    # ko: 두 층은 한 층과 같습니다.
    # en: Two layers equal one.
    explanation = ...
    ### END SOLUTION

How to work and hand in, time and points come from `_before.md` and `_handout.md`:
`notebooks.py` puts them after the opening, and on the page to hand out.
"""

import ast
import re
from dataclasses import dataclass, field
from functools import cache

from layer_by_layer.course import Course, CourseError, once, short
from layer_by_layer.source.page import COMMENT, Cell, Page, fault, read_page
from layer_by_layer.words import words_of

OPTIONS = {
    "function": set(),
    "value": {"tolerance"},
    "model": {"thresholds", "input"},
    "written": set(),
}
INPUTS = ("scaled", "flat", "raw")  # what a model is shown: see grade/worker.py
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
WORDS = words_of("assignment")
MINUTES = range(60, 91)
QUESTIONS = range(4, 7)


@dataclass(frozen=True)
class Question:
    """A graded question: what it asks for, the cell for the answer, and its check."""

    id: str  # q1, q2 …
    kind: str
    points: int
    answer: str  # the name of a function or variable
    titles: dict[str, str]  # by language
    cell: Cell
    check: Cell
    tolerance: float | None = None  # of a value, relative
    thresholds: dict[float, int] = field(default_factory=dict)  # accuracy → points
    input: str = "scaled"


@dataclass(frozen=True)
class Assignment:
    """A page of `assignments/` with its questions, in order."""

    page: Page
    questions: list[Question]

    @property
    def name(self) -> str:
        return self.page.name

    @property
    def minutes(self) -> int:
        """What a student needs, about."""
        return self.page.front["minutes"]

    @property
    def total(self) -> int:
        """All points."""
        return sum(question.points for question in self.questions)

    def opening(self, lang: str) -> str:
        """What the assignment says first: its title, and what it practises."""
        return self.page.markdown(lang)[0].source


class _Fault(Exception):
    """What is wrong on a line, and what to do."""

    def __init__(self, line: int, problem: str):
        self.line, self.problem = line, problem


def names(course: Course) -> list[str]:
    """Names of all assignments, in order of their chapters."""
    return sorted(path.stem for path in course.assignments.glob("[0-9]*.md"))


def named(course: Course, chapters: list[str]) -> list[str]:
    """Names of the assignments that a person typed, such as `04`; of all if none."""
    known = {short(name): name for name in names(course)}
    if unknown := sorted(set(chapters) - set(known)):
        raise CourseError(
            f"there is no assignment {', '.join(unknown)}: "
            f"choose from {', '.join(known)}."
        )
    return [known[chapter] for chapter in chapters] or list(known.values())


@once
def read_assignment(course: Course, name: str) -> Assignment:
    """Read `assignments/<name>.md`.

    Raises CourseError with file and line if it is not what the top of this file says.
    """
    page = read_page(course, name, course.assignments.name)
    try:
        _check_page(page, course)
        questions = _questions(page, course.languages)
        _check_kinds([question.kind for question in questions])
    except _Fault as found:
        raise fault(page.path, found.line, found.problem) from None
    return Assignment(page, questions)


def _check_page(page: Page, course: Course) -> None:
    """A chapter's name and title, a time, and code that is Python."""
    if page.name not in course.page_names:
        raise _Fault(1, f"there is no chapter book/{page.name}.md: name it like one")
    if page.front.get("minutes") not in MINUTES:
        raise _Fault(
            1, "the front matter gives no time: write 'minutes: 75' (60 to 90)"
        )
    for cell, lang in zip(page.cells, course.languages, strict=False):
        expected = WORDS[lang]["title"].format(number=int(short(page.name)))
        if cell.lang != lang or not cell.source.startswith(f"{expected} "):
            raise _Fault(cell.line, f"the title does not say {expected!r}: correct it")
    for cell in page.code():
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            line = cell.line + (error.lineno or 1) - 1
            problem = f"this is not Python ({error.msg}): correct it"
            raise _Fault(line, problem) from None
        if line := _line_with("HIDDEN TESTS", cell):
            problem = "hidden tests in a public file: keep them in a private folder"
            raise _Fault(line, problem)


def _check_kinds(kinds: list[str]) -> None:
    if len(kinds) not in QUESTIONS:
        raise _Fault(1, f"there are {len(kinds)} questions: ask 4 to 6")
    if "function" not in kinds or "value" not in kinds:
        raise _Fault(1, "no function or no value is asked for: ask for one of each")
    if kinds.count("model") > 1 or kinds.count("written") != 1:
        raise _Fault(1, "ask for one written answer, and for at most one model")


def _questions(page: Page, languages: tuple[str, ...]) -> list[Question]:
    """The questions of a page, and nothing of them outside their cells."""
    questions, checks = [], set()
    for position, cell in enumerate(page.cells):
        if "question" in cell.metadata:
            question = _question(page.cells, position, len(questions) + 1, languages)
            questions.append(question)
            checks.add(question.check.line)
        elif "check" in cell.metadata and cell.line not in checks:
            raise _Fault(cell.line, "this check follows no answer cell: move it there")
        elif line := _line_with("SOLUTION", cell):
            problem = "a solution outside an answer cell: write ':question:' above it"
            raise _Fault(line, problem)
    return questions


def _line_with(words: str, cell: Cell) -> int | None:
    """The line of the file on which a code cell says something, if it does."""
    if cell.kind != "code" or words not in cell.source:
        return None
    return cell.line + cell.source.count("\n", 0, cell.source.index(words))


def _question(
    cells: list[Cell], position: int, number: int, languages: tuple[str, ...]
) -> Question:
    """The question whose answer cell is `cells[position]`."""
    cell = cells[position]
    options = _options(cell, number)
    above = cells[max(position - len(languages), 0) : position]
    heads = {each.lang: each for each in above}
    titles = {lang: _title(lang, heads.get(lang), cell) for lang in languages}
    check = cells[position + 1] if position + 1 < len(cells) else None
    if check is None or check.metadata.get("check") != options["id"]:
        problem = f"no check follows: add a cell with ':check: {options['id']}'"
        raise _Fault(cell.line, problem)
    question = Question(titles=titles, cell=cell, check=check, **options)
    _check_answer(question)
    _check_check(check, languages)
    return question


def _options(cell: Cell, number: int) -> dict:
    """The options of an answer cell, checked."""
    options = cell.metadata["question"]
    for problem in _option_problems(options, number):
        raise _Fault(cell.line, problem)
    return options


def _option_problems(options: dict, number: int):
    """Yield what is wrong with the options of the question with this number."""
    if not isinstance(options, dict) or options.get("kind") not in OPTIONS:
        yield f"the question has no kind: choose from {', '.join(OPTIONS)}"
        return
    kind, required = options["kind"], {"id", "kind", "points", "answer"}
    if missing := sorted(required - set(options)):
        yield f"the question does not say {', '.join(missing)}: add that"
        return
    if unknown := sorted(set(options) - required - OPTIONS[kind]):
        yield f"a {kind} has no option {', '.join(unknown)}: take it out"
    if options["id"] != f"q{number}":
        yield f"question {number} has the id {options['id']}: write q{number}"
    if not isinstance(options["points"], int) or options["points"] < 1:
        yield "points are not a whole number from 1: correct them"
    if not str(options["answer"]).isidentifier():
        yield f"{options['answer']!r} cannot be a name: correct 'answer'"
    if options.get("input", INPUTS[0]) not in INPUTS:
        yield f"unknown 'input': choose from {', '.join(INPUTS)}"
    if kind == "model":
        steps = options.get("thresholds") or {}
        numbers = all(isinstance(accuracy, float) for accuracy in steps)
        points = [steps[accuracy] for accuracy in sorted(steps)] if numbers else []
        if points != sorted(set(points)) or points[-1:] != [options["points"]]:
            yield "thresholds do not rise to all points: write {0.80: 2, 0.83: 4}"


def _title(lang: str, head: Cell | None, cell: Cell) -> str:
    """The title of a question, whose number and points must agree with its cell."""
    heading = WORDS[lang]["question"]
    found = _pattern(heading).search(head.source) if head else None
    if found is None:
        example = heading.format(number=1, title="…", points=4)
        problem = f"no heading directly above: write '{example}'"
        raise _Fault(cell.line, problem)
    number, title, points = found["number"], found["title"], found["points"]
    options = cell.metadata["question"]
    if (f"q{number}", int(points)) != (options["id"], options["points"]):
        line = head.line + head.source.count("\n", 0, found.start())
        problem = "number or points differ from the cell below: make them agree"
        raise _Fault(line, problem)
    return title


@cache
def _pattern(heading: str) -> re.Pattern:
    """What finds headings that are written so; 1 may be a point, and 4 points."""
    words = re.escape(heading.partition("{points}")[0])
    words = words.replace(r"\{number\}", r"(?P<number>\d+)")
    words = words.replace(r"\{title\}", r"(?P<title>.+)")
    return re.compile(rf"^{words}(?P<points>\d+)[^()]*\)$", re.M)


def _check_answer(question: Question) -> None:
    """One solution, where it belongs, and it defines the answer."""
    cell, lines = question.cell, question.cell.source.splitlines()
    marks = [line.strip() for line in lines if "SOLUTION" in line]
    if marks != [BEGIN, END]:
        raise _Fault(cell.line, f"write '{BEGIN}' and '{END}', once and in this order")
    begin, end = solution_lines(lines)
    if indent(lines[begin]) != indent(lines[end]):
        raise _Fault(cell.line + end, f"'{END}' is not below '{BEGIN}': indent it so")
    if bool(indent(lines[begin])) != (question.kind == "function"):
        problem = "solutions of functions, and no others, are indented: correct it"
        raise _Fault(cell.line + begin, problem)
    if question.answer not in _defined(cell.source, question.kind):
        problem = f"the solution defines no {question.answer}: correct 'answer'"
        raise _Fault(cell.line, problem)


def _defined(code: str, kind: str) -> set[str]:
    """The functions, or the variables, that code defines."""
    nodes = list(ast.walk(ast.parse(code)))
    if kind == "function":
        return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _check_check(cell: Cell, languages: tuple[str, ...]) -> None:
    """Asserts, each with its message in all languages above it."""
    lines, found = cell.source.splitlines(), asserts(cell)
    if not found:
        raise _Fault(cell.line, "this check asserts nothing: add an 'assert'")
    for node in found:
        above = lines[: node.lineno - 1][-len(languages) :]
        said = [found and found["lang"] for found in map(COMMENT.match, above)]
        if said != list(languages) or node.msg:
            marks = ", ".join(f"'# {lang}:'" for lang in languages)
            problem = f"no message above this assert: write it there, {marks}"
            raise _Fault(cell.line + node.lineno - 1, problem)
    messages = len(languages) * len(found)
    if sum(bool(COMMENT.match(line)) for line in lines) != messages:
        raise _Fault(cell.line, "a comment is no assert's message: take it out")


def asserts(cell: Cell) -> list[ast.Assert]:
    """The asserts of a cell, in the order of their lines."""
    nodes = ast.walk(ast.parse(cell.source))
    found = [node for node in nodes if isinstance(node, ast.Assert)]
    return sorted(found, key=lambda node: node.lineno)


def solution_lines(lines: list[str]) -> tuple[int, int]:
    """Where the marks of the solution are in an answer cell."""
    marks = [line.strip() for line in lines]
    return marks.index(BEGIN), marks.index(END)


def indent(line: str) -> str:
    """The spaces with which a line begins."""
    return line[: len(line) - len(line.lstrip())]


def comments(cell: Cell, lang: str) -> list[str]:
    """The comments of a cell in one language."""
    found = [COMMENT.match(line) for line in cell.source.splitlines()]
    return [each["text"] for each in found if each and each["lang"] == lang]
