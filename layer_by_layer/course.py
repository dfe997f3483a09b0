"""The course: where things are, and what `_config.yml` and `_toc.yml` say.

A command loads it once and passes it along: `Course.load()`. What later stages read of
it (a page, a stored notebook, an assignment) is read once, too: see `once`. The
repository's public address is read in one place, so that changing it in `_config.yml`
changes every badge and link.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, wraps
from inspect import signature
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
WORDS = Path(__file__).with_name("words")  # a file for each language
# A language of every course: its notebooks are executed, since errors are in English.
ENGLISH = "en"
# The downloads, at the top of the site; a PDF per language.
ZIP, PDF = "layer-by-layer.zip", "layer-by-layer-{}.pdf"


class CourseError(Exception):
    """Something a person can mend. The message says what, where, and what to do."""


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


@dataclass(frozen=True, eq=False)
class Course:
    """A course in a folder: its settings, and what was read of it so far."""

    root: Path
    config: dict  # the Jupyter Book settings that all languages share
    languages: tuple[str, ...]  # in the order in which cells and titles have them
    toc: dict  # _toc.yml: the pages, in reading order
    addresses: "Addresses"
    known: dict = field(default_factory=dict, init=False, repr=False)  # see `once`

    @classmethod
    def load(cls, root: Path = ROOT) -> "Course":
        """Read the settings in a folder, and check them against its files.

        Raises CourseError if something is missing there, or does not fit.
        """
        toc = read_toc(root)
        config = read_yaml(root / "_config.yml")
        return cls(root, config, languages_in(config), toc, addresses_in(config))

    @property
    def book(self) -> Path:
        return self.root / "book"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def assignments(self) -> Path:
        return self.root / "assignments"

    @property
    def build(self) -> Path:
        return self.root / "_build"

    @property
    def site(self) -> Path:
        return self.build / "site"

    def in_language(self, text: str, lang: str) -> str:
        """One part of a setting in all languages: `한 층씩 · Layer by Layer`."""
        parts = text.split(" · ")
        if len(parts) != len(self.languages):
            raise CourseError(
                f"{text!r} in _config.yml or _toc.yml is not in all languages: write "
                f"it in {', '.join(self.languages)}, in this order, with ' · ' between."
            )
        return parts[self.languages.index(lang)]

    def title(self, lang: str) -> str:
        return self.in_language(self.config["title"], lang)

    def author(self, lang: str) -> str:
        return self.in_language(self.config["author"], lang)

    @property
    def page_names(self) -> list[str]:
        """Names of all pages, in reading order."""
        return page_names(self.toc)

    @property
    def numbered(self) -> list[str]:
        """Names of the chapters of the course, without pages to look things up in."""
        return [name for name in self.page_names if is_numbered(name)]


def once(read: Callable) -> Callable:
    """Let a function of a course, and of names, do its work once for each course.

    What it returns is shared: nobody may change it.
    """
    arguments = signature(read)

    @wraps(read)
    def look_up(course: Course, *names: str):
        bound = arguments.bind(course, *names)
        bound.apply_defaults()  # what is left out is asked for, too
        key = (read, *bound.args[1:])
        if key not in course.known:
            course.known[key] = read(course, *names)
        return course.known[key]

    return look_up


def languages_in(config: dict) -> tuple[str, ...]:
    """The languages that `_config.yml` names. There are words for each."""
    known = sorted(path.stem for path in WORDS.glob("*.yml"))
    named = config.get("languages")
    if not isinstance(named, list) or ENGLISH not in named or set(named) - set(known):
        raise CourseError(
            "_config.yml does not say which languages there are: write 'languages: "
            f"[ko, en]' there, {ENGLISH} among them, and for a new one the file "
            f"layer_by_layer/words/xx.yml (there are {', '.join(known)})."
        )
    return tuple(named)


def read_toc(root: Path) -> dict:
    """What `_toc.yml` says, checked against the files in `book/`."""
    toc = read_yaml(root / "_toc.yml")
    try:
        listed = page_names(toc)
    except (KeyError, TypeError):
        raise CourseError(
            "_toc.yml is not made of root, parts, chapters and file: "
            "see what changed with 'git diff _toc.yml'."
        ) from None
    for name in listed:
        if not (root / "book" / f"{name}.md").exists():
            raise CourseError(
                f"_toc.yml lists {name!r}, but book/{name}.md does not exist: "
                "write the page or take it out of _toc.yml."
            )
    for path in sorted((root / "book").glob("*.md")):
        if path.stem not in listed:
            raise CourseError(
                f"book/{path.name} is not in _toc.yml: add 'file: {path.stem}' there, "
                "where readers should meet it."
            )
    return toc


def page_names(toc: dict) -> list[str]:
    parts = toc.get("parts", [])
    chapters = [chapter for part in parts for chapter in part["chapters"]]
    return [toc["root"], *(chapter["file"] for chapter in chapters)]


def short(name: str) -> str:
    """What a person types for a page with code: `04` for `04-hidden-layers`."""
    return name.partition("-")[0]


def is_numbered(name: str) -> bool:
    """Whether a page is one of the numbered chapters; the clinic is none of them."""
    return name[0].isdigit()


@dataclass(frozen=True)
class Addresses:
    """Public addresses, all derived from `repository.url` in `_config.yml`."""

    repository: str
    branch: str
    languages: tuple[str, ...]

    @property
    def site(self) -> str:
        """Where GitHub Pages publishes the repository, without a final slash."""
        owner, name = urlsplit(self.repository).path.strip("/").split("/")
        return f"https://{owner.lower()}.github.io/{name}"

    def page(self, lang: str, name: str) -> str:
        return f"{self.site}/{lang}/{name}.html"

    def twins(self, name: str) -> dict[str, str]:
        """A page in each language; who reads none of them goes to the front page."""
        pages = {lang: self.page(lang, name) for lang in self.languages}
        return {**pages, "x-default": f"{self.site}/"}

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


def addresses_in(config: dict) -> Addresses:
    """The addresses that follow from the repository's in `_config.yml`."""
    repository = config.get("repository") or {}
    url = str(repository.get("url")).rstrip("/")
    branch = repository.get("branch")
    if not re.fullmatch(r"https://github\.com/[^/\s]+/[^/\s]+", url) or not branch:
        raise CourseError(
            "_config.yml does not say where the repository is: write "
            "'url: https://github.com/OWNER/NAME' and 'branch: main' under repository."
        )
    return Addresses(url, branch, languages_in(config))


# An exception, for grading and tests: the languages of the course in this repository,
# which is loaded for that alone.


def __getattr__(name: str) -> tuple[str, ...]:
    """`LANGUAGES`."""
    if name == "LANGUAGES":
        return _here()
    raise AttributeError(name)


@cache
def _here() -> tuple[str, ...]:
    return Course.load().languages


def other(lang: str) -> str:
    """The next language, in a ring: with two of them, the other one."""
    return _here()[(_here().index(lang) + 1) % len(_here())]
