"""A build reads each file once."""

from collections import Counter
from pathlib import Path

import pytest

from layer_by_layer.assign import notebooks
from layer_by_layer.course import LANGUAGES, ROOT, Course
from layer_by_layer.site import slides
from layer_by_layer.site.build import write_sources

SOURCES = ("_config.yml", "_toc.yml", "book", "notebooks", "assignments")


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
        write_sources(course, lang)
        (course.site / lang).mkdir(parents=True)
    notebooks.add_to(course, course.site)
    slides.add(course, course.site)
    found = {path: n for path, n in read.items() if path.suffix in (".md", ".ipynb")}
    pages = len(course.page_names)
    assert sum(path.parent == course.book for path in found) == pages
    assert set(found.values()) == {1}
    assert read[copy / "_config.yml"] == read[copy / "_toc.yml"] == 1
