"""Tabs of a browser that note what goes wrong in them, for several test modules."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page

SIZES = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 900},
}
FINGER = 44  # pixels
UNFOLD = "document.querySelectorAll('details').forEach((it) => it.open = true)"

# Browsers report what a page's policy refuses; this says it also from within a page.
SAY_REFUSED = """addEventListener("securitypolicyviolation", (refused) =>
  console.error("refused", refused.effectiveDirective, refused.blockedURI))"""


@contextmanager
def open_tab(
    browser: Browser, address: str, **options
) -> Iterator[tuple[Page, list[str]]]:
    """An empty tab, and a list of what goes wrong in it."""
    faults = []

    def note(url: str, fault: str):
        faults.append(f"{url}: {fault}")

    def check(request):
        if not request.url.startswith(address):
            note(request.url, "another host is asked for this")

    tab = browser.new_page(viewport=SIZES["phone"], **options)
    tab.add_init_script(SAY_REFUSED)
    tab.set_default_timeout(30_000)  # milliseconds
    tab.on("request", check)
    tab.on("pageerror", lambda error: note(tab.url, str(error)))
    tab.on("console", lambda m: m.type == "error" and note(m.location["url"], m.text))
    yield tab, faults
    tab.close()


def touch(button: Locator) -> None:
    """Check that a finger finds a button: large enough, on screen, uncovered."""
    assert button.bounding_box()["height"] >= FINGER, button
    button.click(trial=True)
