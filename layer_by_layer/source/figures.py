"""Figures that readers move: a folder of `book/figures/` each, found by its name.

A text cell with the metadata `"figure": "NAME"` asks a question, and says in its fold
what should have been found. Between them stands the figure: on the site the picture
that `site/stills.py` drew, which `book/_static/figures.js` brings to life; in Colab a
sentence that leads there.
"""

import hashlib
import json
import re
from html import escape
from pathlib import Path

from layer_by_layer.course import Course, CourseError, read_yaml
from layer_by_layer.source.page import FOLD
from layer_by_layer.words import words_of

FOLDER = "figures"  # of book/
SCRIPT = "figure.js"
EXPORT = re.compile(r"^export (?=(?:const|function) (\w+))", re.M)
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
    return WORDS[lang] | own[lang]


def script(course: Course, name: str) -> str:
    """The module of a figure as a script that also runs from a folder.

    Browsers load no modules from files, and the site can be read from a zip file.
    """
    module = (course.book / FOLDER / name / SCRIPT).read_text("utf-8")
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
    version = hashlib.sha256(script(course, name).encode()).hexdigest()[:8]
    said = json.dumps(words(course, name, lang), ensure_ascii=False)
    return (
        f'<div class="layer-figure" id="{anchor(name)}" '
        f'data-script="{FOLDER}/{name}.js?v={version}" data-words="{escape(said)}">\n'
        f"{still(course.book, name, lang)}\n"
        f'<p class="layer-figure-moves"><a href="{address(course, page, name, lang)}">'
        f"{WORDS[lang]['moves']}</a></p>\n</div>"
    )


def address(course: Course, page: str, name: str, lang: str) -> str:
    """The public address of a figure."""
    return f"{course.addresses.page(lang, page)}#{anchor(name)}"


def before_fold(text: str, figure: str) -> str:
    """The text of a figure's cell with what stands for the figure there."""
    return FOLD.sub(lambda fold: f"{figure}\n\n{fold[0]}", text, count=1)
