"""The printed book: complete, on A4, in fonts of its own, and its numbers are right."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from layer_by_layer.course import LANGUAGES, PDF, ROOT, CourseError
from layer_by_layer.site import downloads, pdf
from layer_by_layer.site.browser import PROGRAMS, find_browser
from tests.conftest import COURSE

pytestmark = pytest.mark.full
A4 = (595, 842)  # points
TEXT_WIDTH = round((210 - 2 * 20) / 25.4 * 96)  # pixels between the margins
PAGES = COURSE.page_names
HAS_TRUETYPE = (
    shutil.which("fc-list")
    and subprocess.run(["fc-list", "NanumGothic"], capture_output=True).stdout
)
EACH = pytest.mark.parametrize("lang", LANGUAGES)

# What sticks out of the text's column, or out of its own box and so is cut off.
TOO_WIDE = """() => [...document.querySelectorAll("body *:not(svg *)")]
  .filter((it) => {
    const { right, width } = it.getBoundingClientRect();
    return width > 0 && (right > document.body.clientWidth + 1
      || (it.clientWidth > 0 && it.scrollWidth > it.clientWidth + 1));
  })
  .map((it) => it.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def course(site, tmp_path_factory):
    """The course with a site of its own: other tests look at theirs meanwhile."""
    root = tmp_path_factory.mktemp("course")
    for name in (".git", "_config.yml", "_toc.yml", "book", "notebooks"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "layer_by_layer", root / "layer_by_layer")
    course = replace(COURSE, root=root)
    shutil.copytree(site, course.site)
    return course


@pytest.fixture(scope="module")
def pdfs(course):
    """Both books, printed by the command that people run."""
    if find_browser() is None:
        pytest.skip(f"no browser: install one of {', '.join(PROGRAMS)}")
    command = [sys.executable, "-m", "layer_by_layer", "pdf"]
    result = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    if "no Korean font" in result.stderr:
        pytest.skip(result.stderr.strip())
    assert result.returncode == 0, result.stdout + result.stderr
    return {lang: PdfReader(course.site / PDF.format(lang)) for lang in LANGUAGES}


@cache
def bare(text: str) -> str:
    """Text without spaces: a PDF knows where letters stand, not where words end."""
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def pages(pdfs):
    """The text of each page, by language. It takes a minute to read a book."""
    return {
        lang: [page.extract_text() for page in book.pages]
        for lang, book in pdfs.items()
    }


@pytest.fixture(scope="module")
def texts(pages):
    """The bare text of each page, by language."""
    return {lang: list(map(bare, book)) for lang, book in pages.items()}


def article(lang: str, name: str):
    path = COURSE.site / lang / f"{name}.html"
    article = BeautifulSoup(path.read_text("utf-8"), "html.parser").article
    for mark in article.select(".headerlink"):
        mark.decompose()
    return article


def outline(book: PdfReader) -> list[tuple[str, int]]:
    """Title and page of every bookmark, in order."""

    def flat(items):
        for item in items:
            if isinstance(item, list):
                yield from flat(item)
            else:
                yield bare(item.title), book.get_destination_page_number(item) + 1

    return list(flat(book.outline))


@EACH
def test_is_a4(pdfs, lang):
    sizes = {(round(float(p.mediabox.width)), round(float(p.mediabox.height)))
             for p in pdfs[lang].pages}  # fmt: skip
    assert sizes == {A4}


@EACH
def test_says_what_it_is(pdfs, pages, lang):
    assert pdfs[lang].metadata.title == COURSE.title(lang)
    assert pdfs[lang].metadata.author == COURSE.author(lang)
    assert pdfs[lang].trailer["/Root"]["/Lang"] == lang
    cover = pages[lang][0]
    assert COURSE.title(lang) in cover
    if edition := downloads.edition(COURSE):
        assert edition[1] in cover


@EACH
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_lost(texts, lang, name):
    """Every paragraph and every line of code is there, folded on the screen or not.

    Looked for is the beginning of its first line, as a page may end after that. What
    waits for a script, such as an input, is left out, as nobody can use it on paper. So
    are formulas, whose letters are not in reading order, and what follows them in a
    paragraph.
    """
    book = "".join(texts[lang])
    for block in article(lang, name).select(":is(p, li > p, td, pre):not([hidden])"):
        beginnings = block.get_text().splitlines() if block.name == "pre" else [
            str(block.find(string=True, recursive=True) or "")
        ]  # fmt: skip
        for text in beginnings:
            assert bare(text)[:30] in book, text


@EACH
def test_outline_names_chapters_and_sections(pdfs, lang):
    titles = [title for title, _ in outline(pdfs[lang])]
    for name in PAGES[1:]:
        for heading in article(lang, name).select("h1, h2"):
            assert bare(heading.get_text()) in titles


@EACH
def test_contents_give_the_right_pages(pdfs, texts, lang):
    """Checked against the bookmarks, and these against the pages they lead to."""
    contents, *bookmarks = outline(pdfs[lang])
    listed = "".join(texts[lang][contents[1] - 1 : bookmarks[0][1] - 1])
    headings = [h for name in PAGES for h in article(lang, name).select("h1, h2")]
    titles = {bare(heading.get_text()) for heading in headings}
    place = 0
    for title, number in bookmarks:
        assert title in texts[lang][number - 1]
        if title in titles:
            place = listed.index(f"{title}{number}", place)
    assert place > len(titles)


@EACH
def test_pages_are_numbered(pages, lang):
    for number, text in enumerate(pages[lang], start=1):
        if number > 1:  # the cover
            assert str(number) in text.splitlines(), number


@EACH
def test_links_lead_somewhere(pdfs, lang):
    """Within the book, or to a public address."""
    targets = set(pdfs[lang].named_destinations)
    inside = 0
    for page in pdfs[lang].pages:
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            if "/Dest" in link:
                assert link["/Dest"] in targets
                inside += 1
            else:
                assert link["/A"]["/URI"].startswith("https://")
    assert inside > len(PAGES)


@EACH
def test_brings_its_fonts(pdfs, lang):
    """All embedded; and as fonts, not as drawings, where there is a TrueType font."""
    fonts = [
        font.get_object()
        for page in pdfs[lang].pages
        for font in page["/Resources"].get("/Font", {}).values()
    ]
    assert fonts
    for font in fonts:
        if font["/Subtype"] == "/Type3":
            assert not HAS_TRUETYPE
        else:
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor, font


def test_says_what_is_missing(monkeypatch, tmp_path):
    course = replace(COURSE, root=tmp_path)
    monkeypatch.setattr(pdf, "find_browser", lambda: "chromium")
    with pytest.raises(CourseError, match="run 'make book' first"):
        pdf.main(course, [])
    monkeypatch.setattr(pdf, "find_browser", lambda: None)
    with pytest.raises(CourseError, match="install Chromium or Chrome"):
        pdf.main(course, [])


@pytest.mark.skipif(sys.platform != "linux", reason="fonts are hidden by fontconfig")
def test_says_which_font_to_install(site, tmp_path):
    no_fonts = tmp_path / "fonts.conf"
    no_fonts.write_text("<fontconfig/>", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "layer_by_layer", "pdf"],
        cwd=ROOT,
        env={**os.environ, "FONTCONFIG_FILE": str(no_fonts)},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert "error: no Korean font" in result.stderr
    assert "apt-get install fonts-nanum" in result.stderr


@EACH
def test_fits_between_the_margins(course, pdfs, browser, lang):
    tab = browser.new_page(viewport={"width": TEXT_WIDTH, "height": 900})
    tab.emulate_media(media="print")
    tab.goto((downloads.printed(course) / f"{lang}.html").as_uri())
    assert tab.evaluate(TOO_WIDE) == []
    tab.close()
