"""How heavy the pages of the built site are, as a browser without a cache loads them.

It needs Chromium or Chrome, and a built site.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request

from layer_by_layer.command import parser
from layer_by_layer.course import Course, CourseError
from layer_by_layer.site.browser import find_browser, running_browser, served

LARGEST = 3  # files named per page
SCROLL_TO_END = "scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })"


@dataclass(frozen=True)
class Weight:
    """Bytes of every answer to a page's requests, by address, unpacked."""

    files: dict[str, int]

    @property
    def kilobytes(self) -> float:
        return sum(self.files.values()) / 1000

    @property
    def requests(self) -> int:
        return len(self.files)

    def largest(self) -> str:
        """The heaviest files, in words."""
        heaviest = sorted(self.files, key=self.files.get, reverse=True)[:LARGEST]
        return ", ".join(
            f"{urlsplit(file).path.rpartition('/')[2]} {self.files[file] / 1000:.0f}"
            for file in heaviest
        )


def weigh(tab: Page, address: str) -> Weight:
    """Load a page to its end, so that pictures that wait for the reader count too.

    Files that the tab has in its cache do not count: it should be a new one.
    """
    finished: list[Request] = []
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.on("requestfinished", lambda request: finished.append(request))
    tab.goto(address)
    tab.evaluate(SCROLL_TO_END)
    tab.wait_for_load_state("networkidle")
    return Weight({each.url: len(each.response().body()) for each in [*finished]})


def main(course: Course, arguments: list[str]) -> None:
    parser("weight", __doc__).parse_args(arguments)
    program = find_browser()
    if program is None or not course.site.exists():
        raise CourseError(
            "weighing needs a browser and the site: install Chromium or Chrome, "
            "and run 'make book' first."
        )
    pages = [*course.page_names, "search"]
    print(f"{'page':35} requests    KB  largest files (KB)")
    with running_browser(program) as browser, served(course.site) as address:
        for lang in course.languages:
            for name in pages:
                tab = browser.new_page()
                weight = weigh(tab, f"{address}/{lang}/{name}.html")
                tab.close()
                print(
                    f"{lang + '/' + name:35} {weight.requests:8} "
                    f"{weight.kilobytes:5.0f}  {weight.largest()}",
                    flush=True,
                )
