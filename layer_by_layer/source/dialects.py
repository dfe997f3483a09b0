"""Derive one language's notebook (or text page) from a page in all languages.

Two readers want the same page in two dialects. Colab and GitHub get plain Markdown
with full addresses; Sphinx gets MyST targets and references it can check. Code cells,
and so outputs, are the same in both dialects, and in all languages.
"""

import hashlib
import re
from dataclasses import replace
from functools import partial
from itertools import pairwise

import nbformat
from nbformat import NotebookNode

from layer_by_layer.course import PDF, ZIP, Addresses, Course
from layer_by_layer.source import figures
from layer_by_layer.source.choices import GUESS
from layer_by_layer.source.page import (
    OF_FIGURE,
    Cell,
    Page,
    chapter_names,
    code_for,
)
from layer_by_layer.words import words_of

ANCHOR = re.compile(r'^<a id="([\w-]+)"></a>\s*$', re.M)
LINK = re.compile(r"\]\((?P<page>[\w-]+)\.md(?:#(?P<anchor>[\w-]+))?\)")
QUOTE = re.compile(r"^>.*(?:\n>.*)*", re.M)
BOXES = ("goals", "mistake")  # tags of cells with a quotation
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
WORDS, LANGUAGE = words_of("notebook"), words_of("language")


def for_colab(course: Course, page: Page, lang: str) -> NotebookNode:
    """The notebook of one language that readers open in Colab, without outputs.

    Links to pages that are no notebooks lead to the published site.
    """
    to, chapters = course.addresses, chapter_names(course)

    def link(name, anchor):
        place = f"{name}.ipynb" if name in chapters else to.page(lang, name)
        return f"{place}#{anchor}" if anchor else place

    cells = cells_of(course, page, lang, lambda text: relink(text, link))
    colab = {each: to.colab(each, page.name) for each in course.languages}
    read = f"[{WORDS[lang]['read']}]({to.page(lang, page.name)})"
    cells[0].source = with_header(cells[0].source, lang, colab, read)
    notebook = notebook_of(page, cells)
    notebook.metadata["colab"] = {
        "provenance": [],
        "collapsed_sections": [
            cell.id
            for cell, following in pairwise(cells)
            if cell.source.startswith("#")
            and "solution" in following.metadata.get("tags", [])
        ],
    }
    return notebook


def for_site(course: Course, page: Page, lang: str) -> NotebookNode:
    """The same page for Sphinx: boxes, anchors and links in MyST, no badge."""
    page = replace(page, cells=[replace(c, source=boxed(c)) for c in page.cells])
    cells = cells_of(course, page, lang, partial(in_myst, course), figures.on_site)
    return notebook_of(page, cells)


def boxed(cell: Cell) -> str:
    """The text of a cell, with what the site draws as a box of its kind in a `div`."""
    text, kind = cell.source, GUESS if GUESS in cell.tags else "question"
    for question in cell.questions:
        text = text.replace(question.text, in_box(kind, question.text))
    for kind in filter(BOXES.__contains__, cell.tags):
        text = QUOTE.sub(in_box(kind, r"\g<0>"), text)
    return text


def in_box(kind: str, text: str) -> str:
    return f'<div class="layer-{kind}">\n\n{text}\n\n</div>'


def in_myst(course: Course, text: str) -> str:
    """Text of `book/` with its anchors and links as Sphinx checks them."""
    chapters = chapter_names(course)

    def link(name, anchor):
        ending = "ipynb" if name in chapters else "md"
        # Sphinx finds an anchor in any page: anchors are unique in the whole book.
        return f"#{anchor}" if anchor else f"{name}.{ending}"

    return ANCHOR.sub(r"(\1)=", relink(text, link))


def as_text(course: Course, page: Page, lang: str) -> str:
    """A page without code, for Sphinx, as MyST Markdown."""
    cells = for_site(course, page, lang).cells
    return "\n\n".join(cell.source for cell in cells) + "\n"


def anchors_of_code(page: Page) -> list[str]:
    """For each code cell of a chapter, the anchor of the section it stands in; "" for
    what stands above the first one."""
    anchors, last = [], ""
    for cell in page.cells:
        if cell.kind == "code":
            anchors.append(last)
        elif written := ANCHOR.findall(cell.source):
            last = written[-1]
    return anchors


def relink(text: str, link) -> str:
    """Rewrite links to other pages as `link(page, anchor)` says."""
    return LINK.sub(lambda found: f"]({link(found['page'], found['anchor'])})", text)


def cells_of(
    course: Course, page: Page, lang: str, rewrite, figure=figures.in_colab
) -> list[NotebookNode]:
    """The cells of one language; `rewrite` makes their text fit its reader."""
    cells = []
    for position, cell in enumerate(page.cells_in(lang)):
        if cell.kind == "code":
            new = {
                "source": code_for(cell, lang),
                "outputs": [],
                "execution_count": None,
            }
        else:
            text = _with_addresses(course.addresses, cell.source, lang)
            if name := cell.metadata.get("figure"):
                shown = figure(course, page.name, name, lang)
                text = figures.before_fold(text, shown)
            new = {"source": rewrite(text)}
        content = hashlib.sha256(cell.source.encode()).hexdigest()
        new["id"] = f"{position:03d}-{content[:8]}"
        new |= {"cell_type": cell.kind, "metadata": _metadata(page, cell, lang)}
        cells.append(nbformat.from_dict(new))
    return cells


def _with_addresses(to: Addresses, text: str, lang: str) -> str:
    """Fill in addresses that follow from the repository's, such as {{ pdf }}."""
    known = {
        "{{ repository }}": to.repository,
        "{{ files }}": f"{to.repository}/blob/{to.branch}",
        "{{ zip }}": to.download(ZIP),
        "{{ pdf }}": to.download(PDF.format(lang)),
    }
    for name, address in known.items():
        text = text.replace(name, address)
    return text


def _metadata(page: Page, cell: Cell, lang: str) -> dict:
    """Cell metadata in the words of the tools that read it."""
    ours = (*OF_FIGURE, "chaotic", "claims", "figure", "keep", "slide")
    metadata = {key: value for key, value in cell.metadata.items() if key not in ours}
    if "alt" in cell.metadata:
        metadata["mystnb"] = {
            "image": {"alt": cell.metadata["alt"][lang]},
            "figure": {"caption": page.caption(cell, lang)},
        }
    tags = list(cell.tags)
    if "raises" in cell.metadata:
        tags.append("raises-exception")
    if "solution" in tags:
        tags.append("hide-cell")  # folded in the book
        metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
        metadata["cellView"] = "form"  # folded in Colab
    if tags:
        metadata["tags"] = tags
    return metadata


def as_json(notebook: NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.v4.writes(notebook, indent=1, ensure_ascii=False) + "\n"


def notebook_of(page: Page, cells: list[NotebookNode]) -> NotebookNode:
    """A notebook of these cells. Reading the page has shown that they are valid."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {
        "kernelspec": kernel,
        "language_info": {"name": "python"},
        "layer_by_layer": {"source": f"book/{page.name}.md"},
    }
    made = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    return nbformat.from_dict(made)


def with_header(source: str, lang: str, colab: dict[str, str], read: str) -> str:
    """The title, then the Colab badge, ways to the other languages, and a last link."""
    title, _, rest = source.partition("\n")
    links = [f"[![{WORDS[lang]['open']}]({BADGE})]({colab[lang]})"]
    for each, address in colab.items():
        if each != lang:
            links.append(f"[{LANGUAGE[each]['name']}]({address})")
    return f"{title}\n\n{' · '.join([*links, read])}\n{rest}".rstrip()
