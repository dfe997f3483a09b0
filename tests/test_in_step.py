"""`notebooks/` and the README are exactly what `make notebooks` makes from `book/`."""

import subprocess

import nbformat
import pytest

from tests.conftest import CHAPTERS
from tools import course, data, readme
from tools.course import LANGUAGES, NOTEBOOKS, ROOT
from tools.execute import PACKAGES, code_cells, notebook_path, runs, trained_models
from tools.source import read_page
from tools.split import code_hash, for_colab, output_hash

EVERY_CHAPTER = pytest.mark.parametrize("name", CHAPTERS)
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
REMEDY = "its source is in book/: edit that and run 'make notebooks'"


def committed(lang, name):
    return nbformat.read(notebook_path(lang, name), as_version=4)


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_notebook_is_what_its_source_says(lang, name):
    expected = for_colab(read_page(name), lang, set(CHAPTERS))
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
    assert origin["code_sha256"] == code_hash(read_page(name)), (
        f"the code of book/{name}.md changed: {REMEDY}"
    )
    assert origin["outputs_sha256"] == output_hash(notebook), (
        f"an output of notebooks/{lang}/{name}.ipynb was edited by hand; {REMEDY}"
    )
    assert origin["data_md5"] == data.checksum()
    assert set(origin["versions"]) == {"python", *PACKAGES}


@EVERY_CHAPTER
def test_outputs_are_the_same_in_both_languages(name):
    ko, en = (code_cells(committed(lang, name)) for lang in LANGUAGES)
    assert [cell.outputs for cell in ko] == [cell.outputs for cell in en]


@EVERY_CHAPTER
def test_only_declared_errors(name):
    """An error is stored exactly where the source names its exception."""
    for cell in code_cells(committed("en", name)):
        raised = [o.ename for o in cell.outputs if o.output_type == "error"]
        expected = [cell.metadata["raises"]] if "raises" in cell.metadata else []
        assert raised == expected, cell.source


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_outputs_do_not_tell_who_made_them(lang, name):
    """No path and no folder of the machine that ran them."""
    text = notebook_path(lang, name).read_text(encoding="utf-8")
    for trace in ("site-packages", "/home/", "/root", "/tmp/", str(ROOT), "\\u001b["):
        assert trace not in text, trace


@EVERY_CHAPTER
@EVERY_LANGUAGE
def test_colab_links(lang, name):
    """The badge opens this notebook in this language; the other link its twin."""
    to = course.addresses()
    header = committed(lang, name).cells[0].source.splitlines()[2]
    mine, twin = to.colab(lang, name), to.colab(course.other(lang), name)
    assert header.index(f"]({mine})") < header.index(f"]({twin})")
    assert mine.endswith(f"/notebooks/{lang}/{name}.ipynb")


def test_nothing_is_left_over():
    found = {path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.rglob("*.*")}
    expected = {f"{lang}/{name}.ipynb" for lang in LANGUAGES for name in CHAPTERS}
    assert found == expected | {"models.json", "runs.json"}
    assert set(runs()) == set(trained_models()) == set(CHAPTERS)


def test_readme_table():
    assert readme.PATH.read_text(encoding="utf-8") == readme.with_table(), (
        "the table in README.md is not up to date: run 'make notebooks'"
    )


def test_address_is_written_once():
    """Everything else derives the public address from _config.yml."""
    files = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split()
    derived = ("_config.yml", "README.md", "CITATION.cff", "notebooks/")
    owner = course.addresses().repository.split("/")[-2]
    for file in files:
        if not file.startswith(derived) and not file.startswith("tests/"):
            assert owner.encode() not in (ROOT / file).read_bytes(), file
