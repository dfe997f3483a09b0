"""What the README and CITATION.cff take from elsewhere: titles and addresses."""

import re

from layer_by_layer.course import (
    LANGUAGES,
    ROOT,
    CourseError,
    addresses,
    page_names,
    toc,
)
from layer_by_layer.site.course_map import title
from layer_by_layer.source.dialects import BADGE
from layer_by_layer.source.page import read_page

PATH = ROOT / "README.md"
CITATION = ROOT / "CITATION.cff"
INSTRUCTORS = "instructors"  # the page that a class starts from
TABLE = re.compile(r"(<!-- chapters.*? -->\n).*?(<!-- end of chapters -->)", re.S)


def with_table() -> str:
    """The text of the README with the table as it should be now.

    Raises CourseError if the README has lost the marks around the table.
    """
    text = PATH.read_text(encoding="utf-8")
    if len(TABLE.findall(text)) != 1:
        raise CourseError(
            "README.md has lost the comments '<!-- chapters … -->' and "
            "'<!-- end of chapters -->' around its table: put them back."
        )
    return TABLE.sub(lambda marks: f"{marks[1]}\n{table()}\n\n{marks[2]}", text)


def table() -> str:
    """A row per chapter (titles, Colab badges), and a last one for instructors."""
    to = addresses()
    rows = ["| 한국어 | | English | |", "|---|---|---|---|"]
    for name in page_names(toc()):
        is_chapter = read_page(name).is_chapter
        if not is_chapter and name != INSTRUCTORS:
            continue
        cells = []
        for lang in LANGUAGES:
            badge = f"[![Colab]({BADGE})]({to.colab(lang, name)})" if is_chapter else ""
            cells += [f"[{title(name, lang)}]({to.page(lang, name)})", badge]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def citation() -> str:
    """The text of CITATION.cff with the addresses as they should be now."""
    to = addresses()
    text = CITATION.read_text(encoding="utf-8")
    text = re.sub(r"(\brepository-code: ).*", rf"\g<1>{to.repository}", text)
    return re.sub(r"(\burl: ).*", rf"\g<1>{to.site}", text)
