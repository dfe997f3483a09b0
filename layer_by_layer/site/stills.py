"""Draw the still pictures of the figures that readers move: needs Chromium or Chrome.

The modules draw them, in the state in which they begin. They are stored beside them, so
that building the site needs no browser.
"""

from playwright.sync_api import Page

from layer_by_layer.command import parser
from layer_by_layer.course import Course, CourseError
from layer_by_layer.files import write
from layer_by_layer.site.browser import find_browser, running_browser
from layer_by_layer.source import figures

DRAW = "([name, words]) => layerFigures.picture(name, words)"


def main(course: Course, arguments: list[str]) -> None:
    parser("figures", __doc__).parse_args(arguments)
    program = find_browser()
    if program is None:
        raise CourseError("no browser to draw with: install Chromium or Chrome.")
    with running_browser(program) as browser:
        tab = browser.new_page()
        load(course, tab)
        write(
            {
                course.book / figures.FOLDER / name / f"{lang}.svg": draw(
                    course, tab, name, lang
                )
                for name in figures.names(course)
                for lang in course.languages
            }
        )
    print(f"drawn: {', '.join(figures.names(course))}")


def load(course: Course, tab: Page) -> None:
    """Let a tab know all figures, without a page around them."""
    frame = (course.book / "_static" / "figures.js").read_text("utf-8")
    tab.add_script_tag(content=frame)
    for text in figures.scripts(course).values():
        tab.add_script_tag(content=text)


def draw(course: Course, tab: Page, name: str, lang: str) -> str:
    """The picture of a figure as it begins."""
    words = figures.words(course, name, lang)
    return tab.evaluate(DRAW, [name, words]) + "\n"
