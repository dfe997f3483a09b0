"""What students and instructors read: a feedback page each, and a summary.

Pages are made from result records and the assignment, and from nothing else, so they
can be made again at any time. Hidden inputs and expected values are in neither.
Everything in a record came from a student: Jinja escapes it, `shown` shortens it.
"""

import hashlib
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from layer_by_layer.assign.notebooks import without_solution
from layer_by_layer.assign.questions import Assignment, Question
from layer_by_layer.course import LANGUAGES, Course, once, other
from layer_by_layer.files import write
from layer_by_layer.grade import check, similar
from layer_by_layer.grade.notes import told
from layer_by_layer.source.dialects import ANCHOR
from layer_by_layer.source.page import read_page
from layer_by_layer.words import words_of

WORDS = words_of("grading")
NAMES = {lang: said["name"] for lang, said in words_of("language").items()}
TEMPLATES = Path(__file__).parent / "templates"
LONGEST = 400  # characters shown of one thing that came from a student
WRITTEN = 4000  # of a written answer
CELLS = 10  # failed cells listed
WRONG_ANSWERS = 5  # listed per question
SHARED_BY = 2  # students, from which on a wrong answer is common
BARS = 12  # at most, in the histogram
# Not printable, or turning the text around them: U+202E makes "gpj.exe" of "exe.jpg".
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff]"
)
LINK = re.compile(r"\[[^\]]+\]\((?P<page>[\w-]+)\.md(?:#(?P<anchor>[\w-]+))?\)")
UNKNOWN = {
    "state": "unseen",
    "points": None,
    "message": "",
    "near": [],
    "asked": 0,
    "passed": 0,
    "accuracy": None,
    "wrong_example": None,
    "comment": "",
    "answer_type": "",
}  # of a question, where a record does not say
# Notes that a student may read. Others may hold what code printed as it crashed.
TOLD = ("timeout", "unreadable", "wrong notebook")
ICONS = {"right": "✓", "part": "△", "wrong": "✕", "missing": "?", "empty": "?",
         "error": "!", "by hand": "✎", "graded": "✎", "unseen": "–"}  # fmt: skip


def write_reports(
    course: Course, assignment: Assignment, records: list[dict], folder: Path
) -> None:
    """Write `feedback/STUDENT.html` for each record, and a summary per language."""
    files = {}
    for record in records:
        page = feedback_page(course, assignment, record)
        files[folder / "feedback" / feedback_name(record)] = page
    records = sorted(records, key=lambda record: record["student"])
    pairs = similar.similar_pairs(records, known_code(assignment))
    for lang in LANGUAGES:
        page = summary_page(assignment, records, pairs, lang)
        files[folder / f"summary.{lang}.html"] = page
    write(files)


def feedback_name(record: dict) -> str:
    """A file name for a student; a hash keeps it unique if it had to be changed.

    Also if it ends like a hash: nobody can choose the name of another one's page.
    """
    student = record["student"]
    name = re.sub(r"[^\w .@+-]", "_", student)[:60].strip(" .") or "_"
    if name != student or re.search("-[0-9a-f]{8}$", name):
        name += "-" + hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{name}.html"


def feedback_page(course: Course, assignment: Assignment, record: dict) -> str:
    """One student's page, in the language of the submission."""
    lang = record.get("language") if record.get("language") in LANGUAGES else "ko"
    words = WORDS[lang]
    cells = (record.get("cells") or {}).get("failed") or []
    status = record["status"]
    if status == "ok" and cells:
        status = "failed cells"
    return render(
        "feedback.html",
        lang,
        title=words["feedback"].format(assignment=title(assignment, lang)),
        assignment=title(assignment, lang),
        record=record,
        status=words["status"].get(status, ""),
        note=own_half(record["note"], lang) if status in TOLD else "",
        why=told(record["why"], lang),
        held=bool(check.waiting(record)),
        points=points(record),
        of=assignment.total,
        open=waiting(assignment, record),
        courage=2 * points(record) < assignment.total - waiting(assignment, record),
        answers=[
            answer(course, assignment, question, record, lang)
            for question in assignment.questions
        ],
        cells=cells[:CELLS],
        more=len(cells) - CELLS,
    )


def answer(
    course: Course,
    assignment: Assignment,
    question: Question,
    record: dict,
    lang: str,
) -> dict:
    """What the template says about one question of one submission."""
    found = UNKNOWN | record["questions"].get(question.id, {})
    state = state_of(question, found)
    lost = found["points"] is not None and found["points"] < question.points
    return {
        "question": question,
        "title": plain(question.titles[lang]),
        "found": found,
        "state": state,
        "icon": ICONS[state],
        "written": (record.get("written") or {}).get(question.id),
        "next": next_step(question, found),
        "help": help_for(course, assignment, question, lang) if lost else [],
    }


def state_of(question: Question, found: dict) -> str:
    """How the page calls what happened: a few states more than a record has."""
    if found["state"] == "by hand" and found.get("points") is not None:
        return "graded"
    if found["state"] == "wrong" and found.get("points"):
        return "part"
    untouched = found.get("answer_type") == "ellipsis"
    if found["state"] == "error" and untouched:
        return "empty"
    if found["state"] == "wrong" and (untouched or question.kind == "written"):
        return "empty"
    return found["state"]


def next_step(question: Question, found: dict) -> tuple[float, int] | None:
    """The accuracy that would give a model more points, and how many."""
    accuracy = found["accuracy"]
    if question.kind != "model" or accuracy is None:
        return None
    above = sorted(step for step in question.thresholds if step > accuracy)
    return (above[0], question.thresholds[above[0]]) if above else None


def points(record: dict) -> float:
    """The points that a submission has so far."""
    return sum(found.get("points") or 0 for found in record["questions"].values())


def waiting(assignment: Assignment, record: dict) -> int:
    """Points of written answers that nobody has graded yet."""
    return sum(
        question.points
        for question in assignment.questions
        if record["questions"].get(question.id, UNKNOWN)["state"] == "by hand"
        and record["questions"][question.id]["points"] is None
    )


def is_final(assignment: Assignment, record: dict) -> bool:
    """Whether the points may go to an LMS: graded to the end, nothing left to do."""
    open_ends = waiting(assignment, record) or check.waiting(record)
    return record["status"] == "ok" and not open_ends


@once
def section_titles(course: Course, page: str, lang: str) -> dict[str | None, str]:
    """The heading of each anchor of a chapter; the chapter's own title under None.

    An anchor stands above its heading, or within the section.
    """
    titles, above = {}, []
    for line in filter(str.strip, read_page(course, page).text(lang).splitlines()):
        if anchors := ANCHOR.findall(line):
            above += anchors
            continue
        if heading := re.match(r"#+ (.+)", line):
            last = plain(heading[1])
            titles.setdefault(None, last)
        titles |= dict.fromkeys(above, last)
        above = []
    return titles


def help_for(
    course: Course, assignment: Assignment, question: Question, lang: str
) -> list[tuple[str, str]]:
    """Sections worth reading again, as (title, address) on the published site.

    The opening lists what an assignment practises, with links and then, after a colon,
    the numbers of the questions. Where it does not say, the whole chapter is named.
    """
    number = question.id.removeprefix("q")
    items = re.findall(r"^- (.+)$", assignment.opening(lang), re.M)
    links = [
        (link["page"], link["anchor"])
        for item in items
        if number in re.findall(r"\d+", item.rpartition(":")[2])
        for link in LINK.finditer(item)
    ]
    site = course.addresses
    sections = []
    for page, anchor in links or [(assignment.name, None)]:
        heading = section_titles(course, page, lang).get(anchor)
        address = site.page(lang, page) + (f"#{anchor}" if anchor else "")
        if heading:
            sections.append((heading, address))
    return sections


def title(assignment: Assignment, lang: str) -> str:
    return plain(assignment.opening(lang).partition("\n")[0].lstrip("# "))


def plain(markdown: str) -> str:
    """A heading without its Markdown."""
    return re.sub(r"[`*]", "", markdown)


def known_code(assignment: Assignment) -> dict[str, list[str]]:
    """What every student had or is expected to find, by question: no evidence.

    That is all code of the assignment, with solutions and without.
    """
    given = [cell.source for cell in assignment.page.code()]
    return {
        question.id: [*given, without_solution(question, LANGUAGES[0])]
        for question in assignment.questions
    }


def summary_page(
    assignment: Assignment, records: list[dict], pairs: list[similar.Pair], lang: str
) -> str:
    """Everything an instructor needs on one page, in one language.

    `pairs` are what `similar_pairs` found in the same records, in the same order.
    """
    totals = [points(record) for record in records if record["status"] == "ok"]
    return render(
        "summary.html",
        lang,
        title=WORDS[lang]["summary"].format(assignment=title(assignment, lang)),
        assignment=assignment,
        other=f"summary.{other(lang)}.html",
        other_lang=other(lang),
        records=records,
        points=points,
        waiting=waiting,
        is_final=is_final,
        feedback_name=feedback_name,
        mean=mean(totals) if totals else None,
        median=median(totals) if totals else None,
        full=sum(total >= assignment.total for total in totals),
        statuses=Counter(record["status"] for record in records).most_common(),
        not_ok=[
            record
            for record in records
            if record["status"] != "ok" or record["note"] or check.waiting(record)
        ],
        to_confirm=sum(len(check.waiting(record)) for record in records),
        several=[record for record in records if record["others"]],
        own_half=own_half,
        confirmed=[
            (record, doubt)
            for record in records
            for doubt in record["doubts"]
            if doubt.get("confirmed")
        ],
        told=told,
        doubts=check.waiting,
        ungraded=[record for record in records if waiting(assignment, record)],
        late=[record for record in records if record.get("late")],
        pairs=pairs,
        bars=histogram(totals, assignment.total),
        questions=per_question(assignment, records, lang),
        wrong=wrong_answers(assignment, records, lang),
    )


def histogram(totals: list[float], of: int) -> list[dict]:
    """Bars of equal width for the points 0 to `of`; heights are of the tallest."""
    width = -(-(of + 1) // BARS)
    counts = Counter(min(int(total), of) // width for total in totals)
    tallest = max(counts.values(), default=1)
    bars = []
    for place in range(of // width + 1):
        low, high = place * width, min(place * width + width - 1, of)
        label = f"{low}" if low == high else f"{low}–{high}"
        count = counts[place]
        bars.append({"label": label, "count": count, "share": count / tallest})
    return bars


def per_question(assignment: Assignment, records: list[dict], lang: str) -> list[dict]:
    """A row per question: how many points students have, and what went wrong.

    Shares are of the answers that have points; None where no answer has any.
    """
    rows = []
    for question in assignment.questions:
        found = [UNKNOWN | each["questions"].get(question.id, {}) for each in records]
        graded = [each["points"] for each in found if each["points"] is not None]
        states = Counter(state_of(question, each) for each in found)
        rows.append(
            {
                "question": question,
                "title": plain(question.titles[lang]),
                "graded": len(graded),
                "mean": mean(graded) if graded else None,
                "full": mean(each >= question.points for each in graded)
                if graded
                else None,
                "missing": states["missing"] + states["empty"],
                "error": states["error"],
                "hardest": False,
                "settled": graded and not states["by hand"],
            }
        )
    settled = [row for row in rows if row["settled"]]
    shares = [row["mean"] / row["question"].points for row in settled]
    for row, share in zip(settled, shares, strict=True):
        row["hardest"] = share == min(shares) < 1
    return rows


def wrong_answers(assignment: Assignment, records: list[dict], lang: str) -> list[dict]:
    """Per question, the wrong answers and errors that several students share."""
    found = defaultdict(Counter)
    for record in records:
        for question in assignment.questions:
            each = UNKNOWN | record["questions"].get(question.id, {})
            text = each["wrong_example"] or each["message"]
            if text and state_of(question, each) in ("wrong", "part", "error"):
                found[question.id][shown(text)] += 1
    rows = []
    for question in assignment.questions:
        often = found[question.id].most_common(WRONG_ANSWERS)
        common = [(text, count) for text, count in often if count >= SHARED_BY]
        if common:
            heading = plain(question.titles[lang])
            rows.append({"id": question.id, "title": heading, "answers": common})
    return rows


def shown(text: object, longest: int = LONGEST) -> str:
    """Something of a student's, short and with every character visible."""
    text = str(text if text is not None else "")
    cut = text[:longest]
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", cut) + (" …" if cut != text else "")


def own_half(note: str, lang: str) -> str:
    """A note in one language. Notes are written `한국어 · English`."""
    halves = note.split(" · ")
    return halves[LANGUAGES.index(lang)] if len(halves) == len(LANGUAGES) else note


def with_code(text: str, **values: str) -> Markup:
    """A sentence with names set as code."""
    code = Markup("<code>{}</code>")
    filled = {key: code.format(value) for key, value in values.items()}
    return escape(text).format(**filled)


def number(value: float) -> str:
    """Points as people write them: 3, 2.5, 3.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    return f"{share:.0%}"


def render(template: str, lang: str, **values) -> str:
    style = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    page = environment().get_template(template)
    return page.render(lang=lang, words=WORDS[lang], names=NAMES, style=style, **values)


@cache
def environment() -> Environment:
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for use in (shown, with_code, number, percent):
        jinja.filters[use.__name__] = use
    return jinja
