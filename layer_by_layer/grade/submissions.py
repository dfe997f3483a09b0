"""Find submissions in a folder or a zip file, and read notebooks without trusting them.

Who handed in a file is in its path, as learning management systems write it:

    kim.ipynb, kim/anything.ipynb                        a flat folder, one per student
    kimminsu_12345_67890_x.ipynb, kimminsu_LATE_…        Canvas
    김민수_12345_assignsubmission_file_/x.ipynb          Moodle (or all in one name)

Of several files of one student the latest counts. Nothing is unpacked to the disk.
When a file was handed in cannot be seen: in the zip files of Canvas and Moodle, all
files have the time of the download. Canvas writes LATE into their names.
"""

import json
import os
import re
import stat
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.source.page import HANGUL
from layer_by_layer.words import words_of

NOTES = words_of("notes")
LARGEST = 20_000_000  # bytes of a notebook
LONGEST = 1_000_000  # characters of code
MOST_CELLS = 1000
MOST_FILES = 20_000
CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<upload>\d{1,20})_."
)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?")
NOT_HANDED_IN = re.compile(
    r"(^|/)(\.|__MACOSX(/|$)|Thumbs\.db$|desktop\.ini$)|\.csv$", re.I
)
DEFINED = re.compile(  # no two parts match the same spaces: it never goes back far
    r"(?:(?:async )?def|class) +(?P<name>\w+)|(?P<names>[\w, ()]+)=(?!=)"
)


def note(name: str, **values) -> str:
    """A sentence for people, in all languages: `한국어 · English`."""
    return " · ".join(NOTES[lang][name].format(**values) for lang in LANGUAGES)


class Unreadable(Exception):
    """Why a file is no notebook: the name of a note, and what it fills in."""

    def __init__(self, name: str, **values):
        self.note = note(name, **values)
        super().__init__(self.note)


LINK = Unreadable("link")


@dataclass(frozen=True)
class File:
    """A file that was handed in."""

    path: str  # below the folder, or in the zip file; NFC
    time: datetime | None  # of the entry of a zip file, or of the file
    read: Callable[[], bytes]  # may raise Unreadable

    @property
    def is_notebook(self) -> bool:
        return ".ipynb" in self.path.rpartition("/")[2].lower()


@dataclass(frozen=True)
class Submission:
    """What counts as handed in by one student."""

    student: str
    file: str
    read: Callable[[], bytes]  # may raise Unreadable
    marked_late: bool = False  # by Canvas, in the file name
    others: tuple[str, ...] = ()  # files of the same student that do not count


@dataclass(frozen=True)
class Notebook:
    """What grading needs of a notebook."""

    cells: list[str]  # sources of the code cells
    language: str

    def defined(self) -> set[str]:
        """Names that code cells seem to define."""
        return {name for cell in self.cells for name in names_defined(cell)}


# ---------------------------------------------------------------- who handed in what


def collect(place: Path) -> list[Submission]:
    """The submissions in a folder or zip file, by student.

    Raises CourseError if there is no such place, or nothing in it.
    """
    if place.is_dir():
        files = list(files_in_folder(place))
    elif zipfile.is_zipfile(place):
        files = list(files_in_zip(place))
    else:
        raise CourseError(
            f"{place} is no folder and no zip file: name the folder or the zip file "
            "with the submissions, SUBMISSIONS=folder."
        )
    by_student = defaultdict(list)
    for file in files:
        by_student[student_and_id(file.path)].append(file)
    if not by_student:
        raise CourseError(f"there is no file in {place}: put the notebooks there.")
    names = [name for name, _ in by_student]
    found = []
    for (name, number), theirs in by_student.items():
        *others, counts = sorted(theirs, key=handed_in)
        canvas = CANVAS.match(counts.path)
        found.append(
            Submission(
                student=name if names.count(name) == 1 else f"{name}-{number}",
                file=counts.path,
                read=counts.read,
                marked_late=bool(canvas and canvas["late"]),
                others=tuple(file.path for file in others),
            )
        )
    return sorted(found, key=lambda submission: submission.student)


def student_and_id(path: str) -> tuple[str, str]:
    """A student's name and the number that the LMS gave them ('' if none)."""
    first, *below = PurePosixPath(path).parts
    if found := MOODLE.match(first):
        return found["name"], found["id"]
    if not below and (found := CANVAS.match(first)):
        return found["name"], found["id"]
    return (first if below else first.partition(".ipynb")[0].strip() or first), ""


def handed_in(file: File) -> tuple:
    """A key that sorts files of one student: notebooks last, the latest at the end."""
    canvas = CANVAS.match(file.path)
    upload = int(canvas["upload"]) if canvas else 0
    time = file.time.timestamp() if file.time else 0
    parts = re.split(r"(\d{1,20})", file.path)
    numbered = [int(part) if part.isdecimal() else 0 for part in parts]
    return file.is_notebook, upload, time, numbered, file.path


# ---------------------------------------------------------------- folders, zip files


def files_in_folder(folder: Path) -> Iterator[File]:
    """Every file below a folder; links are not followed."""
    for place, folders, names in os.walk(folder):
        for name in sorted(folders):
            path = Path(place, name)
            if ".ipynb" in name.lower() and not name.startswith("."):
                if path.is_symlink() or not any(path.iterdir()):
                    names.append(name)
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            shown = nfc(path.relative_to(folder).as_posix())
            if not NOT_HANDED_IN.search(shown):
                yield file_at(path, shown)
        folders[:] = [name for name in folders if not name.startswith((".", "__MAC"))]


def file_at(path: Path, shown: str) -> File:
    try:
        time = datetime.fromtimestamp(path.lstat().st_mtime).astimezone()
    except (ValueError, OverflowError, OSError):  # in the year 31,690,708, say
        time = None
    return File(shown, time, partial(read_file, path))


def read_file(path: Path) -> bytes:
    """The content of a file; links are not followed. Raises Unreadable."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise LINK
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("no_file")
        if status.st_size > LARGEST:
            raise too_large(status.st_size)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable("not_opened", reason=error.strerror) from None


def too_large(size: int) -> Unreadable:
    return Unreadable("too_large", size=size // 10**6, limit=LARGEST // 10**6)


def files_in_zip(path: Path) -> Iterator[File]:
    """Every file of a zip file, unpacked in memory, each only up to the limit."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.filename.endswith("/")]
            if len(entries) > MOST_FILES:
                raise CourseError(
                    f"{path} holds {len(entries)} files: more than {MOST_FILES} are no "
                    "class. Unpack what should be graded."
                )
            names = without_wrapper([entry_name(entry) for entry in entries])
            for name, entry in zip(names, entries, strict=True):
                if not NOT_HANDED_IN.search(name):
                    yield File(
                        name, entry_time(entry), partial(read_entry, path, entry)
                    )
    except (zipfile.BadZipFile, OSError) as error:
        raise CourseError(
            f"{path} cannot be read ({error}): download it again."
        ) from None


def entry_name(entry: zipfile.ZipInfo) -> str:
    """A name as it was meant: older programs on Korean Windows wrote CP949."""
    name = entry.filename
    if not entry.flag_bits & 0x800:  # no UTF-8, says the entry: Python took CP437
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "cp949"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return nfc(PurePosixPath(*PurePosixPath(name.lstrip("/")).parts).as_posix())


def without_wrapper(names: list[str]) -> list[str]:
    """Names without the one folder that all are in, as when a folder is zipped."""
    tops = {name.partition("/")[0] for name in names if not NOT_HANDED_IN.search(name)}
    inner = {name.split("/")[1] for name in names if name.count("/")}
    if len(tops) != 1 or len(inner) < 2 or MOODLE.match(min(tops)):
        return names
    return [name.partition("/")[2] or name for name in names]


def entry_time(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time).astimezone()
    except (ValueError, OverflowError):
        return None


def read_entry(path: Path, entry: zipfile.ZipInfo) -> bytes:
    """A file of a zip file. The size that it states is not believed."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise LINK
    try:
        with zipfile.ZipFile(path) as archive, archive.open(entry) as file:
            content = file.read(LARGEST + 1)
    except Exception:  # of any kind: it depends on how the file is compressed
        raise Unreadable("not_unpacked") from None
    if len(content) > LARGEST:
        raise too_large(max(entry.file_size, LARGEST))
    return content


def nfc(name: str) -> str:
    """Text with whole syllables: macOS hands out file names in pieces (ㄱㅣㅁ)."""
    return clean(unicodedata.normalize("NFC", name))


def clean(text: str) -> str:
    """Text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


# ---------------------------------------------------------------- notebooks


def read_notebook(content: bytes) -> Notebook:
    """The code of a notebook. Ids and metadata may be missing. Raises Unreadable."""
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("empty")
    try:
        notebook = json.loads(content)
    except UnicodeDecodeError:
        raise Unreadable("not_utf8") from None
    except (ValueError, RecursionError):
        raise Unreadable("broken") from None
    cells = cells_of(notebook)
    code = [source for kind, source in cells if kind == "code"]
    if len(code) > MOST_CELLS or sum(map(len, code)) > LONGEST:
        raise Unreadable("too_long")
    return Notebook(code, language(cells))


def cells_of(notebook) -> list[tuple[str, str]]:
    """Kinds and sources of the cells, in nbformat 4 or 3. Raises Unreadable."""
    problem = Unreadable("no_notebook")
    if not isinstance(notebook, dict):
        raise problem
    cells = notebook.get("cells")
    if cells is None and isinstance(sheets := notebook.get("worksheets"), list):
        lists = (sheet.get("cells") for sheet in sheets if isinstance(sheet, dict))
        cells = [cell for each in lists if isinstance(each, list) for cell in each]
    if not isinstance(cells, list):
        raise problem
    found = []
    for cell in cells:
        if isinstance(cell, dict):
            source = cell.get("source", cell.get("input", ""))
            lines = source if isinstance(source, list) else [source]
            text = "".join(line for line in lines if isinstance(line, str))
            found.append((str(cell.get("cell_type")), clean(text)))
    return found


def language(cells: list[tuple[str, str]]) -> str:
    """`ko` if half of the text cells, or without any the code, are in Korean."""
    texts = [source for kind, source in cells if kind == "markdown" and source.strip()]
    if not texts:
        return "ko" if any(HANGUL.search(source) for _, source in cells) else "en"
    korean = sum(bool(HANGUL.search(text)) for text in texts)
    return "ko" if 2 * korean >= len(texts) else "en"


def names_defined(source: str) -> set[str]:
    """Names that code seems to define. It may not even be Python."""
    names = set()
    for line in source.splitlines():
        if found := DEFINED.match(line.strip()[:200]):
            names |= set(re.findall(r"\w+", found["name"] or found["names"]))
    return names
