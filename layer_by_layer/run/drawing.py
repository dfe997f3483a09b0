"""Runs inside a kernel: draw figures as the book shows them.

`execute` lets kernels import it before the first cell, so that notebooks need no code
for that, and look in Colab as Matplotlib usually does.
"""

from pathlib import Path

import matplotlib
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib_inline.backend_inline import set_matplotlib_formats

STYLE = Path(__file__).with_name("book.mplstyle")
WIDTH = 5.2  # inches, of which a phone shows two thirds
SMALLEST = 10  # points that can be read there
NOTHING = dict.fromkeys(["Creator", "Date", "Format", "Type"])  # the same on every run


def narrow(figure: Figure) -> None:
    """Let no figure be too wide to be read on a phone. The style calls it."""
    figure.set_figwidth(min(WIDTH, figure.get_figwidth()))


def readable(font: FontProperties, size: float | str | None) -> None:
    """Set the size of letters, which a notebook may ask to be too small for a phone."""
    set_size(font, size)
    set_size(font, max(SMALLEST, font.get_size()))


set_size, FontProperties.set_size = FontProperties.set_size, readable
style.use(STYLE)
# Notebooks ask for these colours by name. The book has its own, which can be told apart
# as well, and seen on a dark page.
style.library["tableau-colorblind10"] = matplotlib.rc_params_from_file(
    STYLE, use_default_template=False
)
set_matplotlib_formats("svg", bbox_inches="tight", metadata=NOTHING)
