"""Files are written whole or not at all."""

import os
from pathlib import Path


def write(files: dict[Path, str]) -> None:
    """Write files completely or none of them; unchanged files keep their time."""
    new: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.read_text("utf-8", "surrogateescape") == text:
                continue
            new[path] = path.with_name(f".{path.name}.new")
            new[path].write_text(text, encoding="utf-8", newline="\n")
        for path, copy in new.items():
            os.replace(copy, path)
    finally:
        for copy in new.values():
            copy.unlink(missing_ok=True)
