"""What readers take home: the site as a zip file, and the book as a PDF per language.

The build always makes the zip. PDFs need a browser, so `make pdf` makes them; a site
takes over those that show what it says now, and no others. Pages link downloads at
their public address, which is right wherever a page is read; in a site that has the
file, the link leads to that.
"""

import hashlib
import shutil
import subprocess
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from layer_by_layer.course import BOOK, BUILD, LANGUAGES, PDFS, ROOT, ZIP, addresses
from layer_by_layer.site.metadata import PICTURE

PRINTED = BUILD / "pdf"  # kept between builds
MADE_FROM = PRINTED / "made-from.txt"  # the fingerprint of what the PDFs there show
NEVER = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can give
# What only a server, search engines, link previews and the README ask for.
NOT_OFFLINE = (
    "404.html",
    "robots.txt",
    "sitemap.xml",
    "preview.png",
    *map(PICTURE.format, LANGUAGES),
)


def add(site: Path) -> None:
    """Add the downloads to a new site, of which nothing changes after this."""
    write_zip(site, site / ZIP)
    add_pdfs(site)


def add_pdfs(site: Path) -> None:
    """Take over the PDFs that `make pdf` made, if they show this very site."""
    made = [path for path in map(pdf_path, LANGUAGES) if path.exists()]
    whole = MADE_FROM.exists()  # else printing was interrupted
    if made and whole and MADE_FROM.read_text(encoding="utf-8") == fingerprint(site):
        for path in made:
            shutil.copyfile(path, site / path.name)
    elif made:
        print("The PDFs show an older text and were left out: run 'make pdf'.")
    link_own_files(site)


def pdf_path(lang: str) -> Path:
    """Where the PDF of one language is kept between builds."""
    return PRINTED / PDFS[lang]


def write_zip(site: Path, target: Path) -> None:
    """Pack a site for reading from a folder. The same site makes the same bytes."""
    paths = [path for path in site.rglob("*") if path.is_file()]
    names = {path.relative_to(site).as_posix() for path in paths}
    with ZipFile(target, "w") as file:
        for name in sorted(names.difference(NOT_OFFLINE)):
            entry = ZipInfo(f"{target.stem}/{name}", NEVER)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            file.writestr(entry, (site / name).read_bytes(), ZIP_DEFLATED)


def link_own_files(site: Path) -> None:
    """Let links to a download lead to the file that the site itself has."""
    to = addresses()
    own = [name for name in [ZIP, *PDFS.values()] if (site / name).exists()]
    for page in site.glob("*/*.html"):
        text = old = page.read_text(encoding="utf-8")
        for name in own:
            text = text.replace(f'"{to.download(name)}"', f'"../{name}"')
        if text != old:
            page.write_text(text, encoding="utf-8")


def fingerprint(site: Path) -> str:
    """A checksum of all that the PDFs of a site show: if it differs, they are old."""
    sources = [*sorted((BOOK / "_pdf").iterdir()), Path(__file__).with_name("pdf.py")]
    content = [path.read_bytes() for path in [site / ZIP, *sources]]
    return hashlib.sha256(b"".join([*content, str(edition()).encode()])).hexdigest()


def edition() -> tuple[date, str] | None:
    """Day and commit of the newest change to what readers read, if git knows."""
    command = ["git", "log", "-1", "--format=%cs %h", "--", "book", "notebooks"]
    try:
        log = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    if log.returncode or not log.stdout:
        return None
    day, commit = log.stdout.split()
    return date.fromisoformat(day), commit
