"""What instructors plan with: what a chapter teaches, presupposes and takes.

Read from the chapters, their last run and the assignments, so that the pages for
instructors (`book/instructors.md` and the two after it) cannot say anything else.
"""

import re
from html import escape
from math import ceil

from layer_by_layer.assign import questions
from layer_by_layer.assign.notebooks import student_path
from layer_by_layer.course import Course, CourseError, is_numbered, short
from layer_by_layer.run.store import runs
from layer_by_layer.source.choices import GUESS
from layer_by_layer.source.dialects import in_box, in_myst
from layer_by_layer.source.page import chapter_names, fault, read_page
from layer_by_layer.words import words_of

# Minutes that we allow a student; the pages say so.
PER_QUESTION, PER_EXERCISE = 2, 10
WORDS = words_of("lessons")
NONE = "–"
HUB = "https://hub.example.edu"


def table(course: Course, lang: str) -> str:
    """Minutes of a student's time: a row for each page that can be run."""
    lines = [row(WORDS[lang]["columns"]), "|---|--:|--:|--:|--:|---|"]
    for name in chapter_names(course):
        link = f"[{read_page(course, name).title(lang)}]({name}.ipynb)"
        lines.append(row((link, *minutes(course, name), slides(name, lang))))
    return "\n".join(lines)


def row(cells) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def lesson(course: Course, lang: str, chapter: str) -> str:
    """Goals, needs and minutes of a chapter, such as `04`, as MyST Markdown."""
    name = named(course, chapter)
    page, words = read_page(course, name), WORDS[lang]["minutes"]
    goals, needs = (in_myst(course, page.tagged(t, lang)) for t in ("goals", "needs"))
    times = f"{words.format(*minutes(course, name))} · {slides(name, lang)}"
    return "\n\n".join([in_box("goals", goals), needs, times])


def slides(name: str, lang: str) -> str:
    """A link to the deck of a chapter, which Sphinx does not know of."""
    if not is_numbered(name):
        return NONE
    words = WORDS[lang]["slides"].format(int(short(name)))
    return f'<a href="slides/{name}.html">{words}</a>'


def named(course: Course, chapter: str) -> str:
    """The page that a person calls `04`."""
    for name in course.numbered:
        if short(name) == chapter:
            return name
    raise CourseError(
        f"a page for instructors asks for chapter {chapter!r}, but _toc.yml lists "
        f"{', '.join(map(short, course.numbered))}: correct {{{{ … }}}} there."
    )


def minutes(course: Course, name: str) -> tuple[str, ...]:
    """To read, to run, for questions and exercises, for the assignment."""
    page, lang = read_page(course, name), course.languages[0]  # the same in each
    asked = [cell for cell in page.markdown(lang) if GUESS not in cell.tags]
    questions = sum(len(cell.questions) for cell in asked)
    exercises = len(re.findall(r'^<a id="exercise-', page.text(lang), re.M))
    practice = PER_QUESTION * questions + PER_EXERCISE * exercises
    return (
        reading_minutes(course, name),
        f"{ceil(runs(course)[name]['seconds'] / 60)}",
        f"{practice or NONE}",
        assignment_minutes(course, name),
    )


def reading_minutes(course: Course, name: str) -> str:
    """What a chapter says about itself; the clinic is not read from end to end."""
    if not is_numbered(name):
        return NONE
    page = read_page(course, name)
    if "minutes" not in page.front:
        problem = "the chapter does not say how long it takes to read"
        raise fault(page.path, 1, f"{problem}: write 'minutes: 40' between the ---")
    return f"{page.front['minutes']}"


def assignment_minutes(course: Course, name: str) -> str:
    """What the assignment of a chapter says about itself."""
    known = name in questions.names(course)
    return f"{questions.read_assignment(course, name).minutes}" if known else NONE


def assignments(course: Course, lang: str) -> str:
    """All assignments with their links; those for a JupyterHub lack its address."""
    to, words = course.addresses, WORDS[lang]
    lines = [row(words["assignments"]), "|---|--:|--:|---|---|"]
    for name in questions.names(course):
        assignment = questions.read_assignment(course, name)
        title = assignment.opening(lang).splitlines()[0].lstrip("# ")
        page = to.handout(lang, name).removeprefix(to.site)
        path = escape(on_hub(course, lang, name))
        colab = to.colab(lang, name, course.assignments.name)
        lines.append(row((
            f'<a href="..{page}">{title}</a>',
            assignment.total,
            assignment.minutes,
            f"[Colab\N{NO-BREAK SPACE}{short(name)}]({colab})",
            f'<a class="layer-hub" data-path="{path}">JupyterHub {short(name)}</a>',
        )))  # fmt: skip
    return "\n".join(lines)


def on_hub(course: Course, lang: str, name: str) -> str:
    """What follows the address of a JupyterHub to open an assignment there."""
    path = student_path(course, lang, name).relative_to(course.root)
    return course.addresses.on_hub(path.as_posix())


def hub_form(course: Course, lang: str) -> str:
    """A field for the hub's address, shown by the script that reads it (hub.js)."""
    return (
        f'<p class="layer-hub-form" hidden><label>{WORDS[lang]["hub"]} '
        '<input type="url" size="40"></label></p>'
    )


def hub_example(course: Course, lang: str) -> str:
    return f"{HUB}{on_hub(course, lang, questions.names(course)[0])}"
