"""A third language costs a file of words, a .po file and its cells, and no code.

A small project gets German; what CONTRIBUTING lists for that is all that is changed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from layer_by_layer.course import ENGLISH, ROOT
from layer_by_layer.files import PACKAGE
from layer_by_layer.words import read
from tests.conftest import COURSE

ADDED, NAME = "de", "Deutsch"
LANGUAGES = (*COURSE.languages, ADDED)
PAGES = ("index", "01-small")
TOC = """format: jb-book
root: index
parts:
  - caption: 하나 · One · Eins
    chapters:
      - file: 01-small
"""
SETTINGS = {  # in _config.yml
    "languages: [ko, en]": "languages: [ko, en, de]",
    "· Layer by Layer\n": "· Layer by Layer · Schicht für Schicht\n",
    "the Layer by Layer authors\n": "the Layer by Layer authors · die Autoren\n",
}
CELLS = {
    "ko": "# {}쪽\n\n글입니다.",
    "en": "# Page {}\n\nText.",
    ADDED: "# Seite {}\n\nText.",
}
CODE = """```{code-cell} ipython3
:tags: [solution]
# ko: 더하기
# en: add
# de: addieren
1 + 1
```
"""
PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Course contents"
msgstr "Kursinhalt"
"""
# As after `make notebooks`, but that nothing is executed.
STORE = """
from layer_by_layer.course import Course
from layer_by_layer.files import write
from layer_by_layer.run.store import code_hash, notebook_path
from layer_by_layer.source.dialects import as_json, for_colab
from layer_by_layer.source.page import read_page

course = Course.load()
page = read_page(course, "01-small")
for lang in course.languages:
    notebook = for_colab(course, page, lang)
    notebook.metadata["layer_by_layer"]["code_sha256"] = code_hash(page)
    write({notebook_path(course, lang, page.name): as_json(notebook)})
"""


def page(number: int, languages: tuple[str, ...]) -> str:
    return "\n\n".join(
        f'+++ {{"lang": "{lang}"}}\n\n{CELLS[lang].format(number)}'
        for lang in languages
    )


def in_german(words):
    """The words of English, so changed that they are known from them."""
    if isinstance(words, str):
        return f"{words} [{ADDED}]"
    if isinstance(words, list):
        return [in_german(each) for each in words]
    return {key: in_german(each) for key, each in words.items()}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project whose pages lack the cells of the language that its settings name."""
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=ignored)
    for name in ("_root", "_slides", "_static", "_templates", "locale"):
        shutil.copytree(ROOT / "book" / name, folder / "book" / name)
    (folder / "assignments").mkdir()
    shutil.copy(ROOT / "assignments" / "_handout.css", folder / "assignments")
    settings = (ROOT / "_config.yml").read_text("utf-8")
    for old, new in SETTINGS.items():
        assert old in settings
        settings = settings.replace(old, new)
    (folder / "_config.yml").write_text(settings, "utf-8")
    (folder / "_toc.yml").write_text(TOC, "utf-8")
    words = in_german(read(ENGLISH))
    words["language"] = {
        "name": NAME, "english": "German", "locale": "de_DE", "letters": ""
    }  # fmt: skip
    text = yaml.safe_dump(words, allow_unicode=True)
    (folder / PACKAGE.name / "words" / f"{ADDED}.yml").write_text(text, "utf-8")
    po = folder / "book" / "locale" / ADDED / "LC_MESSAGES" / "sphinx.po"
    po.parent.mkdir(parents=True)
    po.write_text(PO, "utf-8")
    for number, name in enumerate(PAGES):
        text = page(number, COURSE.languages)
        (folder / "book" / f"{name}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def site(project) -> Path:
    """What is built when the cells are there."""
    for number, name in enumerate(PAGES):
        text = page(number, LANGUAGES) + (f"\n\n{CODE}" if number else "")
        (project / "book" / f"{name}.md").write_text(text, "utf-8")
    for command in (("-c", STORE), ("-m", "layer_by_layer", "book")):
        done = run(project, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    return project / "_build" / "site"


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def test_missing_cells_are_named(project):
    done = run(project, "-m", "layer_by_layer", "book")
    assert done.returncode == 1
    assert "book/index.md:3: no German cell follows: add one" in done.stderr


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_leads_to_all_languages(site, lang, name):
    made, others = soup(site / lang / f"{name}.html"), [*LANGUAGES]
    others.remove(lang)
    assert made.html["lang"] == lang
    names = {each: read(each)["language"]["name"] for each in COURSE.languages}
    names[ADDED] = NAME
    switch = {link["hreflang"]: link for link in made.select("a.layer-switch")}
    assert list(switch) == others
    for each, link in switch.items():
        assert link["href"] == f"../{each}/{name}.html" and link.text == names[each]
        assert (site / each / f"{name}.html").exists()
    known = {each["hreflang"]: each["href"] for each in made.select("link[hreflang]")}
    assert list(known) == [*LANGUAGES, "x-default"]
    assert len(made.select("meta[property='og:locale:alternate']")) == len(others)


def test_interface_is_translated(site):
    made = soup(site / ADDED / "01-small.html")
    assert f"Show solution [{ADDED}]" in made.text
    assert made.select("[aria-label='Kursinhalt']")
    script = (site / ADDED / "_static" / "copybutton.js").read_text("utf-8")
    assert f"Copy to clipboard [{ADDED}]" in script
    code = made.select_one(".cell_input").text
    assert code.split("\n")[1:3] == ["# addieren", "1 + 1"]


def test_all_that_is_beside_the_pages(site, project):
    front = soup(site / "index.html")
    links = [link["href"] for link in front.select("main a")]
    assert links == [f"{lang}/index.html" for lang in LANGUAGES]
    assert front.h1.text.endswith("Schicht für Schicht")
    assert f"/{ADDED}/01-small.html" in (site / "sitemap.xml").read_text("utf-8")
    assert (site / ADDED / "slides" / "01-small.html").exists()
    assert f'"{ADDED}"' in (site / "pagefind" / "pagefind-entry.json").read_text(
        "utf-8"
    )
    notebook = (project / "notebooks" / ADDED / "01-small.ipynb").read_text("utf-8")
    assert "[한국어](" in notebook and "[English](" in notebook
