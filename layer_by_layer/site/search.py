"""Make the finished site searchable, each language by itself, with Pagefind.

Pagefind cuts results at headings that have an id, while Sphinx gives the id to the
section around a heading. So it reads a copy of each page, made for it: only what people
wrote, with ids where it looks for them.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from layer_by_layer.course import LANGUAGES, CourseError

# Formulas, what the theme adds, and what code printed, except the errors it raised;
# and the topics that a semester goes on with, as learners do not find them here.
NOT_SEARCHED = (
    "script, math, .headerlink, .layer-closed, .layer-open, "
    ".cell_output .output:not(.traceback), #plan-semester table"
)
# Parts of Pagefind's bundle that our own script (search.js) has no use for.
UNUSED = ("*ui.js", "*ui.css", "pagefind-highlight.js")


def make_searchable(site: Path, pages: list[str], copies: Path) -> None:
    """Write `site/pagefind/`: the index of all pages, and Pagefind's script.

    `copies` is the folder for what it reads; it is kept to look into.
    """
    shutil.rmtree(copies, ignore_errors=True)
    for lang in LANGUAGES:
        (copies / lang).mkdir(parents=True)
        for name in pages:
            html = (site / lang / f"{name}.html").read_text("utf-8")
            copy = copies / lang / f"{name}.html"
            copy.write_text(for_search(html, lang), "utf-8")
    bundle = site / "pagefind"
    pagefind = subprocess.run(
        [
            *(sys.executable, "-m", "pagefind", "--silent", "--keep-index-url"),
            *("--site", str(copies), "--output-path", str(bundle)),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if pagefind.returncode != 0:
        raise CourseError(
            "Pagefind could not index the site: see its message below, and install "
            f"requirements.txt again if it is missing.\n{pagefind.stderr.strip()}"
        )
    check(bundle, len(pages), copies)
    for pattern in UNUSED:
        for path in bundle.glob(pattern):
            path.unlink()


def check(bundle: Path, expected: int, copies: Path) -> None:
    """Refuse an index that lacks a page of either language."""
    entry = json.loads((bundle / "pagefind-entry.json").read_text("utf-8"))
    for lang in LANGUAGES:
        indexed = entry["languages"].get(lang, {}).get("page_count", 0)
        if indexed < expected:
            raise CourseError(
                f"Pagefind indexed {indexed} of {expected} pages in {lang!r}: "
                f"see which page in {copies / lang} has no <article> with text."
            )


def for_search(html: str, lang: str) -> str:
    """A page as Pagefind reads it best."""
    article = BeautifulSoup(html, "html.parser").select_one("article.bd-article")
    if article is None:
        return ""
    for element in article.select(NOT_SEARCHED):
        element.replace_with(" ")
    for error in article.select(".traceback"):
        error.string = error.get_text().strip().rpartition("\n")[2]
    for section in article.select("section[id]"):
        heading = section.find(["h1", "h2", "h3", "h4"])
        if heading and heading.parent is section:
            heading["id"] = section.attrs.pop("id")
    for entry in article.select("p[id^=term-]"):
        become_section(entry)
    for code in article.select(".cell_input"):
        code["data-pagefind-weight"] = "0.5"
    return f'<html lang="{lang}"><body>{article}</body></html>'


def become_section(entry: Tag) -> None:
    """Let a term of the glossary be found as a section with the term as heading."""
    term = entry.find("strong")
    term.name = "h3"
    term["id"] = entry.attrs.pop("id")
    entry.name = "section"
