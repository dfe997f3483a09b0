"""Pictures of the built book: one for the README, one per language for link previews.

It needs Chromium or Chrome, and a built site.
"""

import base64
from pathlib import Path

from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from layer_by_layer.command import parser
from layer_by_layer.course import Course, CourseError
from layer_by_layer.site.browser import find_browser, running_browser
from layer_by_layer.site.metadata import PICTURE, PICTURE_SIZE

README_SIZE = (1280, 640)  # pixels
README_PAGE = """<body style="margin: 0; background: #dde6f3; display: flex; gap: 36px;
  align-items: center; justify-content: center; height: 640px">
<img style="height: 560px; border-radius: 8px; box-shadow: 0 4px 24px #0005" src="{}">
<img style="height: 560px; border-radius: 18px; box-shadow: 0 4px 24px #0005" src="{}">
</body>"""


# The browser draws the title, so that building the site needs no Korean font.
SOCIAL_PAGE = """<body lang="{lang}" style="margin: 0; height: 630px; display: flex;
  overflow: hidden; background: #dde6f3; color: #14213d; word-break: keep-all;
  font: 34px/1.5 'Noto Sans CJK KR', 'Noto Sans KR', sans-serif">
<div style="flex: 1; padding: 0 0 0 64px; align-self: center">
<img style="height: 120px" src="{logo}">
<h1 style="margin: 16px 0; font-size: 80px; line-height: 1.15">{title}</h1>
<p style="margin: 0; text-wrap: balance">{text}</p></div>
<img style="width: 340px; height: 736px; margin: 48px 72px 0 0; border-radius: 24px;
  box-shadow: 0 4px 32px #0005" src="{phone}">
</body>"""


def as_address(content: bytes, kind: str) -> str:
    """Content as a data address."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def shot(site: Path, browser: Browser, place: str, width: int, height: int) -> str:
    """A screenshot of a place such as `en/start.html#start-colab`, as an address."""
    page, _, anchor = place.partition("#")
    tab = browser.new_page(viewport={"width": width, "height": height})
    tab.goto(f"{site.as_uri()}/{page}")
    tab.wait_for_timeout(500)  # milliseconds; the theme's script settles
    scroll = "(it) => it.scrollIntoView({ behavior: 'instant' })"
    tab.locator(f"#{anchor}").evaluate(scroll)
    return as_address(tab.screenshot(), "png")


def draw(browser: Browser, page: str, size: tuple[int, int], path: Path) -> None:
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
    tab.set_content(page)
    tab.screenshot(path=path)
    print(f"wrote {path}")


def social_page(course: Course, browser: Browser, lang: str) -> str:
    """The book's title and first sentence, and its network on a phone."""
    index = BeautifulSoup(
        (course.site / lang / "index.html").read_text("utf-8"), "html.parser"
    )
    return SOCIAL_PAGE.format(
        lang=lang,
        logo=as_address((course.book / "_static" / "logo.svg").read_bytes(), "svg+xml"),
        title=index.select_one("meta[property='og:title']")["content"],
        text=index.select_one("article p strong").get_text().rstrip("."),
        phone=shot(course.site, browser, f"{lang}/index.html#figure-try", 390, 844),
    )


def main(course: Course, arguments: list[str]) -> None:
    parser("preview", __doc__).parse_args(arguments)
    site, folder = course.site, course.book / "_root"
    program = find_browser()
    if program is None or not site.exists():
        raise CourseError(
            "the picture needs a browser and the site: install Chromium or Chrome, "
            "and run 'make book' first."
        )
    with running_browser(program) as browser:
        laptop = shot(site, browser, "en/index.html#index", 1280, 960)
        phone = shot(site, browser, "ko/index.html#figure-try", 390, 844)
        readme = README_PAGE.format(laptop, phone)
        draw(browser, readme, README_SIZE, folder / "preview.png")
        for lang in course.languages:
            page = social_page(course, browser, lang)
            draw(browser, page, PICTURE_SIZE, folder / PICTURE.format(lang))
