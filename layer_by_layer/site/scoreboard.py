"""The scoreboard: every model that the book trained and validated.

Made from `notebooks/models.json`, which is written when chapters are executed, so no
figure is typed. `book/scoreboard.md` says where table and picture go.
"""

import io
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from statistics import mean, stdev

from layer_by_layer.course import ENGLISH, Course, is_numbered, once, short
from layer_by_layer.files import PACKAGE, Kept
from layer_by_layer.run.store import trained_models
from layer_by_layer.site.drawing import inline
from layer_by_layer.source.dialects import anchors_of_code
from layer_by_layer.source.page import FIGURE, read_page
from layer_by_layer.words import words_of

WORDS = words_of("scoreboard")
LOWEST_SHOWN = 0.6  # accuracy of models in the picture
WHAT = ("layers", "optimizer", "batch_size", "epochs", "images", "largest_input",
        "input", "parameters")  # fmt: skip


@dataclass(frozen=True)
class Model:
    """One model of a chapter, trained once or with several seeds."""

    chapter: str
    place: str  # where it is trained: section, or page
    record: dict
    accuracies: list[float]
    seconds: float

    @property
    def spread(self) -> float | None:
        """Sample standard deviation over seeds or folds; None for a single value."""
        return stdev(self.accuracies) if len(self.accuracies) > 1 else None


@once
def models(course: Course) -> list[Model]:
    """All models in the order of the book; seeds of one model are put together.

    Those of the clinic are mistakes, and do not take part.
    """
    found = []
    for chapter, run in trained_models(course).items():
        if not is_numbered(chapter):
            continue
        anchors = anchors_of_code(read_page(course, chapter))
        alike: dict[str, dict] = {}
        for record in run["models"]:
            key = str([record[what] for what in WHAT])
            # The same seed again is the same training again.
            alike.setdefault(key, {}).setdefault(record["seed"], record)
        for group in alike.values():
            same = list(group.values())
            accuracies = [a for record in same for a in record["accuracies"]]
            seconds = mean(record["seconds"] for record in same)
            anchor = anchors[same[0]["cell"] - 1]
            place = f"#{anchor}" if anchor else f"{chapter}.ipynb"
            found.append(Model(chapter, place, same[0], accuracies, seconds))
    return found


def layers(model: Model) -> str:
    """Such as `Flatten → 8 × 50 relu → 10 softmax`."""
    parts = []
    for layer, repeated in groupby(model.record["layers"]):
        count = len(list(repeated))
        parts.append(unbroken(f"{count} × {layer}" if count > 1 else layer))
    return " → ".join(parts)


def training(model: Model, usual_images: int, words: dict) -> str:
    record = model.record
    parts = [record["optimizer"]]
    if record["batch_size"]:
        parts.append(words["batch"].format(record["batch_size"]))
    epochs = "epoch" if record["epochs"] == 1 else "epochs"
    parts.append(words[epochs].format(record["epochs"]))
    if record["images"] != usual_images:
        parts.append(words["images"].format(record["images"]))
    if record["largest_input"] == 255 and "Rescaling" not in record["layers"]:
        parts.append(words["pixels"])
    elif record["largest_input"] not in (1, 255):
        parts.append(words["standard"])
    return ", ".join([parts[0], *map(unbroken, parts[1:])])


def accuracy(model: Model, words: dict) -> str:
    text = f"{mean(model.accuracies):.3f}"
    if model.spread is None:
        return text
    several = "folds" if len(model.record["accuracies"]) > 1 else "seeds"
    count = words[several].format(len(model.accuracies))
    return f"{text} {unbroken(f'± {model.spread:.3f}')} ({unbroken(count)})"


def ratio(value: float) -> str:
    """Two digits are enough: times are noisy."""
    return f"×{value:.1f}" if value < 9.95 else f"×{value:.0f}"


def unbroken(text: str) -> str:
    """Text that stays on one line, for the columns of a table on a phone."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def tables(course: Course, lang: str) -> str:
    """A heading and a table for each chapter, as MyST Markdown."""
    words, every = WORDS[lang], models(course)
    usual = Counter(model.record["images"] for model in every).most_common(1)[0][0]
    fastest = min(model.seconds for model in every)
    lines = []
    for chapter, group in groupby(every, key=lambda model: model.chapter):
        title = read_page(course, chapter).title(lang)
        lines += ["", f"(scores-{short(chapter)})=", f"## {title}", ""]
        lines += ["| " + " | ".join(words["columns"]) + " |", "|---|---|--:|--:|"]
        for model in group:
            trained = training(model, usual, words)
            row = (
                f"[{layers(model)}]({model.place})<br><small>{trained}</small>",
                accuracy(model, words),
                f"{model.record['parameters']:,}",
                ratio(model.seconds / fastest),
            )
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def picture(course: Course, lang: str) -> str:
    """All models as a picture, drawn anew where one of them has changed."""
    every = models(course)
    with Kept(course.build / "kept" / "scoreboard" / lang) as kept:
        return kept.text(partial(draw, every, lang), repr(every), lang)


def draw(every: list[Model], lang: str, *_) -> str:
    """Accuracy against parameters as inline SVG, with text in the page's language.

    Matplotlib draws English, which its fonts have; the text of the SVG stays text.
    """
    from matplotlib import style  # takes seconds to load
    from matplotlib.figure import Figure

    shown = [model for model in every if mean(model.accuracies) > LOWEST_SHOWN]
    mine, drawn = WORDS[lang], WORDS[ENGLISH]
    translations = {drawn[what]: mine[what] for what in ("x", "y")}
    with style.context(PACKAGE / "run" / "book.mplstyle"):
        figure = Figure(figsize=(5.2, 5.2))
        figure.get_layout_engine().set(w_pad=0.12)
        axes = figure.subplots()
        by_chapter = groupby(shown, key=lambda model: model.chapter)
        for place, (chapter, group) in enumerate(by_chapter):
            group, aside = list(group), 1.04 ** (place - 2.5)  # not to hide others
            number = int(short(chapter))
            label = drawn["chapter"].format(number)
            translations[label] = mine["chapter"].format(number)
            axes.errorbar(
                [model.record["parameters"] * aside for model in group],
                [mean(model.accuracies) for model in group],
                [model.spread or 0 for model in group],
                fmt="osD^vP"[place % 6],
                markersize=5,
                alpha=0.8,
                label=label,
            )
        axes.set(xscale="log", xlabel=drawn["x"], ylabel=drawn["y"])
        axes.set_xticks([2000, 10000, 50000, 250000])
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        figure.legend(loc="outside upper center", ncols=3)
        file = io.StringIO()
        figure.savefig(file, format="svg")
    svg = file.getvalue()
    for english, translation in translations.items():
        svg = svg.replace(f">{english}<", f">{translation}<")
    caption = f"<strong>{FIGURE[lang].format(1)}</strong> {mine['caption']}"
    drawing = inline(svg, mine["label"])
    return f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>"
