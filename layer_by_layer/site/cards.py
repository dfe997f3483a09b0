"""What the front page says of each chapter: a picture from it, its title, its time.

`{{ card 01.6 }}` in `book/index.md` is the card of chapter 1, with its figure 1.6. All
of it follows from the chapters; what is written by hand is the sentence behind it.
"""

import re
from base64 import b64decode, b64encode
from io import BytesIO

from PIL import Image

from layer_by_layer.course import Course, CourseError, short
from layer_by_layer.run.store import code_cells, stored_outputs
from layer_by_layer.site.drawing import inline
from layer_by_layer.site.lessons import named, reading_minutes
from layer_by_layer.source.figures import FOLDER
from layer_by_layer.source.page import read_page
from layer_by_layer.words import words_of

WORDS = words_of("card")
CARD = re.compile(r"\{\{ card (\d\d)\.(\d+) \}\}")
FONT = 'font-family="Arial, sans-serif"'  # a picture does not get that of its page
PIXELS = re.compile(r'(?<=base64,)[^"]+')
LARGEST, SHADES = 300, 16  # of pictures in a card: pixels, colours
SIZE = re.compile(r'\b(?:width|height)="([\d.]+)"')


def card(course: Course, lang: str, place: str) -> str:
    """Picture, title and minutes, as MyST Markdown. The title says what is pictured."""
    chapter, _, number = place.partition(".")
    name = named(course, chapter)
    width, height = SIZE.findall(picture(course, name, int(number)))[:2]
    return (
        f'<img src="{FOLDER}/{file_of(chapter)}" alt="" width="{width}" '
        f'height="{height}" loading="lazy" decoding="async"> '
        f"[{read_page(course, name).title(lang)}]({name}.ipynb) "
        f"<small>{WORDS[lang]['minutes'].format(reading_minutes(course, name))}</small>"
    )


def file_of(chapter: str) -> str:
    return f"card-{chapter}.svg"


def pictures(course: Course) -> dict[str, str]:
    """The pictures that the front page asks for: file names and drawings."""
    front = read_page(course, course.page_names[0]).text(course.languages[0])
    return {
        file_of(chapter): picture(course, named(course, chapter), int(number))
        for chapter, number in CARD.findall(front)
    }


def picture(course: Course, name: str, number: int) -> str:
    """A figure of a chapter by its number there, as an SVG file."""
    page = read_page(course, name)
    pairs = zip(page.code(), code_cells(stored_outputs(course, page)), strict=True)
    drawn = [ran.outputs for cell, ran in pairs if "caption" in cell.metadata]
    try:
        outputs = drawn[number - 1]
    except IndexError:
        raise CourseError(
            f"the front page asks for figure {number} of {name}, which has "
            f"{len(drawn)}: correct {{{{ card {short(name)}.{number} }}}} there."
        ) from None
    (data,) = (each.data for each in outputs if "image/" in str(each.get("data")))
    drawing = data.get("image/svg+xml") or as_drawing(data["image/png"])
    drawing = inline(drawing, "").replace("<svg ", f"<svg {FONT} ", 1)
    return PIXELS.sub(lighter, drawing)


def lighter(pixels: re.Match) -> str:
    """A picture as a card shows it: small, with few colours."""
    image, file = Image.open(BytesIO(b64decode(pixels[0]))), BytesIO()
    image.thumbnail((LARGEST, LARGEST))
    image.convert("RGBA").quantize(SHADES).save(file, "png", optimize=True)
    return b64encode(file.getvalue()).decode()


def as_drawing(pixels: str) -> str:
    """A PNG picture as an SVG file."""
    header = b64decode(pixels[:32])
    width, height = (int.from_bytes(header[at : at + 4]) for at in (16, 20))
    size = f'width="{width}" height="{height}"'
    image = f'<image {size} href="data:image/png;base64,{pixels}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{image}</svg>'


def length(course: Course, lang: str) -> str:
    """How many chapters there are, and hours to read them."""
    minutes = sum(int(reading_minutes(course, name)) for name in course.numbered)
    return WORDS[lang]["length"].format(len(course.numbered), round(minutes / 60))


def colab(course: Course, lang: str, chapter: str) -> str:
    """Where a chapter can be run."""
    return course.addresses.colab(lang, named(course, chapter))
