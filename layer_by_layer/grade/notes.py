"""What the grader notes about a submission: a kind and values, told in each language.

Records keep kinds and values; the words are in words/ko.yml and words/en.yml, under
`notes`.
"""

from layer_by_layer.course import ENGLISH, LANGUAGES
from layer_by_layer.words import words_of

WORDS = words_of("notes")


def told(note: dict, lang: str) -> str:
    """A note in one language. `note` has a kind, as `group.name`, and values."""
    group, _, name = note["kind"].partition(".")
    return WORDS[lang][group][name].format(**note)


def in_all(note: dict) -> str:
    """A note in all languages, for tables."""
    return " · ".join(told(note, lang) for lang in LANGUAGES)


def remark(name: str, **values) -> str:
    """What an instructor is told of how grading went, in all languages."""
    return in_all({"kind": f"remarks.{name}", **values})


class Unreadable(Exception):
    """Why a file is no notebook that can be graded, as a note."""

    def __init__(self, kind: str, language: str = "", **values):
        self.note = {"kind": f"unreadable.{kind}", **values}
        self.language = language  # that the file is in, if it says so
        super().__init__(told(self.note, ENGLISH))
