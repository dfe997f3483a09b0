"""Nothing is shipped in vain."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import tinycss2
from PIL import Image

from layer_by_layer.course import LANGUAGES
from layer_by_layer.files import Kept
from layer_by_layer.site.lighten import SHEET, lighten, used, without_unread
from tests.conftest import COURSE
from tests.site.test_links import soup

NAMES = [*COURSE.page_names, "search"]
OF_SPHINX = ("searchindex.js", "searchtools.js", "language_data.js", "doctools.js",
             "fontawesome.js", "bootstrap.js", "togglebutton.js",
             "sphinx-thebe.js")  # fmt: skip
CSS = """
@charset "UTF-8";
.used .gone, .used:not(.gone), a:is(.gone, .used) > b { color: red }
@media print { .gone { color: red } .-used { color: red } }
@media screen { .gone { color: red } }
@font-face { font-family: "Icons"; src: url(icons.woff2) }
@keyframes turn { to { rotate: 1turn } }
"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_ships_nothing_in_vain(site, lang):
    shipped = {path.name for path in (site / lang).rglob("*") if path.is_file()}
    assert not shipped & set(OF_SPHINX)
    assert not [name for name in shipped if name.endswith((".map", ".woff2", ".ttf"))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_loads_no_script_in_vain(site, lang, name):
    page = (site / lang / f"{name}.html").read_text("utf-8")
    assert ("copybutton.js" in page) == ('class="highlight' in page)
    assert ("design-tabs.js" in page) == ("sd-tab-" in page)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_drawing_waits_for_two_files(site, lang, name):
    """For all styles in one sheet, and for the script that sets light or dark."""
    head = soup(site / lang / f"{name}.html").head
    sheets = [
        link["href"].split("?")[0] for link in head.select("link[rel=stylesheet]")
    ]
    scripts = [script["src"].split("?")[0] for script in head.select("script[src]")
               if not script.has_attr("defer")]  # fmt: skip
    assert sheets == ["_static/book.css"] and scripts == ["_static/early.js"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_holds_what_the_theme_writes_last(site, lang):
    """The colours of code, in light and dark."""
    styles = (site / lang / SHEET).read_text("utf-8")
    for theme in ("light", "dark"):
        assert f'html[data-theme="{theme}"] .highlight .k' in styles


def test_pictures_keep_their_place_and_wait_for_the_reader(site):
    """They say their size, and all but the logo are loaded when they come near."""
    found = [
        (path, image)
        for path in site.rglob("*.html")
        for image in soup(path).find_all("img")
    ]
    for path, image in found:
        size = int(image["width"]), int(image["height"])
        if image["src"].endswith("logo.svg"):
            assert not image.has_attr("loading"), path
            continue
        assert size_of((path.parent / image["src"]).resolve()) == size, path
        assert image["loading"] == "lazy" and image["decoding"] == "async", path
    assert len({path for path, _ in found}) >= len(LANGUAGES) * len(NAMES)


def size_of(picture: Path) -> tuple[int, int]:
    if picture.suffix != ".svg":
        return Image.open(picture).size
    drawing = ElementTree.parse(picture).getroot()
    return int(drawing.get("width")), int(drawing.get("height"))


def test_drops_rules_that_cannot_apply():
    rules = tinycss2.parse_stylesheet(CSS, True, True)
    assert list(used(rules, {"used", "-used"})) == [
        '@charset "UTF-8";',
        ".used:not(.gone), a:is(.gone, .used) > b{ color: red }",
        "@media print {.-used{ color: red }}",
        "@keyframes turn { to { rotate: 1turn } }",
    ]


def test_drops_variables_that_nothing_reads():
    css = """:root{--a:var(--b);--b: url(data:a;b);--c:"; --x:1";--d:1;--script:1}
p{color:var(--c);--e:var(--d, 2)}"""
    assert (
        without_unread(css, {"--script"})
        == """:root{--c:"; --x:1";--script:1}
p{color:var(--c);}"""
    )


def test_drops_files_that_no_page_links(tmp_path, tmp_path_factory):
    files = {
        "page.html": '<link href="book.css"><script src="_static/b.js"></script>'
        '<p class="pictured">',
        "_static/book.css": ".pictured{background:url(used.svg)}"
        ".gone{background:url(gone.svg)}",
        "_static/b.js": "add('scripted')",
        "_static/c.js": "add('gone')",
        "_static/c.css": ".pictured{color:red}",
        "_static/layer.css": ".pictured{--a:1}.gone{--b:1}",  # of slides
        "_static/used.svg": "<svg/>",
        "_static/deep/gone.svg": "<svg/>",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    lighten(tmp_path, Kept(tmp_path_factory.mktemp("kept")))
    kept = {path.name for path in tmp_path.rglob("*")}
    assert kept == {"page.html", "_static", "book.css", "layer.css", "b.js", "used.svg"}
    assert (tmp_path / "_static" / "book.css").read_text() == (
        ".pictured{background:url(used.svg)}\n"
    )
