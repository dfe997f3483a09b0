"""The zip file opens from a folder, and the site never offers a PDF that is old."""

import zipfile
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from layer_by_layer.course import (
    LANGUAGES,
    PDF,
    ZIP,
    other,
)
from layer_by_layer.site import downloads
from tests.conftest import CHAPTERS, COURSE
from tests.tabs import open_tab

LINK = '<a href="{}">download</a>'
PAGES = COURSE.page_names
PDFS = [PDF.format(lang) for lang in LANGUAGES]
OWN = [ZIP, *PDFS]


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory):
    """The zip file of the site, unpacked as a reader does."""
    where = tmp_path_factory.mktemp("stick")
    with zipfile.ZipFile(site / ZIP) as file:
        file.extractall(where)
    [folder] = where.iterdir()
    return folder


def files(folder) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


def test_zip_holds_the_whole_site(site, folder):
    patterns = downloads.NOT_OFFLINE
    left_out = {path.name for pattern in patterns for path in site.glob(pattern)}
    assert len(left_out) == 4 + len(LANGUAGES)
    assert files(folder) == files(site) - left_out - {*OWN}


def test_same_site_makes_the_same_zip(site, folder, tmp_path):
    """Packed again, from files written at another time; in an order of its own."""
    with zipfile.ZipFile(site / ZIP) as file:
        assert file.namelist() == sorted(file.namelist())
    downloads.write_zip(folder, tmp_path / ZIP)
    assert (tmp_path / ZIP).read_bytes() == (site / ZIP).read_bytes()


def test_links_stay_in_the_folder(folder):
    checked = 0
    for page in [*folder.glob("*.html"), *folder.glob("*/*.html")]:
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        for tag in soup.select("[href], [src]"):
            address = (tag.get("href") or tag.get("src")).split("#")[0].split("?")[0]
            if address and ":" not in address:
                target = (page.parent / address).resolve()
                assert target.is_file(), f"{page}: {tag}"
                assert target.is_relative_to(folder), f"{page}: {tag}"
                checked += 1
    assert checked > len(PAGES)


@pytest.fixture(scope="module")
def offline_tab(browser, folder):
    """Only the folder may be read. The search is left out: it needs a server."""
    with open_tab(browser, folder.as_uri()) as tab_and_faults:
        yield tab_and_faults


@pytest.mark.full(sample=CHAPTERS[:1])
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_opens_from_a_folder(offline_tab, folder, lang, name):
    tab, faults = offline_tab
    faults.clear()
    tab.goto(f"{folder.as_uri()}/{lang}/{name}.html")
    tab.locator(".layer-switch").click()
    tab.wait_for_url(f"{folder.as_uri()}/{other(lang)}/{name}.html*")
    assert faults == []


def test_first_page_of_the_folder_leads_on(offline_tab, folder):
    tab, faults = offline_tab
    faults.clear()
    tab.goto(f"{folder.as_uri()}/index.html", wait_until="commit")
    tab.wait_for_url(f"{folder.as_uri()}/*/index.html")
    assert faults == []


@pytest.mark.parametrize("name", ["index", "start"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_offer_what_there_is(site, lang, name):
    """The zip always; a PDF that was not made here, where it is published."""
    text = (site / lang / f"{name}.html").read_text("utf-8")
    for file in (ZIP, PDF.format(lang)):
        here = (site / file).exists()
        assert (f'"../{file}"' in text) == here
        assert (f'"{COURSE.addresses.download(file)}"' in text) != here


@pytest.fixture
def small(tmp_path):
    """A course whose site has one page that offers everything."""
    course = replace(COURSE, root=tmp_path)
    (course.book / "_pdf").mkdir(parents=True)
    page = course.site / "ko" / "index.html"
    page.parent.mkdir(parents=True)
    links = [LINK.format(course.addresses.download(name)) for name in OWN]
    page.write_text("\n".join(links), encoding="utf-8")
    return course


def print_pdfs(course) -> None:
    downloads.printed(course).mkdir()
    for lang in LANGUAGES:
        downloads.pdf_path(course, lang).write_bytes(b"%PDF")
    made_from = downloads.fingerprint(course, course.site)
    downloads.made_from(course).write_text(made_from, encoding="utf-8")


def offered(course) -> list[str]:
    """What links to downloads lead to."""
    page = BeautifulSoup(
        (course.site / "ko/index.html").read_text("utf-8"), "html.parser"
    )
    return [link["href"] for link in page.select("a")]


def rebuild(course) -> None:
    """What a build does last, on pages that are new again."""
    site = course.site
    page = site / "ko" / "index.html"
    text = page.read_text("utf-8").replace('"../', f'"{COURSE.addresses.site}/')
    page.write_text(text, encoding="utf-8")
    for name in OWN:
        (site / name).unlink(missing_ok=True)
    downloads.add(course, site)


def test_pdfs_survive_a_build_that_changes_nothing(small, capsys):
    downloads.add(small, small.site)
    print_pdfs(small)
    rebuild(small)
    assert offered(small) == [f"../{name}" for name in OWN]
    assert all((small.site / name).exists() for name in OWN)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("change", ["text", "edition", "interrupted"])
def test_old_pdfs_are_left_out_and_named(small, capsys, monkeypatch, change):
    downloads.add(small, small.site)
    print_pdfs(small)
    if change == "text":
        (small.site / "ko" / "more.html").write_text("more")
    elif change == "interrupted":
        downloads.made_from(small).unlink()
    else:
        monkeypatch.setattr(downloads, "edition", lambda _: "another")
    rebuild(small)
    public = [COURSE.addresses.download(name) for name in PDFS]
    assert offered(small) == [f"../{ZIP}", *public]
    assert not any((small.site / name).exists() for name in PDFS)
    assert "run 'make pdf'" in capsys.readouterr().out
