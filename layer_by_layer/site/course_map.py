"""The map: which chapter builds on which, as a picture with links.

Made from what each chapter says in its front matter, `needs` and `helpful`: names of
chapters. A test compares that with the links that its text gives for them.
"""

from html import escape

from layer_by_layer.course import Course
from layer_by_layer.source.page import fault, read_page
from layer_by_layer.words import words_of

KINDS = {"need": "needs", "helpful": "helpful"}  # of lines: the key in front matter
WORDS = words_of("map")
WIDTH, HEIGHT, STEP = 340, 44, 76  # of a box, and from box to box, in pixels
LANE = 26  # between the lines at the side


def links(course: Course, name: str, kind: str) -> set[str]:
    """The chapters that a chapter names in its front matter.

    Raises CourseError if one of them is none.
    """
    page = read_page(course, name)
    named = set(page.front.get(KINDS[kind], []))
    if unknown := sorted(named - set(course.numbered)):
        problem = f"{KINDS[kind]} names {', '.join(unknown)}, which is no chapter"
        raise fault(page.path, 1, f"{problem}: correct it")
    return named


def roads(course: Course) -> list[tuple[str, str, str]]:
    """(from, to, kind) of all lines of the map.

    What is needed for something that is needed is not drawn again: it would hide the
    way under lines that say nothing new.
    """
    before: dict[str, set[str]] = {}
    drawn = []
    for name in course.numbered:
        before[name] = set()
        for kind in KINDS:
            direct = links(course, name, kind) - before[name]
            implied = set().union(*(before[other] for other in direct))
            drawn += [(other, name, kind) for other in sorted(direct - implied)]
            if kind == "need":
                before[name] = direct | implied
    return drawn


def picture(course: Course, lang: str) -> str:
    """Chapters as boxes one below the other, as inline SVG."""
    places = {name: 4 + STEP * row for row, name in enumerate(course.numbered)}
    every = roads(course)
    between = [road for road in every if places[road[1]] - places[road[0]] == STEP]
    beside = [road for road in every if road not in between]
    beside.sort(key=lambda road: places[road[1]] - places[road[0]])
    parts = []
    for start, end, kind in between:
        top, bottom = places[start] + HEIGHT, places[end] - 2
        parts.append(line(f"M{WIDTH / 2} {top}V{bottom}", kind))
    for number, (start, end, kind) in enumerate(beside, start=1):
        top, bottom = places[start] + HEIGHT / 2, places[end] + HEIGHT / 2
        # Lines that end at the same box end side by side.
        bottom += 12 * sum(road[1] == end for road in beside[: number - 1])
        path = f"M{WIDTH + 4} {top}h{LANE * number}V{bottom}H{WIDTH + 6}"
        parts.append(line(path, kind))
    for name, top in places.items():
        parts.append(
            f'<a href="{name}.html"><rect x="4" y="{top}" width="{WIDTH}" '
            f'height="{HEIGHT}" rx="8"/><text x="18" y="{top + 28}">'
            f"{escape(read_page(course, name).title(lang))}</text></a>"
        )
    bottom = max(places.values()) + STEP
    for row, kind in enumerate(KINDS):
        y = bottom + 26 * row
        parts.append(line(f"M4 {y}h40", kind))
        parts.append(f'<text x="56" y="{y + 5}">{WORDS[lang][kind]}</text>')
    width, height = WIDTH + LANE * (len(beside) + 1), bottom + 40
    description = WORDS[lang]["description"]
    return "\n".join([
        f'<svg class="layer-map" viewBox="0 0 {width} {height}" role="group" '
        f'aria-label="{description}">',
        '<marker id="layer-arrow" viewBox="0 0 10 10" refX="9" refY="5" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z"/>'
        "</marker>",
        *parts,
        "</svg>",
    ])  # fmt: skip


def line(path: str, kind: str) -> str:
    return f'<path class="layer-{kind}" d="{path}" marker-end="url(#layer-arrow)"/>'


def table(course: Course, lang: str) -> str:
    """The same in words: a row for each chapter, with all that it names."""
    lines = [" | ".join(["", *WORDS[lang]["columns"], ""]).strip()]
    lines.append("|---|---|---|")
    titles = {name: read_page(course, name).title(lang) for name in course.numbered}
    for name, title in titles.items():
        cells = [f"[{title}]({name}.ipynb)"]
        for kind in KINDS:
            named = sorted(links(course, name, kind))
            cells.append(", ".join(titles[n].split(".")[0] for n in named) or "–")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
