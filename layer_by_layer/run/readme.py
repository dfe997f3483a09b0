"""What the README and CITATION.cff take from elsewhere: titles and addresses."""

import re

from layer_by_layer.course import Course, CourseError
from layer_by_layer.files import write
from layer_by_layer.source.dialects import BADGE
from layer_by_layer.source.page import read_page
from layer_by_layer.words import words_of

README, CITATION = "README.md", "CITATION.cff"
LANGUAGE = words_of("language")
INSTRUCTORS = "instructors"  # the page that a class starts from
TABLE = re.compile(r"(<!-- chapters.*? -->\n).*?(<!-- end of chapters -->)", re.S)


def refresh(course: Course) -> None:
    """Bring both files up to date, if this course has a README."""
    if (course.root / README).exists():
        write(
            {
                course.root / README: with_table(course),
                course.root / CITATION: citation(course),
            }
        )


def with_table(course: Course) -> str:
    """The text of the README with the table as it should be now.

    Raises CourseError if the README has lost the marks around the table.
    """
    text = (course.root / README).read_text(encoding="utf-8")
    if len(TABLE.findall(text)) != 1:
        raise CourseError(
            "README.md has lost the comments '<!-- chapters … -->' and "
            "'<!-- end of chapters -->' around its table: put them back."
        )
    new = table(course)
    return TABLE.sub(lambda marks: f"{marks[1]}\n{new}\n\n{marks[2]}", text)


def table(course: Course) -> str:
    """A row per chapter (titles, Colab badges), and a last one for instructors."""
    to = course.addresses
    heads = [LANGUAGE[lang]["name"] for lang in course.languages]
    rows = [f"| {' | | '.join(heads)} | |", "|---|---" * len(heads) + "|"]
    for name in course.page_names:
        page = read_page(course, name)
        if not page.is_chapter and name != INSTRUCTORS:
            continue
        cells = []
        for lang in course.languages:
            badge = f"[![Colab]({BADGE})]({to.colab(lang, name)})"
            cells.append(f"[{page.title(lang)}]({to.page(lang, name)})")
            cells.append(badge if page.is_chapter else "")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def citation(course: Course) -> str:
    """The text of CITATION.cff with the addresses as they should be now."""
    to = course.addresses
    text = (course.root / CITATION).read_text(encoding="utf-8")
    text = re.sub(r"(\brepository-code: ).*", rf"\g<1>{to.repository}", text)
    return re.sub(r"(\burl: ).*", rf"\g<1>{to.site}", text)
