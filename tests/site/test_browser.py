"""The finished site in a browser: what moves, opens, is remembered and leads on."""

import pytest

from layer_by_layer.course import LANGUAGES, other
from tests.axe import SETTLE
from tests.conftest import CHAPTERS, COURSE
from tests.tabs import SIZES, open_tab, touch


@pytest.fixture(scope="module")
def other_tab(browser, address):
    with open_tab(browser, address) as (tab, _):
        yield tab


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("how", ["by address", "by scrolling"])
def test_switch_keeps_the_section(other_tab, address, lang, how):
    page = f"{address}/{{}}/{CHAPTERS[0]}.html"
    other_tab.goto(page.format(lang))
    section = other_tab.locator("section.anchored").last
    anchor = "#" + section.get_attribute("id")
    if how == "by address":
        other_tab.goto(page.format(lang) + anchor)
    else:
        section.evaluate("(it) => it.scrollIntoView({ behavior: 'instant' })")
    # Not Playwright's click(), which scrolls before it clicks.
    other_tab.locator(".layer-switch").evaluate("(link) => link.click()")
    other_tab.wait_for_url(page.format(other(lang)) + anchor)
    assert other_tab.locator(anchor).count() == 1


# The number of the block of text that is being read, in the whole page.
READING = """() => [...document.querySelectorAll("article section > :not(section)")]
  .findLastIndex((it) => it.getBoundingClientRect().top < innerHeight / 3 + 2)"""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_switch_keeps_the_paragraph(other_tab, address, lang, size):
    other_tab.set_viewport_size(SIZES[size])
    page = f"{address}/{{}}/{CHAPTERS[2]}.html"
    for part in (0.2, 0.5, 0.8):
        other_tab.goto(page.format(lang))
        other_tab.evaluate(
            "(part) => scrollTo(0, part * document.body.scrollHeight)", part
        )
        reading = other_tab.evaluate(READING)
        other_tab.locator(".layer-switch").evaluate("(link) => link.click()")
        other_tab.wait_for_url(page.format(other(lang)) + "#*")
        other_tab.wait_for_load_state("load")
        assert other_tab.evaluate(READING) == reading > 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_long_lines_wrap_on_all_pages_and_again_not(other_tab, address, lang):
    other_tab.set_viewport_size(SIZES["phone"])
    other_tab.goto(f"{address}/{lang}/{CHAPTERS[2]}.html")
    boxes = "[...document.querySelectorAll('.cell pre')]"
    cut = f"{boxes}.filter((it) => it.scrollWidth > it.clientWidth + 1).length"
    before = other_tab.evaluate(cut)
    button = other_tab.locator(".layer-wrap:visible").nth(5)
    touch(button)
    button.focus()
    button = other_tab.locator(":focus")  # others will be seen, too
    place = button.bounding_box()["y"]
    other_tab.keyboard.press("Enter")
    assert other_tab.evaluate(cut) == 0 < before
    for _ in range(2):
        other_tab.evaluate(SETTLE)
    assert abs(button.bounding_box()["y"] - place) < 2
    assert button.get_attribute("aria-pressed") == "true"
    other_tab.goto(f"{address}/{lang}/{CHAPTERS[3]}.html")
    assert other_tab.evaluate(cut) == 0
    other_tab.locator(".layer-wrap:visible").first.click()
    assert other_tab.evaluate(cut) > 5


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_drawer_has_a_button_to_close_it(other_tab, address, side):
    other_tab.set_viewport_size(SIZES["phone"])
    other_tab.goto(f"{address}/ko/{CHAPTERS[0]}.html")
    other_tab.click(f".{side}-toggle")
    close = other_tab.locator("dialog[open] .layer-close")
    assert close.get_attribute("aria-label") == "닫기"
    touch(close)
    close.click()
    assert other_tab.locator("dialog[open]").count() == 0


def test_light_and_dark_are_remembered(browser, address):
    with open_tab(browser, address, color_scheme="light") as (tab, _):
        tab.goto(f"{address}/ko/start.html")
        theme = "document.documentElement.dataset.theme"
        assert tab.evaluate(theme) == "light"
        tab.click(".theme-switch-button")
        assert tab.evaluate(theme) == "dark"
        # Dark at once on the next page, before the theme's own script runs.
        tab.route("**/pydata-sphinx-theme.js*", lambda route: route.abort())
        tab.goto(f"{address}/ko/glossary.html")
        assert tab.evaluate(theme) == "dark"


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_sidebars_open_on_a_phone(other_tab, address, side):
    other_tab.set_viewport_size(SIZES["phone"])
    other_tab.goto(f"{address}/en/{CHAPTERS[0]}.html")
    sidebar = other_tab.locator(f"#pst-{side}-sidebar-modal")
    assert sidebar.is_hidden()
    other_tab.click(f".{side}-toggle")
    assert sidebar.get_by_role("link").first.is_visible()
    other_tab.keyboard.press("Escape")
    assert sidebar.is_hidden()


def test_sidebar_closes_on_a_desktop(other_tab, address):
    other_tab.set_viewport_size(SIZES["desktop"])
    other_tab.goto(f"{address}/en/{CHAPTERS[0]}.html")
    assert other_tab.locator("#pst-primary-sidebar").is_visible()
    other_tab.click(".primary-toggle")
    other_tab.locator("#pst-primary-sidebar").wait_for(state="hidden")


def test_contents_follow_the_reader(other_tab, address):
    other_tab.set_viewport_size(SIZES["desktop"])
    other_tab.goto(f"{address}/en/{CHAPTERS[0]}.html")
    section = other_tab.locator("h2").nth(3)
    section.evaluate("(it) => it.scrollIntoView({ behavior: 'instant' })")
    current = other_tab.locator(".page-toc a[aria-current]")
    current.wait_for()
    anchor = section.evaluate("(it) => '#' + it.parentElement.id")
    assert current.get_attribute("href") == anchor


def test_code_can_be_copied(other_tab, address):
    other_tab.goto(f"{address}/ko/{CHAPTERS[0]}.html")
    button = other_tab.locator("button.copybtn").first
    assert button.get_attribute("data-tooltip") == "복사"


@pytest.mark.parametrize(
    ("languages", "lang"),
    [(["ko-KR", "en-US"], "ko"), (["fr", "ko", "en"], "ko"),
     (["en-GB", "ko"], "en"), (["fr", "kok"], "en")],
)  # fmt: skip
def test_front_page_leads_to_the_readers_language(browser, address, languages, lang):
    with open_tab(browser, address) as (tab, _):
        tab.add_init_script(
            f"Object.defineProperty(navigator, 'languages', {{ value: {languages} }})"
        )
        tab.goto(f"{address}/", wait_until="commit")
        tab.wait_for_url(f"{address}/{lang}/index.html", wait_until="commit")


def test_leads_everywhere_without_script(browser, address):
    """From the front page to each language, and from there to the other."""
    with open_tab(browser, address, java_script_enabled=False) as (tab, faults):
        for lang in LANGUAGES:
            tab.goto(f"{address}/")
            link = tab.locator(f"a[href='{lang}/index.html']")
            for size in SIZES.values():
                tab.set_viewport_size(size)
                touch(link)
            link.click()
            tab.wait_for_url(f"{address}/{lang}/index.html")
            tab.locator(".layer-switch").click()
            tab.wait_for_url(f"{address}/{other(lang)}/index.html")
        assert faults == []


def test_page_not_found_leads_home(browser, site):
    """It is shown at addresses of any depth, so its links are absolute."""
    page = (site / "404.html").read_text("utf-8")
    tab = browser.new_page(java_script_enabled=False)
    tab.route("**", lambda route: route.fulfill(body=page, content_type="text/html"))
    tab.goto(f"{COURSE.addresses.site}/ko/gone/page.html")
    links = tab.locator("a").evaluate_all("(links) => links.map((link) => link.href)")
    assert links == [COURSE.addresses.page(lang, "index") for lang in LANGUAGES]
    tab.close()
