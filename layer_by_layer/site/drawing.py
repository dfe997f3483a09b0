"""What Matplotlib drew, as part of a page: its text is text, and it follows the theme.

Colours stay as attributes, of which layer.css replaces white and black in the dark.
"""

import re
from hashlib import sha256
from html import escape

STYLE = re.compile(r' style="([^"]*)"')
UNUSED = re.compile(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>", re.S)
OWN = re.compile(r'<g id="[^"]*"')  # groups, which nothing names
NAMED = re.compile(r'(\bid="|href="#|url\(#)([\w-]+)')
UPRIGHT = re.compile(r' transform="rotate\(-0 [^"]*"')  # turns nothing
SPACE = re.compile(r"\s*\n\s*")  # an empty line would end HTML in Markdown
TURN = re.compile(r"\s*\n([A-Zz]) ?")  # in a path
MARKS = re.compile(
    r'<use (xlink:href="[^"]*") x="[^"]*" y="[^"]*"( [^>]+)/>'
    r'(?:\n<use \1 x="[^"]*" y="[^"]*"\2/>)+'
)
SIZE = re.compile(r'\b(width|height)="([\d.]+)pt"')
PIXELS = 4 / 3  # in a point
# In tags: more digits than are seen.
DECIMALS = re.compile(r"((?<=\d\.\d)\d+|(?<=\d)\.0(?!\d))(?=[^<>]*>)")
LETTERS = ' font-size="12px"'  # of most words
PICTURE = re.compile(
    r'<image [^>]*width="(\d+)" height="(\d+)" '
    r'transform="matrix\(([\d.]+) 0 0 ([\d.]+) ([\d.]+) ([\d.]+)\)"'
)
WORDS = re.compile(r'<text (?=[^>]*\bx="([\d.]+)" y="([\d.]+)")')


def inline(svg: str, label: str) -> str:
    """An SVG file as an element of a page, with ids that no other drawing has."""
    name = "d" + sha256(svg.strip().encode()).hexdigest()[:6]
    svg = without_unused(svg)
    svg = STYLE.sub(as_attributes, OWN.sub("<g", svg))
    svg = UPRIGHT.sub("", SPACE.sub("\n", svg)).strip()
    ids: dict[str, str] = {}
    svg = NAMED.sub(lambda it: it[1] + ids.setdefault(it[2], f"{name}-{len(ids)}"), svg)
    svg = mark_words_on_pictures(DECIMALS.sub("", in_pixels(svg)))
    svg = MARKS.sub(once, TURN.sub(r"\1", svg)).replace("xlink:href", "href")
    svg = svg.replace(">\n<", "><").replace(LETTERS, "")
    attributes = f'class="layer-plot" role="img" aria-label="{escape(label)}"'
    attributes += LETTERS
    return svg.replace("<svg ", f'<svg {attributes} stroke-linejoin="round" ', 1)


def without_unused(svg: str) -> str:
    """An SVG file without what only says where it came from."""
    return UNUSED.sub("", svg[svg.index("<svg") :])


def as_attributes(style: re.Match) -> str:
    """The same look without a style, which the policy of the site refuses.

    The font is left out: the page's own is used.
    """
    rules = (rule.split(":", 1) for rule in style[1].split(";"))
    said = {name.strip(): value.strip() for name, value in rules}
    said.pop("font-family", None)
    return "".join(f' {name}="{value}"' for name, value in said.items())


def once(marks: re.Match) -> str:
    """Marks of one kind, with their look said once."""
    return f"<g{marks[2]}>{marks[0].replace(marks[2], '')}</g>"


def mark_words_on_pictures(svg: str) -> str:
    """Give words that stand on pixels a class: their colour does not follow the theme,
    as that of pixels does not."""
    boxes = []
    for found in PICTURE.finditer(svg):
        width, height, across, down, x, y = map(float, found.groups())
        boxes.append((x, x + width * across, y, y + height * down))

    def mark(found: re.Match) -> str:
        x, y = map(float, found.groups())
        on = any(left < x < right and top < y < low for left, right, top, low in boxes)
        return '<text class="on-picture" ' if on else found[0]

    return WORDS.sub(mark, svg)


def in_pixels(svg: str) -> str:
    """An SVG file whose size is in pixels."""

    def size(found: re.Match) -> str:
        return f'{found[1]}="{float(found[2]) * PIXELS:.0f}"'

    return SIZE.sub(size, svg, count=2)
