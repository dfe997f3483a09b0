"""A build reads each file once, and makes nothing again that it made before."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from layer_by_layer.assign import notebooks
from layer_by_layer.course import LANGUAGES, ROOT, Course
from layer_by_layer.files import Kept
from layer_by_layer.site import bench, build, language, slides
from tests.conftest import COURSE, SITE_LOCK

SOURCES = ("_config.yml", "_toc.yml", "book", "notebooks", "assignments")
HEAVY = ("tensorflow", "keras", "sklearn", "matplotlib", "nbclient", "sphinx")
PAGE = """<html><head></head><body><article class="bd-article"><h1>{}</h1>
<a href="one.html"></a><a href="two.html"></a></article></body></html>"""


@pytest.fixture
def copy(tmp_path) -> Path:
    """The course, with a place of its own for what is built."""
    for name in SOURCES:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_nothing_is_read_twice(copy, monkeypatch):
    """No page, no notebook and no settings, by all stages of a build together."""
    read, original = Counter(), Path.read_text

    def counting(path, *arguments, **options):
        read[path] += 1
        return original(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", counting)
    course = Course.load(copy)
    for lang in LANGUAGES:
        build.write_sources(course, lang)
    notebooks.add_to(course, course.site)
    slides.add(course, course.site)
    found = {path: n for path, n in read.items() if path.suffix in (".md", ".ipynb")}
    of_course = (course.book, course.notebooks, course.assignments)
    found = {path: n for path, n in found.items() if set(of_course) & set(path.parents)}
    assert sum(path.parent == course.book for path in found) == len(course.page_names)
    assert set(found.values()) == {1}
    assert read[copy / "_config.yml"] == read[copy / "_toc.yml"] == 1


def test_nothing_heavy_is_imported():
    """Sphinx has processes of its own; figures are drawn where one is asked for."""
    script = f"""
import sys
import layer_by_layer.site.build
print(*[name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True)
    assert done.split() == []


def test_what_was_made_is_kept(tmp_path):
    made = []

    def make(*words):
        made.append(words)
        return " ".join(words)

    for _ in range(2):
        with Kept(tmp_path) as kept:
            assert kept.text(make, "a", "b") == "a b"
            assert kept.text(make, "ab", "") == "ab "
    assert made == [("a", "b"), ("ab", "")]
    with Kept(tmp_path) as kept:
        assert kept.text(make, "c") == "c"
    assert len(list(tmp_path.iterdir())) == 1  # the others were not asked for
    with pytest.raises(ZeroDivisionError), Kept(tmp_path):
        print(1 / 0)
    assert len(list(tmp_path.iterdir())) == 1


def test_unchanged_pages_are_not_finished_again(tmp_path, monkeypatch):
    html = language.html_folder(tmp_path, "en")
    sources = language.source_folder(tmp_path, "en")
    for folder in (html, sources):
        folder.mkdir(parents=True)
    for name in ("index", "one", "two"):
        (sources / f"{name}.md").touch()
        (html / f"{name}.html").write_text(PAGE.format(name))
    finished = []

    def for_search(page, lang):
        finished.append(page)
        return page

    monkeypatch.setattr(language, "for_search", for_search)
    language.finish(tmp_path, "en")
    assert len(finished) == 3
    searched = language.search_folder(tmp_path, "en") / "one.html"
    before = searched.stat().st_mtime_ns
    (html / "two.html").write_text(PAGE.format("changed"))
    language.finish(tmp_path, "en")
    assert finished[3:] == [PAGE.format("changed")]
    assert searched.stat().st_mtime_ns == before
    (sources / "two.md").unlink()
    language.finish(tmp_path, "en")
    assert sorted(path.stem for path in searched.parent.iterdir()) == ["index", "one"]


def test_unchanged_sources_are_not_written_again(copy):
    course = Course.load(copy)
    folder = language.source_folder(course.build, "ko")
    build.write_sources(course, "ko")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    build.write_sources(Course.load(copy), "ko")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_bench_builds_each_page_twice(tmp_path):
    bench.copy(COURSE, tmp_path)
    bench.double(Course.load(tmp_path))
    course = Course.load(tmp_path)
    again = {f"{name}{bench.AGAIN}" for name in set(COURSE.page_names) - bench.ALONE}
    assert set(course.page_names) == {*COURSE.page_names, *again}
    build.write_sources(course, "en")
    folder = language.source_folder(course.build, "en")
    made = {path.stem for path in folder.iterdir() if path.suffix in (".md", ".ipynb")}
    assert made == set(course.page_names)


def test_nothing_is_built_where_nothing_changed(site, monkeypatch, capsys):
    """The site is as it was made, of what there is now."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(build, "write_sources", refuse)
    assert build.build(Course.load()) == site
    assert "Nothing has changed" in capsys.readouterr().out
    stamp, left = COURSE.build / build.MADE_FROM, site / "left.txt"
    with SITE_LOCK:
        before = stamp.read_text("utf-8")
        left.touch()  # by hand, perhaps
        try:
            with pytest.raises(AssertionError):
                build.build(Course.load())
        finally:
            left.unlink()
            stamp.write_text(before, "utf-8")


@pytest.mark.parametrize("name", ["book/01.md", "notebooks/ko/01.ipynb", "_toc.yml"])
def test_every_source_counts(tmp_path, name):
    course = replace(COURSE, root=tmp_path)
    for path in ("_config.yml", "_toc.yml", name):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a")
    before = build.sources_of(course)
    assert build.sources_of(course) == before
    (tmp_path / name).write_text("b")
    assert build.sources_of(course) != before
