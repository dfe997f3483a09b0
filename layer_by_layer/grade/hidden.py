"""Inputs that students do not know: `make hidden HIDDEN=folder` makes a first set.

A folder outside of this repository holds a module per assignment, `04.py`:

    SEED = 12345678                  # secret; another one gives other inputs

    def count_parameters(rng):       # named like the answer that it is for
        return [([784, int(rng.integers(2, 300)), 10],) for _ in range(5)]

Each function takes a `numpy.random.Generator` and returns a list of inputs, each a
tuple of arguments. What a right answer returns for them is found out with the
assignment's own solution. These modules are the instructor's: they are trusted.
"""

import hashlib
import os
import re
import runpy
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from layer_by_layer.assign.questions import Assignment
from layer_by_layer.command import parser
from layer_by_layer.course import ROOT, Course, CourseError, short
from layer_by_layer.grade.worker import decode, encode

STARTER = Path(__file__).parent / "starter"
SEED = re.compile(r"^SEED = \d+.*$", re.M)
NEW_FOLDER = "choose one with HIDDEN=folder; 'make hidden HIDDEN=folder' makes it"


@dataclass(frozen=True)
class Hidden:
    """The hidden inputs of one assignment."""

    seed: int
    inputs: dict[str, list]  # by question: coded tuples of arguments
    checksum: str


def read_hidden(folder: Path | None, assignment: Assignment) -> Hidden:
    """Run `folder/NN.py` and make its inputs.

    Raises CourseError if a function of the assignment has none, or a faulty one.
    """
    if folder is None:
        raise CourseError(f"no folder with hidden inputs is given: {NEW_FOLDER}.")
    path = folder / f"{short(assignment.name)}.py"
    try:
        source = path.read_bytes()
        module = runpy.run_path(str(path))
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist: {NEW_FOLDER}.") from None
    except Exception as error:
        raise CourseError(
            f"{path} cannot be run ({type(error).__name__}: {error}): correct it."
        ) from None
    seed = module.get("SEED")
    if not isinstance(seed, int) or seed < 1:
        raise CourseError(
            f"{path} has no SEED: write a secret whole number, such as "
            f"'SEED = {secrets.randbits(32)}'."
        )
    inputs = {}
    for question in assignment.questions:
        if question.kind == "function":
            make = module.get(question.answer)
            rng = np.random.default_rng([seed, zlib.crc32(question.id.encode())])
            inputs[question.id] = coded(make, rng, f"{path}: {question.answer}")
    return Hidden(seed, inputs, hashlib.sha256(source).hexdigest())


def coded(make: Callable | None, rng: np.random.Generator, where: str) -> list:
    """The inputs that a function makes, coded for the worker."""
    if not callable(make):
        raise CourseError(
            f"{where} is missing: write 'def {where.split()[-1]}(rng)', which returns "
            "a list of inputs, each a tuple of arguments."
        )
    try:
        made = make(rng)
    except Exception as error:
        problem = f"fails ({type(error).__name__}: {error}): correct it"
        raise CourseError(f"{where} {problem}.") from None
    if not isinstance(made, list) or not made:
        raise CourseError(f"{where} returns no list of inputs: correct it.")
    for number, arguments in enumerate(made, start=1):
        if not isinstance(arguments, tuple):
            raise CourseError(
                f"{where}: input {number} is no tuple of arguments: write (x,) for one."
            )
        try:
            decode(encode(arguments))
        except ValueError:
            raise CourseError(
                f"{where}: input {number} is not made of numbers, texts, lists, "
                "tuples, dicts and NumPy arrays: correct it."
            ) from None
    return [encode(arguments) for arguments in made]


def main(course: Course, arguments: list[str]) -> None:
    """Put modules with new secrets where there are none yet."""
    known = parser("hidden", __doc__)
    known.add_argument("folder", nargs="?", help="where they go; it is kept private")
    given = known.parse_args(arguments).folder
    if not given:
        raise CourseError("HIDDEN is not set: write 'make hidden HIDDEN=folder'.")
    folder = Path(given).expanduser().resolve()
    if folder.is_relative_to(ROOT):
        raise CourseError(
            f"{folder} is in this repository, where it could be published: "
            "choose a folder outside of it, such as HIDDEN=~/hidden."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for starter in sorted(STARTER.glob("[0-9]*.py")):
        target = folder / starter.name
        if target.exists():
            print(f"kept {target}")
            continue
        source = starter.read_text(encoding="utf-8")
        secret = f"SEED = {secrets.randbits(64) | 1}"
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(SEED.sub(secret, source, count=1))
        print(f"wrote {target}")
    print("Keep this folder private. The same SEED gives the same inputs again.")
