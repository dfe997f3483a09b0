"""The front page shows what the course is, and what its chapters say of themselves."""

import pytest

from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.site import cards
from layer_by_layer.site.weight import weigh
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE
from tests.site.test_links import soup
from tests.tabs import FINGER, SIZES, open_tab

EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
KILOBYTES = 300  # of the page, with all its pictures


@EVERY_LANGUAGE
def test_each_chapter_has_a_card(site, lang):
    found = soup(site / lang / "index.html").select(".layer-chapters li")
    links = [card.a["href"].split("#")[0] for card in found]
    assert links == [f"{name}.html" for name in COURSE.numbered]
    for card, name in zip(found, COURSE.numbered, strict=True):
        chapter = read_page(COURSE, name)
        assert card.a.get_text() == chapter.title(lang)
        assert f"{chapter.front['minutes']}" in card.small.get_text()
        assert len(card.get_text()) > len(card.a.get_text()) + 20
        assert (site / lang / card.img["src"]).exists()


def test_a_figure_that_a_chapter_lacks_is_named():
    name = COURSE.numbered[0]
    with pytest.raises(CourseError, match=f"asks for figure 99 of {name}"):
        cards.picture(COURSE, name, 99)


@EVERY_LANGUAGE
def test_is_light(browser, address, lang):
    """Without the weights of the network, which nobody has used yet."""
    with open_tab(browser, address) as (tab, _):
        weight = weigh(tab, f"{address}/{lang}/index.html")
    assert weight.kilobytes <= KILOBYTES, weight.largest()
    assert not [url for url in weight.files if "network.js" in url]
    assert len([url for url in weight.files if "/card-" in url]) == len(COURSE.numbered)


@EVERY_LANGUAGE
@pytest.mark.parametrize("size", SIZES)
def test_first_screen_says_what_it_is_and_lets_try(browser, address, lang, size):
    with open_tab(browser, address) as (tab, faults):
        tab.set_viewport_size(SIZES[size])
        tab.goto(f"{address}/{lang}/index.html")
        height = SIZES[size]["height"]
        for what in ("h1", ".layer-front strong", ".layer-facts", ".layer-actions"):
            box = tab.locator(what).first.bounding_box()
            assert 0 < box["y"] and box["y"] + box["height"] < height, what
        for link in tab.locator(".layer-actions a").all():
            assert link.bounding_box()["height"] >= FINGER
        drawing = tab.locator("#figure-try .layer-drawing").bounding_box()
        assert drawing["y"] < height - 200
        assert faults == []
