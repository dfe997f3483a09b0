"""The words of interface, hand-outs and feedback: a file per language, as data."""

import re
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
# Languages that there are words for; a course may have fewer.
SPOKEN = tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


@cache
def read(lang: str) -> dict[str, dict]:
    text = (FOLDER / f"{lang}.yml").read_text(encoding="utf-8")
    return yaml.load(text, yaml.CSafeLoader)


def words_of(section: str) -> dict[str, dict]:
    """What one part of the tools says, by language."""
    return {lang: read(lang)[section] for lang in SPOKEN}


@cache
def letters(lang: str) -> re.Pattern | None:
    """A letter that only this language is written with, if it has letters of its own.

    They tell its text from that of other languages.
    """
    own = read(lang)["language"]["letters"]
    return re.compile(own) if own else None
