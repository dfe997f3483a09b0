"""What is added to a page's tree after Sphinx has read it: ids, labels, languages.

`sphinx_ext.py` says when each of these is called.
"""

import re
from xml.etree.ElementTree import fromstring

from docutils import nodes
from sphinx.application import Sphinx

from layer_by_layer.course import ENGLISH, Addresses
from layer_by_layer.site.formulas import as_mathml
from layer_by_layer.words import letters, words_of

IN_PARENTHESES = re.compile(r"(?<=\()[A-Za-z][a-z' -]{2,}(?=\))")
LONGEST = 20  # letters of a name in a table of two columns on a phone
BREAKS = re.compile(r"(?<=[(,=])(?=\S)")
WORDS = words_of("page")


def label_outputs_and_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Say of outputs what they are, and of cells in wide tables in which column.

    A table of many columns, or of long names, is a list of cards on a phone.
    """
    for container in doctree.findall(nodes.container):
        if "cell_output" in container["classes"]:
            container["label"] = WORDS[app.config.language]["output"]
    for table in doctree.findall(nodes.table):
        head, *rows = table.findall(nodes.row)
        codes = list(table.findall(nodes.literal))
        words = " ".join(code.astext() for code in codes).split()
        if len(head) > 2 or any(len(word) > LONGEST for word in words):
            table["classes"].append("layer-cards")
        for code in codes:
            let_break(code)
        if len(head) > 2:
            for row in rows:
                for entry, title in list(zip(row, head, strict=False))[1:]:
                    entry["label"] = in_words(title)


def in_words(title: nodes.Element) -> str:
    """A heading as plain text; of its formulas, the letters and signs."""
    text = title.deepcopy()
    for formula in list(text.findall(nodes.math)):
        drawn = fromstring(as_mathml(formula.astext(), "inline"))
        formula.replace_self(nodes.Text("".join(drawn.itertext())))
    return text.astext()


def let_break(code: nodes.literal) -> None:
    """Let code in a narrow column break where it does not break a word."""
    first, *parts = BREAKS.split(code.astext())
    code.clear()
    code += nodes.Text(first)
    for part in parts:
        code += [nodes.raw("", "<wbr>", format="html"), nodes.Text(part)]


def same_ids_first(app: Sphinx, doctree: nodes.document) -> None:
    """Let sections be known by ids that are the same in all languages.

    Sphinx makes ids of headings: id1, id2, ... of Korean ones. Those of `book/*.md`,
    written above a heading, come first. Without one, a page's title has the page's
    name, and a section that of the one around it, with its place there. Below the
    title, sections get the class `anchored`: a switch of the language keeps the place.
    """
    written = {doctree.nameids[name] for name in doctree.nametypes
               if doctree.nametypes[name] and doctree.nameids.get(name)}  # fmt: skip
    for section in doctree.findall(nodes.section):
        around, ids = section.parent, section["ids"]
        if around is doctree:
            name = app.env.docname
            section["ids"] = [name, *(id for id in ids if id != name)]
            continue
        ids.sort(key=lambda id: id not in written)
        section["classes"].append("anchored")
        if ids[0] not in written:
            sections = [each for each in around if isinstance(each, nodes.section)]
            ids.insert(0, f"{around['ids'][0]}-{sections.index(section) + 1}")


def foreign(lang: str, languages: list[str]) -> dict[str, re.Pattern]:
    """What finds words of other languages: by their letters, and English ones in a
    language with other letters as explanations in parentheses."""
    found = {ENGLISH: IN_PARENTHESES} if letters(lang) else {}
    for other in languages:
        if other != lang and (own := letters(other)):
            found[other] = re.compile(rf"{own.pattern}+(?: {own.pattern}+)*")
    return found


def mark_foreign_words(app: Sphinx, doctree: nodes.document) -> None:
    """Let a screen reader say words of other languages in their language."""
    languages = Addresses(*app.config.layer_addresses).languages
    for lang, pattern in foreign(app.config.language, languages).items():
        mark(doctree, pattern, lang)


def mark(doctree: nodes.document, pattern: re.Pattern, lang: str) -> None:
    """Say of all words that a pattern finds that they are in a language."""
    marked = f"language-{lang}"  # docutils writes it as lang="…"
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.raw)):
            continue
        words, end = [], 0
        for found in pattern.finditer(text):
            words.append(nodes.Text(text[end : found.start()]))
            words.append(nodes.inline("", found.group(), classes=[marked]))
            end = found.end()
        if words:
            text.parent.replace(text, [*words, nodes.Text(text[end:])])
