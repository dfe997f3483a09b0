"""Make the finished site light: ship what its pages use, and nothing else.

The theme brings the rules of whole toolkits, fonts, and scripts for what this book does
not have. What is dropped follows from the pages, so there is no list to keep.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import tinycss2

from layer_by_layer.files import Kept

SHEET = "_static/book.css"  # all styles of all pages: sphinx_ext.py puts them together
ELSEWHERE = ("layer.css", "pygments.css")  # slides and PDFs load these
CLASSES = re.compile(r'class="([^"]*)"')
WORD = re.compile(r"[\w-]+")
CLASS_IN_SELECTOR = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
BRACKETS = re.compile(r"\([^()]*\)")
CONTAINERS = ("media", "supports", "layer")  # at-rules with rules inside
READ = (".html", ".css", ".js")  # files that name others
VARIABLE = re.compile(  # its declaration, whose value may hold a string or an address
    r"""(?<=[{;\s])(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|\([^()]*\)|[^;{}"'])*;?"""
)
READ_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")


def lighten(folder: Path, kept: Kept) -> None:
    """Make the book of one language light: first its styles, then its files."""
    drop_unlinked(folder)  # scripts of no page would keep classes alive
    words = " ".join(sorted(words_in_use(folder)))
    for path in folder.rglob("*.css"):
        make = light if path.name in ELSEWHERE else lightest
        path.write_text(kept.text(make, path.read_text("utf-8"), words), "utf-8")
    drop_unlinked(folder)  # pictures and fonts that only dropped rules named


def light(css: str, words: str) -> str:
    """A style sheet with the rules that are used where classes have these names."""
    rules = tinycss2.parse_stylesheet(css, True, True)
    return "\n".join(used(rules, set(words.split()))) + "\n"


def lightest(css: str, words: str) -> str:
    """The same of the only sheet of a page, without variables that nothing reads."""
    return without_unread(light(css, words), set(words.split()))


def without_unread(css: str, words: set[str]) -> str:
    """A style sheet without variables that nothing reads, nor what only they read."""
    read = words.union(READ_VARIABLE.findall(css))
    less = VARIABLE.sub(lambda found: found[0] if found[1] in read else "", css)
    return css if less == css else without_unread(less, words)


def words_in_use(folder: Path) -> set[str]:
    """Classes of all pages, and every word of the scripts that may add classes."""
    words = set()
    for page in folder.rglob("*.html"):
        words.update(" ".join(CLASSES.findall(page.read_text("utf-8"))).split())
    for script in folder.rglob("*.js"):
        words.update(WORD.findall(script.read_text("utf-8")))
    return words


def used(rules: list, words: set[str]) -> Iterator[str]:
    """The rules that may apply to an element with one of these classes.

    Web fonts go too: the book is set in the fonts of the reader's system.
    """
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = tinycss2.serialize(rule.prelude)
            kept = [each for each in separate(selectors) if applies(each, words)]
            if kept:
                yield f"{','.join(kept).strip()}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in CONTAINERS:
            inner = tinycss2.parse_rule_list(rule.content or [], True, True)
            if kept := "".join(used(inner, words)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"
        elif rule.type != "at-rule" or rule.lower_at_keyword != "font-face":
            yield rule.serialize()


def separate(selectors: str) -> list[str]:
    """Split at the commas that are not inside `:is(…)` and the like."""
    depth, parts = 0, [""]
    for character in selectors:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def applies(selector: str, words: set[str]) -> bool:
    """Whether every class that the selector requires is in use somewhere."""
    while BRACKETS.search(selector):  # `:not(.a)` and `:is(.a, .b)` require none
        selector = BRACKETS.sub("", selector)
    return all(name in words for name in CLASS_IN_SELECTOR.findall(selector))


def drop_unlinked(folder: Path) -> None:
    """Remove files whose name appears in no page, nor in what a page links."""
    unlinked = {path for path in folder.rglob("*") if path.is_file()
                and path.name not in ELSEWHERE}  # fmt: skip
    to_read = [path for path in unlinked if path.suffix == ".html"
               and path.parent == folder]  # fmt: skip
    unlinked.difference_update(to_read)
    while to_read:
        text = to_read.pop().read_text("utf-8")
        linked = {path for path in unlinked if path.name in text}
        unlinked -= linked
        to_read += [path for path in linked if path.suffix in READ]
    for path in unlinked:
        path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
