"""Figures that readers move: a folder of `book/figures/` each, found by its name.

A text cell with the metadata `"figure": "NAME"` asks a question, and says in its fold
what should have been found. Between them stands the figure: on the site the picture
that `site/stills.py` drew, which `book/_static/figures.js` brings to life; in Colab a
sentence that leads there.

A figure whose module exports `needs = "network"` runs the network that a chapter
trained. Its weights are a script of their own, which is loaded at the first move.
"""

import hashlib
import json
import re
from html import escape
from pathlib import Path

from layer_by_layer.course import Course, CourseError, once, read_yaml
from layer_by_layer.source.page import FOLD, Page
from layer_by_layer.words import words_of

FOLDER = "figures"  # of book/
SCRIPT = "figure.js"
EXPORT = re.compile(r"^export (?=(?:const|function) (\w+))", re.M)
NEEDS = re.compile(r'^export const needs = "(\w+)";$', re.M)
NETWORK = "network.json"  # in notebooks/: what `run/network.py` says of it
WEIGHTS = ("layers", "means")  # of that, what is loaded at the first move
WORDS = words_of("figure")


def names(course: Course) -> list[str]:
    """The figures that there are."""
    paths = (course.book / FOLDER).glob(f"*/{SCRIPT}")
    return sorted(path.parent.name for path in paths)


def anchor(name: str) -> str:
    """The id of a figure, in all languages."""
    return f"figure-{name}"


def words(course: Course, name: str, lang: str) -> dict:
    """What a figure says in one language, and what all figures say."""
    own = read_yaml(course.book / FOLDER / name / "words.yml")
    return WORDS[lang] | own[lang] | shown_of(course, name)


def needed(course: Course, name: str) -> str | None:
    """The data that a figure needs to move."""
    found = NEEDS.search(module_of(course, name))
    return found and found[1]


def kept_network(page: Page) -> str:
    """The code cell whose option `keep` names the network that the site runs, and that
    name, such as `9 model`; empty in other chapters."""
    for number, cell in enumerate(page.code(), start=1):
        if name := cell.metadata.get("keep"):
            return f"{number} {name}"
    return ""


@once
def network(course: Course) -> dict:
    """The network that the site runs."""
    try:
        return json.loads((course.notebooks / NETWORK).read_text("utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"notebooks/{NETWORK} is missing: run 'make notebooks' for the chapter "
            "with the cell option keep."
        ) from None


def shown_of(course: Course, name: str) -> dict:
    """What a figure shows of the network before it moves: test images, accuracy."""
    if not needed(course, name):
        return {}
    trained = network(course)
    photos = [
        {what: photo[what] for what in ("pixels", "target")}
        for photo in trained["photos"]
    ]
    return {"photos": photos, "accuracy": trained["accuracy"]}


def scripts(course: Course) -> dict[str, str]:
    """All that the site loads for figures: file names and texts."""
    every = {name: script(course, name) for name in names(course)}
    for data in sorted({needed(course, name) for name in every} - {None}):
        every[data] = data_script(course, data)
    return {f"{name}.js": text for name, text in every.items()}


def data_script(course: Course, data: str) -> str:
    """What a figure needs to move, as a script: from a folder nothing is fetched."""
    weights = {what: network(course)[what] for what in WEIGHTS}
    return f"layerFigures.kit.{data} = {json.dumps(weights, separators=(',', ':'))};\n"


def module_of(course: Course, name: str) -> str:
    return (course.book / FOLDER / name / SCRIPT).read_text("utf-8")


def script(course: Course, name: str) -> str:
    """The module of a figure as a script that also runs from a folder.

    Browsers load no modules from files, and the site can be read from a zip file.
    """
    module = module_of(course, name)
    exported = ", ".join(EXPORT.findall(module))
    body = f"{EXPORT.sub('', module)}\nreturn {{ {exported} }};"
    return f'layerFigures.add("{name}", (() => {{\n{body}\n}})());\n'


def still(book: Path, name: str, lang: str) -> str:
    """The picture of a figure as it begins: for paper, slides, and without scripts."""
    try:
        return (book / FOLDER / name / f"{lang}.svg").read_text("utf-8").strip()
    except FileNotFoundError:
        raise CourseError(
            f"book/{FOLDER}/{name}/{lang}.svg is missing: correct the name of the "
            "figure, or draw it with 'python -m layer_by_layer figures'."
        ) from None


def in_colab(course: Course, page: str, name: str, lang: str) -> str:
    """A sentence that leads to a figure of a page."""
    return f"[{WORDS[lang]['moves']}]({address(course, page, name, lang)})"


def on_site(course: Course, page: str, name: str, lang: str) -> str:
    """A figure as HTML: one block, with the same sentence for paper."""
    data = needed(course, name)
    asks = f'data-needs="{located(data, data_script(course, data))}" ' if data else ""
    said = json.dumps(words(course, name, lang), ensure_ascii=False)
    return (
        f'<div class="layer-figure" id="{anchor(name)}" '
        f'data-script="{located(name, script(course, name))}" {asks}'
        f'data-words="{escape(said)}">\n'
        f"{still(course.book, name, lang)}\n"
        f'<p class="layer-figure-moves"><a href="{address(course, page, name, lang)}">'
        f"{WORDS[lang]['moves']}</a></p>\n</div>"
    )


def located(name: str, text: str) -> str:
    """Where a script is on the site; browsers keep it until its text changes."""
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{FOLDER}/{name}.js?v={version}"


def address(course: Course, page: str, name: str, lang: str) -> str:
    """The public address of a figure."""
    return f"{course.addresses.page(lang, page)}#{anchor(name)}"


def before_fold(text: str, figure: str) -> str:
    """The text of a figure's cell with what stands for the figure there."""
    return FOLD.sub(lambda fold: f"{figure}\n\n{fold[0]}", text, count=1)
