"""`notebooks/` and the README are exactly what `make notebooks` makes from `book/`."""

import getpass
import platform
import re
import subprocess

import nbformat
import pytest

from layer_by_layer import course
from layer_by_layer.course import LANGUAGES, ROOT
from layer_by_layer.run import data, readme
from layer_by_layer.run.machines import FIGURES
from layer_by_layer.run.store import (
    MODELS,
    PACKAGES,
    RUNS,
    code_cells,
    code_hash,
    notebook_path,
    output_hash,
    read_json,
    runs,
    trained_models,
)
from layer_by_layer.source.dialects import for_colab
from layer_by_layer.source.figures import NETWORK, kept_network
from layer_by_layer.source.page import read_page
from tests.conftest import CHAPTERS, COURSE

EVERY_CHAPTER = pytest.mark.parametrize("name", CHAPTERS)
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
FOLDER = r"(?<![\w.:/<\\])(?:~|[A-Za-z]:)?[/\\]\w[\w.-]*[/\\]"  # /home/, C:\Users\
ACCOUNT = r"\w@\w"
PIXELS = re.compile(r"(?<=base64,)[\w\s+/=]+")
REMEDY = "its source is in book/: edit that and run 'make notebooks'"


def committed(lang, name):
    return nbformat.read(notebook_path(COURSE, lang, name), as_version=4)


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_notebook_is_what_its_source_says(lang, name):
    expected = for_colab(COURSE, read_page(COURSE, name), lang)
    found = committed(lang, name)
    where = f"notebooks/{lang}/{name}.ipynb"
    for mine, theirs in zip(expected.cells, found.cells, strict=False):
        assert theirs.source == mine.source, f"{where} was changed; {REMEDY}"
        assert theirs.metadata == mine.metadata, f"{where} was changed; {REMEDY}"
        assert theirs.id == mine.id, f"{where} was changed; {REMEDY}"
    assert len(found.cells) == len(expected.cells), f"{where} was changed; {REMEDY}"
    assert found.metadata["colab"] == expected.metadata["colab"], REMEDY


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_outputs_belong_to_the_code(lang, name):
    notebook = committed(lang, name)
    origin = notebook.metadata["layer_by_layer"]
    assert origin["source"] == f"book/{name}.md"
    assert origin["code_sha256"] == code_hash(read_page(COURSE, name)), (
        f"the code of book/{name}.md changed: {REMEDY}"
    )
    assert origin["outputs_sha256"] == output_hash(notebook), (
        f"an output of notebooks/{lang}/{name}.ipynb was edited by hand; {REMEDY}"
    )
    assert origin["data_md5"] == data.checksum()
    assert set(origin["versions"]) == {"python", *PACKAGES}


@EVERY_CHAPTER
def test_outputs_are_the_same_in_both_languages(name):
    first, *others = (code_cells(committed(lang, name)) for lang in LANGUAGES)
    for twin in others:
        assert [cell.outputs for cell in twin] == [cell.outputs for cell in first]


@EVERY_CHAPTER
def test_only_declared_errors(name):
    """An error is stored exactly where the source names its exception."""
    for cell in code_cells(committed("en", name)):
        raised = [o.ename for o in cell.outputs if o.output_type == "error"]
        expected = [cell.metadata["raises"]] if "raises" in cell.metadata else []
        assert raised == expected, cell.source


def texts(value):
    """Yield all text in a piece of JSON; of a drawing, without its pixels."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key == "image/svg+xml":
                item = PIXELS.sub("", item)
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def traces(text: str) -> list[str]:
    """Folders and accounts in a text, and what this machine and its user are called.

    Names that may be words (max, root) count only with / or @ before them.
    """
    node = platform.node()
    names = {getpass.getuser(), node, node.partition(".")[0]}
    telling = [re.escape(name) for name in names if re.search(r"[\d.-]", name)]
    patterns = (FOLDER, ACCOUNT, *(rf"\b{name}\b" for name in telling))
    return [found[0] for each in patterns for found in re.finditer(each, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in /home/max/x.py", ["/home/"]),
        ("C:\\Users\\max", ["C:\\Users\\"]),
        ('"~/course/x.py"', ["~/course/"]),
        ("max@laptop", ["x@l"]),
        ("@tf.function, 3/4 of 1/2/3, https://keras.io/api/ </td>", []),
    ],
)
def test_traces_are_told_apart(text, expected, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "laptop")
    assert traces(text) == expected


def test_names_that_are_no_words_are_traces(monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "box-17.example.org")
    monkeypatch.setattr(getpass, "getuser", lambda: "max1")
    assert {*traces("run by max1 on box-17 for max")} == {"max1", "box-17"}


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_outputs_do_not_tell_who_made_them(lang, name):
    """No user, no folder and no name of the machine that ran them."""
    notebook = committed(lang, name)
    known = {"colab", "kernelspec", "language_info", "layer_by_layer"}
    assert set(notebook.metadata) == known
    assert notebook.metadata["kernelspec"] == KERNEL
    outputs = [cell.outputs for cell in code_cells(notebook)]
    for text in texts([outputs, notebook.metadata]):
        assert not traces(text), text
        assert "\x1b[" not in text
        assert "site-packages" not in text


@pytest.mark.parametrize("file", [RUNS, MODELS, FIGURES])
def test_records_do_not_tell_who_made_them(file):
    for text in texts(read_json(COURSE.notebooks / file)):
        assert not traces(text), text


def test_network_of_the_site_is_of_the_present_chapter():
    pages = [read_page(COURSE, name) for name in CHAPTERS]
    (page,) = [page for page in pages if kept_network(page)]
    network = read_json(COURSE.notebooks / NETWORK)
    assert network["code_sha256"] == code_hash(page), REMEDY


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_colab_links(lang, name):
    """The badge opens this notebook in this language; the other link its twin."""
    to = COURSE.addresses
    header = committed(lang, name).cells[0].source.splitlines()[2]
    mine, twin = to.colab(lang, name), to.colab(course.other(lang), name)
    assert header.index(f"]({mine})") < header.index(f"]({twin})")
    assert mine.endswith(f"/notebooks/{lang}/{name}.ipynb")


def test_nothing_is_left_over():
    found = {
        path.relative_to(COURSE.notebooks).as_posix()
        for path in COURSE.notebooks.rglob("*.*")
    }
    expected = {f"{lang}/{name}.ipynb" for lang in LANGUAGES for name in CHAPTERS}
    assert found == expected | {FIGURES, MODELS, NETWORK, RUNS}
    assert set(runs(COURSE)) == set(trained_models(COURSE)) == set(CHAPTERS)


def test_readme_table():
    text = (COURSE.root / readme.README).read_text(encoding="utf-8")
    assert text == readme.with_table(COURSE), (
        "the table in README.md is not up to date: run 'make notebooks'"
    )


def test_address_is_written_once():
    """Everything else derives the public address from _config.yml."""
    files = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split()
    derived = ("_config.yml", "README.md", "CITATION.cff", "notebooks/", "assignments/")
    owner = COURSE.addresses.repository.split("/")[-2]
    for file in files:
        if not file.startswith(derived) and not file.startswith("tests/"):
            assert owner.encode() not in (ROOT / file).read_bytes(), file
