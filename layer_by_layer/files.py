"""Files are written whole or not at all, and not made again without need."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
# Files of it that decide what is made.
SHAPING = (".py", ".yml", ".html", ".css", ".mplstyle")


def write(files: dict[Path, str | bytes]) -> None:
    """Write files completely or none of them; unchanged files keep their time.

    Text becomes UTF-8. Raises OSError if a file cannot be written.
    """
    new: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            content = text.encode("utf-8") if isinstance(text, str) else text
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.read_bytes() == content:
                continue
            new[path] = path.with_name(f".{path.name}.new")
            new[path].write_bytes(content)
        for path, copy in new.items():
            os.replace(copy, path)
    finally:
        for copy in new.values():
            copy.unlink(missing_ok=True)


def remove_leftovers(folder: Path, known: list[str]) -> None:
    """Delete notebooks of all languages whose source, one of `known`, is gone."""
    for path in folder.glob("*/*.ipynb"):
        if path.stem not in known:
            print(f"{path.stem}  has no source any more, {path.parent.name} removed")
            path.unlink()


def read_csv(path: Path) -> csv.DictReader:
    """The rows of a table, by column. Raises OSError.

    Excel may have saved it in the encoding of Korean Windows, and with semicolons.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp949", "replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = io.StringIO(text, newline="")
    return csv.DictReader(lines, delimiter=delimiter, restval="")


def checksum(paths: list[Path], *more: str) -> str:
    """One for the names and the content of files, and for texts."""
    digest = hashlib.sha256(json.dumps(more).encode())
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path} {len(content)} ".encode() + content)
    return digest.hexdigest()


@cache
def code_checksum() -> str:
    """One for this package, and for the versions of what it uses."""
    paths = [path for path in PACKAGE.rglob("*.*") if path.suffix in SHAPING]
    lock = PACKAGE.with_name("requirements.lock")
    return checksum([*paths, *([lock] if lock.exists() else [])])


class Kept:
    """Texts that an earlier run made, in a folder.

    Each is known by what it was made of: texts, this package, versions of libraries.
    When all went well, those that were not asked for again are deleted.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.asked: set[Path] = set()

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            for path in set(self.folder.glob("*")) - self.asked:
                path.unlink()

    def text(self, make: Callable[..., str], *made_of: str) -> str:
        """What `make(*made_of)` returns, made now or before.

        What a `partial` binds is not looked at: all that decides the result has to be
        in `made_of`, as text.
        """
        what = (getattr(make, "func", make).__qualname__, code_checksum(), *made_of)
        path = self.folder / hashlib.sha256(json.dumps(what).encode()).hexdigest()
        self.asked.add(path)
        if not path.exists():
            write({path: make(*made_of)})
        return path.read_text(encoding="utf-8")
