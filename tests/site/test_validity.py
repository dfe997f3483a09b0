"""Pages are valid HTML, and their headings are seen and have lasting addresses.

Validators of all of HTML are no Python; here is what was once wrong, and what breaks
most easily.
"""

import re
from html.parser import HTMLParser

import pytest
from docutils import nodes

from layer_by_layer.course import LANGUAGES
from layer_by_layer.site.doctree import in_words
from layer_by_layer.source.page import WITHOUT_END
from tests.conftest import COURSE
from tests.site.test_links import EVERY_PAGE, soup

VOID = {*WITHOUT_END, "base", "link", "meta"}
WITHOUT_ROLE = {"caption", "dd", "details", "label", "legend", "summary"}
NOT_COMPLETED = {"button", "checkbox", "file", "image", "radio", "reset", "submit"}
HEADINGS = "article :is(h1, h2, h3, h4, h5, h6)"


class Validator(HTMLParser):
    """Collects what is wrong with a page, each fault with its line."""

    def __init__(self, html: str):
        super().__init__()
        self.faults: list[str] = []
        self.opened: list[str] = []
        self.ids: set[str] = set()
        self.feed(html)
        self.close()
        self.check(not self.opened, f"never closed: {self.opened}")

    def check(self, good: bool, fault: str) -> None:
        if not good:
            self.faults.append(f"line {self.getpos()[0]}: {fault}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        has = dict(attrs)
        kind, id = has.get("type", "text"), has.get("id")
        foreign = [name for name in has if name.startswith("xmlns:")]
        self.check(len(has) == len(attrs), f"<{tag}> has an attribute twice")
        self.check(id is None or id not in self.ids, f"id {id!r} is there twice")
        self.check(":" not in tag, f"<{tag}> is no HTML")
        self.check(set(foreign) <= {"xmlns:xlink"}, f"{foreign} is no HTML")
        self.check("role" not in has or tag not in WITHOUT_ROLE, f"<{tag}> with role")
        completed = tag == "input" and "autocomplete" in has
        self.check(not completed or kind not in NOT_COMPLETED, f"{kind}, completed")
        self.ids.add(id)

    def handle_endtag(self, tag: str) -> None:
        last = self.opened[-1:] or ["nothing"]
        self.check([tag] == last, f"</{tag}> closes {last[0]}")
        if tag in self.opened:
            while self.opened.pop() != tag:
                pass


def test_every_page_is_valid(site):
    """Slides and hand-outs, too, and what stands outside of the books."""
    found = {path.relative_to(site).as_posix(): Validator(path.read_text("utf-8"))
             for path in site.rglob("*.html")}  # fmt: skip
    chapters = len(LANGUAGES) * len(COURSE.page_names)
    assert len(found) > chapters and {"index.html", "404.html"} <= set(found)
    assert {name: page.faults for name, page in found.items() if page.faults} == {}


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<details><p></p>", "never closed: ['details']"),
        ("<section><details></section>", "</section> closes details"),
        ("</p>", "</p> closes nothing"),
        ("<p id='a'></p><p id='a'></p>", "id 'a' is there twice"),
        ("<p class='a' class='b'></p>", "<p> has an attribute twice"),
        ("<dl><dd role='textbox'></dd></dl>", "<dd> with role"),
        ("<input type='checkbox' autocomplete='off'>", "checkbox, completed"),
        ("<svg><rdf:RDF/></svg>", "<rdf:rdf> is no HTML"),
        ("<svg xmlns:dc='x'></svg>", "['xmlns:dc'] is no HTML"),
        ("<svg xmlns:xlink='x'><path d='M0 0'/></svg><br><input type='search'>", None),
    ],
)
def test_fault_is_found(html, fault):
    assert Validator(html).faults == ([f"line 1: {fault}"] if fault else [])


@EVERY_PAGE
def test_no_fold_hides_a_heading(site, lang, name):
    """What is not closed holds all that follows, and readers would not know of it."""
    headings = soup(site / lang / f"{name}.html").select(HEADINGS)
    assert headings
    assert [each.text for each in headings if each.find_parent("details")] == []


@pytest.mark.parametrize("name", COURSE.page_names)
def test_headings_have_the_same_anchors_in_both_languages(site, name):
    """So a link to a section is right in each, and stays when Sphinx counts anew."""
    anchors = [
        [
            heading.parent["id"]
            for heading in soup(site / lang / f"{name}.html").select(HEADINGS)
        ]
        for lang in LANGUAGES
    ]
    assert all(each == anchors[0] for each in anchors)
    assert anchors[0][0] == name
    assert [id for id in anchors[0] if re.fullmatch(r"id\d+", id)] == []


def test_formula_in_a_heading_of_a_table_is_read_without_its_latex():
    formula = nodes.math("", r"\partial E / \partial w_2")
    heading = nodes.entry("", nodes.paragraph("", "", nodes.Text("경사 "), formula))
    assert in_words(heading) == "경사 ∂E/∂w2"
