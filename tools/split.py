"""Derive one language's notebook (or text page) from a bilingual page.

Two readers want the same page in two dialects. Colab and GitHub get plain Markdown
with full addresses; Sphinx gets MyST targets and references it can check. Code cells,
and so outputs, are the same in both, and in both languages.
"""

import hashlib
import json
import re

import nbformat
from nbformat import NotebookNode

from tools.course import PDFS, ZIP, Addresses, addresses, other
from tools.source import Cell, Page, bare_code, code_for

ANCHOR = re.compile(r'^<a id="([\w-]+)"></a>\s*$', re.M)
LINK = re.compile(r"\]\((?P<page>[\w-]+)\.md(?:#(?P<anchor>[\w-]+))?\)")
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
HEADER = "[![{open}]({badge})]({colab}) · [{other}]({twin}) · [{read}]({page})"
WORDS = {
    "ko": {"open": "Colab에서 열기", "other": "English", "read": "책에서 읽기"},
    "en": {"open": "Open in Colab", "other": "한국어", "read": "Read in the book"},
}


def code_hash(page: Page) -> str:
    """A checksum of what execution depends on: code and tags, not prose."""
    cells = [[bare_code(cell), cell.tags] for cell in page.code()]
    return _sha256(cells)


def output_hash(notebook: NotebookNode) -> str:
    """A checksum of stored outputs, so that an edit by hand is noticed.

    Measured times differ from run to run and do not count.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return _sha256([c.outputs for c in cells if "timing" not in tags(c)])


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _sha256(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def for_colab(page: Page, lang: str, chapters: set[str]) -> NotebookNode:
    """The notebook of one language that readers open in Colab, without outputs.

    `chapters` are the names of pages that exist as notebooks; links to other pages
    lead to the published site.
    """
    to = addresses()

    def link(name, anchor):
        place = f"{name}.ipynb" if name in chapters else to.page(lang, name)
        return f"{place}#{anchor}" if anchor else place

    cells = cells_of(page, lang, lambda text: relink(text, link))
    cells[0].source = _with_header(cells[0].source, page.name, lang, to)
    notebook = notebook_of(page, cells)
    notebook.metadata["colab"] = {
        "provenance": [],
        "collapsed_sections": [
            cell.id for cell in cells if re.match(r"#+ .*(풀이|Solution)", cell.source)
        ],
    }
    return notebook


def for_site(page: Page, lang: str, chapters: set[str]) -> NotebookNode:
    """The same page for Sphinx: anchors and links in MyST, no badge."""
    cells = cells_of(page, lang, lambda text: in_myst(text, chapters))
    return notebook_of(page, cells)


def in_myst(text: str, chapters: set[str]) -> str:
    """Text of `book/` with its anchors and links as Sphinx checks them."""

    def link(name, anchor):
        ending = "ipynb" if name in chapters else "md"
        return f"#{anchor}" if anchor else f"{name}.{ending}"

    return ANCHOR.sub(r"(\1)=", relink(text, link))


def as_text(page: Page, lang: str, chapters: set[str]) -> str:
    """A page without code, for Sphinx, as MyST Markdown."""
    cells = for_site(page, lang, chapters).cells
    return "\n\n".join(cell.source for cell in cells) + "\n"


def relink(text: str, link) -> str:
    """Rewrite links to other pages as `link(page, anchor)` says."""
    return LINK.sub(lambda found: f"]({link(found['page'], found['anchor'])})", text)


def cells_of(page: Page, lang: str, rewrite) -> list[NotebookNode]:
    mine = [cell for cell in page.cells if cell.lang != other(lang)]
    cells = []
    for position, cell in enumerate(mine):
        if cell.kind == "code":
            new = nbformat.v4.new_code_cell(code_for(cell, lang))
        else:
            text = rewrite(_with_addresses(cell.source, lang))
            new = nbformat.v4.new_markdown_cell(text)
        new.metadata.update(_metadata(cell, lang))
        content = hashlib.sha256(cell.source.encode()).hexdigest()
        new.id = f"{position:03d}-{content[:8]}"
        cells.append(new)
    return cells


def _with_addresses(text: str, lang: str) -> str:
    """Fill in addresses that follow from the repository's, such as {{ pdf }}."""
    to = addresses()
    known = {
        "{{ repository }}": to.repository,
        "{{ files }}": f"{to.repository}/blob/{to.branch}",
        "{{ zip }}": to.download(ZIP),
        "{{ pdf }}": to.download(PDFS[lang]),
    }
    for name, address in known.items():
        text = text.replace(name, address)
    return text


def _metadata(cell: Cell, lang: str) -> dict:
    """Cell metadata in the words of the tools that read it."""
    ours = ("alt", "chaotic", "claims", "slide")
    metadata = {key: value for key, value in cell.metadata.items() if key not in ours}
    if "alt" in cell.metadata:
        metadata["mystnb"] = {"image": {"alt": cell.metadata["alt"][lang]}}
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


def notebook_of(page: Page, cells: list[NotebookNode]) -> NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["layer_by_layer"] = {"source": f"book/{page.name}.md"}
    return notebook


def _with_header(source: str, name: str, lang: str, to: Addresses) -> str:
    """The title, then the Colab badge and the way to the other language."""
    title, _, rest = source.partition("\n")
    header = HEADER.format(
        **WORDS[lang],
        badge=BADGE,
        colab=to.colab(lang, name),
        twin=to.colab(other(lang), name),
        page=to.page(lang, name),
    )
    return f"{title}\n\n{header}\n{rest}".rstrip()
