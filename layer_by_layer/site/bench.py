"""How long builds take: seconds, and multiples of reading every page once.

Each is built in a folder of its own, so that `_build` stays as it is.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from layer_by_layer.command import parser
from layer_by_layer.course import Course
from layer_by_layer.site.build import build
from layer_by_layer.source.page import read_page

SOURCES = ("book", "notebooks", "assignments")
SETTINGS = ("_config.yml", "_toc.yml")
WORDS = "A sentence that was not there before."


def copy(course: Course, root: Path) -> None:
    """Copy all that a build reads."""
    for name in SOURCES:
        shutil.copytree(course.root / name, root / name)
    for name in SETTINGS:
        shutil.copy(course.root / name, root)


def seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    with redirect_stdout(StringIO()):
        do()
    return time.perf_counter() - start


def read_all(course: Course) -> None:
    for name in course.page_names:
        read_page(course, name)


def add_words(course: Course) -> None:
    """Add a sentence to the opening of the first chapter, in one language."""
    page = read_page(course, course.numbered[0])
    opening = page.markdown(course.languages[-1])[0].source
    text = page.path.read_text(encoding="utf-8")
    page.path.write_text(text.replace(opening, f"{opening}\n\n{WORDS}"), "utf-8")


def main(course: Course, arguments: list[str]) -> None:
    parser("bench", __doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy(course, root)
        unit = seconds(lambda: read_all(Course.load(root)))
        print(f"{'every page read once':30} {unit:6.1f} s", flush=True)
        for what, change in (
            ("everything new", lambda _: None),
            ("nothing changed", lambda _: None),
            ("one chapter's prose changed", add_words),
        ):
            change(Course.load(root))
            took = seconds(lambda: build(Course.load(root)))
            print(f"{what:30} {took:6.1f} s {took / unit:6.1f} x", flush=True)
