"""Run the notebooks of a chapter with nbmake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from layer_by_layer.course import ROOT
from layer_by_layer.run.outputs import clean
from layer_by_layer.run.store import code_cells, code_hash, notebook_path
from layer_by_layer.source.page import read_page
from tests.conftest import CHAPTERS, COURSE

EVERY_CHAPTER = pytest.mark.parametrize("name", CHAPTERS)


def changed_chapters() -> list[str]:
    """Chapters whose code is not that of the branch `main`, where there is one."""
    command = ["git", "show", "main:notebooks/models.json"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        return []
    before = {name: of["code_sha256"] for name, of in json.loads(found.stdout).items()}
    pages = {name: read_page(COURSE, name) for name in CHAPTERS}
    return [name for name in CHAPTERS if before.get(name) != code_hash(pages[name])]


ON_ALL_DATA = pytest.mark.full(sample=changed_chapters())


def start_nbmake(
    folder: Path, lang: str, name: str, change=str, **variables
) -> subprocess.Popen:
    """Run a notebook, its code changed, with nbmake, alone in an empty folder.

    It is overwritten.
    """
    folder = folder / lang
    folder.mkdir()
    notebook = nbformat.read(notebook_path(COURSE, lang, name), as_version=4)
    for cell in code_cells(notebook):
        cell.source = change(cell.source)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    options = ("-p", "no:cacheprovider", "--nbmake", "--overwrite")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *options, "--nbmake-timeout=600", "."],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def run_notebooks(folder: Path, name: str, languages, change=str, **variables) -> dict:
    """Run notebooks of a chapter at the same time, with variables of the environment.

    `change` makes of the code of a cell what is run. Returns exit code, log and
    notebook by language.
    """
    running = {
        lang: start_nbmake(folder, lang, name, change, **variables)
        for lang in languages
    }
    done = {}
    for lang, nbmake in running.items():
        log = nbmake.communicate()[0]
        notebook = nbformat.read(folder / lang / f"{name}.ipynb", as_version=4)
        for cell in code_cells(notebook):
            cell.outputs = clean(cell.outputs)
        done[lang] = nbmake.returncode, log, notebook
    return done
