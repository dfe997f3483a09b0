"""The picture in the README: the built book on a laptop and on a phone.

python -m tools.preview     (needs Chromium or Chrome, and a built site)
"""

import base64

from playwright.sync_api import Browser

from tools import course
from tools.browser import find_browser, running_browser
from tools.course import BOOK, CourseError
from tools.site import SITE

PICTURE = BOOK / "_root" / "preview.png"
PAGE = """<body style="margin: 0; background: #dde6f3; display: flex; gap: 36px;
  align-items: center; justify-content: center; height: 640px">
<img style="height: 560px; border-radius: 8px; box-shadow: 0 4px 24px #0005" src="{}">
<img style="height: 560px; border-radius: 18px; box-shadow: 0 4px 24px #0005" src="{}">
</body>"""


def shot(browser: Browser, page: str, width: int, height: int) -> str:
    """A screenshot of one page of the site, as a data address."""
    tab = browser.new_page(viewport={"width": width, "height": height})
    tab.goto(f"{SITE.as_uri()}/{page}")
    tab.wait_for_timeout(500)  # milliseconds; the theme's script settles
    return "data:image/png;base64," + base64.b64encode(tab.screenshot()).decode()


def main(arguments: list[str]) -> None:
    program = find_browser()
    if program is None or not SITE.exists():
        raise CourseError(
            "the picture needs a browser and the site: install Chromium or Chrome, "
            "and run 'make book' first."
        )
    with running_browser(program) as browser:
        laptop = shot(browser, "en/03-dense-softmax.html#one-layer", 1280, 960)
        phone = shot(browser, "ko/01-fashion-mnist.html#ten-classes", 390, 844)
        tab = browser.new_page(viewport={"width": 1280, "height": 640})
        tab.set_content(PAGE.format(laptop, phone))
        tab.screenshot(path=PICTURE)
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    course.run_tool(main)
