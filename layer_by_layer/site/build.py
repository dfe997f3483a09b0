"""Build the site: one Jupyter Book per language, merged under `_build/site/`.

Text comes from `book/`, outputs from `notebooks/`; nothing is executed. The finished
site replaces the previous one at the end, so an interrupted build leaves that intact.
In `_build/`: source/LANG (`write_sources`) → jupyter-book/LANG (Sphinx) →
finished/LANG and search/LANG, for Pagefind (`language.finish`) → site.new (`complete`,
which writes the policy and links to downloads into the pages) → site (`swap_in`).
"""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import yaml
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from layer_by_layer.assign import notebooks as assignments
from layer_by_layer.command import parser
from layer_by_layer.course import Course, CourseError
from layer_by_layer.files import PACKAGE, checksum, code_checksum, write
from layer_by_layer.run.outputs import ESCAPES
from layer_by_layer.run.store import stored_outputs, with_outputs
from layer_by_layer.site import (
    cards,
    course_map,
    downloads,
    lessons,
    scoreboard,
    slides,
)
from layer_by_layer.site.language import finished_folder, source_folder
from layer_by_layer.site.metadata import write_site_files
from layer_by_layer.site.policy import declare
from layer_by_layer.site.search import make_searchable
from layer_by_layer.source import figures
from layer_by_layer.source.dialects import as_json, as_text, for_site
from layer_by_layer.source.page import read_page

MADE_FROM = "made-from.txt"  # in _build: checksums of the sources and of the site
# Lines of a log that hold one of these are shown.
SHOWN = ("WARNING", "ERROR", "Error", "sources...", "output...", "build ", "finishing")
SHARED = ("_static", "_templates")  # folders of book/ that all builds use
# What text pages may ask for as {{ name }}, or as {{ name 04 }} for one chapter; all
# pages for addresses such as {{ pdf }}: see `dialects._with_addresses`.
GENERATED = {
    "card": cards.card,
    "course length": cards.length,
    "colab": cards.colab,
    "map": course_map.picture,
    "map table": course_map.table,
    "scoreboard picture": scoreboard.picture,
    "scoreboard tables": scoreboard.tables,
    "lowest shown": lambda course, lang: f"{scoreboard.LOWEST_SHOWN}",
    "lessons": lessons.table,
    "lesson": lessons.lesson,
    "assignments": lessons.assignments,
    "hub form": lessons.hub_form,
    "hub example": lessons.hub_example,
    "minutes per question": lambda course, lang: f"{lessons.PER_QUESTION}",
    "minutes per exercise": lambda course, lang: f"{lessons.PER_EXERCISE}",
}
PLACE = re.compile(rf"\{{\{{ ({'|'.join(GENERATED)})(?: (\d\d(?:\.\d+)?))? \}}\}}")


def main(course: Course, arguments: list[str]) -> None:
    parser("book", __doc__).parse_args(arguments)
    start = time.monotonic()
    site = build(course)
    print(f"\nBuilt in {time.monotonic() - start:.0f} s. Open {site / 'index.html'}")
    print("or run 'make serve' and open http://localhost:8000")


def build(course: Course) -> Path:
    """Build the site of a course, and return its folder.

    Raises CourseError if a page cannot be built; the site stays as it was, then.
    """
    stamp, sources = course.build / MADE_FROM, sources_of(course)
    if stamp.exists() and stamp.read_text("utf-8") == f"{sources} {state_of(course)}":
        print("Nothing has changed since the last build.")
        return course.site
    stamp.unlink(missing_ok=True)
    compile_interface_strings(course)
    for lang in course.languages:
        write_sources(course, lang)
    builds = {lang: start_build(course, lang) for lang in course.languages}
    with ThreadPoolExecutor() as threads:
        try:
            followed = [
                threads.submit(follow, course, *each) for each in builds.items()
            ]
            new = begin_site(course)
            succeeded = [each.result() for each in followed]
        except BaseException:
            for process in builds.values():
                process.kill()
            raise
    failed = [lang for lang, good in zip(builds, succeeded, strict=True) if not good]
    if failed:
        raise CourseError(
            f"Jupyter Book failed for {', '.join(failed)}: correct what is listed above"
            f" (whole logs: {', '.join(str(log(course, lang)) for lang in failed)})."
        )
    complete(course, new)
    swap_in(course.site, new)
    stamp.write_text(f"{sources} {state_of(course)}", encoding="utf-8")
    return course.site


def sources_of(course: Course) -> str:
    """A checksum of all that the site is made of."""
    folders = (course.book, course.notebooks, course.assignments)
    paths = [path for folder in folders for path in folder.rglob("*")]
    paths += [course.root / "_config.yml", course.root / "_toc.yml"]
    printed = downloads.state(course)
    files = [path for path in paths if path.is_file()]
    return checksum(files, code_checksum(), printed)


def state_of(course: Course) -> str:
    """A checksum of the names, sizes and times of all that is in the site."""
    states = []
    for path in sorted(course.site.rglob("*")):
        state = path.stat()
        states.append(f"{path} {state.st_size} {state.st_mtime_ns}")
    return checksum([], *states)


def log(course: Course, lang: str) -> Path:
    return course.build / f"jupyter-book-{lang}.log"


def compile_interface_strings(course: Course) -> None:
    """Compile `book/locale/**.po` for Sphinx."""
    for po in sorted(course.book.glob("locale/*/LC_MESSAGES/*.po")):
        mo = course.build / po.relative_to(course.book).with_suffix(".mo")
        mo.parent.mkdir(parents=True, exist_ok=True)
        if mo.exists() and mo.stat().st_mtime > po.stat().st_mtime:
            continue
        with po.open("rb") as source, mo.open("wb") as target:
            write_mo(target, read_po(source))


def write_sources(course: Course, lang: str) -> None:
    """Write what one language's Jupyter Book reads. Unchanged files stay untouched."""
    folder = source_folder(course.build, lang)
    toc, config = deepcopy(course.toc), config_for(course, lang)
    files = {"_config.yml": yaml.safe_dump(config, allow_unicode=True)}
    for part in toc.get("parts", []):
        part["caption"] = course.in_language(part["caption"], lang)
    files["_toc.yml"] = yaml.safe_dump(toc, allow_unicode=True, sort_keys=False)
    for name in course.page_names:
        page = read_page(course, name)
        if page.is_chapter:
            ran = stored_outputs(course, page, lang)
            notebook = with_outputs(for_site(course, page, lang), ran)
            files[f"{name}.ipynb"] = as_json(notebook)
        else:
            text = as_text(course, page, lang)
            files[f"{name}.md"] = generated(course, text, lang)
    for name, text in (figures.scripts(course) | cards.pictures(course)).items():
        files[f"{figures.FOLDER}/{name}"] = text
    for path in folder.glob("*.*"):
        if path.name not in files:
            path.unlink()
    write({folder / name: text for name, text in files.items()})
    for shared in SHARED:
        mirror(course.book / shared, folder / shared)


def generated(course: Course, text: str, lang: str) -> str:
    """Text with each {{ name }} replaced by what is made of chapters and their runs."""
    return PLACE.sub(
        lambda place: GENERATED[place[1]](course, lang, *filter(None, [place[2]])),
        text,
    )


def config_for(course: Course, lang: str) -> dict:
    """`_config.yml` for one language."""
    config = deepcopy(course.config)
    del config["languages"]  # no setting of Jupyter Book
    config["title"], config["author"] = course.title(lang), course.author(lang)
    sphinx, to = config["sphinx"]["config"], course.addresses
    sphinx["language"] = lang
    sphinx["locale_dirs"] = [str(course.build / "locale")]
    sphinx["layer_addresses"] = [to.repository, to.branch, to.languages]
    sphinx["layer_chapters"] = course.numbered
    return config


def mirror(source: Path, target: Path) -> None:
    """Make `target` a copy of folder `source`, touching only what differs."""
    target.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in source.iterdir()}
    for path in source.iterdir():
        new = target / path.name
        if not new.exists() or new.stat().st_mtime < path.stat().st_mtime:
            shutil.copyfile(path, new)
    for path in target.iterdir():
        if path.name not in names:
            path.unlink()


def start_build(course: Course, lang: str) -> subprocess.Popen:
    module = "layer_by_layer.site.language"
    return subprocess.Popen(
        [sys.executable, "-m", module, str(course.build), lang],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def follow(course: Course, lang: str, process: subprocess.Popen) -> bool:
    """Follow a build to its end: show progress and problems, keep the whole log."""
    with log(course, lang).open("w", encoding="utf-8") as file:
        for line in process.stdout:
            file.write(line)
            line = ESCAPES.sub("", line)
            if any(word in line for word in SHOWN):
                print(f"{lang}  {line.rstrip()}", flush=True)
    return process.wait() == 0


def begin_site(course: Course) -> Path:
    """A new site with all that does not wait for the books; returns its folder."""
    new = course.site.with_name("site.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(course.book / "_root", new)
    assignments.add_to(course, new)
    slides.add(course, new)
    return new


def complete(course: Course, new: Path) -> None:
    """Put all books into a new site, and make it known, searchable and safe."""
    for lang in course.languages:
        finished = finished_folder(course.build, lang)
        shutil.copytree(finished, new / lang, dirs_exist_ok=True)
    pages = course.page_names
    write_site_files(course, new)
    copies = course.build / "search"
    make_searchable(new, course.languages, len(pages), copies)
    declare(new)
    downloads.add(course, new)  # last: the zip holds all that is there


def swap_in(site: Path, new: Path) -> None:
    """Let a new site take the place of the old one."""
    old = site.with_name("site.old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
