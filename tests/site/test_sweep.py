"""Every page of the site, in a browser: opened once, and looked at in all ways.

Tests share a tab in which nothing moves and all answers are unfolded, so that colours
are judged as they end and nothing is hidden.
"""

import re
from itertools import pairwise
from typing import NamedTuple

import pytest
from playwright.sync_api import Page

from layer_by_layer.course import LANGUAGES, is_numbered, other, short
from layer_by_layer.site.weight import Weight, weigh
from layer_by_layer.source.page import HANGUL
from tests.axe import SETTLE, THEMES, violations_everywhere
from tests.conftest import CHAPTERS, COURSE
from tests.tabs import SIZES, UNFOLD, open_tab, touch

NAMES = [*COURSE.page_names, "search"]
PAGES = [f"{lang}/{name}" for lang in LANGUAGES for name in NAMES]
KILOBYTES, REQUESTS = 500, 20  # of a page
READABLE = 9  # pixels, of letters
READABLE_CONTRAST = 4.5
# Pages of every kind, with all that they are made of.
SAMPLE = (f"ko/{CHAPTERS[3]}", "en/index", "en/grading", "ko/glossary", "en/search")

# What the theme says, not what people wrote in book/: labels and loose words.
INTERFACE = """() => {
  const labels = ["aria-label", "title", "placeholder", "data-tooltip",
    "data-bs-title", "data-bs-original-title"];
  const written = `article, .bd-docs-nav, .page-toc li, .layer-title,
    .layer-switch, script, style, noscript`;
  const texts = [];
  for (const element of document.body.querySelectorAll("*")) {
    texts.push(...labels.map((label) => element.getAttribute(label)));
    const isSaid = element.matches("button, button *, details > summary span")
      && !element.closest(".layer-option");
    if (!isSaid && element.closest(written)) continue;
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    }
  }
  return texts.map((text) => text?.trim()).filter(Boolean);
}"""
# Taps all options; says of each what it is and shows, and what the source has for it.
ANSWER = """() =>
  [...document.querySelectorAll(".layer-question, .layer-guess")].map((box) =>
    [...box.querySelectorAll(".layer-option")].map((option) => {
      const letter = option.textContent.match(/^\\((.)\\)/)[0];
      option.click();
      const own = [...box.querySelectorAll("details li > p")].find((it) =>
        it.textContent.startsWith(letter));
      return {
        height: option.getBoundingClientRect().height,
        isRight: option.dataset.right === "true",
        shown: option.nextElementSibling.textContent.trim(),
        isBold: own.firstChild.nodeName === "STRONG",
        reason: own.textContent.slice(letter.length).trim(),
      };
    }))"""
SAME_IN_KOREAN = re.compile(r"\b(?:Ctrl|K|Colab|GitHub|Layer by Layer)\b")
LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
# The first shape of a drawing is what is behind it.
FIGURE_COLOURS = """() => {
  const fill = (it) => getComputedStyle(it).fill;
  const all = (selector) => [...document.querySelectorAll(selector)];
  return [all(".layer-plot").map((it) => fill(it.querySelector("path"))),
    all(".layer-plot text:not(.on-picture)")
      .map((it) => [it.textContent.trim(), fill(it)])];
}"""
PAGE_COLOUR = "getComputedStyle(document.body).backgroundColor"


def luminance(colour: str) -> float:
    """Of a colour such as rgb(0, 0, 0), as WCAG defines it."""
    shares = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4
              for s in shares]  # fmt: skip
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


# Code and what it printed: is it cut, does that show, and is there a way to see it all?
CUT = """() => [...document.querySelectorAll("article pre")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => {
    const cell = box.closest(".cell") ?? box.parentElement;
    const button = cell.querySelector(".layer-wrap");
    return { what: box.textContent.slice(0, 60), isCode: !!box.closest(".cell_input"),
      fades: getComputedStyle(box).maskImage.startsWith("linear-gradient"),
      wraps: !!button?.checkVisibility() };
  })"""
# Buttons of code on top of its text.
COVERING = """() => [...document.querySelectorAll("article .highlight button")]
  .filter((button) => button.checkVisibility())
  .filter((button) => {
    const range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("pre"));
    const own = button.getBoundingClientRect();
    return [...range.getClientRects()].some((text) => text.width
      && text.left < own.right - 1 && text.right > own.left + 1
      && text.top < own.bottom - 1 && text.bottom > own.top + 1);
  }).map((button) => button.parentElement.textContent.slice(0, 60))"""
# Tables that people wrote: what is off the screen, and words that are in two lines.
TABLES = """() => [...document.querySelectorAll("article table:not(.cell_output *)")]
  .flatMap((table) => {
    const faults = [];
    const { right } = table.getBoundingClientRect();
    if (right > innerWidth) faults.push(`${right - innerWidth} px off the screen`);
    const texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); ) {
      for (const { 0: word, index } of text.data.matchAll(/[\\p{L}\\p{N}_]+/gu)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        const tops = [...range.getClientRects()].filter(({ width }) => width)
          .map(({ top }) => Math.round(top));
        if (new Set(tops).size > 1) faults.push(`${word} is broken`);
      }
    }
    return faults.map((fault) => `${table.closest("section").id}: ${fault}`);
  })"""
# Controls that do not scroll with the page, and how far their focus moves it.
MOVED = """() => {
  const bars = ".bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary";
  const controls = [...document.querySelectorAll(`:is(${bars}) :is(a, button)`)];
  return controls.filter((control) => control.checkVisibility()).map((control) => {
    scrollTo(0, 500);
    const before = scrollY;
    control.focus();
    return [control.outerHTML.slice(0, 80), scrollY - before];
  });
}"""


class Opened(NamedTuple):
    """A page of the site in a tab, what went wrong in it, and what it weighs."""

    lang: str
    name: str
    tab: Page
    faults: list[str]
    weight: Weight


@pytest.fixture(scope="module", params=PAGES)
def opened(request, browser, address):
    lang, name = request.param.split("/")
    with open_tab(browser, address, reduced_motion="reduce") as (tab, faults):
        weight = weigh(tab, f"{address}/{request.param}.html")
        tab.evaluate(UNFOLD)
        yield Opened(lang, name, tab, faults, weight)


def test_raises_no_fault(opened):
    assert opened.faults == []


def test_speaks_its_language(opened):
    assert opened.tab.locator("html").get_attribute("lang") == opened.lang
    texts = opened.tab.evaluate(INTERFACE)
    assert len(texts) > 5
    if opened.lang == "ko":
        wrong = [
            text for text in texts
            if LATIN_WORD.search(SAME_IN_KOREAN.sub("", text))
            and not HANGUL.search(text)
        ]  # fmt: skip
    else:
        wrong = [text for text in texts if HANGUL.search(text)]
    assert wrong == []


def test_every_option_gives_its_reason(opened):
    """All are tapped, and stay so for the tests below."""
    questions = opened.tab.evaluate(ANSWER)
    if is_numbered(opened.name):
        assert len(questions) >= 4
    for options in questions:
        assert sum(option["isRight"] for option in options) == 1
        for option in options:
            assert option["isRight"] == option["isBold"], option
            assert option["shown"].endswith(option["reason"]), option
            assert len(option["shown"]) > len(option["reason"]), option  # a verdict
            assert option["height"] >= 46, option
    assert opened.tab.locator(".layer-folded").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_fits(opened, size):
    """The page is never wider than the screen, and its header can be touched."""
    tab = opened.tab
    tab.set_viewport_size(SIZES[size])
    width = tab.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size]["width"]
    buttons = [".primary-toggle", ".layer-switch"]
    buttons += [".layer-colab"] if opened.name in CHAPTERS else []
    for button in buttons:
        touch(tab.locator(f".bd-header-article {button}"))


@pytest.mark.parametrize("size", SIZES)
def test_focus_moves_only_what_scrolls(opened, size):
    opened.tab.set_viewport_size(SIZES[size])
    moved = opened.tab.evaluate(MOVED)
    opened.tab.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    assert len(moved) >= 3
    assert [what for what, pixels in moved if pixels] == []


@pytest.mark.parametrize("width", [SIZES["phone"]["width"], 1280, 1440])
def test_code_that_is_cut_says_so(opened, width):
    """And none of a chapter is on a desktop, where what it printed may be longer."""
    tab = opened.tab
    tab.set_viewport_size({"width": width, "height": 844})
    tab.evaluate(SETTLE)
    cut = tab.evaluate(CUT)
    assert [box for box in cut if not (box["fades"] and box["wraps"])] == []
    if width > SIZES["phone"]["width"]:
        assert [box for box in cut if box["isCode"]] == []
    elif opened.name in CHAPTERS:
        assert len(cut) > 5


@pytest.mark.parametrize("size", SIZES)
def test_no_button_covers_code(opened, size):
    opened.tab.set_viewport_size(SIZES[size])
    opened.tab.evaluate(SETTLE)
    assert opened.tab.evaluate(COVERING) == []


def test_tables_fit_a_phone_and_break_no_word(opened):
    opened.tab.set_viewport_size(SIZES["phone"])
    assert opened.tab.evaluate(TABLES) == []


def test_links_to_its_twin_colab_and_source(opened, site):
    lang, name, tab, *_ = opened
    switch = tab.locator(".layer-switch")
    assert switch.get_attribute("href") == f"../{other(lang)}/{name}.html"
    assert (site / other(lang) / f"{name}.html").exists()
    colab = [link.get_attribute("href") for link in tab.locator(".layer-colab").all()]
    assert colab == [COURSE.addresses.colab(lang, name)] * (name in CHAPTERS)
    source = tab.locator(
        f".bd-footer-content a[href='{COURSE.addresses.source(name)}']"
    )
    assert source.count() == (name in COURSE.page_names)


def test_icons_are_drawn(opened):
    """Styles draw an icon by its name; one that they do not know is a square."""
    icons = opened.tab.locator(".fa-solid").evaluate_all(
        "(icons) => icons.map((icon) => [icon.className,"
        " getComputedStyle(icon).getPropertyValue('--layer-icon').slice(0, 4)])"
    )
    assert len(icons) > 5
    assert [name for name, drawing in icons if drawing != "url("] == []


def test_is_within_its_budget(opened):
    weight = opened.weight
    assert weight.kilobytes <= KILOBYTES, weight.largest()
    assert weight.requests <= REQUESTS, sorted(weight.files)
    assert weight.kilobytes > 50  # styles at least: it was really loaded


def test_figures_are_numbered_in_order(opened):
    """Each has a caption, with the number of its chapter."""
    figures = opened.tab.locator(".layer-plot")
    captions = opened.tab.locator("figure:has(.layer-plot) figcaption")
    begin = [text.strip().split(". ")[0] for text in captions.all_text_contents()]
    word = {"ko": "그림", "en": "Figure"}[opened.lang]
    chapter = f"{int(short(opened.name))}." if is_numbered(opened.name) else ""
    numbers = range(1, figures.count() + 1)
    assert begin == [f"{word} {chapter}{number}" for number in numbers]
    assert figures.count() >= 2 * (opened.name in COURSE.numbered)


def test_figures_can_be_read_on_a_phone(opened):
    """Of an index, a smaller letter, that cannot be asked."""
    opened.tab.set_viewport_size(SIZES["phone"])
    small = opened.tab.evaluate(
        """(least) => [...document.querySelectorAll(".layer-plot text")]
          .map((it) => [it, it.querySelector("tspan") ?? it])
          .map(([it, letters]) => [it.textContent.trim(),
            parseFloat(getComputedStyle(letters).fontSize)
            * it.ownerSVGElement.getScreenCTM().a])
          .filter(([, size]) => !(size >= least))""",
        READABLE,
    )
    assert small == []


@pytest.mark.parametrize("theme", THEMES)
def test_figures_follow_the_theme(opened, theme):
    """They stand on the page's own colour, and their words are seen there."""
    opened.tab.evaluate("(it) => document.documentElement.dataset.theme = it", theme)
    grounds, words = opened.tab.evaluate(FIGURE_COLOURS)
    page = luminance(opened.tab.evaluate(PAGE_COLOUR))
    assert all(abs(luminance(ground) - page) < 0.02 for ground in grounds), grounds
    for text, colour in words:
        bright, dark = sorted([luminance(colour), page], reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= READABLE_CONTRAST, (text, colour)


@pytest.mark.parametrize("size", SIZES)
def test_boxes_that_scroll_are_stops_with_a_name(opened, size):
    opened.tab.set_viewport_size(SIZES[size])
    opened.tab.evaluate(SETTLE)
    boxes = opened.tab.evaluate("""() => {
      const canScroll = (box) => getComputedStyle(box).overflowX === "auto";
      return [...document.querySelectorAll("article *")]
        .filter((box) => canScroll(box) && box.scrollWidth > box.clientWidth)
        .map((box) => [box.tabIndex, box.getAttribute("role"), box.ariaLabel]);
    }""")
    assert all(index == 0 and role and name for index, role, name in boxes), boxes
    names = [name for *_, name in boxes]
    assert len(set(names)) == len(names)
    if size == "phone" and opened.name in CHAPTERS:
        assert len(boxes) > 5


def test_headings_are_in_order(opened):
    levels = opened.tab.locator("main :is(h1, h2, h3, h4, h5, h6)").evaluate_all(
        "(headings) => headings.map((heading) => Number(heading.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_formulas_are_read(opened):
    hidden = "[aria-hidden=true] math, math[aria-hidden]"
    assert opened.tab.locator(hidden).count() == 0


def test_current_page_is_marked(opened):
    links = opened.tab.locator(".bd-docs-nav [aria-current=page]")
    assert links.count() == (not opened.name == "search")


def test_links_say_where_they_lead(opened):
    vague = {"here", "click here", "this", "link", "more", "여기", "이곳", "링크", "#"}
    texts = opened.tab.locator("article a:not(.headerlink)").all_text_contents()
    assert vague.isdisjoint(text.strip().lower() for text in texts)


def test_nothing_moves_for_those_who_ask(opened):
    moving = opened.tab.evaluate("""() => [...document.querySelectorAll("*")]
      .filter((it) => ["", "::before", "::after"].some((part) => {
        const style = getComputedStyle(it, part);
        return style.scrollBehavior === "smooth" || style.animationName !== "none"
          || style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
      })).map((it) => it.className)""")
    assert moving == []


@pytest.mark.parametrize(
    ("width", "font"), [(320, "100%"), (SIZES["desktop"]["width"], "200%")]
)
def test_enlarged_text_fits(opened, width, font):
    tab = opened.tab
    tab.set_viewport_size({"width": width, "height": 800})
    tab.evaluate("(size) => document.documentElement.style.fontSize = size", font)
    try:
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        tab.evaluate("document.documentElement.style.fontSize = ''")


@pytest.mark.full(sample=SAMPLE)
def test_axe_finds_nothing(opened):
    assert violations_everywhere(opened.tab) == []
