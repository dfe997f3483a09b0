"""CONTRIBUTING.md names every file that someone who follows it has to know."""

import re
import subprocess

import pytest

from layer_by_layer.course import ROOT
from layer_by_layer.files import PACKAGE

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# What is not written page by page.
FOLDERS = ("layer_by_layer", "book/_*", "book/locale")
PER_LANGUAGE = re.compile(
    r"[가-힣]|([\"'])(ko|en)\1|lang\((ko|en)\)|\b(ko|en)\|(ko|en)\b"
)


def section(title: str) -> str:
    """The text below a heading, up to the next one."""
    return TEXT.partition(f"{title}\n")[2].partition("\n## ")[0]


def tracked(*patterns: str) -> list[str]:
    command = ["git", "ls-files", *patterns]
    return subprocess.check_output(command, cwd=ROOT, text=True).split()


def words_of_languages() -> list[str]:
    """Files with words in one language, or that treat languages differently."""
    return [
        file
        for file in tracked(*FOLDERS)
        if not file.endswith((".png", ".md"))
        and PER_LANGUAGE.search((ROOT / file).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("file", words_of_languages())
def test_third_language_finds_every_place(file):
    assert f"`{file}`" in section("## 세 번째 언어 · A third language"), file


@pytest.mark.parametrize("file", tracked("layer_by_layer/*"))
def test_every_tool_is_named(file):
    _, *folder, name = file.split("/")
    text = section("## 도구 · The tools")
    named = f"`{name}`" in text or f"/{name}`" in text or len(folder) > 1
    assert named or name == "__init__.py", file


def test_core_is_read_in_half_an_hour():
    """A line a second, or a little more: it is skimmed."""
    section_text = section("## 도구 · The tools")
    rows = [row for row in section_text.splitlines() if re.match(r"\| \d \|", row)]
    files = re.findall(r"`([\w/]+\.py)`", " ".join(rows))
    lines = [len((PACKAGE / file).read_text("utf-8").splitlines()) for file in files]
    assert len(files) >= 8 and sum(lines) < 2000, dict(zip(files, lines, strict=True))


def test_places_exist():
    rows = section("## 세 번째 언어 · A third language").splitlines()
    first = [row.split("|")[1] for row in rows if row.startswith("| `")]
    for file in re.findall(r"`([^`]+)`", " ".join(first)):
        assert list(ROOT.glob(file)), file
