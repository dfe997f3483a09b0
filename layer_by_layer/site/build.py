"""Build the site: one Jupyter Book per language, merged under `_build/site/`.

    python -m layer_by_layer.site.build

Text comes from `book/`, outputs from `notebooks/`; nothing is executed. The finished
site replaces the previous one at the end, so an interrupted build leaves that intact.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from layer_by_layer import course
from layer_by_layer.assign import notebooks as assignments
from layer_by_layer.course import (
    BOOK,
    BUILD,
    LANGUAGES,
    ROOT,
    CourseError,
    in_language,
)
from layer_by_layer.run.execute import as_json, stored, with_outputs, write
from layer_by_layer.run.outputs import ESCAPES
from layer_by_layer.site import course_map, downloads, lessons, scoreboard, slides
from layer_by_layer.site.lighten import lighten
from layer_by_layer.site.metadata import write_site_files
from layer_by_layer.site.policy import declare
from layer_by_layer.site.search import make_searchable
from layer_by_layer.source.dialects import as_text, code_hash, for_site
from layer_by_layer.source.page import read_page

SITE = BUILD / "site"
SHOWN = ("WARNING", "ERROR", "Error", "sources...", "output...", "build ")  # of logs
SHARED = ("_static", "_templates")  # folders of book/ that both builds use
# What text pages may ask for as {{ name }}, or as {{ name 04 }} for one chapter.
GENERATED = {
    "map": course_map.picture,
    "map table": course_map.table,
    "scoreboard picture": scoreboard.picture,
    "scoreboard tables": scoreboard.tables,
    "lowest shown": lambda lang: f"{scoreboard.LOWEST_SHOWN}",
    "lessons": lessons.table,
    "lesson": lessons.lesson,
    "assignments": lessons.assignments,
    "hub form": lessons.hub_form,
    "hub example": lessons.hub_example,
    "minutes per question": lambda lang: f"{lessons.PER_QUESTION}",
    "minutes per exercise": lambda lang: f"{lessons.PER_EXERCISE}",
}
PLACE = re.compile(rf"\{{\{{ ({'|'.join(GENERATED)})(?: (\d\d))? \}}\}}")


def main(arguments: list[str]) -> None:
    start = time.monotonic()
    course.addresses()  # refuse a wrong one before the long part
    compile_interface_strings()
    for lang in LANGUAGES:
        write_sources(lang)
    builds = {lang: start_build(lang) for lang in LANGUAGES}
    with ThreadPoolExecutor() as threads:
        try:
            succeeded = list(threads.map(finished, builds, builds.values()))
        except BaseException:
            for build in builds.values():
                build.kill()
            raise
    failed = [lang for lang, good in zip(LANGUAGES, succeeded, strict=True) if not good]
    if failed:
        raise CourseError(
            f"Jupyter Book failed for {', '.join(failed)}: correct what is listed above"
            f" (whole logs: {', '.join(str(log(lang)) for lang in failed)})."
        )
    merge()
    print(f"\nBuilt in {time.monotonic() - start:.0f} s. Open {SITE / 'index.html'}")
    print("or run 'make serve' and open http://localhost:8000")


def source_folder(lang: str) -> Path:
    """The Sphinx source of one language."""
    return BUILD / "source" / lang


def html_folder(lang: str) -> Path:
    return BUILD / "jupyter-book" / lang / "_build" / "html"


def log(lang: str) -> Path:
    return BUILD / f"jupyter-book-{lang}.log"


def compile_interface_strings() -> None:
    """Compile `book/locale/**.po` for Sphinx."""
    for po in sorted(BOOK.glob("locale/*/LC_MESSAGES/*.po")):
        mo = BUILD / po.relative_to(BOOK).with_suffix(".mo")
        mo.parent.mkdir(parents=True, exist_ok=True)
        if mo.exists() and mo.stat().st_mtime > po.stat().st_mtime:
            continue
        with po.open("rb") as source, mo.open("wb") as target:
            write_mo(target, read_po(source))


def write_sources(lang: str) -> None:
    """Write what one language's Jupyter Book reads. Unchanged files stay untouched."""
    folder = source_folder(lang)
    toc = course.toc()
    files = {"_config.yml": yaml.safe_dump(config_for(lang), allow_unicode=True)}
    for part in toc.get("parts", []):
        part["caption"] = in_language(part["caption"], lang)
    files["_toc.yml"] = yaml.safe_dump(toc, allow_unicode=True, sort_keys=False)
    pages = [read_page(name) for name in course.page_names(toc)]
    chapters = {page.name for page in pages if page.is_chapter}
    for page in pages:
        name = page.name
        if page.is_chapter:
            notebook = stored_outputs(name, code_hash(page), lang)
            files[f"{name}.ipynb"] = as_json(
                with_outputs(for_site(page, lang, chapters), notebook)
            )
        else:
            files[f"{name}.md"] = generated(as_text(page, lang, chapters), lang)
    for path in folder.glob("*.*"):
        if path.name not in files:
            path.unlink()
    write({folder / name: text for name, text in files.items()})
    for shared in SHARED:
        mirror(BOOK / shared, folder / shared)


def generated(text: str, lang: str) -> str:
    """Text with each {{ name }} replaced by what is made of chapters and their runs."""
    return PLACE.sub(
        lambda place: GENERATED[place[1]](lang, *filter(None, [place[2]])), text
    )


def stored_outputs(name: str, code_sha256: str, lang: str):
    """The executed notebook of a chapter, if it belongs to the chapter's code."""
    notebook = stored(name, lang)
    if (
        notebook is None
        or notebook.metadata.get("layer_by_layer", {}).get("code_sha256") != code_sha256
    ):
        state = "changed" if notebook else "was never executed"
        raise CourseError(
            f"book/{name}.md: its code {state}, so there are no outputs to show: "
            f"run 'make notebooks CH={course.short(name)}'."
        )
    return notebook


def config_for(lang: str) -> dict:
    """`_config.yml` for one language."""
    config = course.config()
    config["title"] = in_language(config["title"], lang)
    config["author"] = in_language(config["author"], lang)
    config["sphinx"]["config"]["language"] = lang
    config["sphinx"]["config"]["locale_dirs"] = [str(BUILD / "locale")]
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


def start_build(lang: str) -> subprocess.Popen:
    folder = source_folder(lang)
    command = [
        *(str(Path(sys.executable).with_name("jupyter-book")), "build", str(folder)),
        *("--toc", str(folder / "_toc.yml"), "--config", str(folder / "_config.yml")),
        *("--path-output", str(BUILD / "jupyter-book" / lang)),
        *("-W", "-n", "--keep-going"),
    ]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def finished(lang: str, build: subprocess.Popen) -> bool:
    """Follow a build to its end: show progress and problems, keep the whole log."""
    with log(lang).open("w", encoding="utf-8") as file:
        for line in build.stdout:
            file.write(line)
            line = ESCAPES.sub("", line)
            if any(word in line for word in SHOWN):
                print(f"{lang}  {line.rstrip()}", flush=True)
    return build.wait() == 0


def merge() -> None:
    """Put both books and the front page together, then swap the finished site in."""
    new, old = SITE.with_name("site.new"), SITE.with_name("site.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(BOOK / "_root", new)
    for lang in LANGUAGES:
        shutil.copytree(
            html_folder(lang),
            new / lang,
            ignore=shutil.ignore_patterns("*.map", ".buildinfo*", "objects.inv"),
        )
        lighten(new / lang)
    pages = course.page_names(course.toc())
    write_site_files(new, pages)
    make_searchable(new, pages)
    assignments.add_to(new)
    slides.add(new)
    declare(new)
    downloads.add(new)  # last: the zip holds all that is there
    if SITE.exists():
        SITE.rename(old)
    new.rename(SITE)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    course.run_tool(main)
