"""Make the finished site searchable, each language by itself, with Pagefind.

Pagefind cuts results at headings that have an id, while Sphinx gives the id to the
section around a heading. So it reads a copy of each page, made for it: only what people
wrote, with ids where it looks for them.
"""

import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import lxml.html
from lxml.html import HtmlElement

from layer_by_layer.course import CourseError, read_yaml

# Formulas, and what the theme adds; the rows of the scoreboard, which would stand above
# what explains their words; and the topics that a semester goes on with, as learners do
# not find them here.
NOT_SEARCHED = (
    *("//script", "//math", "//*[{headerlink}]", "//*[{layer-closed}]"),
    "//*[{layer-figure}]",
    *("//*[{layer-open}]", "//*[@id='plan-semester']//table"),
    "//section[starts-with(@id, 'scores-')]//table",
)
# What code printed is searched only if it tells of an error that it met.
OUTPUTS = "//*[{cell_output}]//*[{output}][not({traceback})]"
TELLS_OF_ERROR = re.compile(r"\b\w+(?:Error|Warning): ")
# What learners type, and how the course spells it, by language.
SPELLINGS = Path(__file__).with_name("spellings.yml")
HEADINGS = ("h1", "h2", "h3", "h4")
# Parts of Pagefind's bundle that our own script (search.js) has no use for.
UNUSED = ("*ui.js", "*ui.css", "pagefind-highlight.js")


def make_searchable(
    site: Path, languages: tuple[str, ...], pages: int, copies: Path
) -> None:
    """Write `site/pagefind/`: the index of all pages, Pagefind's script, spellings.

    `copies` holds what Pagefind reads, a folder per language with so many pages.
    """
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
    check(bundle, languages, pages, copies)
    spellings = json.dumps(read_yaml(SPELLINGS), ensure_ascii=False)
    (bundle / "spellings.json").write_text(spellings, encoding="utf-8")
    for pattern in UNUSED:
        for path in bundle.glob(pattern):
            path.unlink()


def check(
    bundle: Path, languages: tuple[str, ...], expected: int, copies: Path
) -> None:
    """Refuse an index that lacks a page of a language."""
    entry = json.loads((bundle / "pagefind-entry.json").read_text("utf-8"))
    for lang in languages:
        indexed = entry["languages"].get(lang, {}).get("page_count", 0)
        if indexed < expected:
            raise CourseError(
                f"Pagefind indexed {indexed} of {expected} pages in {lang!r}: "
                f"see which page in {copies / lang} has no <article> with text."
            )


def for_search(html: str, lang: str) -> str:
    """A page as Pagefind reads it best; empty if there is no article on it."""
    page = lxml.html.fromstring(html)
    articles = page.xpath(with_classes("//article[{bd-article}]"))
    if not articles:
        return ""
    article = deepcopy(articles[0])  # a tree of its own
    dropped = [
        each for path in NOT_SEARCHED for each in article.xpath(with_classes(path))
    ]
    outputs = article.xpath(with_classes(OUTPUTS))
    dropped += [o for o in outputs if not TELLS_OF_ERROR.search(o.text_content())]
    for element in dropped:
        element.tail = " " + (element.tail or "")
        element.drop_tree()
    for error in article.xpath(with_classes("//*[{traceback}]")):
        last = error.text_content().strip().rpartition("\n")[2]
        error[:] = []
        error.text = last
    for section in article.xpath("//section[@id]"):
        heading = next((child for child in section if child.tag in HEADINGS), None)
        if heading is not None:
            heading.set("id", section.attrib.pop("id"))
    for entry in article.xpath("//p[starts-with(@id, 'term-')]"):
        become_section(entry)
    for code in article.xpath(with_classes("//*[{cell_input}]")):
        code.set("data-pagefind-weight", "0.5")
    text = lxml.html.tostring(article, encoding="unicode", with_tail=False)
    return f'<html lang="{lang}"><body>{text}</body></html>'


def with_classes(path: str) -> str:
    """An XPath in which `{name}` stands for: has the class `name`."""
    has = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
    return re.sub(r"\{([\w-]+)\}", lambda name: has.format(name[1]), path)


def become_section(entry: HtmlElement) -> None:
    """Let a term of the glossary be found as a section with the term as heading."""
    term = entry.find(".//strong")
    term.tag = "h3"
    term.set("id", entry.attrib.pop("id"))
    entry.tag = "section"
