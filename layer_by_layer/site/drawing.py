"""What Matplotlib drew, as part of a page: its text is text, and it follows the theme.

Colours stay as attributes, of which layer.css replaces white and black in the dark.
"""

import re
from hashlib import sha256
from html import escape

STYLE = re.compile(r' style="([^"]*)"')
UNUSED = re.compile(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>", re.S)
OWN = re.compile(r'<g id="[^"]*"')  # groups, which nothing names
NAMED = re.compile(r'\bid="|href="#|url\(#')
EMPTY_LINE = re.compile(r"\n\s*(?=\n)")  # would end HTML in Markdown
SIZE = re.compile(r'\b(width|height)="([\d.]+)pt"')
PIXELS = 4 / 3  # in a point


def inline(svg: str, label: str) -> str:
    """An SVG file as an element of a page, with ids that no other drawing has."""
    name = sha256(svg.strip().encode()).hexdigest()[:8]
    svg = without_unused(svg)
    svg = STYLE.sub(as_attributes, OWN.sub("<g", svg))
    svg = NAMED.sub(rf"\g<0>drawing-{name}-", EMPTY_LINE.sub("", svg)).strip()
    svg = in_pixels(svg)
    attributes = f'class="layer-plot" role="img" aria-label="{escape(label)}"'
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


def in_pixels(svg: str) -> str:
    """An SVG file whose size is in pixels."""

    def size(found: re.Match) -> str:
        return f'{found[1]}="{float(found[2]) * PIXELS:.0f}"'

    return SIZE.sub(size, svg, count=2)
