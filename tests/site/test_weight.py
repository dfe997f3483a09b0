"""Nothing is shipped in vain."""

import pytest
import tinycss2

from layer_by_layer.course import LANGUAGES
from layer_by_layer.files import Kept
from layer_by_layer.site.lighten import lighten, used
from tests.conftest import COURSE

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


def test_drops_rules_that_cannot_apply():
    rules = tinycss2.parse_stylesheet(CSS, True, True)
    assert list(used(rules, {"used", "-used"})) == [
        '@charset "UTF-8";',
        ".used:not(.gone), a:is(.gone, .used) > b{ color: red }",
        "@media print {.-used{ color: red }}",
        "@keyframes turn { to { rotate: 1turn } }",
    ]


def test_drops_files_that_no_page_links(tmp_path, tmp_path_factory):
    files = {
        "page.html": '<link href="a.css"><script src="_static/b.js"></script>'
        '<p class="pictured">',
        "_static/a.css": ".pictured{background:url(used.svg)}"
        ".gone{background:url(gone.svg)}",
        "_static/b.js": "add('scripted')",
        "_static/c.js": "add('gone')",
        "_static/used.svg": "<svg/>",
        "_static/deep/gone.svg": "<svg/>",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    lighten(tmp_path, Kept(tmp_path_factory.mktemp("kept")))
    kept = {path.name for path in tmp_path.rglob("*")}
    assert kept == {"page.html", "_static", "a.css", "b.js", "used.svg"}
    assert (tmp_path / "_static" / "a.css").read_text() == (
        ".pictured{background:url(used.svg)}\n"
    )
