"""The words of interface, hand-outs and feedback: a file per language, as data.

And `spellings.yml`: what learners type into the search.
"""

from functools import cache
from pathlib import Path

import yaml

from layer_by_layer.course import LANGUAGES


@cache
def read(name: str) -> dict[str, dict]:
    path = Path(__file__).with_name(f"{name}.yml")
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def words_of(section: str) -> dict[str, dict]:
    """What one part of the course says, by language."""
    return {lang: read(lang)[section] for lang in LANGUAGES}
