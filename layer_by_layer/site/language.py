"""The book of one language: Jupyter Book builds it, then it is made ready for the site.

    python -m layer_by_layer.site.language BUILD LANG     (started by `build.py`)

BUILD is the folder `_build`. What was made of a page before is not made again.
"""

import shutil
import sys
from pathlib import Path

from layer_by_layer.files import Kept, write
from layer_by_layer.site.lighten import lighten
from layer_by_layer.site.search import for_search
from layer_by_layer.source.figures import FOLDER as FIGURES

NOT_SHIPPED = ("*.map", ".buildinfo*", "objects.inv")


def source_folder(build: Path, lang: str) -> Path:
    """What Sphinx reads of one language."""
    return build / "source" / lang


def html_folder(build: Path, lang: str) -> Path:
    """What Sphinx writes, and updates the next time."""
    return build / "jupyter-book" / lang / "_build" / "html"


def finished_folder(build: Path, lang: str) -> Path:
    """The same as the site has it."""
    return build / "finished" / lang


def search_folder(build: Path, lang: str) -> Path:
    """The same as it is searched."""
    return build / "search" / lang


def run_sphinx(build: Path, lang: str) -> None:
    """Let Jupyter Book build; ends this process if it finds a fault."""
    from jupyter_book.cli.main import main as jupyter_book

    folder = source_folder(build, lang)
    jupyter_book(
        [
            *("build", str(folder), "--toc", str(folder / "_toc.yml")),
            *("--path-output", str(build / "jupyter-book" / lang)),
            *("--config", str(folder / "_config.yml")),
            *("-W", "-n", "--keep-going"),
        ],
        standalone_mode=False,
    )


def finish(build: Path, lang: str) -> None:
    """Make a light copy of what Sphinx wrote, and one to be searched."""
    folder, searched = finished_folder(build, lang), search_folder(build, lang)
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns(*NOT_SHIPPED)
    shutil.copytree(html_folder(build, lang), folder, ignore=ignored)
    sources = source_folder(build, lang)
    if (scripts := sources / FIGURES).exists():
        shutil.copytree(scripts, folder / FIGURES)
    names = [
        path.stem for kind in ("md", "ipynb") for path in sources.glob(f"*.{kind}")
    ]
    print(f"finishing {len(names)} pages", flush=True)
    with Kept(build / "kept" / lang) as kept:
        lighten(folder, kept)
        copies = {}
        for name in names:
            html = (folder / f"{name}.html").read_text("utf-8")
            copies[searched / f"{name}.html"] = kept.text(for_search, html, lang)
    write(copies)
    for path in searched.glob("*.html"):
        if path not in copies:
            path.unlink()


def main(build: str, lang: str) -> None:
    run_sphinx(Path(build), lang)
    finish(Path(build), lang)


if __name__ == "__main__":
    main(*sys.argv[1:])
