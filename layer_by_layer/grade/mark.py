"""Mark one submission: run it in a sandbox, and compare its answers.

`mark` is what an executor runs, here or on another machine: a plain function of a Job,
which is the same for all submissions, and of a notebook. Expected values are in the
Job, in this process; they never go where a student's code runs.
"""

import builtins
import difflib
import gzip
import os
import secrets
import time
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from layer_by_layer.course import BUILD
from layer_by_layer.grade import doubts
from layer_by_layer.grade.compare import UNDECODABLE, agrees, echoes, shown
from layer_by_layer.grade.notes import remark
from layer_by_layer.grade.sandbox import Ended, Limits, Sandbox
from layer_by_layer.grade.submissions import MOST_CELLS, Notebook, names_defined
from layer_by_layer.grade.unpack import clean
from layer_by_layer.grade.worker import NAMES, decode, pack
from layer_by_layer.run import data

CODE = 20_000  # characters of an answer's code that are kept
FAILED = 50  # cells whose errors are kept
NOISE = 2  # that is added to pixels (0-255), so that no list of known images helps
DOUBTFUL = 0.97  # accuracy that no model of this course reaches
HOME = BUILD / "grading"  # Keras's home folder in the sandbox


@dataclass(frozen=True)
class Asked:
    """A question as marking needs it; fields as in assign/questions.py."""

    id: str
    kind: str
    points: int
    answer: str
    tolerance: float | None = None
    thresholds: dict[float, int] = field(default_factory=dict)
    input: str = "scaled"


@dataclass(frozen=True)
class Job:
    """What is the same for all submissions of an assignment."""

    chapter: str
    questions: list[Asked]
    inputs: dict[str, list]  # by question: coded tuples of arguments
    seed: int
    needs_data: bool
    limits: Limits = field(default_factory=Limits)
    unsafe: bool = False
    elsewhere: dict[str, frozenset[str]] = field(default_factory=dict)  # names there
    given: list[str] = field(
        default_factory=list
    )  # code that is neither answer nor check
    expected: dict[str, object] = field(default_factory=dict)  # coded


@dataclass
class Replies:
    """What came out of the sandbox. A stranger wrote all of it."""

    cell: int = 0  # the last that began
    done: dict = field(default_factory=dict)
    answers: dict[str, dict] = field(default_factory=dict)
    ended: Ended | None = None

    def found(self, question: str) -> dict | None:
        """What there is for a question, before hidden inputs were sent."""
        found = as_dict(self.done.get("found")).get(question)
        return found if isinstance(found, dict) else None


def as_dict(value) -> dict:
    return value if isinstance(value, dict) else {}


def as_list(value) -> list:
    return value if isinstance(value, list) else []


def as_number(value) -> int:
    """The number of a cell; 0 if it is none."""
    return value if type(value) is int and 0 < value <= MOST_CELLS else 0


def as_text(value, longest: int = 300) -> str:
    return clean(value[:longest]) if isinstance(value, str) else ""


def mark(job: Job, notebook: Notebook) -> dict:
    """The part of a result record that does not depend on who handed it in when."""
    record = {
        "language": notebook.language,
        "chapter": job.chapter,
        "status": "ok",
        "note": "",
        "seconds": 0.0,
        "questions": {},
        "cells": {"failed": []},
        "code": code_of_answers(job, notebook),
        "written": {},
        "doubts": [],
    }
    if other := other_notebook(job, notebook):
        record["status"] = "wrong notebook"
        record["note"] = remark("other", own=job.chapter, other=other)
        return record
    began = time.monotonic()
    replies = run(job, notebook.cells)
    record["seconds"] = round(time.monotonic() - began, 1)
    record["cells"]["failed"] = failed_cells(replies)
    if slow := as_number((as_list(replies.done.get("slow")) or [0])[0]):
        record["status"] = "timeout"
        record["note"] = remark("slow", cell=slow)
    if replies.ended:
        where = "questions" if replies.done else "cell"
        record["status"] = replies.ended.how
        why = as_text(replies.ended.why)
        record["note"] = remark(where, cell=replies.cell, why=why)
    if replies.done:
        for question in job.questions:
            marked, text = mark_question(job, question, replies)
            if marked:
                record["questions"][question.id] = marked
            if text:
                record["written"][question.id] = text
            if marked and (marked.get("accuracy") or 0) > DOUBTFUL:
                record["note"] = remark("doubtful", accuracy=marked["accuracy"])
    record["doubts"] = doubts.of_run(record, notebook.cells, notebook.passed, job.given)
    return record


# ---------------------------------------------------------------- the sandbox


def run(job: Job, cells: list[str]) -> Replies:
    """Run cells in a sandbox, then let what they left behind answer the questions."""
    replies = Replies()
    answers = {q.id: {"name": q.answer, "kind": q.kind} for q in job.questions}
    task = {"cells": cells, "answers": answers, "step": job.limits.cell}
    home = sandbox_home() if job.needs_data else None
    nonce = secrets.token_hex(16)
    try:
        with Sandbox(job.limits, home, job.unsafe) as sandbox:
            for message in sandbox.ask(task):
                replies.cell = as_number(message.get("cell")) or replies.cell
                if message.get("done") is True:
                    replies.done = message
                    break
            for message in sandbox.ask(
                {"nonce": nonce, "probes": probes(job, replies)}
            ):
                if message.get("nonce") != nonce:
                    continue
                if message.get("end") is True:
                    break
                if isinstance(message.get("id"), str):
                    replies.answers.setdefault(message["id"], message)
    except Ended as ended:
        replies.ended = ended
    return replies


def probes(job: Job, replies: Replies) -> dict[str, dict]:
    """What functions and models are asked, where there is something to ask."""
    found = {}
    for question in job.questions:
        if replies.found(question.id) is None:
            continue
        if question.kind == "function":
            step = job.limits.call
            found[question.id] = {"inputs": job.inputs[question.id], "step": step}
        elif question.kind == "model":
            images = pack(unseen_images(job.seed)[0])
            probe = {"images": images, "input": question.input}
            found[question.id] = probe | {"step": job.limits.cell}
    return found


def other_notebook(job: Job, notebook: Notebook) -> str | None:
    """The assignment or chapter that a notebook seems to be, if it is another."""
    defined = notebook.defined()
    answers = {question.answer for question in job.questions}
    for other, names in job.elsewhere.items():
        ours, theirs = answers - names, names - answers
        has_ours = len(defined & ours) > len(ours) / 4
        if len(defined & theirs) > len(theirs) / 2 and not has_ours:
            return other
    return None


def code_of_answers(job: Job, notebook: Notebook) -> dict[str, str]:
    """By question, the source of the cells that define its answer."""
    found = {}
    for question in job.questions:
        cells = [c for c in notebook.cells if question.answer in names_defined(c)]
        if cells:
            found[question.id] = "\n\n".join(cells)[:CODE]
    return found


def failed_cells(replies: Replies) -> list[dict]:
    failed = []
    for each in as_list(replies.done.get("failed"))[:FAILED]:
        number = as_number(as_dict(each).get("cell"))
        if number:
            error = as_text(as_dict(each).get("error"))
            failed.append({"cell": number, "error": error})
    return failed


# ---------------------------------------------------------------- questions


def mark_question(job: Job, question: Asked, replies: Replies) -> tuple[dict, str]:
    """Points and what to say about one answer ({}: unseen), and a written text."""
    found = replies.found(question.id)
    marked = {"points": 0, "of": question.points, "state": "wrong", "message": ""}
    if found is None:
        names = as_list(replies.done.get("names"))[:NAMES]
        names = [text for name in names if (text := as_text(name, 80))]
        near = difflib.get_close_matches(question.answer, names, 3)
        return marked | {"state": "missing", "near": near}, ""
    marked["answer_type"] = as_text(found.get("type"), 60)
    if question.kind == "written":
        text = as_text(found.get("text"), CODE).strip()
        return marked | ({"state": "by hand", "points": None} if text else {}), text
    if question.kind == "value":
        return marked | mark_value(job, question, found), ""
    reply = replies.answers.get(question.id)
    if reply is None:
        return {}, ""
    if question.kind == "function":
        return marked | mark_function(job, question, reply), ""
    return marked | mark_model(job, question, reply), ""


def mark_value(job: Job, question: Asked, found: dict) -> dict:
    coded = found.get("value", {"unsupported": "error"})
    if agrees(decode(job.expected[question.id]), coded, question.tolerance):
        return {"state": "right", "points": question.points}
    return {"wrong_example": shown(coded)}


def mark_function(job: Job, question: Asked, reply: dict) -> dict:
    """Points in proportion to right answers, rounded down to whole points."""
    inputs, expected = job.inputs[question.id], job.expected[question.id]
    answers = [as_dict(each) for each in as_list(reply.get("answers"))[: len(inputs)]]
    right, wrong = [], []
    for answer, given, wanted in zip(answers, inputs, expected, strict=False):
        is_right = "value" in answer and agrees(decode(wanted), answer["value"])
        (right if is_right else wrong).append((answer, given))
    passed, asked = len(right), len(inputs)
    marked = {"passed": passed, "asked": asked}
    marked["points"] = question.points * passed // asked
    if passed == asked:
        return marked | {"state": "right"}
    answer, given = wrong[0] if wrong else ({}, None)
    if "value" not in answer:
        return marked | {"state": "error", "message": error_name(answer.get("error"))}
    if not echoes(answer["value"], given):
        marked["wrong_example"] = shown(answer["value"])
    return marked


def mark_model(job: Job, question: Asked, reply: dict) -> dict:
    """Points by accuracy on images that the notebook has never seen."""
    truth = unseen_images(job.seed)[1]
    try:
        labels = np.asarray(decode(reply.get("labels")))
    except UNDECODABLE:
        labels = np.empty(0)
    if labels.shape != truth.shape or labels.dtype.kind not in "biuf":
        return {"state": "error", "message": error_name(reply.get("error"))}
    accuracy = float(np.mean(labels == truth))
    reached = [p for step, p in question.thresholds.items() if accuracy >= step]
    points = max(reached, default=0)
    state = "right" if points == question.points else "wrong"
    return {"accuracy": round(accuracy, 4), "points": points, "state": state}


def error_name(name) -> str:
    """A name of one of Python's own errors: no other text may come with an answer."""
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    is_error = isinstance(kind, type) and issubclass(kind, BaseException)
    return name if is_error else "Exception"


# ---------------------------------------------------------------- images


def read_idx(path: Path) -> np.ndarray:
    """The array in a file of MNIST's format: http://yann.lecun.com/exdb/mnist/"""
    content = gzip.decompress(path.read_bytes())
    sizes = np.frombuffer(content, ">u4", count=content[3], offset=4)
    return np.frombuffer(content, "uint8", offset=4 + 4 * len(sizes)).reshape(sizes)


@cache
def unseen_images(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The test images (n, 28, 28) with a little noise, and their classes (n,).

    In an order that `seed` decides: everyone can learn the list of the classes.
    Background stays 0. A model that standardises divides pixels which are hardly ever
    on by a tiny deviation: with noise there, its accuracy fell from 0.82 to 0.71.
    """
    folder = data.prepare() / "datasets" / "fashion-mnist"
    images = read_idx(folder / "t10k-images-idx3-ubyte.gz")
    classes = read_idx(folder / "t10k-labels-idx1-ubyte.gz")
    rng = np.random.default_rng(seed)
    noise = rng.integers(-NOISE, NOISE + 1, images.shape)
    noisy = np.where(images == 0, 0, np.clip(images + noise, 1, 255)).astype("uint8")
    order = rng.permutation(len(images))
    return noisy[order], classes[order]


@cache
def sandbox_home() -> Path:
    """Keras's home folder for sandboxes: the first training images are the test set."""
    source = data.prepare() / "datasets" / "fashion-mnist"
    target = HOME / "datasets" / "fashion-mnist"
    target.mkdir(parents=True, exist_ok=True)
    for kind in ("images-idx3", "labels-idx1"):
        train = source / f"train-{kind}-ubyte.gz"
        array = read_idx(train)[:10_000]
        header = bytes([0, 0, 8, array.ndim])
        header += np.array(array.shape, ">u4").tobytes()
        first = gzip.compress(header + array.tobytes(), 1, mtime=0)
        put(target / train.name, train.read_bytes())
        put(target / f"t10k-{kind}-ubyte.gz", first)
    return HOME


def put(path: Path, content: bytes) -> None:
    """Write a file that everyone may read, whole or not at all."""
    if path.exists() and path.stat().st_size == len(content):
        return
    new = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    new.write_bytes(content)
    new.chmod(0o644)
    os.replace(new, path)


# ---------------------------------------------------------------- expected values


class NotGradable(Exception):
    """What the solution does not do that grading needs."""


def with_expected(job: Job, solution: list[str]) -> Job:
    """The job with what its own solution answers. Raises NotGradable."""
    replies = run(job, solution)
    if replies.ended:
        raise NotGradable(f"ends in code cell {replies.cell}: {replies.ended.why}")
    if failed := failed_cells(replies):
        raise NotGradable(
            f"fails in code cell {failed[0]['cell']}: {failed[0]['error']}"
        )
    expected = {}
    for question in job.questions:
        found = replies.found(question.id)
        if found is None:
            raise NotGradable(f"defines no {question.answer}")
        reply = replies.answers.get(question.id, {})
        if question.kind == "value":
            expected[question.id] = found["value"]
        elif question.kind == "function":
            if errors := [each for each in reply["answers"] if "error" in each]:
                error = errors[0]["error"]
                raise NotGradable(
                    f"ends in a {error} for a hidden input of {question.id}"
                )
            expected[question.id] = [each["value"] for each in reply["answers"]]
        elif question.kind == "model":
            marked = mark_model(job, question, reply)
            if marked["state"] != "right":
                got = marked.get("accuracy", marked.get("message"))
                raise NotGradable(f"gets no full points for {question.id} ({got})")
    for name, value in expected.items():
        try:
            decode(value)
        except ValueError:
            raise NotGradable(f"answers {name} with what cannot be compared") from None
    return replace(job, expected=expected)
