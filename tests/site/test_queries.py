"""Learners find their error message, and what they spell otherwise (queries.yml)."""

from pathlib import Path

import pytest
import yaml

from layer_by_layer.course import LANGUAGES
from tests.site.test_search import FIRST, results
from tests.tabs import open_tab

QUERIES = yaml.safe_load(Path(__file__).with_name("queries.yml").read_text("utf-8"))
CASES = [
    (lang, query, place)
    for lang in LANGUAGES
    for query, place in (QUERIES["both"] | QUERIES[lang]).items()
]


@pytest.fixture(scope="module")
def search_pages(browser, address):
    with open_tab(browser, address) as (ko, _), open_tab(browser, address) as (en, _):
        ko.goto(f"{address}/ko/search.html")
        en.goto(f"{address}/en/search.html")
        yield {"ko": ko, "en": en}


@pytest.mark.parametrize(("lang", "query", "place"), CASES)
def test_finds(search_pages, address, lang, query, place):
    """Among the first pages, or among the sections shown of them."""
    name, _, section = place.partition("#")
    wanted = f"{address}/{lang}/{name}.html" + (section and f"#{section}")
    first = results(search_pages[lang], query)[:FIRST]
    assert wanted in [link for page in first for link in page], first
