"""Grade the submissions of an assignment: `make grade`.

    make grade SUBMISSIONS=folder CHAPTER=04 HIDDEN=folder

More is possible: JOBS, OUT, DUE="2026-11-27 23:59" TIMES=times.csv, ROSTER=export.csv,
TIMEOUT, SCHEDULER, UNSAFE=1; each is an option below, which says what it does. Without
OUT, results go to _build/grades/CHAPTER.

Each submission runs in a sandbox (sandbox.py, worker.py) and is marked here (mark.py).
Its result is a file in OUT/results, so that an interrupted run goes on where it was.
What only a person can decide waits in OUT/check.csv (choose.py, doubts.py, check.py).
"""

import fcntl
import hashlib
import json
import math
import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from layer_by_layer import files
from layer_by_layer.assign.notebooks import (
    notebook,
    raising,
    student_notebook,
    with_solution,
)
from layer_by_layer.assign.questions import Assignment, named, names, read_assignment
from layer_by_layer.command import parser
from layer_by_layer.course import LANGUAGES, Course, CourseError, short
from layer_by_layer.grade import check, lms, mark, report, sandbox, tables
from layer_by_layer.grade.choose import Submission, collect, state_of, with_state
from layer_by_layer.grade.executor import fingerprint, open_executor
from layer_by_layer.grade.hidden import Hidden, read_hidden
from layer_by_layer.grade.mark import Asked, Job, NotGradable
from layer_by_layer.grade.notes import Unreadable, in_all, remark
from layer_by_layer.grade.sandbox import Limits
from layer_by_layer.grade.submissions import Notebook, names_defined
from layer_by_layer.source.page import read_page

JOBS = max(1, (os.cpu_count() or 1) // 2)  # TensorFlow keeps about two cores busy
WARNING = """
!!! UNSAFE=1: submissions run WITHOUT A SANDBOX. They can read, change and send away
!!! everything that you can, including other submissions, grades and hidden inputs.
!!! Do this only with notebooks that you would run on this machine yourself.
"""


def read_options(arguments: list[str]) -> Namespace:
    """What `make grade` was given; each option is a variable there."""
    known = parser("grade", __doc__)
    known.add_argument("submissions", nargs="?", type=place, help="folder or zip file")
    known.add_argument("--chapter", metavar="04")
    known.add_argument("--hidden", type=place, metavar="FOLDER", help="hidden inputs")
    known.add_argument("--out", type=place, metavar="FOLDER", help="for the results")
    known.add_argument("--jobs", metavar="N", help="submissions at a time")
    known.add_argument("--timeout", metavar="SECONDS", help="for one submission")
    known.add_argument("--due", metavar="TIME", help="marks those that came later")
    known.add_argument("--times", type=place, metavar="CSV", help="when they came")
    known.add_argument("--roster", type=place, metavar="CSV", help="of Canvas, Moodle")
    known.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster")
    known.add_argument("--unsafe", action="store_true", help="without a sandbox")
    options = known.parse_args(arguments)
    for name in ("submissions", "chapter"):
        if not getattr(options, name):
            example = "make grade SUBMISSIONS=folder CHAPTER=04 HIDDEN=folder"
            raise CourseError(f"{name.upper()} is not given: write '{example}'.")
    return options


def positive(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < math.inf:
        raise CourseError(f"{name}={text} is no number above 0: correct it.")
    return number


def place(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def main(course: Course, arguments: list[str]) -> None:
    options = read_options(arguments)
    jobs = math.ceil(positive(options.jobs, "JOBS")) if options.jobs else JOBS
    limits = limits_for(positive(options.timeout or Limits.seconds, "TIMEOUT"))
    assignment = read_assignment(course, named(course, [options.chapter])[0])
    hidden = read_hidden(options.hidden, assignment)
    out = options.out or course.build / "grades" / options.chapter
    confirmed = check.read(out / "check.csv")
    titles = {*course.page_names, *names(course)}
    blanks = given_answers(course, assignment)
    chosen = check.chosen(confirmed)
    submissions = collect(options.submissions, blanks, titles, chosen)
    if options.unsafe:
        print(WARNING, file=sys.stderr, flush=True)
    sandbox.check([options.submissions, options.hidden, out], options.unsafe)
    results = out / "results"
    results.mkdir(parents=True, exist_ok=True)
    with alone_in(out):
        job = make_job(course, assignment, hidden, limits, options.unsafe)
        job = prepare(course, job, assignment, out)
        with open_executor(jobs, options.scheduler, options.unsafe) as executor:
            records = grade_all(executor, job, submissions, results)
        mark_late(records, submissions, options.due, options.times)
        write_all(course, assignment, records, out, options.roster, confirmed)


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Keep other runs away from a folder of results, until this one has ended."""
    with (out / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"another 'make grade' is writing to {out}: wait until it has ended, "
                "or choose another folder with OUT=folder."
            ) from None
        yield


# ---------------------------------------------------------------- the job


def limits_for(seconds: float) -> Limits:
    """The usual limits, with the times in proportion to `seconds` for all."""
    usual, share = Limits(), seconds / Limits.seconds
    times = {name: getattr(usual, name) * share for name in ("cell", "call")}
    return replace(usual, seconds=seconds, cpu=math.ceil(usual.cpu * share), **times)


def make_job(
    course: Course,
    assignment: Assignment,
    hidden: Hidden,
    limits: Limits,
    unsafe: bool = False,
) -> Job:
    fields = Asked.__dataclass_fields__
    questions = [
        Asked(**{name: getattr(question, name) for name in fields})
        for question in assignment.questions
    ]
    code = [cell for cell in assignment.page.code() if cell.source.strip()]
    asked = {id(q.cell) for q in assignment.questions}
    asked |= {id(q.check) for q in assignment.questions}
    return Job(
        chapter=short(assignment.name),
        questions=questions,
        inputs=hidden.inputs,
        seed=hidden.seed,
        needs_data=any("fashion_mnist" in cell.source for cell in code),
        limits=limits,
        unsafe=unsafe,
        elsewhere=names_elsewhere(course, assignment),
        given=[cell.source for cell in code if id(cell) not in asked],
    )


def given_answers(course: Course, assignment: Assignment) -> dict[str, list[str]]:
    """What student notebooks have in the place of each answer, by its name."""
    books = [student_notebook(course, assignment, lang) for lang in LANGUAGES]
    sources = [{cell["id"]: cell.source for cell in book.cells} for book in books]
    return {q.answer: [book[q.id] for book in sources] for q in assignment.questions}


def names_elsewhere(
    course: Course, assignment: Assignment
) -> dict[str, frozenset[str]]:
    """Names by which a notebook of another assignment, or a chapter, is recognised."""
    found = {}
    for name in names(course):
        if name != assignment.name:
            questions = read_assignment(course, name).questions
            answers = frozenset(question.answer for question in questions)
            found[f"assignments/{name}"] = answers
    for name in course.numbered:
        code = read_page(course, name).code()
        sources = (names_defined(cell.source) for cell in code)
        found[f"book/{name}"] = frozenset().union(*sources)
    return found


def prepare(course: Course, job: Job, assignment: Assignment, out: Path) -> Job:
    """The job with expected values: what the assignment's own solution answers."""
    solved = notebook(course, assignment, LANGUAGES[0], with_solution, raising)
    solution = [cell.source for cell in solved.cells if cell.cell_type == "code"]
    stored = out / "expected.json"
    checksum = version(job, solution)
    try:
        known = json.loads(stored.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("version") == checksum:
        return replace(job, expected=known["expected"])
    print("solution: running it for the expected answers", flush=True)
    try:
        job = mark.with_expected(job, solution)
    except NotGradable as problem:
        raise CourseError(
            f"the solution of assignments/{assignment.name}.md {problem}: correct it."
        ) from None
    write(stored, {"version": checksum, "expected": job.expected})
    return job


def version(job: Job, *more) -> str:
    """A checksum of all that a result depends on, besides the submission.

    That is the whole grader and the whole job; of the limits, see `read_result`.
    """
    depends = asdict(replace(job, limits=Limits()))
    depends["elsewhere"] = {name: sorted(job.elsewhere[name]) for name in job.elsewhere}
    content = json.dumps([depends, fingerprint(), more])
    return hashlib.sha256(content.encode()).hexdigest()


def write(path: Path, content: dict) -> None:
    """Write a result, whole or not at all."""
    files.write({path: json.dumps(content, ensure_ascii=False, indent=1)})


# ---------------------------------------------------------------- grading


def grade_all(executor, job: Job, submissions: list[Submission], results: Path) -> list:
    """Records of all submissions, in their order; known ones are not graded again.

    Each result is kept at once. If the grader itself fails on a submission, that is its
    status, and it is tried again the next time.
    """
    checksum = version(job)
    records, waiting = {}, {}
    for submission in submissions:
        notebook, problem = submission.graded.notebook, submission.graded.problem
        try:
            if isinstance(problem, Unreadable):
                records[submission] = unreadable(job, problem) | identity(submission)
            elif problem:
                raise problem
            else:
                path = results / f"{key(submission, notebook, checksum)}.json"
                if known := read_result(path, job):
                    records[submission] = known | identity(submission)
                else:
                    future = executor.submit(mark.mark, job, notebook)
                    waiting[future] = submission, path
        except Exception as error:
            records[submission] = failure(job, error) | identity(submission)
    if records:
        print(f"{len(records)} of {len(submissions)} need no run", flush=True)
    for future in as_completed(waiting):
        submission, path = waiting.pop(future)
        try:
            record = future.result() | identity(submission)
            write(path, record | {"limit": job.limits.seconds})
        except Exception as error:
            record = failure(job, error) | identity(submission)
        records[submission] = record
        progress = f"[{len(records)}/{len(submissions)}] {submission.student}"
        print(report.shown(f"{progress}: {summary(job, record)}"), flush=True)
    guess_languages(records.values())
    for submission, record in records.items():
        about = state_of(submission.student, submission.graded.digest)
        of_run = [with_state(doubt, about) for doubt in record["doubts"]]
        record["doubts"] = [*submission.doubts, *of_run]
    return [records[submission] for submission in submissions]


def guess_languages(records: Iterable[dict]) -> None:
    """Answer what cannot be read in the language of most others."""
    known = Counter(record["language"] for record in records if record["language"])
    most = max(LANGUAGES, key=lambda language: known[language])
    for record in records:
        record["language"] = record["language"] or most


def key(submission: Submission, notebook: Notebook, checksum: str) -> str:
    """What a result is kept under: it changes with all that the result depends on."""
    content = asdict(notebook) | {"passed": sorted(notebook.passed)}
    depends = [submission.student, checksum, content]
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()


def identity(submission: Submission) -> dict:
    """Who handed in what, in a record."""
    return {
        "student": submission.student,
        "numbers": dict(submission.graded.owner.numbers),
        "file": submission.file,
        "others": list(submission.others),
        "why": submission.why,
    }


def read_result(path: Path, job: Job) -> dict | None:
    """A result from before, unless more time might change it."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    unfinished = record["status"] in ("timeout", "crashed")
    return None if unfinished and record["limit"] < job.limits.seconds else record


def empty_record(job: Job, status: str, note: str) -> dict:
    return {
        "language": "",  # see guess_languages
        "chapter": job.chapter,
        "status": status,
        "note": note,
        "seconds": 0.0,
        "questions": {},
        "cells": {"failed": []},
        "code": {},
        "written": {},
        "doubts": [],
    }


def unreadable(job: Job, problem: Unreadable) -> dict:
    record = empty_record(job, "unreadable", in_all(problem.note))
    return record | {"language": problem.language}


def failure(job: Job, error: Exception) -> dict:
    what = f"{type(error).__name__}: {error}"[:300]
    return empty_record(job, "crashed", remark("failed", what=what))


def summary(job: Job, record: dict) -> str:
    """One line about a result, for people who watch."""
    points = sum(each["points"] or 0 for each in record["questions"].values())
    of = sum(question.points for question in job.questions)
    note = f" ({record['note']})" if record["note"] else ""
    seconds = f"{record['seconds']:.0f} s"
    return f"{record['status']}, {points}/{of} points, {seconds}{note}"


# ---------------------------------------------------------------- tables and pages


def mark_late(
    records: list[dict],
    submissions: list[Submission],
    due: str | None,
    times: Path | None,
) -> None:
    """Say which submissions came after the deadline, where their time is known."""
    deadline = tables.read_time(due, "DUE") if due else None
    known = tables.read_times(times) if times else {}
    unknown = 0
    for record, submission in zip(records, submissions, strict=True):
        handed_in = known.get(submission.student, submission.time)
        after = deadline and handed_in and handed_in > deadline
        record["late"] = bool(submission.marked_late or after)
        unknown += bool(deadline) and not (handed_in or record["late"])
    if unknown:
        print(
            f"submissions without a known time, not called late: {unknown}. "
            "Give times with TIMES=file.csv (columns student and time)."
        )
    if strangers := sorted(set(known) - {each.student for each in submissions}):
        print(f"in {times}, but without a submission: {', '.join(strangers)}")


def write_all(
    course: Course,
    assignment: Assignment,
    records: list[dict],
    out: Path,
    roster: Path | None,
    confirmed: list[dict[str, str]],
) -> None:
    """Write what people read: tables, feedback, summaries, files for an LMS."""
    students = lms.read_roster(roster) if roster else []
    doubt_same_row(records, lms.match(records, students))
    checked = check.confirm(records, confirmed, out / "check.csv")
    written = tables.merge_written(assignment, records, out / "written.csv")
    grades = tables.grades(assignment, records)
    tables_of_it = {"check": checked, "written": written, "grades": grades}
    files.write({out / f"{name}.csv": tables_of_it[name] for name in tables_of_it})
    report.write_reports(course, assignment, records, out)
    settled = [(r, report.points(r)) for r in records if report.is_final(assignment, r)]
    title = " · ".join(report.title(assignment, lang) for lang in LANGUAGES)
    strangers = lms.write_grades(out, title, assignment.total, settled, students)
    if strangers:
        print(f"not found in {roster}: {', '.join(map(report.shown, strangers))}")
    if count := sum(len(check.waiting(record)) for record in records):
        print(f"waiting for you to confirm in {out / 'check.csv'}: {count}")
    counts = Counter(record["status"] for record in records)
    said = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    print(f"{len(records)} submissions: {said}")
    print(f"see {out / 'summary.ko.html'} or {out / 'summary.en.html'}")


def doubt_same_row(records: list[dict], rows: list[dict | None]) -> None:
    """Two submissions that lead to one student of the roster are doubtful."""
    for row in {id(row): row for row in rows if row}.values():
        same = [r for r, found in zip(records, rows, strict=True) if found is row]
        students = ", ".join(record["student"] for record in same)
        for record in same if len(same) > 1 else ():
            doubt = {"kind": "doubts.roster", "students": students}
            record["doubts"].append(with_state(doubt, state_of(record["student"])))
