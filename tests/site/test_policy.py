"""Pages load and run only files of their own site, and browsers see to it."""

import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from layer_by_layer.course import LANGUAGES, other
from layer_by_layer.site import policy
from tests.conftest import CHAPTERS, COURSE
from tests.tabs import SIZES, open_tab

CHAPTER = CHAPTERS[0]
LOADED = ("src", "srcset", "poster", "data", "action", "background")  # or run
LED_TO = {"canonical", "alternate"}  # links in a head that load nothing
DATA = "application/ld+json"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module", name="pages")
def all_pages(site) -> dict[str, BeautifulSoup]:
    """Every page of the site, whatever made it."""
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(
            path.read_text("utf-8"), "html.parser"
        )
        for path in sorted(site.rglob("*.html"))
    }


def test_every_page_has_the_policy_before_all_else(pages):
    assert {"index.html", "404.html", "ko/search.html"} <= set(pages)
    for name, page in pages.items():
        first, *others = page.head.find_all(True)
        policies = {"http-equiv": "Content-Security-Policy", "content": policy.POLICY}
        assert first.attrs == policies, name
        assert not [tag for tag in others if tag.get("http-equiv")], name
    assert "http" not in policy.POLICY and "*" not in policy.POLICY


def test_nothing_is_written_into_a_page_that_belongs_into_a_file(pages):
    for name, page in pages.items():
        assert page.find_all("style") == [], name
        for script in page.find_all("script"):
            assert script.get("src") or script.get("type") == DATA, (name, script)
        for tag in page.find_all(True):
            wrong = [key for key in tag.attrs if key.startswith("on") or key == "style"]
            assert wrong == [], (name, tag)
            assert not str(tag.get("href")).lower().startswith("javascript:"), name


def test_pages_and_styles_name_no_other_host(pages, site):
    """Not even in links that only prepare a visit, which are no requests yet."""
    for name, page in pages.items():
        named = [tag[key] for key in LOADED for tag in page.find_all(**{key: True})]
        named += [link["href"] for link in page.find_all("link")
                  if not LED_TO & set(link["rel"])]  # fmt: skip
        assert [address for address in named if urlsplit(address).netloc] == [], name
    for path in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", path.read_text())


@pytest.mark.parametrize(
    "markup",
    [
        "<script>document.title = 'broken'</script>",
        "<img src='_static/logo.svg' onload=\"document.title = 'broken'\">",
        "<p style='color: red'>",
        "<img src='https://tracker.example/pixel.png'>",
        "<iframe src='https://tracker.example/'></iframe>",
        "<script src='https://tracker.example/count.js'></script>",
    ],
)
def test_browsers_refuse_what_the_policy_forbids(browser, address, site, markup):
    """And every test that loads a page in a browser would notice it."""
    page = (site / "en" / "start.html").read_text("utf-8")
    page = page.replace("</h1>", f"</h1>{markup}", 1)
    with open_tab(browser, address) as (tab, faults):
        tab.route("**/start.html", lambda route: route.fulfill(body=page))
        tab.goto(f"{address}/en/start.html")
        assert any("refused" in fault for fault in faults), faults
        assert tab.title() != "broken"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_works_under_the_policy(browser, address, lang):
    with open_tab(browser, address) as (tab, faults):
        tab.set_viewport_size(SIZES["desktop"])
        tab.goto(f"{address}/{lang}/{CHAPTER}.html")
        light = tab.evaluate(BACKGROUND)
        tab.click(".theme-switch-button")
        assert tab.evaluate(BACKGROUND) != light
        tab.click(".primary-toggle")
        tab.locator("#pst-primary-sidebar").wait_for(state="hidden")
        tab.locator(".layer-mark").check()
        assert tab.locator(".bd-docs-nav .layer-read").count() == 1
        tab.locator("button.copybtn").first.click(force=True)
        tab.locator("button.copybtn.success").wait_for()
        tab.locator(".layer-option").first.click()
        tab.locator("details summary").locator("visible=true").first.click()
        tab.keyboard.press("Control+k")
        tab.keyboard.type("Dense")
        tab.wait_for_selector(".layer-search-dialog li")
        tab.keyboard.press("Enter")  # sends the form to the search page
        tab.wait_for_url(f"{address}/{lang}/search.html?q=*")
        tab.wait_for_selector(".layer-search li")
        tab.click(".layer-switch")
        tab.wait_for_url(f"{address}/{other(lang)}/search.html*")
        assert faults == []


def test_front_page_works_under_the_policy(browser, address):
    with open_tab(browser, address) as (tab, faults):
        tab.goto(f"{address}/", wait_until="commit")
        tab.wait_for_url(f"{address}/*/index.html")
        assert faults == []


def test_page_not_found_works_where_it_is_published(browser, site):
    """There, its addresses are those of its own site."""
    home = COURSE.addresses.site

    def answer(route):
        path = site / route.request.url.removeprefix(home).strip("/")
        exists = path.is_file()
        route.fulfill(path=path if exists else site / "404.html",
                      status=200 if exists else 404)  # fmt: skip

    with open_tab(browser, home) as (tab, faults):
        tab.route(f"{home}/**", answer)
        tab.goto(f"{home}/ko/gone/page.html")
        logo = tab.locator("img").evaluate("(image) => image.naturalWidth")
        assert logo > 0 and tab.evaluate("document.styleSheets.length") == 1
        assert [fault for fault in faults if "404" not in fault] == []
