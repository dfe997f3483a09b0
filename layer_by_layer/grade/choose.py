"""Which file of each student is graded, and why: nothing is decided silently.

The notebook with the answers counts, and of several the latest. What the choice leaves
doubtful is a note on the submission, which waits for an instructor (check.py).
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from layer_by_layer.grade.layouts import APART, Owner, owners
from layer_by_layer.grade.notes import Unreadable
from layer_by_layer.grade.submissions import Notebook, names_defined, notebooks_in
from layer_by_layer.grade.unpack import File, files_in

COMMENTS = re.compile(r"#.*|\s+")
# A file that is no notebook, and does not seem to be meant as one.
BESIDE = ("python", "web page", "address", "text", "pdf", "picture", "document", "zip")


@dataclass(frozen=True)
class Candidate:
    """A file of a student, read."""

    file: File
    owner: Owner
    notebook: Notebook | None
    problem: Exception | None  # why there is no notebook
    answers: int = 0  # that the student wrote
    names: int = 0  # of answers that are in it

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def digest(self) -> str:
        said = self.notebook.cells if self.notebook else str(self.problem)
        return hashlib.sha256(json.dumps([self.path, said]).encode()).hexdigest()

    def handed_in(self) -> tuple:
        """A key that sorts files of one student by time."""
        own = self.owner.time.timestamp() if self.owner.time else 0
        time = self.file.time.timestamp() if self.file.time else 0
        parts = re.split(r"(\d{1,20})", self.path)
        numbered = [int(part) if part.isdecimal() else 0 for part in parts]
        return own, self.owner.order, time, numbered, self.path


@dataclass(frozen=True, eq=False)
class Submission:
    """What counts as handed in by one student."""

    student: str
    graded: Candidate
    why: dict  # a note
    others: tuple[str, ...] = ()  # files of the same student that do not count
    doubts: tuple[dict, ...] = ()  # notes, each with the state that it is about

    @property
    def file(self) -> str:
        return self.graded.path

    @property
    def marked_late(self) -> bool:
        return self.graded.owner.late

    @property
    def time(self) -> datetime | None:
        """When it was handed in, if the LMS says so."""
        return self.graded.owner.time


def collect(
    place: Path,
    blanks: Mapping[str, Collection[str]],
    titles: Collection[str] = (),
    chosen: Mapping[str, str] | None = None,
) -> list[Submission]:
    """The submissions in a folder or zip file, by student.

    `blanks` are, by the name of each answer, what students were given to begin with;
    `chosen` is which file an instructor decided for, by the state of what was handed
    in. Raises CourseError if there is no such place, or nothing in it.
    """
    blanks = {name: {squeezed(text) for text in blanks[name]} for name in blanks}
    theirs = defaultdict(list)
    for file, owner in owners(files_in(place), titles):
        theirs[owner.key] += candidates(file, owner, blanks)
    named = named_apart(theirs)
    alike = seem_one([name for key, name in named.items() if not key[1]])
    found = [
        choose(name, theirs[key], len(blanks), alike.get(name, ()), chosen or {})
        for key, name in named.items()
    ]
    return sorted(found, key=lambda submission: submission.student)


def named_apart(keys: Iterable[tuple]) -> dict[tuple, str]:
    """A name for each student, with their number where two have the same."""
    keys = list(keys)
    names = [student for student, _ in keys]
    found = {}
    for student, numbers in keys:
        several = names.count(student) > 1 and numbers
        name = f"{student}-{numbers[-1][1]}" if several else student
        while name in found.values():
            name += "*"
        found[student, numbers] = name
    return found


def seem_one(names: list[str]) -> dict[str, set[str]]:
    """Names that may be of one student: kim, kim_final, Kim. By each, the others."""
    found = defaultdict(set)
    for name in names:
        for other in names:
            begins = other.casefold().startswith(name.casefold())
            rest = other[len(name) :]
            if name != other and begins and (not rest or APART.match(rest)):
                found[name].add(other)
                found[other].add(name)
    return found


# ---------------------------------------------------------------- candidates


def candidates(file: File, owner: Owner, blanks: dict[str, set[str]]):
    """What a file holds, as candidates: one, or the notebooks of a zip file."""
    try:
        for each, found in notebooks_in(file):
            if isinstance(found, Notebook):
                yield Candidate(each, owner, found, None, *answers_in(found, blanks))
            else:
                yield Candidate(each, owner, None, found)
    except Exception as error:  # a fault here is one student's
        yield Candidate(file, owner, None, error)


def answers_in(notebook: Notebook, blanks: dict[str, set[str]]) -> tuple[int, int]:
    """How many answers a student wrote, and how many names of answers there are."""
    cells = defaultdict(list)
    for source in notebook.cells:
        for name in names_defined(source) & blanks.keys():
            cells[name].append(squeezed(source))
    written = [name for name in cells if set(cells[name]) - blanks[name]]
    return len(written), len(cells)


def squeezed(source: str) -> str:
    """Code without what does not count: comments and spaces."""
    return COMMENTS.sub("", source)


# ---------------------------------------------------------------- the choice


def choose(
    student: str,
    theirs: list[Candidate],
    asked: int,
    alike: Collection[str],
    chosen: Mapping[str, str],
) -> Submission:
    """The file of a student that counts, why, and what is doubtful about that."""
    theirs = sorted(theirs, key=Candidate.handed_in)
    state = state_of(student, *(each.digest for each in theirs))
    graded, why, rivals = preferred(theirs)
    decided = [each for each in theirs if each.path == chosen.get(state)]
    if decided:
        graded, why = decided[0], {"kind": "why.chosen"}
    doubts = []
    if graded.owner.doubt:
        doubts.append({"kind": f"doubts.{graded.owner.doubt}"})
    if alike:
        doubts.append({"kind": "doubts.named", "students": ", ".join(sorted(alike))})
    if len({tuple(each.notebook.cells) for each in rivals}) > 1:
        doubts.append({"kind": "doubts.several", "files": listed(rivals)})
    if graded.notebook:
        if asked and not graded.names:
            doubts.append({"kind": "doubts.nothing"})
        if lost := [each for each in theirs if seems_lost(each)]:
            doubts.append({"kind": "doubts.unread", "files": listed(lost)})
    return Submission(
        student,
        graded,
        why,
        tuple(each.path for each in theirs if each is not graded),
        tuple(with_state(doubt, state) for doubt in doubts),
    )


def preferred(theirs: list[Candidate]) -> tuple[Candidate, dict, list[Candidate]]:
    """The candidate that counts, why, and those that might as well."""
    notebooks = [each for each in theirs if each.notebook]
    if not notebooks:
        kind = "only" if len(theirs) == 1 else "none"
        return theirs[-1], {"kind": f"why.{kind}"}, []
    most = max(each.answers for each in notebooks)
    if not most:
        most_names = max(each.names for each in notebooks)
        graded = [each for each in notebooks if each.names == most_names][-1]
        kind = "scratch" if len(notebooks) > 1 else "notebook"
        kind = "only" if len(theirs) == 1 else kind
        return graded, {"kind": f"why.{kind}"}, []
    rivals = [each for each in notebooks if 2 * each.answers >= most]
    graded = rivals[-1]
    if len(theirs) == 1:
        kind = "only"
    elif len(rivals) > 1:
        kind = "latest"
    else:
        kind = "notebook" if len(notebooks) == 1 else "answers"
    return graded, {"kind": f"why.{kind}", "answers": graded.answers}, rivals


def seems_lost(candidate: Candidate) -> bool:
    """Whether a file that cannot be read may have been meant as the notebook."""
    problem = candidate.problem
    if not isinstance(problem, Unreadable):
        return problem is not None
    kind = problem.note["kind"].removeprefix("unreadable.")
    return kind not in BESIDE or ".ipynb" in candidate.file.name.lower()


def listed(theirs: list[Candidate]) -> str:
    return ", ".join(each.path for each in theirs)


def state_of(*what: str) -> str:
    """A short hash of what a decision is about: if that changes, it is asked anew."""
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:12]


def with_state(doubt: dict, state: str) -> dict:
    """A doubt with what it is about: files of a student, and its own words."""
    return doubt | {"state": f"{state}/{state_of(json.dumps(doubt))}"}
