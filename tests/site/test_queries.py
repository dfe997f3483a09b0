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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_there_is_not_found(search_pages, lang):
    tab = search_pages[lang]
    for query in QUERIES["nothing"][lang]:
        tab.fill("[type=search]", query)
        tab.locator(".layer-search [role=status]", has_text=f"{query}").wait_for()
        assert tab.locator(".layer-search li").count() == 0, query


@pytest.mark.parametrize("lang", LANGUAGES)
def test_definition_of_a_term_comes_first(search_pages, address, lang):
    page = f"{address}/{lang}/glossary.html"
    for query, entry in QUERIES["defined"][lang].items():
        first = results(search_pages[lang], query)[0]
        assert first[:2] == [page, f"{page}#{entry}"], query
