"""What search engines and link previews learn about the site is complete and true."""

import json
import re
import struct
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from layer_by_layer.course import LANGUAGES, Addresses, other
from layer_by_layer.site import metadata
from layer_by_layer.site.metadata import (
    LOCALES,
    LONGEST,
    PICTURE_SIZE,
    description,
)
from layer_by_layer.source.page import HANGUL
from tests.conftest import COURSE
from tests.site.test_links import EVERY_PAGE, PAGES, soup

SITEMAP = {"map": "http://www.sitemaps.org/schemas/sitemap/0.9",
           "xhtml": "http://www.w3.org/1999/xhtml"}  # fmt: skip
BOOK_PAGES = [(lang, name) for lang in LANGUAGES for name in PAGES]
FRONT = ("", "index")  # the page that leads to a language


def head(site, lang: str, name: str):
    return soup(site / lang / f"{name}.html").head


def meta(page, key: str) -> str:
    """The one value of a `<meta>`, by name or property."""
    (tag,) = page.select(f'meta[name="{key}"], meta[property="{key}"]')
    return tag["content"]


def alternates(page) -> dict[str, str]:
    links = page.select("link[rel=alternate][hreflang]")
    found = {link["hreflang"]: link["href"] for link in links}
    assert len(found) == len(links)
    return found


def file_at(site, address: str):
    """The file of the site that is published at an absolute address."""
    assert address.startswith(f"{COURSE.addresses.site}/"), address
    path = site / unquote(address.removeprefix(f"{COURSE.addresses.site}/"))
    return path / "index.html" if path.is_dir() else path


@EVERY_PAGE
def test_page_names_itself_and_its_twins(site, lang, name):
    page = head(site, lang, name)
    (canonical,) = page.select("link[rel=canonical]")
    path = site / lang / f"{name}.html"
    assert file_at(site, canonical["href"]) == path
    assert meta(page, "og:url") == canonical["href"]
    links = alternates(page)
    assert set(links) == {*LANGUAGES, "x-default"}
    assert links[lang] == canonical["href"]
    twin = soup(file_at(site, links[other(lang)]))
    assert twin.html["lang"] == other(lang)
    assert alternates(twin.head) == links
    assert file_at(site, links["x-default"]) == site / "index.html"


@pytest.mark.parametrize(
    ("lang", "name"), [*BOOK_PAGES, FRONT, ("", "404")], ids="/".join
)
def test_link_preview_is_complete(site, lang, name):
    page = head(site, lang, name)
    for key in ("og:title", "og:description", "og:site_name", "og:image:alt"):
        assert meta(page, key).strip() == meta(page, key) != "", key
    assert meta(page, "og:description") == meta(page, "description")
    assert meta(page, "og:type") == (
        "website" if name in ("index", "404") else "article"
    )
    assert meta(page, "og:locale") == LOCALES[lang or "ko"]
    assert meta(page, "og:locale:alternate") == LOCALES[other(lang or "ko")]
    assert meta(page, "twitter:card") == "summary_large_image"
    size = int(meta(page, "og:image:width")), int(meta(page, "og:image:height"))
    picture = file_at(site, meta(page, "og:image")).read_bytes()
    assert struct.unpack(">II", picture[16:24]) == size == PICTURE_SIZE
    assert len(picture) < 300_000  # bytes; some messengers refuse larger ones


@EVERY_PAGE
def test_words_are_in_the_language_of_the_page(site, lang, name):
    page = head(site, lang, name)
    for key in ("description", "og:site_name", "og:image:alt"):
        assert bool(HANGUL.search(meta(page, key))) == (lang == "ko"), key
    assert meta(page, "og:title") in page.title.text
    text = meta(page, "description")
    assert 30 <= len(text) <= LONGEST
    assert text.endswith((".", "?", "!")), "its first sentence is too long"
    assert not re.search(r"[*`\\$<\[]|\]\(", text), "markup"


def test_no_two_pages_describe_themselves_alike(site):
    pages = [head(site, *page) for page in [*BOOK_PAGES, FRONT]]
    texts = [meta(page, "description") for page in pages]
    assert len(set(texts)) == len(texts)


@EVERY_PAGE
def test_structured_data_says_the_same(site, lang, name):
    page = head(site, lang, name)
    (script,) = page.select('script[type="application/ld+json"]')
    data = json.loads(script.string)
    assert data["name"] == meta(page, "og:title")
    assert data["description"] == meta(page, "description")
    assert data["url"] == meta(page, "og:url")
    assert data["inLanguage"] == lang
    assert ("isPartOf" in data) == (data["@type"] != "Course") == (name != "index")


def test_sitemap_lists_exactly_the_pages(site):
    root = ElementTree.parse(site / "sitemap.xml").getroot()
    listed = {}
    for entry in root.findall("map:url", SITEMAP):
        links = entry.findall("xhtml:link", SITEMAP)
        address = entry.findtext("map:loc", namespaces=SITEMAP)
        assert address not in listed
        listed[address] = {link.get("hreflang"): link.get("href") for link in links}
    hidden = "meta[name=robots][content=noindex]"
    pages = [path for path in site.rglob("*.html") if not soup(path).select(hidden)]
    assert len(pages) == len(PAGES) * len(LANGUAGES) + 1
    assert {file_at(site, address) for address in listed} == set(pages)
    for address, links in listed.items():
        assert links == alternates(soup(file_at(site, address)).head)


def test_robots_lead_to_the_sitemap(site):
    lines = (site / "robots.txt").read_text("utf-8").splitlines()
    (address,) = [line.split()[1] for line in lines if line.startswith("Sitemap:")]
    assert file_at(site, address).name == "sitemap.xml"


def test_front_page_names_both_languages(site):
    page = head(site, *FRONT)
    assert alternates(page) == COURSE.addresses.twins(PAGES[0])
    assert (
        page.select_one("link[rel=canonical]")["href"]
        == COURSE.addresses.twins("")["x-default"]
    )


def test_addresses_follow_the_repository():
    """In another person's copy, everything leads to that copy."""
    copy = Addresses("https://github.com/Someone/my-course", "main", LANGUAGES)
    texts = [
        metadata.sitemap(copy, PAGES),
        json.dumps(metadata.for_head(copy, "ko", "index", None)),
    ]
    for text in texts:
        assert "https://someone.github.io/my-course/ko/index.html" in text
        assert COURSE.addresses.site not in text


def test_description_is_whole_sentences():
    short, long = "One sentence. ", "word " * 25 + "end."
    assert description(short + long) == (short + long)
    assert description(short + long + " " + long) == (short + long)
    assert description("0.90 is not\nan end.") == "0.90 is not an end."
    assert len(description("word " * 50)) <= LONGEST
