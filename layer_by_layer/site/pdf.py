"""Print the book: one PDF per language, made from the built site.

It needs Chromium or Chrome, and a built site.

The articles of all pages become one document, `_build/pdf/<lang>.html`, and Chromium
prints it. Which page a section is on is known only then, so the document is printed
again, with page numbers, until they are right.
"""

import time
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

import pikepdf
from babel.dates import format_date
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Browser, Page

from layer_by_layer.command import parser
from layer_by_layer.course import Course, CourseError
from layer_by_layer.site import downloads
from layer_by_layer.site.browser import find_browser, running_browser
from layer_by_layer.words import words_of

SOURCES = "_pdf"  # of book/
WORDS, LANGUAGE = words_of("pdf"), words_of("language")
MISTAKEN = {b"0001": b"0020", b"00AD": b"2013"}  # for a space, for an en dash
MOST_PRINTINGS = 5  # the second is right unless a number changes the length of a line

# Without a font every letter is the same empty box.
CAN_WRITE = """([one, another]) => {
  const draw = (letter) => {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").fillText(letter, 0, 20);
    return canvas.toDataURL();
  };
  return draw(one) !== draw(another);
}"""
FILL_IN_PAGES = """(pages) => {
  for (const number of document.querySelectorAll(".page-number")) {
    number.textContent = pages[number.closest("a").hash.slice(1)] ?? "";
  }
}"""


@dataclass(frozen=True)
class Section:
    """What the table of contents leads to."""

    id: str
    title: str


@dataclass(frozen=True)
class Chapter(Section):
    """A page of the site as part of the book."""

    sections: list[Section]
    html: str


def main(course: Course, arguments: list[str]) -> None:
    parser("pdf", __doc__).parse_args(arguments)
    program = find_browser()
    if program is None:
        raise CourseError("no browser to print with: install Chromium or Chrome.")
    if not course.site.exists():
        raise CourseError("there is no site to print: run 'make book' first.")
    downloads.printed(course).mkdir(parents=True, exist_ok=True)
    with running_browser(program) as browser:
        for lang in course.languages:
            print_book(course, browser, lang)
    made_from = downloads.fingerprint(course, course.site)
    downloads.made_from(course).write_text(made_from, encoding="utf-8")
    downloads.add_pdfs(course, course.site)


def print_book(course: Course, browser: Browser, lang: str) -> None:
    """Make the PDF of one language, and say how that goes."""
    start = time.monotonic()
    source = downloads.printed(course) / f"{lang}.html"
    source.write_text(document(course, lang), encoding="utf-8")
    tab = browser.new_page()
    if not tab.evaluate(CAN_WRITE, sorted(set(WORDS[lang]["this_language"]))[-2:]):
        raise CourseError(
            f"no {LANGUAGE[lang]['english']} font to print with: install one; for "
            "Korean, such as Nanum Gothic (on Debian and Ubuntu: sudo apt-get install "
            "fonts-nanum)."
        )
    pdf = print_with_page_numbers(tab, source.as_uri(), lang)
    tab.close()
    path = downloads.pdf_path(course, lang)
    downloads.made_from(course).unlink(missing_ok=True)  # until all are printed
    save(course, pdf, path, lang)
    print(
        f"{lang}  {course.site.name}/{path.name}: {len(pdf.pages)} pages, "
        f"{path.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s",
        flush=True,
    )


def print_with_page_numbers(tab: Page, address: str, lang: str) -> pikepdf.Pdf:
    """Print until the page numbers in the document are those of the printed pages."""
    written = {}
    for printing in range(1, MOST_PRINTINGS + 1):
        print(f"{lang}  printing, pass {printing}...", flush=True)
        tab.goto(address)  # anew: Chromium breaks pages elsewhere in a second printing
        tab.evaluate(FILL_IN_PAGES, written)
        pdf = pikepdf.open(BytesIO(tab.pdf(
            prefer_css_page_size=True, print_background=True, tagged=True, outline=True
        )))  # fmt: skip
        found = pages_of_targets(pdf)
        if found == written:
            return pdf
        written = found
    raise CourseError(
        f"page numbers still move after {MOST_PRINTINGS} printings: give "
        ".page-number more room in book/_pdf/book.css."
    )


def pages_of_targets(pdf: pikepdf.Pdf) -> dict[str, int]:
    """The page, counted from 1, of each id that a link leads to."""
    numbers = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    return {
        name.removeprefix("/"): numbers[target[0].objgen]
        for name, target in pdf.Root.Dests.items()
    }


def mend_text(pdf: pikepdf.Pdf) -> None:
    """Let text be copied, searched and read aloud as it was written.

    Where a font draws several characters alike, Chromium takes each for the first of
    them. In Nanum Gothic a space is drawn like a control character.
    """
    for font in pdf.objects:
        if isinstance(font, pikepdf.Dictionary) and "/ToUnicode" in font:
            table = font.ToUnicode.read_bytes()
            for wrong, right in MISTAKEN.items():
                table = table.replace(b" <%s>\n" % wrong, b" <%s>\n" % right)
            font.ToUnicode.write(table)


def save(course: Course, pdf: pikepdf.Pdf, path: Path, lang: str) -> None:
    """Write the file, which says what it is and opens with its bookmarks shown.

    Packed, and without the time of printing: the same book makes the same file.
    """
    mend_text(pdf)
    del pdf.docinfo
    pdf.docinfo["/Title"] = course.title(lang)
    pdf.docinfo["/Author"] = course.author(lang)
    pdf.docinfo["/Subject"] = WORDS[lang]["subtitle"]
    pdf.Root.PageMode = pikepdf.Name.UseOutlines
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    packed = pikepdf.ObjectStreamMode.generate
    pdf.save(path, object_stream_mode=packed, deterministic_id=True)


def document(course: Course, lang: str) -> str:
    """The whole book in one language as one HTML document."""
    toc, sources = course.toc, course.book / SOURCES
    about = read_chapter(course, lang, toc["root"], WORDS[lang]["about"])
    parts = [{"caption": "", "chapters": [about]}]
    for part in toc.get("parts", []):
        names = [page["file"] for page in part["chapters"]]
        chapters = [read_chapter(course, lang, name) for name in names]
        parts.append(
            {"caption": course.in_language(part["caption"], lang), "chapters": chapters}
        )
    templates = Environment(loader=FileSystemLoader(sources), autoescape=False)
    return templates.get_template("book.html").render(
        lang=lang,
        title=course.title(lang),
        author=course.author(lang),
        words=WORDS[lang],
        edition=edition(course, lang),
        address=course.addresses.site,
        site=f"../{course.site.name}/{lang}",
        styles=(sources / "book.css").read_text(encoding="utf-8"),
        parts=parts,
        chapters=[chapter for part in parts for chapter in part["chapters"]],
    )


def edition(course: Course, lang: str) -> str:
    """Which text this is: day and commit, or the year where there is no git."""
    known = downloads.edition(course)
    if known is None:
        return course.config["copyright"]
    day, commit = known
    return f"{format_date(day, 'long', locale=lang)} ({commit})"


def read_chapter(
    course: Course, lang: str, name: str, title: str | None = None
) -> Chapter:
    """The article of a page of the site, changed from screen to paper."""
    page = (course.site / lang / f"{name}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    article = soup.select_one("article.bd-article")
    for screen_only in article.select("script, .headerlink"):
        screen_only.decompose()
    for anchor in article.select("section > span[id]:empty"):
        anchor.find_next_sibling().append(anchor)  # else a page may end after a heading
    if title:
        article.h1.string = title
    set_answers_apart(article, lang)
    show_hints(article)
    if colab := soup.select_one("a.layer-colab"):
        read = course.addresses.page(lang, name)
        lead_elsewhere(article, colab["href"], read, lang)
    join_to_book(course, article, lang, name)
    sections = [
        Section(heading.find_parent("section")["id"], heading.decode_contents())
        for heading in article.find_all("h2")
    ]
    return Chapter(article["id"], article.h1.get_text(), sections, str(article))


def set_answers_apart(article: Tag, lang: str) -> None:
    """Move answers to the end of their chapter, where paper does not give them away.

    What is folded on the screen is a link here, with the page that the answer is on.
    """
    answers = new("section", id="answers")
    answers.append(new("h2", WORDS[lang]["answers"]))
    for number, fold in enumerate(article.select("[id^=quiz-] details"), start=1):
        question = fold.find_previous("strong")
        answer = new("div", id=f"answer-{number}")
        answer["class"] = "answer"
        answer.append(new("p"))
        answer.p.append(copy(question))
        fold.summary.decompose()
        fold.replace_with(link_to(answer, "answer", lang))
        answer.extend(list(fold.contents))
        answers.append(answer)
    for section in article.select("section:has(> .tag_solution)"):
        section.replace_with(link_to(section, "solution", lang))
        for fold in section.find_all("details"):
            fold.summary.decompose()
            fold.unwrap()
        answers.append(section)
    if len(answers.contents) > 1:
        article.append(answers)


def link_to(answer: Tag, word: str, lang: str) -> Tag:
    """A line that says where an answer is."""
    before, after = WORDS[lang]["page"].split("{}")
    link = new("a", f"{WORDS[lang][word]}: {before}", href=f"#{answer['id']}")
    link.append(new("span"))
    link.span["class"] = "page-number"
    link.append(after)
    line = new("p")
    line.append(link)
    return line


def show_hints(article: Tag) -> None:
    """Open what is still folded: on paper nothing can be clicked."""
    for fold in article.find_all("details"):
        title = fold.summary
        title.name, title["class"] = "p", "hint-title"
        fold.name, fold["class"] = "div", "hint"


def lead_elsewhere(article: Tag, colab: str, page: str, lang: str) -> None:
    """Say below a chapter's title where it can be run, and read on the web."""
    line = new("p")
    line["class"] = "elsewhere"
    line.append(new("a", WORDS[lang]["run"], href=colab))
    line.append(" · ")
    line.append(new("a", WORDS[lang]["read"], href=page))
    article.h1.insert_after(line)


def join_to_book(course: Course, article: Tag, lang: str, name: str) -> None:
    """Make ids unique in the book, and addresses right from where the book lies."""
    for tag in article.find_all(id=True):
        if tag.find_parent("svg"):
            continue  # parts of a drawing, to which no reader is led
        tag["id"] = place(name, tag["id"])
    for link in article.find_all("a", href=True):
        link["href"] = in_book(course, link["href"], lang, name)
    for image in article.find_all("img"):
        image["src"] = f"../{course.site.name}/{lang}/{image['src']}"
        del image["loading"]  # on paper, nobody comes near it first
    article["id"], article["class"] = place(name), "chapter"


def place(name: str, anchor: str = "") -> str:
    """The id in the book of a page or of an anchor on it."""
    return f"page-{name}" + (f"--{anchor}" if anchor else "")


def in_book(course: Course, href: str, lang: str, name: str) -> str:
    """Where a link of page `name` leads from within the book."""
    page, _, anchor = href.partition("#")
    target = page.removesuffix(".html") or name
    if target in course.page_names:
        return f"#{place(target, anchor)}"
    return urljoin(course.addresses.page(lang, name), href)


def new(tag: str, text: str = "", **attributes: str) -> Tag:
    """A new element."""
    element = Tag(name=tag, attrs=attributes)
    if text:
        element.string = text
    return element
