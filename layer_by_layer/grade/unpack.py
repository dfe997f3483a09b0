"""What lies in a folder or a zip file: files, with names as they were meant.

Nothing is unpacked to the disk, and links are not followed. Left out is what programs
leave behind and nobody hands in, and folders that say nothing because all is in them.
"""

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from layer_by_layer.course import CourseError
from layer_by_layer.grade.notes import Unreadable

LARGEST = 20_000_000  # bytes of a file
LARGEST_ZIP = 500_000_000  # bytes of a class's zip file within a zip file
MOST_FILES = 20_000
NOT_HANDED_IN = re.compile(
    r"(^|/)(\.|~\$|__MACOSX(/|$)|__pycache__(/|$)|@eaDir(/|$)"
    r"|Thumbs\.db$|ehthumbs\.db$|desktop\.ini$|Icon\r?$)"
    r"|(\.csv|\.crdownload|\.part|:Zone\.Identifier)$",
    re.I,
)
PART = re.compile(r"drive-download-.+\.zip", re.I)  # of a folder in Google Drive


@dataclass(frozen=True)
class File:
    """A file that was handed in."""

    path: str  # below the folder, or in the zip file; NFC
    time: datetime | None  # of the entry of a zip file, or of the file
    read: Callable[[], bytes]  # may raise Unreadable

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def files_in(place: Path) -> list[File]:
    """The files of a class, without what was not handed in.

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
    files = [file for each in files for file in parts(each, alone=len(files) == 1)]
    if not files:
        raise CourseError(f"there is no file in {place}: put the notebooks there.")
    return files


def parts(file: File, alone: bool) -> list[File]:
    """The files of a class in a zip file within; else the file itself.

    One zip file alone is the class, and Google Drive divides a folder into several.
    """
    is_zip = file.name.lower().endswith(".zip")
    if not ((is_zip and alone) or PART.fullmatch(file.name)):
        return [file]
    try:
        inner = list(files_in_zip(io.BytesIO(file.read(LARGEST_ZIP)), file.path))
    except (Unreadable, CourseError):
        return [file]
    return inner or [file]


# ---------------------------------------------------------------- folders


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
        folders[:] = [name for name in folders if not NOT_HANDED_IN.search(name)]


def file_at(path: Path, shown: str) -> File:
    try:
        time = datetime.fromtimestamp(path.lstat().st_mtime).astimezone()
    except (ValueError, OverflowError, OSError):  # in the year 31,690,708, say
        time = None
    return File(shown, time, partial(read_file, path))


def read_file(path: Path, most: int = LARGEST) -> bytes:
    """The content of a file; links are not followed. Raises Unreadable."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise Unreadable("link")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("no file")
        if status.st_size > most:
            raise too_large(status.st_size, most)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable("closed", reason=error.strerror) from None


def too_large(size: int, most: int = LARGEST) -> Unreadable:
    return Unreadable("too large", size=size // 10**6, limit=most // 10**6)


# ---------------------------------------------------------------- zip files


def files_in_zip(source, name: str = "") -> Iterator[File]:
    """Every file of a zip file, unpacked in memory, each only up to the limit.

    `source` is its path, or its content as a file. Raises CourseError.
    """
    name = name or str(source)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [
                (entry_name(entry), entry)
                for entry in archive.infolist()
                if not entry.filename.endswith(("/", "\\"))
            ]
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise CourseError(
            f"{name} cannot be read ({error}): download it again."
        ) from None
    if len(entries) > MOST_FILES:
        raise CourseError(
            f"{name} holds {len(entries)} files: more than {MOST_FILES} are no class. "
            "Unpack what should be graded."
        )
    for path, entry in entries:
        if path and not NOT_HANDED_IN.search(path):
            yield File(path, entry_time(entry), partial(read_entry, source, entry))


def entry_name(entry: zipfile.ZipInfo) -> str:
    """A name as it was meant: older programs on Korean Windows wrote CP949.

    Some on Windows write backslashes between folders.
    """
    name = entry.filename
    if not entry.flag_bits & 0x800:  # no UTF-8, says the entry: Python took CP437
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "cp949"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    folders = PurePosixPath(name.replace("\\", "/")).parts
    return nfc("/".join(part for part in folders if part not in ("/", "..", ".")))


def entry_time(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time).astimezone()
    except (ValueError, OverflowError):
        return None


def read_entry(source, entry: zipfile.ZipInfo, most: int = LARGEST) -> bytes:
    """A file of a zip file. The size that it states is not believed."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Unreadable("link")
    if entry.flag_bits & 1:
        raise Unreadable("password")
    try:
        with zipfile.ZipFile(source) as archive, archive.open(entry) as file:
            content = file.read(most + 1)
    except Exception:  # of any kind: it depends on how the file is compressed
        raise Unreadable("packed") from None
    if len(content) > most:
        raise too_large(max(entry.file_size, most), most)
    return content


def inner_files(file: File, content: bytes) -> list[File]:
    """The files of a zip file that a student handed in, one level deep.

    Raises Unreadable.
    """
    try:
        inner = list(files_in_zip(io.BytesIO(content), file.path))
    except CourseError:
        raise Unreadable("packed") from None
    return [replace(each, path=f"{file.path}/{each.path}") for each in inner]


# ---------------------------------------------------------------- names


def nfc(name: str) -> str:
    """Text with whole syllables: macOS hands out file names in pieces (ㄱㅣㅁ)."""
    return clean(unicodedata.normalize("NFC", name))


def clean(text: str) -> str:
    """Text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
