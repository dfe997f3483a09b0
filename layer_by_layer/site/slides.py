"""Slides: a reveal.js deck for each chapter and language, from the chapter itself.

A cell of `book/NN-name.md` says in its metadata what of it is shown on a slide, such as
`slide: code output` (all words are in TEXT and CODE below). Every `##` heading begins a
slide, and so does a cell whose mark starts with `new`. Sections without a mark have no
slide. All other text becomes the speaker's notes. Nothing is written for slides alone,
and figures are those of the page.
"""

import json
import re
import shutil
from ast import literal_eval
from dataclasses import dataclass, field
from functools import cache, partial
from html import escape
from importlib.util import find_spec
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from docutils.utils.smartquotes import educate_tokens
from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from layer_by_layer.course import Course, CourseError
from layer_by_layer.files import Kept
from layer_by_layer.run.outputs import plain_text
from layer_by_layer.run.store import code_cells, stored
from layer_by_layer.site.drawing import inline
from layer_by_layer.site.formulas import as_mathml
from layer_by_layer.source.dialects import ANCHOR
from layer_by_layer.source.page import Cell, Page, code_for, fault, read_page

SOURCES = "_slides"  # of book/
FOLDER = "slides"  # of each language; and of the site, for what all decks share
TEXT = {  # what may be shown of a text cell
    "first": "its first paragraph",
    "last": "its last paragraph",
    "quote": "its box",
    "list": "its list",
    "table": "its table",
    "formula": "its formula",
    "bold": "its sentences in bold, on the next press of a key",
    "questions": "a slide for each question; the answer is in the notes",
}
CODE = {  # of a code cell
    "code": "the code",
    "output": "what it printed and drew; after code, on the next press of a key",
    "picture": "what it drew",
}
BLOCKS = {  # top-level elements, as markdown-it calls them
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "table_open": "table",
    "math_block": "formula",
    "html_block": "html",
}
# Type for code and printed text, the largest first: columns of a line, pixels of a line
# in height. See slides.css.
SIZES = {"large": (54, 48), "medium": (70, 37), "small": (90, 28)}
ROOM, PART, GAP = 520, 110, 40  # pixels: below a heading, of another part, around text
QUESTION = re.compile(r"^\*\*\d+\. ")
BOLD = re.compile(r"\*\*([^*\[\]]+[.!?])\*\*")
RIGHT = "text-align:right"
# In reveal.js as it is installed; the speaker view is a page inside a script.
REVEAL = ("dist/reveal.css", "dist/reveal.js")
NOTES = "plugin/notes/notes.js"
VIEW = f"../../{FOLDER}/speaker-view."  # as seen from a deck
SPEAKER_VIEW = re.compile(r'"\\x3c!--(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class Block:
    """A paragraph, list, table … of a text cell."""

    kind: str
    source: str
    html: str


@dataclass
class Slide:
    heading: str
    content: list[str] = field(default_factory=list)  # HTML, as are the notes
    notes: list[str] = field(default_factory=list)
    kind: str = ""

    def html(self) -> str:
        """The content, with all code and printed text as large as there is room for."""
        content = BeautifulSoup("".join(self.content), "html.parser")
        texts = content.find_all("pre")
        parts = content.find_all(recursive=False)
        others = [part for part in parts if part.name != "pre" and not part.pre]
        for largest in range(len(SIZES)):
            sizes = [size_of(text.get_text(), largest) for text in texts]
            if sum(map(height, texts, sizes)) <= ROOM - PART * len(others):
                break
        for text, size in zip(texts, sizes, strict=True):
            text["class"] = [*text.get("class", []), size]
        return str(content)


def height(text: Tag, size: str) -> int:
    return (text.get_text().count("\n") + 1) * SIZES[size][1] + GAP


def size_of(text: str, largest: int) -> str:
    """The largest size in which no line is too long, not above number `largest`."""
    widest = max(map(len, text.splitlines()), default=0)
    for size, (columns, _) in list(SIZES.items())[largest:]:
        if widest <= columns:
            return size
    return "small"


def add(course: Course, site: Path) -> None:
    """Write all decks into a site, and what they need."""
    write_shared(course, site / FOLDER)
    template = (course.book / SOURCES / "deck.html").read_text(encoding="utf-8")
    with Kept(course.build / "kept" / FOLDER) as kept:
        for lang in course.languages:
            folder = site / lang / FOLDER
            folder.mkdir(parents=True)
            for name in course.numbered:
                page, ran = read_page(course, name), stored(course, name)
                around = words_around(course, page, lang)
                make = partial(deck, template, page, ran, around)
                made_of = (template, repr(page), json.dumps(ran.cells))
                text = kept.text(make, *made_of, json.dumps(around))
                (folder / f"{name}.html").write_text(text, encoding="utf-8")


def words_around(course: Course, page: Page, lang: str) -> dict[str, str]:
    """What a deck says besides its slides."""
    return {
        "lang": lang,
        "name": page.name,
        "title": page.title(lang),
        "course": course.title(lang),
        "author": course.author(lang),
        "address": course.addresses.page(lang, page.name),
    }


def deck(template: str, page: Page, ran: NotebookNode, around: dict, *_) -> str:
    """The deck of one chapter as an HTML page."""
    made = Environment(undefined=StrictUndefined, autoescape=False)
    return made.from_string(template).render(
        **around, slides=slides(page, ran, around["lang"])
    )


def slides(page: Page, ran: NotebookNode, lang: str) -> list[Slide]:
    """The slides of a chapter that ran, from its opening to its questions."""
    runs = iter(code_cells(ran))
    made: list[Slide] = []
    heading, current, waiting = "", None, []
    for cell in page.cells_in(lang):
        run = next(runs) if cell.kind == "code" else None
        blocks = blocks_of(cell) if cell.kind == "markdown" else []
        if blocks and blocks[0].kind == "heading":
            heading, current, waiting = blocks.pop(0).html, None, []
        words = marks(page, cell)
        if words == ["questions"]:
            made += questions(heading, blocks)
            continue
        if words[:1] == ["new"]:
            words, current = words[1:], None
        if words and current is None:
            current = Slide(heading, notes=waiting)
            waiting = []
            made.append(current)
        notes = current.notes if current else waiting
        if cell.kind == "code":
            if words:
                current.content.append(shown_code(page, cell, run, words, lang))
        else:
            shown = [block for block in blocks if is_shown(block, blocks, words)]
            if "bold" in words:
                shown += bold(blocks)
            if words and not shown:
                problem = f"'slide: {' '.join(words)}' finds nothing here: change it"
                raise fault(page.path, cell.line, problem)
            if words:
                current.content += [block.html for block in shown]
            notes += [block.html for block in blocks if block not in shown]
    return made


def marks(page: Page, cell: Cell) -> list[str]:
    """The words of a cell's mark; none if it has no mark."""
    words = str(cell.metadata.get("slide", "")).split()
    known = CODE if cell.kind == "code" else TEXT
    what = words[words[:1] == ["new"] :]
    if (words and not what) or set(what) - set(known):
        problem = f"'slide: {' '.join(words)}': write {', '.join(known)} after slide"
        raise fault(page.path, cell.line, problem)
    return words


def is_shown(block: Block, blocks: list[Block], words: list[str]) -> bool:
    paragraphs = [block for block in blocks if block.kind == "paragraph"]
    return (
        block.kind in words
        or ("first" in words and block in paragraphs[:1])
        or ("last" in words and block in paragraphs[-1:])
    )


def bold(blocks: list[Block]) -> list[Block]:
    """The sentences in bold of a cell, each by itself."""
    sentences = [found for block in blocks for found in BOLD.findall(block.source)]
    parts = [parser().renderInline(sentence) for sentence in sentences]
    return [Block("bold", "", f'<p class="key fragment">{p}</p>') for p in parts]


def questions(heading: str, blocks: list[Block]) -> list[Slide]:
    """A slide for each quick question and its options; the answer is in the notes."""
    made: list[Slide] = []
    for block in blocks:
        if QUESTION.match(block.source):
            made.append(Slide(heading, [block.html], kind="question"))
        elif made and len(made[-1].content) == 1:
            made[-1].content.append(block.html)
        elif made:
            made[-1].notes.append(block.html)
    return made


def shown_code(
    page: Page, cell: Cell, run: NotebookNode, words: list[str], lang: str
) -> str:
    """Code, output or both; output after code waits for the next press of a key."""
    code = code_for(cell, lang)
    parts = [highlight(code, PythonLexer(), HtmlFormatter())] if "code" in words else []
    waits = " fragment" if parts else ""
    for output in run.outputs:
        text = printed(output) if "output" in words else ""
        if drawing := output.get("data", {}).get("image/svg+xml"):
            parts.append(figure(page, cell, drawing, lang, waits))
        elif text and output.output_type == "error":
            parts.append(f'<p class="output error{waits}">{escape(text)}</p>')
        elif text:
            parts.append(f'<pre class="output{waits}">{escape(text)}</pre>')
    return "".join(parts)


def printed(output: NotebookNode) -> str:
    """The text of an output without warnings; of an error its first two lines."""
    if output.get("name") == "stderr":
        return ""
    if output.output_type == "error":
        said = list(filter(None, f"{output.ename}: {output.evalue}".splitlines()))
        return "\n".join(said[:2])
    lines = plain_text([output]).strip("\n").splitlines()
    return "\n".join(line for line in lines if not line.startswith("WARNING:"))


def figure(page: Page, cell: Cell, drawing: str, lang: str, waits: str) -> str:
    """What a cell drew, with its caption."""
    return (
        f'<figure class="picture{waits}">'
        f"{inline(drawing, cell.metadata['alt'][lang])}"
        f"<figcaption>{parser().renderInline(page.caption(cell, lang))}</figcaption>"
        "</figure>"
    )


def blocks_of(cell: Cell) -> list[Block]:
    """A text cell in pieces. Links lead nowhere on a slide, so they become words."""
    text = ANCHOR.sub("", cell.source)
    lines, tokens = text.splitlines(), parser().parse(text)
    made, start = [], 0
    for end, token in enumerate(tokens, start=1):
        if token.level == 0 and token.nesting <= 0:
            first = tokens[start]
            kind = BLOCKS.get(first.type, first.type)
            html = parser().renderer.render(tokens[start:end], parser().options, {})
            if kind == "heading":
                html = BeautifulSoup(html, "html.parser").find().decode_contents()
            if kind != "html":  # the folds of answers
                source = "\n".join(lines[slice(*first.map)])
                made.append(Block(kind, source, html.strip()))
            start = end
    return made


@cache
def parser() -> MarkdownIt:
    """Markdown as the chapters use it, with formulas as MathML."""
    made = MarkdownIt("commonmark").enable("table")
    made.use(dollarmath_plugin, renderer=formula)
    made.core.ruler.push("quotes", set_quotes)
    for name in ("link_open", "link_close", "html_inline"):
        made.add_render_rule(name, lambda self, tokens, at, options, env: "")
    for name in ("th_open", "td_open"):
        made.add_render_rule(name, table_cell)
    return made


def set_quotes(state: StateCore) -> None:
    """Set quotation marks and apostrophes as Sphinx does on the pages."""
    for token in state.tokens:
        children = token.children or []
        kinds = ["plain" if it.type == "text" else "literal" for it in children]
        texts = zip(kinds, [it.content for it in children], strict=True)
        for child, text in zip(children, educate_tokens(texts), strict=True):
            child.content = text


def formula(latex: str, options: dict) -> str:
    return as_mathml(latex, "block" if options["display_mode"] else "inline")


def table_cell(self, tokens: list[Token], at: int, options, env) -> str:
    """A cell of a table whose alignment is a class, as pages hold no styles."""
    if tokens[at].attrs.pop("style", None) == RIGHT:
        tokens[at].attrs["class"] = "right"
    return self.renderToken(tokens, at, options, env)


def write_shared(course: Course, folder: Path) -> None:
    """Copy our styles and start script, and reveal.js with its speaker view."""
    installed = reveal()
    folder.mkdir()
    ours = (course.book / SOURCES).glob("slides.*")
    for path in [*(installed / name for name in REVEAL), *ours]:
        shutil.copyfile(path, folder / path.name)
    notes = (installed / NOTES).read_text(encoding="utf-8")
    for name, text in speaker_view(notes).items():
        (folder / name).write_text(text, encoding="utf-8")


def speaker_view(notes: str) -> dict[str, str]:
    """The script for notes, and what the page that it writes into a window loads.

    That page has its style and script inside it, which no page of the site may have
    (layer_by_layer/site/policy.py), so these become files.
    """
    written = SPEAKER_VIEW.findall(notes)
    if len(written) != 1:
        raise CourseError(
            f"{NOTES} of reveal.js holds {len(written)} speaker views instead of one: "
            "install the version of sphinx-revealjs that requirements.lock names."
        )
    page = BeautifulSoup(literal_eval(written[0].replace("<\\/", "</")), "html.parser")
    style = f"{page.style.string}\n.value {{ word-break: keep-all }}\n"  # for Korean
    script = page.script.string
    page.style.replace_with(page.new_tag("link", rel="stylesheet", href=VIEW + "css"))
    page.script.replace_with(page.new_tag("script", src=VIEW + "js"))
    for unused in page.select("[style='display: none']"):
        del unused["style"]
        unused["hidden"] = ""
    return {
        "notes.js": notes.replace(written[0], json.dumps(str(page))),
        "speaker-view.css": style,
        "speaker-view.js": script,
    }


def reveal() -> Path:
    """Where reveal.js is: the package sphinx-revealjs brings it."""
    package = find_spec("sphinx_revealjs")
    if package is None:
        raise CourseError(
            "reveal.js for the slides is missing: install requirements.txt again."
        )
    return Path(package.origin).with_name("_static") / "revealjs"
