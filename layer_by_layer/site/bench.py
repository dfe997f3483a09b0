"""How long builds take: seconds, and multiples of reading every page once.

Each is built in a folder of its own, so that `_build` stays as it is. The last has each
page twice: it shows whether time grows with the pages, or faster.
"""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from io import StringIO
from pathlib import Path

import yaml

from layer_by_layer.command import parser
from layer_by_layer.course import Course
from layer_by_layer.run.store import RUNS, runs
from layer_by_layer.site.build import build
from layer_by_layer.source.page import GLOSSARY, read_page

SOURCES = ("book", "notebooks", "assignments")
SETTINGS = ("_config.yml", "_toc.yml")
WORDS = "A sentence that was not there before."
ALONE = {GLOSSARY, "scoreboard"}  # a copy would have the anchors of the original
AGAIN = "-again"  # at the end of the names of a page's copy, and of its anchors
ID = re.compile(r'(?<=<a id=")[\w-]+')


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


def double(course: Course) -> None:
    """Add a copy of each page but those of `ALONE`, under another name."""
    for name in set(course.page_names) - ALONE:
        text = (course.book / f"{name}.md").read_text("utf-8")
        copied = ID.sub(lambda id: f"{id[0]}{AGAIN}", text)
        (course.book / f"{name}{AGAIN}.md").write_text(copied, "utf-8")
        for path in course.notebooks.glob(f"*/{name}.ipynb"):
            shutil.copy(path, path.with_stem(f"{name}{AGAIN}"))
    known = runs(course)
    more = {f"{name}{AGAIN}": entry for name, entry in known.items()}
    (course.notebooks / RUNS).write_text(json.dumps(known | more), "utf-8")
    parts = deepcopy(course.toc["parts"])
    parts[0]["chapters"].append({"file": course.toc["root"]})
    for part in parts:
        names = {each["file"] for each in part["chapters"]} - ALONE
        part["chapters"] = [{"file": f"{name}{AGAIN}"} for name in sorted(names)]
    toc = course.toc | {"parts": [*course.toc["parts"], *parts]}
    text = yaml.safe_dump(toc, allow_unicode=True, sort_keys=False)
    (course.root / "_toc.yml").write_text(text, "utf-8")


def main(course: Course, arguments: list[str]) -> None:
    parser("bench", __doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        once, twice = Path(folder, "once"), Path(folder, "twice")
        for root in (once, twice):
            copy(course, root)
        double(Course.load(twice))
        unit = seconds(lambda: read_all(Course.load(once)))
        print(f"{'every page read once':30} {unit:6.1f} s", flush=True)
        took = {}
        for what, root, change in (
            ("everything new", once, None),
            ("nothing changed", once, None),
            ("one chapter's prose changed", once, add_words),
            ("everything new, pages twice", twice, None),
        ):
            if change:
                change(Course.load(root))
            took[what] = now = seconds(lambda root=root: build(Course.load(root)))
            print(f"{what:30} {now:6.1f} s {now / unit:6.1f} x", flush=True)
        growth = took["everything new, pages twice"] / took["everything new"]
        print(f"twice the pages take {growth:.1f} times as long")
