"""What the book asks of Sphinx beyond Jupyter Book's settings.

`_config.yml` loads it. Begin with `setup`, at the end: it says what is called when.
"""

import hashlib
import json
import re
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.images import get_image_size

from layer_by_layer.course import Addresses
from layer_by_layer.site.doctree import (
    label_outputs_and_cells,
    mark_foreign_words,
    same_ids_first,
)
from layer_by_layer.site.drawing import inline
from layer_by_layer.site.formulas import as_mathml
from layer_by_layer.site.lighten import SHEET
from layer_by_layer.site.metadata import for_head, structured_data
from layer_by_layer.words import FOLDER, words_of

# Of this folder.
SHAPING = ("sphinx_ext.py", "doctree.py", "drawing.py", "formulas.py", "metadata.py")
LOGGER = logging.getLogger(__name__)
WORDS = words_of("page")  # what cannot be said in book/locale
LANGUAGE = words_of("language")
# Scripts, and what a page with work for them contains. None: they never have work.
USED_IF = {
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "design-tabs.js": "sd-tab-",
    "doctools.js": None,
    "early.js": None,  # stands in the head: book/_templates/layout.html
    "figures.js": 'class="layer-figure"',
    "hub.js": "layer-hub-form",
    "question.js": 'class="layer-question"',
    "sphinx-book-theme.js": None,  # takes the focus away; what we use is in access.js
    "sphinx_highlight.js": None,
    "translations.js": None,
}
COPY_BUTTON = re.compile(r"(?<=const messages = )\{.*?\n\}", re.S)  # its words
# Of the theme, without its icon fonts and the toolkit whose script it loads.
THEME = ("_static/basic.css", "_static/styles/pydata-sphinx-theme.css")


def speak_language(app: Sphinx, config: Config) -> None:
    """Settings that differ between languages."""
    said = WORDS[config.language]
    config.nb_code_prompt_show = said["show_solution"]  # no other cells are folded
    config.nb_code_prompt_hide = said["hide_solution"]
    config.html_theme_options["toc_title"] = said["toc_title"]


def notice_changes(app: Sphinx, config: Config) -> None:
    """Build anew when styles, interface strings or what shapes the pages change.

    Sphinx looks at pages and templates only, and would keep the old ones.
    """
    watched = [*Path(app.srcdir).glob("_static/*")]
    for folder in config.locale_dirs:
        watched += Path(folder).rglob("*.mo")
    watched += [Path(__file__).with_name(name) for name in SHAPING]
    watched += FOLDER.glob("*.yml")
    content = b"".join(path.read_bytes() for path in sorted(watched))
    config.layer_fingerprint = hashlib.sha256(content).hexdigest()


def do_without_numbers(app: Sphinx, config: Config) -> None:
    """Figures have the number of their chapter: `Page.caption`."""
    config.numfig = False


def visit_folded_cell(writer, node: HideCodeCellNode) -> None:
    """Begin a folded cell, without MyST-NB's label, which is always English."""
    writer.body.append(
        "<details><summary>"
        f'<span class="layer-closed">{escape(node["prompt_show"])}</span>'
        f'<span class="layer-open">{escape(node["prompt_hide"])}</span></summary>\n'
    )


def let_copy_button_speak(app: Sphinx, exception: Exception | None) -> None:
    """Put our words in place of those that sphinx-copybutton's script has built in."""
    lang, script = app.config.language, Path(app.outdir, "_static", "copybutton.js")
    words = json.dumps({lang: WORDS[lang]["copy_button"]}, ensure_ascii=False, indent=1)
    if exception is None:
        text = script.read_text("utf-8")
        script.write_text(COPY_BUTTON.sub(lambda _: words, text), "utf-8")


def mathml(node: nodes.math | nodes.math_block, display: str) -> str:
    markup = as_mathml(node.astext(), display)
    if "\\" in markup:  # the converter passes on what it does not know
        LOGGER.warning("unknown LaTeX in formula %r", node.astext(), location=node)
    return markup


def visit_math(writer, node: nodes.math) -> None:
    writer.body.append(mathml(node, "inline"))
    raise nodes.SkipNode


def visit_math_block(writer, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{mathml(node, "block")}</div>')
    raise nodes.SkipNode


def visit_image(writer, node: nodes.image) -> None:
    """Write a drawing as it is; any other picture with its size, to be loaded when the
    reader comes near it."""
    path = Path(writer.builder.srcdir, node["uri"])
    if path.suffix == ".svg":
        writer.body.append(inline(path.read_text("utf-8"), node["alt"]))
        raise nodes.SkipNode
    size = get_image_size(path)
    type(writer).visit_image(writer, node)
    if size:
        wait = 'width="{}" height="{}" loading="lazy" decoding="async"'.format(*size)
        writer.body[-1] = writer.body[-1].replace("<img", f"<img {wait}", 1)


def visit_labelled(writer, node: nodes.Element) -> None:
    """Write an element with its label, which styles show: book/_static/layer.css."""
    start = len(writer.body)
    getattr(type(writer), f"visit_{type(node).__name__}")(writer, node)
    if label := node.get("label"):
        opening = writer.body[start].replace(">", f' data-label="{escape(label)}">', 1)
        writer.body[start] = opening


def drop_unused_scripts(app: Sphinx, pagename: str, template: str, context, doctree):
    """Leave out scripts that have nothing to do on this page."""
    body = context.get("body", "")
    context["script_files"] = [
        script
        for script in context["script_files"]
        # "" is in every page: what is not listed stays.
        if (mark := USED_IF.get(Path(script.filename or "").name, "")) is not None
        and mark in body
    ]


def join_styles(app: Sphinx, exception: Exception | None) -> None:
    """Write all styles into one sheet, in their order: a page waits for one file."""
    if exception is None:
        files = sorted(app.builder._css_files, key=lambda file: file.priority)
        names = [*THEME, *(file.filename for file in files)]
        texts = [Path(app.outdir, name).read_text("utf-8") for name in names]
        Path(app.outdir, SHEET).write_text("\n".join(texts), "utf-8")


def replace_search(app: Sphinx) -> None:
    """Do without Sphinx's search, which knows no Korean: see search.py."""
    app.builder.search = False


def add_links(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Give templates this page's addresses: other languages, Colab, source."""
    lang = app.config.language
    to = Addresses(*app.config.layer_addresses)
    context["chapters"] = app.config.layer_chapters
    context["fingerprint"] = app.config.layer_fingerprint[:8]
    context["others"] = {
        each: LANGUAGE[each]["name"] for each in to.languages if each != lang
    }
    if pagename in app.env.found_docs:
        context["source_url"] = to.source(pagename)
        body = WORDS[lang]["report"].format(to.page(lang, pagename))
        context["report_url"] = to.report(f"{lang}/{pagename}: ", body)
        if app.env.doc2path(pagename).endswith(".ipynb"):
            context["colab_url"] = to.colab(lang, pagename)


def add_metadata(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Give the template of the head what other sites learn about this page."""
    lang, root = app.config.language, app.config.root_doc
    to = Addresses(*app.config.layer_addresses)
    context.update(for_head(to, lang, pagename, doctree))
    if doctree:
        titles = {name: app.env.titles[name].astext() for name in (pagename, root)}
        book = {"name": titles[root], "url": to.page(lang, root)}
        context["structured_data"] = structured_data(
            *(to.page(lang, pagename), lang, titles[pagename]),
            context["description"],
            None if pagename == root else book,
        )


def setup(app: Sphinx) -> dict:
    app.add_config_value("layer_fingerprint", "", "env")
    app.add_config_value("layer_addresses", [], "html")  # see build.config_for
    app.add_config_value("layer_chapters", [], "html")
    app.connect("config-inited", notice_changes)
    app.connect("config-inited", speak_language)
    # After Jupyter Book, whatever its settings say, has numbered them through the book.
    app.connect("config-inited", do_without_numbers, priority=900)
    folded = (visit_folded_cell, depart_HideCellInput)
    app.add_node(HideCodeCellNode, override=True, html=folded)
    for labelled in (nodes.container, nodes.entry):
        app.add_node(labelled, override=True, html=(visit_labelled, None))
    app.add_node(nodes.image, override=True, html=(visit_image, None))
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    # Before Sphinx collects the table of contents of a page.
    app.connect("doctree-read", same_ids_first, priority=400)
    app.connect("doctree-read", label_outputs_and_cells)
    app.connect("doctree-read", mark_foreign_words)
    app.connect("html-page-context", add_links)
    app.connect("html-page-context", add_metadata)
    app.connect("html-page-context", drop_unused_scripts)
    app.connect("builder-inited", replace_search)
    # The theme's layout links it together with a toolkit and icons that we do without.
    app.add_js_file("scripts/pydata-sphinx-theme.js", loading_method="defer")
    app.connect("build-finished", let_copy_button_speak)
    # After the theme has written the colours of code.
    app.connect("build-finished", join_styles, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
