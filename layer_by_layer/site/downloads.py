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

from layer_by_layer.course import PDF, ZIP, Addresses, Course
from layer_by_layer.site.metadata import PICTURE

NEVER = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can give
# What only a server, search engines, link previews and the README ask for.
NOT_OFFLINE = (
    "404.html",
    "robots.txt",
    "sitemap.xml",
    "preview.png",
    PICTURE.format("*"),
)


def add(course: Course, site: Path) -> None:
    """Add the downloads to a new site, of which nothing changes after this."""
    write_zip(site, site / ZIP)
    add_pdfs(course, site)


def add_pdfs(course: Course, site: Path) -> None:
    """Take over the PDFs that `make pdf` made, if they show this very site."""
    paths = [pdf_path(course, lang) for lang in course.languages]
    made = [path for path in paths if path.exists()]
    mark = made_from(course)  # missing where printing was interrupted
    if made and mark.exists() and mark.read_text("utf-8") == fingerprint(course, site):
        for path in made:
            shutil.copyfile(path, site / path.name)
    elif made:
        print("The PDFs show an older text and were left out: run 'make pdf'.")
    link_own_files(course.addresses, site)


def printed(course: Course) -> Path:
    """The folder of what is printed, kept between builds."""
    return course.build / "pdf"


def made_from(course: Course) -> Path:
    """The file with the fingerprint of what the PDFs there show."""
    return printed(course) / "made-from.txt"


def pdf_path(course: Course, lang: str) -> Path:
    """Where the PDF of one language is kept between builds."""
    return printed(course) / PDF.format(lang)


def state(course: Course) -> str:
    """Which PDFs there are, and which edition they should have."""
    mark = made_from(course)
    made = mark.read_text("utf-8") if mark.exists() else ""
    return f"{edition(course)} {made}"


def write_zip(site: Path, target: Path) -> None:
    """Pack a site for reading from a folder. The same site makes the same bytes."""
    left_out = {path for pattern in NOT_OFFLINE for path in site.glob(pattern)}
    paths = [path for path in {*site.rglob("*")} - left_out if path.is_file()]
    with ZipFile(target, "w") as file:
        for name in sorted(path.relative_to(site).as_posix() for path in paths):
            entry = ZipInfo(f"{target.stem}/{name}", NEVER)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            file.writestr(entry, (site / name).read_bytes(), ZIP_DEFLATED)


def link_own_files(to: Addresses, site: Path) -> None:
    """Let links to a download lead to the file that the site itself has."""
    own = [path.name for path in (site / ZIP, *site.glob(PDF.format("*")))]
    for page in site.glob("*/*.html"):
        text = old = page.read_text(encoding="utf-8")
        for name in own:
            text = text.replace(f'"{to.download(name)}"', f'"../{name}"')
        if text != old:
            page.write_text(text, encoding="utf-8")


def fingerprint(course: Course, site: Path) -> str:
    """A checksum of all that the PDFs of a site show: if it differs, they are old."""
    sources = sorted((course.book / "_pdf").iterdir())
    files = [site / ZIP, *sources, Path(__file__).with_name("pdf.py")]
    content = b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(content + str(edition(course)).encode()).hexdigest()


def edition(course: Course) -> tuple[date, str] | None:
    """Day and commit of the newest change to what readers read, if git knows."""
    command = ["git", "log", "-1", "--format=%cs %h", "--", "book", "notebooks"]
    try:
        log = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    if log.returncode or not log.stdout:
        return None
    day, commit = log.stdout.split()
    return date.fromisoformat(day), commit
