"""Slides show what the book shows, have room for it, and work in a classroom."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from layer_by_layer.course import LANGUAGES, CourseError, other
from layer_by_layer.site import slides
from layer_by_layer.site.policy import META
from layer_by_layer.source.page import Cell, Page, problems, read_file
from tests.conftest import COURSE
from tests.tabs import SIZES as SCREENS
from tests.tabs import open_tab

DECKS = [f"{lang}/slides/{name}" for lang in LANGUAGES for name in COURSE.numbered]
EVERY_DECK = pytest.mark.parametrize("deck", DECKS)
EVERY_CHAPTER = pytest.mark.parametrize("name", COURSE.numbered)
DECK = DECKS[3]  # formulas, code, pictures, a table, sentences in bold
WIDTH, HEIGHT = 1280, 720
SCREEN = {"width": WIDTH, "height": HEIGHT}
LAST_FRAGMENT = 99
# What is on no screen, or smaller on it than in the book. A line of code is as wide as
# its box at most; the frame of the slide keeps a margin.
FAULTS = """() => {
  const slide = Reveal.getCurrentSlide();
  const frame = slide.getBoundingClientRect();
  const faults = [];
  for (const it of slide.querySelectorAll("*")) {
    if (it.closest(".notes")) continue;
    const { right, bottom, width, height } = it.getBoundingClientRect();
    const name = `${it.tagName} ${it.textContent.slice(0, 40)}`;
    if (right > frame.right - 24 || bottom > frame.bottom - 24) faults.push(name);
    if (it.scrollWidth > it.clientWidth + 1 && it.tagName === "PRE") faults.push(name);
    if (it.matches("pre.output") && getComputedStyle(it).color
      !== getComputedStyle(slide).color) faults.push(`pale: ${name}`);
    if (!it.matches(".layer-plot")) continue;
    // Of pixels in a point; letters of 10 points then have 11 pixels at least.
    const scale = it.getScreenCTM().a * 3 / 4;
    if (scale >= 0.85) continue;
    faults.push(`figure at ${scale} of its size: ${it.ariaLabel}`);
  }
  return faults;
}"""


def soup(site: Path, deck: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{deck}.html").read_text("utf-8"), "html.parser")


def words(text: str) -> str:
    return " ".join(text.split())


@EVERY_DECK
def test_deck_has_its_parts(site, deck):
    """A title, a picture, goals, the chapter, a recap, and questions."""
    found = soup(site, deck).select(".slides > section")
    assert 15 <= len(found) <= 26
    assert found[0]["class"] == ["title"] and found[0].h1
    assert max(len(slide.select("blockquote li")) for slide in found[1:3]) >= 4
    questions = [slide for slide in found if "question" in slide.get("class", [])]
    assert found[-len(questions) :] == questions and len(questions) >= 3
    assert found[-len(questions) - 1].ul  # the recap
    assert sum(bool(slide.figure) for slide in found) >= 2
    for sentence in soup(site, deck).select(".key"):
        assert not sentence.get_text()[0].islower(), "half a sentence"
    for slide in found[1:]:
        assert slide.h2.get_text(strip=True)
        assert slide.find("aside").get_text(strip=True), "nothing to say"


@EVERY_CHAPTER
def test_both_languages_show_the_same(site, name):
    kinds = "h1, h2, pre, .layer-plot, table, math, blockquote, .key"
    first, *others = (
        [
            [(part.name, part.get("viewbox")) for part in slide.select(kinds)
             if not part.find_parent("aside")]
            for slide in soup(site, f"{lang}/slides/{name}").select(".slides > section")
        ]
        for lang in LANGUAGES
    )  # fmt: skip
    assert all(each == first for each in others)


@EVERY_DECK
def test_slides_and_notes_say_what_the_chapter_says(site, deck):
    """Every piece of text, code, output and picture stands in the page, as it is."""
    lang, _, name = deck.split("/")
    page = soup(site, f"{lang}/{name}").article
    for answer in page.select(".math"):  # Sphinx writes block formulas in a div
        answer.unwrap()
    text = words(page.get_text(" ")).replace(" ", "")
    drawings = [str(drawing) for drawing in page.select(".layer-plot")]
    for slide in soup(site, deck).select(".slides > section:not(.title)"):
        for drawing in slide.select(".layer-plot"):
            assert str(drawing) in drawings
        for part in slide.select("h2, p, li, pre, td, figcaption"):
            if part.find(["p", "ul"]):
                continue  # its pieces come by themselves
            assert words(part.get_text(" ")).replace(" ", "") in text, part


@pytest.mark.full(sample=[DECK])
@EVERY_DECK
def test_everything_has_room(browser, address, deck):
    """On a screen of 1280 by 720 nothing is cut off, shrunk or pale."""
    with open_tab(browser, address) as (tab, faults):
        tab.set_viewport_size(SCREEN)
        tab.goto(f"{address}/{deck}.html")
        tab.wait_for_function("Reveal.isReady()")
        for number in range(tab.evaluate("Reveal.getTotalSlides()")):
            tab.evaluate(f"Reveal.slide({number}, 0, {LAST_FRAGMENT})")
            assert tab.evaluate(FAULTS) == [], f"slide {number + 1}"
        assert faults == []


@pytest.mark.full(sample=[DECK])
@EVERY_DECK
def test_deck_is_a_page_on_a_phone(browser, address, deck):
    with open_tab(browser, address) as (tab, faults):
        tab.set_viewport_size(SCREENS["phone"])
        tab.goto(f"{address}/{deck}.html")
        width = tab.evaluate("document.documentElement.scrollWidth")
        assert width <= SCREENS["phone"]["width"]
        assert all(slide.is_visible() for slide in tab.locator("section").all())
        size = "(it) => parseFloat(getComputedStyle(it).fontSize)"
        assert tab.locator("section li").first.evaluate(size) >= 16
        assert faults == []


def test_deck_can_be_read_without_a_script(browser, address):
    with open_tab(browser, address, java_script_enabled=False) as (tab, _):
        tab.set_viewport_size(SCREEN)
        tab.goto(f"{address}/{DECK}.html")
        assert tab.locator("section h2").last.is_visible()


def test_keys_lead_through_the_deck(browser, address):
    """One press shows what waits on a slide, the next one the next slide."""
    with open_tab(browser, address) as (tab, _):
        tab.set_viewport_size(SCREEN)
        tab.goto(f"{address}/{DECK}.html")
        tab.wait_for_function("Reveal.isReady()")
        presses = 0
        while not tab.evaluate("Reveal.isLastSlide()"):
            before = tab.evaluate("JSON.stringify(Reveal.getState())")
            tab.keyboard.press("ArrowRight")
            assert tab.evaluate("JSON.stringify(Reveal.getState())") != before
            presses += 1
        waiting = tab.locator(".fragment").count()
        assert waiting > 3
        assert presses == tab.evaluate("Reveal.getTotalSlides()") - 1 + waiting


@pytest.mark.parametrize("where", ["server", "folder"])
def test_speaker_sees_the_notes(browser, address, site, where):
    """They follow the slides; nothing needs a script written into a page."""
    deck = f"{DECK}.html"
    page = f"{address}/{deck}" if where == "server" else (site / deck).as_uri()
    known = (address, "file:", "about:")
    with open_tab(browser, known) as (tab, faults):
        tab.set_viewport_size(SCREEN)
        tab.goto(page)
        assert META in tab.content()
        tab.wait_for_function("Reveal.isReady()")
        tab.evaluate("Reveal.slide(2)")
        with tab.expect_popup() as opened:
            tab.keyboard.press("s")
        view = opened.value
        view.on("console", lambda m: m.type == "error" and faults.append(m.text))
        notes = view.locator(".speaker-controls-notes .value")
        expected = soup(site, DECK).select(".slides > section .notes")
        notes.get_by_text(words(expected[1].p.get_text())[:20]).wait_for()
        tab.keyboard.press("ArrowRight")
        notes.get_by_text(words(expected[2].p.get_text())[:20]).wait_for()
        assert view.locator("#current-slide iframe").is_visible()
        current = view.frame_locator("#current-slide iframe")
        current.locator("section.present h2").wait_for()
        grey = view.locator("body").evaluate("(it) => getComputedStyle(it).position")
        assert grey != "", "its styles are missing"
        assert faults == []


OUTSIDE = """[...document.querySelectorAll('.pdf-page')].flatMap((page) => {
  const frame = page.getBoundingClientRect();
  return [...page.querySelectorAll('h2, img, pre, li, td, p')].filter((part) => {
    const { left, right, top, bottom } = part.getBoundingClientRect();
    return bottom > top && (left < frame.left + 20 || right > frame.right
      || top < frame.top + 20 || bottom > frame.bottom);
  }).map((part) => part.outerHTML.slice(0, 100));
})"""


def test_paper_has_a_page_for_each_slide(browser, address, site):
    with open_tab(browser, address) as (tab, _):
        tab.set_viewport_size(SCREEN)
        tab.goto(f"{address}/{DECK}.html?print-pdf")
        tab.locator(".pdf-page").last.wait_for(state="attached")
        tab.wait_for_function("Reveal.isReady()")
        tab.emulate_media(media="print")
        assert tab.evaluate(OUTSIDE) == []
        pdf = PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True)))
    found = soup(site, DECK).select(".slides > section")
    assert len(pdf.pages) == len(found)
    box = pdf.pages[0].mediabox
    assert (float(box.width), float(box.height)) == (WIDTH * 0.75, HEIGHT * 0.75)
    for slide, page in zip(found, pdf.pages, strict=True):
        text = words(page.extract_text()).replace(" ", "")
        for output in slide.select("pre.output, .key"):
            first = output.get_text().splitlines()[0]
            assert words(first).replace(" ", "")[:20] in text


@EVERY_DECK
def test_links_lead_somewhere(site, deck):
    lang, _, name = deck.split("/")
    page = soup(site, deck)
    for tag in page.select(":not(use, image)[href], [src]"):
        link = tag.get("href") or tag.get("src")
        if not link.startswith("http"):
            assert (site / lang / "slides" / link).resolve().is_file(), tag
    assert page.select_one("a")["href"] == f"../{name}.html"
    assert page.select_one("link[rel=canonical]")["href"] == COURSE.addresses.page(
        lang, name
    )
    assert page.html["lang"] == lang != other(lang)


def test_decks_are_listed_for_instructors(site):
    for lang in LANGUAGES:
        page = soup(site, f"{lang}/instructors")
        listed = [a["href"] for a in page.select("a[href^='slides/']")]
        assert listed == [f"slides/{name}.html" for name in COURSE.numbered]


def page_with(mark: str, kind: str = "markdown", source: str = "Text.") -> Page:
    metadata = {"slide": mark}
    path = COURSE.book / f"{COURSE.numbered[0]}.md"
    return Page(path, {}, [Cell(kind, None, source, metadata, 7)])


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (page_with("pictures"), ":7: 'slide: pictures': write first, last, quote,"),
        (page_with("new"), ":7: 'slide: new': write first"),
        (page_with("list"), ":7: 'slide: list' finds nothing here"),
        (page_with("bold"), ":7: 'slide: bold' finds nothing here"),
        (page_with("first", "code"), ":7: 'slide: first': write code, output"),
    ],
)
def test_wrong_mark_is_named_with_its_line(page, message):
    empty = SimpleNamespace(cells=[SimpleNamespace(cell_type="code", outputs=[])])
    with pytest.raises(CourseError) as error:
        slides.slides(page, empty, "en")
    assert f"book/{page.name}.md{message}" in str(error.value)


def test_languages_are_marked_alike():
    page = read_file(COURSE.book / f"{COURSE.numbered[0]}.md", LANGUAGES)
    first = next(i for i, cell in enumerate(page.cells) if cell.lang == "en")
    cell = page.cells[first]
    page.cells[first] = Cell(cell.kind, "en", cell.source, {"slide": "list"}, cell.line)
    [(line, problem)] = problems(page, LANGUAGES)
    assert line == cell.line and "mark for slides" in problem


def test_other_version_of_reveal_is_refused(tmp_path, monkeypatch):
    """The speaker view is taken out of reveal.js, which must hold it as expected."""
    for name in (*slides.REVEAL, slides.NOTES):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("/* something else */")
    monkeypatch.setattr(slides, "reveal", lambda: tmp_path)
    with pytest.raises(CourseError, match="0 speaker views instead of one"):
        slides.write_shared(COURSE, tmp_path / "slides")
