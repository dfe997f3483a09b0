"""Every link of the built site leads somewhere, and pictures have words."""

from functools import cache
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

from layer_by_layer import course
from layer_by_layer.course import LANGUAGES
from tests.conftest import CHAPTERS, COURSE

PAGES = COURSE.page_names
EVERY_PAGE = pytest.mark.parametrize(
    ("lang", "name"), [(lang, name) for lang in LANGUAGES for name in PAGES]
)


@cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def ids(path) -> set[str]:
    return {tag["id"] for tag in soup(path).find_all(id=True)}


@EVERY_PAGE
def test_internal_links(site, lang, name):
    path = site / lang / f"{name}.html"
    for tag in soup(path).find_all(href=True):
        address, fragment = urldefrag(tag["href"])
        address = address.partition("?")[0]
        if ":" in address:
            continue
        target = (path.parent / unquote(address)).resolve() if address else path
        assert target.exists(), f"{lang}/{name}.html: {tag['href']}"
        if fragment and target.suffix == ".html":
            assert unquote(fragment) in ids(target), f"{lang}/{name}: {tag['href']}"


@EVERY_PAGE
def test_switch_leads_to_the_twin(site, lang, name):
    twin = course.other(lang)
    links = soup(site / lang / f"{name}.html").find_all("a", hreflang=twin)
    assert [link["href"].split("#")[0] for link in links] == [f"../{twin}/{name}.html"]


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_colab_button(site, lang, name):
    links = soup(site / lang / f"{name}.html").select("a.layer-colab")
    addresses = [link["href"] for link in links]
    assert addresses == [COURSE.addresses.colab(lang, name)]


@EVERY_PAGE
def test_both_languages_have_the_same_anchors(site, lang, name):
    """Sections can be switched: what is `id1` in Korean has a name in both."""
    mine, twin = (
        {
            section["id"]
            for section in soup(site / each / f"{name}.html").select("section.anchored")
        }
        for each in (lang, course.other(lang))
    )
    assert mine == twin


@EVERY_PAGE
def test_pictures_have_words(site, lang, name):
    # In a card the title says it.
    pictures = "article :is(img, .layer-plot):not(.layer-chapters img)"
    for figure in soup(site / lang / f"{name}.html").select(pictures):
        words = figure.get("alt", figure.get("aria-label", ""))
        assert len(words) > 20 and ".png" not in words, figure
