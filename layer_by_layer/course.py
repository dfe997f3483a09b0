"""Where things are, and what `_config.yml` and `_toc.yml` say.

Every other module starts from here. The repository's public address is read in one
place, so that changing it in `_config.yml` changes every badge and link.
"""

import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
import yaml

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
NOTEBOOKS = ROOT / "notebooks"
ASSIGNMENTS = ROOT / "assignments"
BUILD = ROOT / "_build"
LANGUAGES = ("ko", "en")
ZIP = "layer-by-layer.zip"  # the downloads, at the top of the site
PDFS = {lang: f"layer-by-layer-{lang}.pdf" for lang in LANGUAGES}


class CourseError(Exception):
    """Something a person can mend. The message says what, where, and what to do."""


def other(lang: str) -> str:
    """The language that `lang` is not."""
    return LANGUAGES[1 - LANGUAGES.index(lang)]


def in_language(text: str, lang: str) -> str:
    """One half of a bilingual setting such as `한 층씩 · Layer by Layer`."""
    halves = text.split(" · ")
    if len(halves) != len(LANGUAGES):
        raise CourseError(
            f"{text!r} in _config.yml or _toc.yml is not written '한국어 · English': "
            "give both languages, Korean first, with ' · ' between them."
        )
    return halves[LANGUAGES.index(lang)]


def read_yaml(path: Path) -> dict:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path.name} is missing: restore it with git.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise CourseError(
            f"{path.name}{line} is not valid YAML ({problem}): correct that line."
        ) from None
    if not isinstance(content, dict):
        raise CourseError(f"{path.name} holds no settings: restore it with git.")
    return content


def config() -> dict:
    """The Jupyter Book settings both languages share."""
    return read_yaml(ROOT / "_config.yml")


def toc() -> dict:
    """The course map, checked against the files in `book/`."""
    toc = read_yaml(ROOT / "_toc.yml")
    try:
        listed = page_names(toc)
    except (KeyError, TypeError):
        raise CourseError(
            "_toc.yml is not made of root, parts, chapters and file: "
            "see what changed with 'git diff _toc.yml'."
        ) from None
    for name in listed:
        if not (BOOK / f"{name}.md").exists():
            raise CourseError(
                f"_toc.yml lists {name!r}, but book/{name}.md does not exist: "
                "write the page or take it out of _toc.yml."
            )
    for path in sorted(BOOK.glob("*.md")):
        if path.stem not in listed:
            raise CourseError(
                f"book/{path.name} is not in _toc.yml: add 'file: {path.stem}' there, "
                "where readers should meet it."
            )
    return toc


def page_names(toc: dict) -> list[str]:
    """Names of all pages, in reading order."""
    parts = toc.get("parts", [])
    chapters = [chapter for part in parts for chapter in part["chapters"]]
    return [toc["root"], *(chapter["file"] for chapter in chapters)]


def short(name: str) -> str:
    """What a person types for a page with code: `04` for `04-hidden-layers`."""
    return name.partition("-")[0]


def is_numbered(name: str) -> bool:
    """Whether a page is a chapter of the course, not one to look things up in."""
    return name[0].isdigit()


@dataclass(frozen=True)
class Addresses:
    """Public addresses, all derived from `repository.url` in `_config.yml`."""

    repository: str
    branch: str

    @property
    def site(self) -> str:
        """Where GitHub Pages publishes the repository, without a final slash."""
        owner, name = urlsplit(self.repository).path.strip("/").split("/")
        return f"https://{owner.lower()}.github.io/{name}"

    def page(self, lang: str, name: str) -> str:
        return f"{self.site}/{lang}/{name}.html"

    def download(self, name: str) -> str:
        return f"{self.site}/{name}"

    def source(self, name: str) -> str:
        return f"{self.repository}/blob/{self.branch}/book/{name}.md"

    def report(self, title: str, body: str) -> str:
        """A form for a new issue, with its first words filled in."""
        words = urlencode({"title": title, "body": body})
        return f"{self.repository}/issues/new?{words}"

    def handout(self, lang: str, name: str) -> str:
        """The page of an assignment that an instructor hands out."""
        return f"{self.site}/assignments/{lang}/{name}.html"

    def colab(self, lang: str, name: str, folder: str = "notebooks") -> str:
        path = urlsplit(self.repository).path.strip("/")
        return (
            "https://colab.research.google.com/github/"
            f"{path}/blob/{self.branch}/{folder}/{lang}/{name}.ipynb"
        )

    def on_hub(self, path: str) -> str:
        """What follows the address of a JupyterHub to fetch and open a file there.

        See https://nbgitpuller.readthedocs.io/en/latest/topic/url-options.html.
        """
        folder = self.repository.rpartition("/")[2]
        asked = {
            "repo": self.repository,
            "branch": self.branch,
            "urlpath": f"lab/tree/{folder}/{path}",
        }
        return f"/hub/user-redirect/git-pull?{urlencode(asked)}"


def addresses() -> Addresses:
    repository = config().get("repository") or {}
    url = str(repository.get("url")).rstrip("/")
    branch = repository.get("branch")
    if not re.fullmatch(r"https://github\.com/[^/\s]+/[^/\s]+", url) or not branch:
        raise CourseError(
            "_config.yml does not say where the repository is: write "
            "'url: https://github.com/OWNER/NAME' and 'branch: main' under repository."
        )
    return Addresses(url, branch)


def run_tool(main) -> None:
    """Run a command-line tool; faults end it with one sentence, not a traceback."""
    try:
        main(sys.argv[1:])
    except CourseError as error:
        sys.exit(f"\nerror: {error}")
    except KeyboardInterrupt:
        # What was interrupted (a kernel, a build) ends here and now: what its libraries
        # would do at exit fails half-way, with a traceback that tells a reader nothing.
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                process.kill()
        said = "\ninterrupted: nothing was half written; run it again to go on."
        print(said, file=sys.stderr, flush=True)
        os._exit(1)
    except OSError as error:
        sys.exit(
            f"\nerror: {error.filename or 'a file'} cannot be written "
            f"({error.strerror}): free some space or change its permissions."
        )
