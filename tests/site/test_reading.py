"""What helps readers: marks on what they read, printing, copying, links, reports."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from layer_by_layer.course import LANGUAGES, is_numbered, other
from tests.conftest import CHAPTERS, COURSE
from tests.site.test_links import EVERY_PAGE, PAGES, soup
from tests.tabs import open_tab

NUMBERED = [name for name in PAGES if is_numbered(name)]
FIRST, SECOND = NUMBERED[:2]
COUNT = {"ko": "{all}개 장 가운데 {}개를 읽었습니다", "en": "{} of {all} chapters read"}
READ = {"ko": "읽음", "en": "read"}
ON_SCREEN = "(it) => it.scrollIntoView({ behavior: 'instant' })"


@pytest.fixture
def tab(browser, address):
    """An empty tab with a storage of its own."""
    with open_tab(browser, address) as (tab, faults):
        tab.set_viewport_size({"width": 1280, "height": 900})
        yield tab
        assert [fault for fault in faults if "favicon" not in fault] == []


def marked(tab, where: str = ".bd-docs-nav") -> list[str]:
    """Names of the pages whose links in the contents have a mark."""
    links = tab.locator(f"{where} a:has(.layer-read)")
    hrefs = links.evaluate_all("(links) => links.map((link) => link.pathname)")
    return [re.search(r"([^/]+)\.html$", href)[1] for href in hrefs]


def count(lang: str, number: int) -> str:
    return COUNT[lang].format(number, all=len(NUMBERED))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_marks_are_kept_for_both_languages(tab, address, lang):
    for number, name in enumerate([FIRST, SECOND], start=1):
        tab.goto(f"{address}/{lang}/{name}.html")
        assert not tab.locator(".layer-mark").is_checked()
        tab.check(".layer-mark")
        status = tab.locator(".layer-chapter-end [role=status]")
        assert status.inner_text() == count(lang, number)
    for language in (lang, other(lang)):
        tab.goto(f"{address}/{language}/index.html")
        assert marked(tab) == marked(tab, "#chapters") == [FIRST, SECOND]
        assert count(language, 2) in tab.locator(".layer-summary").inner_text()
        mark = tab.locator("#chapters .layer-read").first
        assert mark.get_attribute("aria-label") == READ[language]
        tab.goto(f"{address}/{language}/{SECOND}.html")
        tab.reload()
        assert tab.locator(".layer-mark").is_checked()
    tab.uncheck(".layer-mark")
    assert marked(tab) == [FIRST]


def test_marks_can_be_cleared(tab, address):
    tab.goto(f"{address}/ko/{FIRST}.html")
    assert tab.locator(".layer-summary").is_hidden()
    tab.check(".layer-mark")
    tab.click(".layer-summary button")
    assert marked(tab) == []
    assert tab.locator(".layer-summary").is_hidden()
    assert not tab.locator(".layer-mark").is_checked()
    assert tab.evaluate("document.activeElement.matches('.bd-docs-nav a')")
    tab.reload()
    assert marked(tab) == []


def test_marks_follow_the_reader_back_and_to_other_windows(tab, address):
    tab.goto(f"{address}/en/index.html")
    tab.goto(f"{address}/ko/{FIRST}.html")
    tab.check(".layer-mark")
    tab.go_back()
    tab.locator("#chapters .layer-read").wait_for()
    tab.evaluate(
        "(page) => document.body.append("
        "Object.assign(document.createElement('iframe'), { src: page }))",
        f"{address}/ko/{FIRST}.html",
    )
    tab.frame_locator("iframe").locator(".layer-mark").uncheck()
    tab.locator("#chapters .layer-read").wait_for(state="detached")


def test_old_marks_of_pages_that_are_gone_do_not_count(tab, address):
    tab.goto(f"{address}/en/start.html")
    key = "layer-by-layer:read"
    tab.evaluate(f"localStorage.setItem('{key}', '{FIRST} 99-gone start')")
    tab.reload()
    assert marked(tab) == [FIRST]
    assert count("en", 1) in tab.locator(".layer-summary").inner_text()


def test_pages_work_without_storage(browser, address):
    """A frame without an origin is denied storage, as some browsers deny it to all."""
    with open_tab(browser, address) as (tab, faults):
        tab.goto(f"{address}/en/search.html")
        page = f"{address}/en/{FIRST}.html"
        frame = (
            f'<iframe sandbox="allow-scripts" src="{page}" width="370" height="800">'
        )
        tab.set_content(frame)
        inside = tab.frame_locator("iframe")
        inside.locator(".theme-switch-button").click()
        theme = inside.locator("html").get_attribute("data-theme")
        inside.locator(".theme-switch-button").click()
        assert inside.locator("html").get_attribute("data-theme") != theme
        assert inside.locator(".layer-chapter-end").is_hidden()
        inside.locator(".primary-toggle").click()
        inside.locator("#pst-primary-sidebar-modal a").first.wait_for()
        assert [fault for fault in faults if "favicon" not in fault] == []


def test_without_script_nothing_is_offered_that_needs_it(browser, address):
    with open_tab(browser, address, java_script_enabled=False) as (tab, _):
        tab.goto(f"{address}/en/{FIRST}.html")
        assert tab.locator(".layer-chapter-end").is_hidden()
        assert tab.locator(".layer-summary").is_hidden()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_folded_is_printed(tab, address, lang):
    tab.goto(f"{address}/{lang}/{FIRST}.html")
    tab.evaluate("""addEventListener("beforeprint", () => {
      window.folded = document.querySelectorAll("details:not([open])").length;
    })""")
    folded = tab.locator("details:not([open])").count()
    assert folded > 5
    tab.locator("details").first.evaluate("(it) => (it.open = true)")
    tab.pdf()
    assert tab.evaluate("window.folded") == 0
    assert tab.locator("details:not([open])").count() == folded - 1


def test_paper_shows_whole_lines_and_no_buttons(tab, address):
    tab.goto(f"{address}/ko/{FIRST}.html")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 900})  # about A4
    cut = tab.locator("article pre").evaluate_all(
        "(all) => all.filter((it) => it.scrollWidth > it.clientWidth + 1).length"
    )
    assert cut == 0
    for button in (".headerlink", ".layer-chapter-end", ".layer-switch"):
        assert tab.locator(button).first.is_hidden(), button


@pytest.mark.parametrize("name", CHAPTERS)
def test_code_can_be_copied_but_not_what_it_printed(tab, address, name):
    tab.goto(f"{address}/en/{name}.html")
    inputs = tab.locator(".cell_input pre")
    assert tab.locator(".cell_input pre + button.copybtn").count() == inputs.count()
    assert tab.locator(".cell_output button.copybtn").count() == 0


@EVERY_PAGE
def test_report_names_page_and_language(site, lang, name):
    (link,) = soup(site / lang / f"{name}.html").select("a.layer-report")
    address = urlsplit(link["href"])
    said = parse_qs(address.query)
    assert (
        address._replace(query="").geturl()
        == f"{COURSE.addresses.repository}/issues/new"
    )
    assert said["title"][0].startswith(f"{lang}/{name}: ")
    assert COURSE.addresses.page(lang, name) in said["body"][0].splitlines()[0].split()


def test_report_names_the_section(tab, address):
    tab.goto(f"{address}/ko/{FIRST}.html")
    link = tab.locator("a.layer-report")
    for index in (2, 4):
        section = tab.locator("section.anchored").nth(index)
        section.evaluate(ON_SCREEN)
        link.dispatch_event("pointerdown")
        body = parse_qs(urlsplit(link.get_attribute("href")).query)["body"][0]
        place = f"{COURSE.addresses.page('ko', FIRST)}#{section.get_attribute('id')}"
        assert place in body.split()


def opacity(link) -> str:
    return link.evaluate("(it) => getComputedStyle(it).opacity")


def test_headings_can_be_linked(browser, tab, address):
    page = f"{address}/ko/{FIRST}.html"
    tab.goto(page)
    heading = tab.locator("h2").first
    link = heading.get_by_role("link", name="이 제목으로 가는 링크")
    assert opacity(link) == "0"
    heading.hover()
    assert opacity(link) == "1"
    tab.mouse.move(0, 0)
    tab.keyboard.press("Tab")  # so that focus comes from the keyboard
    link.focus()
    assert opacity(link) == "1"
    tab.keyboard.press("Enter")
    assert tab.url == f"{page}#{heading.evaluate('(it) => it.parentElement.id')}"
    with open_tab(browser, address, has_touch=True, is_mobile=True) as (phone, _):
        phone.goto(page)
        heading = phone.locator("h2").first
        assert opacity(heading.locator(".headerlink")) == "0"
        heading.tap()
        assert opacity(heading.locator(".headerlink")) == "1"
