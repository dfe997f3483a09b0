"""Every page is for everyone: judged by axe-core, by keyboard, and by other settings.

axe-core sees perhaps half of what can go wrong; the rest is tried here as people would.
"""

import pytest
from playwright.sync_api import expect

from layer_by_layer.course import LANGUAGES
from tests.axe import SETTLE, THEMES, violations, violations_everywhere
from tests.conftest import CHAPTERS, COURSE
from tests.tabs import SIZES, UNFOLD, open_tab, touch

CHAPTER = f"{{}}/{CHAPTERS[3]}.html"  # code, tables, formulas and folded answers
# What has the focus: the number of the stop, and what its reader would miss.
FOCUSED = """() => {
  const it = document.activeElement;
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => channels(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0.05);
  const contrast = (a, b) => Math.max(light(a) / light(b), light(b) / light(a));
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const { backgroundColor } = getComputedStyle(element);
      if ((channels(backgroundColor)[3] ?? 1) === 1) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const faults = [];
  const style = getComputedStyle(it);
  const ring = it.form
    ? getComputedStyle(it.form).boxShadow.split(" 0px")[0]
    : style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      ? style.outlineColor : "none";
  if (ring === "none") faults.push("its focus is not seen");
  else if (contrast(ring, ground(it.parentElement)) < 3) faults.push("it is faint");
  const lines = [...it.getClientRects()].filter(({ width }) => width > 0);
  const isSeen = lines.some(({ left, top, width, height }) => {
    const x = left + Math.min(width / 2, 20);
    const y = Math.max(top, 0) + Math.min(height, 40) / 2;
    const hit = document.elementFromPoint(x, y);
    return hit && (it.contains(hit) || hit.contains(it));
  });
  if (!isSeen) faults.push("it is covered or off the screen");
  return { stop: window.stops.indexOf(it), what: it.outerHTML.slice(0, 120), faults };
}"""
STOPS = """() => {
  const stops = "a[href], button, input, summary, [tabindex='0']";
  window.stops = [...document.querySelectorAll(stops)].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.disabled
    && (element.type !== "radio" || element.checked)); // a choice is one stop
  return window.stops.length;
}"""
ACTIVE = "document.activeElement"


@pytest.fixture(scope="module")
def still_tab(browser, address):
    """A tab in which nothing moves, so that colours are judged as they end."""
    with open_tab(browser, address, reduced_motion="reduce") as (tab, _):
        yield tab


@pytest.fixture
def tab(browser, address):
    with open_tab(browser, address, color_scheme="light") as (tab, _):
        yield tab


@pytest.mark.parametrize("name", ["index.html", "404.html"])
def test_axe_finds_nothing_at_the_root(browser, address, site, name):
    own = COURSE.addresses.site  # where the page that is shown at any address looks
    with open_tab(browser, address) as (tab, _):
        tab.route("**/root.js", lambda route: route.abort())  # leads away
        tab.route(
            f"{own}/**",
            lambda route: route.fulfill(path=site / route.request.url[len(own) + 1 :]),
        )
        tab.goto(f"{address}/{name}")
        assert tab.evaluate("getComputedStyle(document.body).display") == "grid"
        assert violations_everywhere(tab) == []


@pytest.mark.full(sample=["ko"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_in_what_opens(still_tab, address, lang, theme):
    tab = still_tab
    tab.emulate_media(color_scheme=theme)
    tab.goto(f"{address}/{CHAPTER.format(lang)}")
    tab.keyboard.press("Tab")
    found = violations(tab, "skip link", where=".skip-link")
    tab.keyboard.press("Enter")
    for size, viewport in SIZES.items():
        tab.set_viewport_size(viewport)
        tab.keyboard.press("Control+k")
        tab.keyboard.type("softmax")
        tab.wait_for_selector("dialog[open] li")
        found += violations(tab, f"search, {size}", where="dialog[open]")
        tab.keyboard.press("Escape")
    tab.set_viewport_size(SIZES["phone"])
    for side in ("primary", "secondary"):
        tab.click(f".{side}-toggle")
        assert tab.locator("dialog[open]").get_attribute("aria-label")
        found += violations(tab, f"{side} sidebar", where="dialog[open]")
        tab.keyboard.press("Escape")
    assert found == []


@pytest.mark.full(sample=[CHAPTER.format("ko")])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "path",
    ["ko/index.html", CHAPTER.format("ko"), CHAPTER.format("en"), "en/glossary.html",
     "en/search.html"],
)  # fmt: skip
def test_tab_stops_at_everything_in_order(tab, address, path, size):
    """Each stop is seen, in the order of the page, and the last is not the end."""
    tab.set_viewport_size(SIZES[size])
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{address}/{path}")
    tab.evaluate(UNFOLD)
    tab.evaluate(SETTLE)
    tab.evaluate(f"{ACTIVE}.blur()")
    expected = tab.evaluate(STOPS)
    assert expected > 5
    tab.evaluate("window.stops[0].focus()")
    visited, faults = [], []
    while tab.evaluate(f"{ACTIVE} !== document.body") and len(visited) < 2 * expected:
        stop = tab.evaluate(FOCUSED)
        visited.append(stop["stop"])
        faults += [f"{fault}: {stop['what']}" for fault in stop["faults"]]
        tab.keyboard.press("Tab")
    # The contents unfold the section that is read: stops that were not there before.
    assert [stop for stop in visited if stop >= 0] == list(range(expected))
    assert faults == []


@pytest.mark.parametrize(
    ("lang", "words"), [("ko", "본문으로 건너뛰기"), ("en", "Skip to main content")]
)
def test_skip_link(tab, address, lang, words):
    tab.goto(f"{address}/{CHAPTER.format(lang)}")
    link = tab.locator(".skip-link a")
    assert link.bounding_box()["y"] < 0
    tab.keyboard.press("Tab")
    assert tab.evaluate(f"{ACTIVE}.textContent") == words
    expect(link).to_be_in_viewport(ratio=1)
    tab.keyboard.press("Enter")
    assert tab.evaluate(f"{ACTIVE}.id") == "main-content"


@pytest.mark.parametrize(("lang", "mode"), [("ko", "어둡게"), ("en", "Dark")])
def test_theme_switch_by_keyboard(tab, address, lang, mode):
    tab.goto(f"{address}/{lang}/start.html")
    tab.focus(".theme-switch-button")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.evaluate(f"{ACTIVE}.ariaLabel").endswith(f": {mode}")


def test_sidebar_folds_by_keyboard(tab, address):
    tab.set_viewport_size(SIZES["desktop"])
    tab.goto(f"{address}/{CHAPTER.format('en')}")
    toggle, sidebar = tab.locator(".primary-toggle"), tab.locator(".bd-sidebar-primary")
    assert toggle.get_attribute("aria-expanded") == "true"
    toggle.focus()
    tab.keyboard.press("Enter")
    sidebar.wait_for(state="hidden")
    assert toggle.get_attribute("aria-expanded") == "false"
    tab.keyboard.press("Space")
    sidebar.wait_for()
    assert toggle.get_attribute("aria-expanded") == "true"


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_sidebar_dialog_by_keyboard(tab, address, side):
    tab.goto(f"{address}/{CHAPTER.format('ko')}")
    dialog = tab.locator(f"#pst-{side}-sidebar-modal")
    tab.focus(f".{side}-toggle")
    tab.keyboard.press("Enter")
    for _ in range(40):  # round and round: the focus does not leave the dialog
        tab.keyboard.press("Tab")
        inside = "(it) => it.contains(document.activeElement)"
        assert dialog.evaluate(inside) or tab.evaluate(f"{ACTIVE}.tagName") == "BODY"
    tab.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    expect(tab.locator(f"button.{side}-toggle")).to_be_focused()


def test_section_chosen_in_a_dialog_is_where_one_goes_on(tab, address):
    tab.goto(f"{address}/{CHAPTER.format('ko')}")
    tab.focus(".secondary-toggle")
    tab.keyboard.press("Enter")
    link = tab.locator("dialog[open] a").nth(3)
    anchor = link.get_attribute("href")
    link.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(anchor)).to_be_focused()
    assert tab.locator("dialog[open]").count() == 0
    assert tab.locator(f"{anchor} :is(h2, h3)").first.is_visible()


def test_answers_fold_by_keyboard(tab, address):
    tab.goto(f"{address}/{CHAPTER.format('en')}")
    answer = tab.locator("section[id^=exercises-] details").first
    answer.locator("summary").focus()
    for key, is_open in [("Enter", True), ("Space", False)]:
        tab.keyboard.press(key)
        assert answer.evaluate("(it) => it.open") == is_open


@pytest.mark.parametrize(("lang", "said"), [("ko", "복사했습니다"), ("en", "Copied!")])
def test_copying_by_keyboard_is_announced(tab, address, lang, said):
    tab.goto(f"{address}/{CHAPTER.format(lang)}")
    tab.locator(".copybtn").first.focus()
    tab.keyboard.press("Enter")
    tab.locator("body > [role=status]", has_text=said).wait_for(state="attached")


def test_copy_buttons_are_seen_and_large_where_there_is_no_mouse(browser, address):
    with open_tab(browser, address, has_touch=True, is_mobile=True) as (tab, _):
        tab.goto(f"{address}/{CHAPTER.format('ko')}")
        button = tab.locator(".copybtn").first
        button.scroll_into_view_if_needed()
        assert button.evaluate("(it) => getComputedStyle(it).opacity") == "1"
        touch(button)


def test_icons_are_seen_in_forced_colours(tab, address):
    tab.emulate_media(forced_colors="active")
    tab.goto(f"{address}/{CHAPTER.format('en')}")
    icons = tab.locator(".fa-solid").evaluate_all(
        "(icons) => icons.map((icon) => getComputedStyle(icon).backgroundColor)"
    )
    page = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(icons) > 5
    assert page not in icons


def test_foreign_words_carry_their_language(site):
    korean = (site / "ko" / f"{CHAPTERS[3]}.html").read_text("utf-8")
    assert '(<span lang="en">hidden layer</span>)' in korean
    english = (site / "en" / "glossary.html").read_text("utf-8")
    assert '(<span lang="ko">은닉층</span>)' in english


@pytest.mark.parametrize("path", [CHAPTER.format("ko"), "en/glossary.html"])
def test_prints_what_people_wrote(tab, address, path):
    """On white, without what only a screen can do, and with no code cut off."""
    tab.emulate_media(color_scheme="dark", media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})  # A4 within its margins
    tab.goto(f"{address}/{path}")
    tab.evaluate(UNFOLD)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate("document.documentElement.dataset.theme") == "light"
    for part in ("bd-sidebar", "bd-header-article", "bd-footer-content", "copybtn",
                 "headerlink"):  # fmt: skip
        assert not any(it.is_visible() for it in tab.locator(f".{part}").all()), part
    cut = tab.locator("article :is(pre, table, math)").evaluate_all(
        "(boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth + 1"
        " && box.clientWidth || box.getBoundingClientRect().right > innerWidth)"
        ".map((box) => box.outerHTML.slice(0, 100))"
    )
    assert cut == []
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
