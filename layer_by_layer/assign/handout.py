"""The page of an assignment that an instructor prints, posts or shares.

What it says comes from the opening of the assignment, from `assignments/_before.md`
and from `assignments/_handout.md`. The instructor writes the due date into the page.
"""

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt

from layer_by_layer.assign.questions import Assignment
from layer_by_layer.course import Addresses, Course
from layer_by_layer.source.dialects import relink
from layer_by_layer.source.page import read_page
from layer_by_layer.words import words_of

BEFORE = "_before"  # how to work: also in the notebooks
TEXT = "_handout"
WORDS = words_of("handout")


def handout(
    course: Course, assignment: Assignment, lang: str, in_site: bool = False
) -> str:
    """The page in one language, as HTML: a file by itself, or a page of the site.

    By itself, its links lead to the published site.
    """
    to, name, folder = course.addresses, assignment.name, course.assignments
    title, _, opening = assignment.opening(lang).partition("\n")
    before = before_you_begin(course, assignment, lang)
    how = read_page(course, TEXT, folder.name).text(lang)
    text = f"{opening}\n\n{before}\n\n#{how}"
    templates = Environment(loader=FileSystemLoader(folder), autoescape=False)
    page = templates.get_template(f"{TEXT}.html").render(
        in_site=in_site,
        lang=lang,
        course=course.title(lang),
        site=to.site,
        title=title.removeprefix("# "),
        colab=to.colab(lang, name, folder.name),
        notebook=f"{name}.ipynb",
        words=WORDS[lang],
        html=MarkdownIt().enable("table").render(absolute(to, text, lang)),
    )
    return (page.replace(f'"{to.site}/', '"../../') if in_site else page) + "\n"


def absolute(to: Addresses, text: str, lang: str) -> str:
    """Text whose links to chapters lead to the published site."""

    def link(name, anchor):
        page = to.page(lang, name)
        return f"{page}#{anchor}" if anchor else page

    return relink(text, link)


def before_you_begin(course: Course, assignment: Assignment, lang: str) -> str:
    """How to work and to hand in, and what each question is worth."""
    text = read_page(course, BEFORE, course.assignments.name).text(lang)
    text = text.replace("{{ minutes }}", str(assignment.minutes))
    text = text.replace("{{ points }}", points_table(assignment, lang))
    return f"#{text}"  # a section of the notebook


def points_table(assignment: Assignment, lang: str) -> str:
    """A row per question, and the total, in Markdown."""
    words = WORDS[lang]
    rows = [f"| {words['question']} | {words['points']} |", "|---|---|"]
    for number, question in enumerate(assignment.questions, start=1):
        rows.append(f"| {number}. {question.titles[lang]} | {question.points} |")
    return "\n".join([*rows, f"| **{words['total']}** | **{assignment.total}** |"])
