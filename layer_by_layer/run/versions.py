"""Run chapters on other versions of the libraries, or on other engines, and compare.

Places are listed in `PLACES`. Each has a virtual environment in `_build/versions`, or
is this one with other variables. It is kept, and so are results that belong to the
present code.
"""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from layer_by_layer.command import parser
from layer_by_layer.course import BUILD, ROOT, Course, CourseError
from layer_by_layer.run.compare import Row, accuracies, compare, table
from layer_by_layer.run.store import runs, stored, trained_models
from layer_by_layer.source.page import named, read_page

FOLDER = BUILD / "versions"
# Tests of what versions may change; the others need a browser or run chapters as well.
TESTS = (
    *("content/test_reference", "project/test_start", "run/test_data"),
    *("run/test_outputs", "site/test_links", "site/test_scoreboard"),
    "source/test_source",
)


@dataclass(frozen=True)
class Place:
    """Where chapters run."""

    environment: str | None  # None: the one that runs this
    python: str | None = None  # such as 3.13; None: the one that runs this
    install: tuple[str, ...] = ()  # arguments of `uv pip install`
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return FOLDER / self.environment

    @property
    def interpreter(self) -> Path:
        if self.environment is None:
            return Path(sys.executable)
        return self.folder / "bin" / "python"


RANGES = ("-r", "requirements.txt")
VERSIONS = {
    "colab": Place("colab", "3.13", (*RANGES, "-c", "versions/colab.txt")),
    "lowest": Place("lowest", "3.11", (*RANGES, "--resolution", "lowest-direct")),
    "newest": Place("newest", "3.13", RANGES),
}
LOCKED = ("-r", "requirements.lock", "-r", "versions/engines.txt")
ENGINES = {
    engine: Place("engines", None, LOCKED, {"KERAS_BACKEND": engine})
    for engine in ("tensorflow", "jax", "torch")
}
# Other processors and numbers of cores add up in another order, and training makes a
# difference in the last digit larger. These variables let oneDNN (TensorFlow), OpenBLAS
# (NumPy, scikit-learn) and NumPy itself compute as on older processors.
MACHINES = {
    "default": Place(None),
    "avx": Place(None, variables={
        "ONEDNN_MAX_CPU_ISA": "AVX",
        "OPENBLAS_CORETYPE": "Sandybridge",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    }),
    "sse41": Place(None, variables={
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    }),
    "one-thread": Place(None, variables={
        "TF_NUM_INTRAOP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }),
}  # fmt: skip
PLACES = VERSIONS | ENGINES | MACHINES


def uv(*arguments: str | Path) -> bool:
    command = [sys.executable, "-m", "uv", *arguments]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def install(place: Place, force: bool = False) -> None:
    """Make the environment of a place, unless it is there and complete.

    Its stamp is written last, so that an interrupted installation does not count.
    """
    if place.environment is None:
        return
    files = [ROOT / word for word in place.install if (ROOT / word).is_file()]
    wanted = [*place.install, *(file.read_text(encoding="utf-8") for file in files)]
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    stamp = place.folder / "installed"
    if not force and stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing {place.environment} (some minutes)", flush=True)
    new = ("venv", "--quiet", "--clear", place.folder, "--python")
    if not (place.python and uv(*new, place.python)):
        uv(*new, sys.executable)
    target = ("--quiet", "--python", place.interpreter)
    if not uv("pip", "install", *target, *place.install):
        raise CourseError(
            f"{place.environment} could not be installed (see above): check the "
            "connection and the free space, then run it again."
        )
    stamp.write_text(digest)


def result_path(place: str, chapter: str) -> Path:
    return FOLDER / "results" / place / f"{chapter}.ipynb"


def result(course: Course, place: str, chapter: str) -> NotebookNode | None:
    """The last run of a chapter in a place, if it belongs to the present code."""
    path = result_path(place, chapter)
    if not path.exists():
        return None
    now = nbformat.read(path, as_version=4)
    both = (each.metadata["layer_by_layer"] for each in (now, stored(course, chapter)))
    return now if len({each["code_sha256"] for each in both}) == 1 else None


def succeeded(run: NotebookNode | None) -> bool:
    """Whether there is a run, and it went through to the end."""
    return run is not None and not run.metadata["trial"]["failure"]


def run(course: Course, name: str, chapters: list[str], force: bool) -> None:
    """Run chapters in a place; a chapter that fails does not stop the others."""
    place = PLACES[name]
    install(place, force)
    for chapter in chapters:
        if succeeded(result(course, name, chapter)) and not force:
            print(f"{name}  {chapter}  code unchanged, result kept", flush=True)
            continue
        print(f"{name}  {chapter}", flush=True)
        path = result_path(name, chapter)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        subprocess.run(
            [place.interpreter, "-m", "layer_by_layer.run.trial", chapter, path],
            cwd=ROOT,
            env={**os.environ, **place.variables},
        )


def run_tests(name: str) -> Row:
    """Run `TESTS` with the versions of a place."""
    files = [f"tests/{each}.py" for each in TESTS]
    command = [PLACES[name].interpreter, "-m", "pytest", "-q", *files]
    failed = subprocess.run(command, cwd=ROOT).returncode
    return Row("tests", name, "FAILED: see above" if failed else "passed")


def uses_keras(course: Course, chapter: str) -> bool:
    code = read_page(course, chapter).code()
    return any("keras.Sequential" in cell.source for cell in code)


def rows_of(course: Course, chapter: str, places: list[str]) -> list[Row]:
    """A chapter as it is stored, and then in each place."""
    models = trained_models(course)[chapter]["models"]
    best = max(accuracies(models), default=None)
    rows = [Row(chapter, "stored", "", runs(course)[chapter]["seconds"], best)]
    for place in places:
        if now := result(course, place, chapter):
            before = stored(course, chapter)
            rows.append(compare(chapter, place, before, models, now))
        elif place not in ENGINES or uses_keras(course, chapter):
            rows.append(Row(chapter, place, "NOT RUN"))
    return rows


def versions_in(course: Course, place: str, chapters: list[str]) -> str:
    """The versions that a place really has."""
    found = [now for each in chapters if (now := result(course, place, each))]
    versions = found[0].metadata["trial"]["versions"] if found else {}
    return f"{place}: {', '.join(' '.join(each) for each in versions.items())}"


def main(course: Course, arguments: list[str]) -> None:
    known = parser("versions", __doc__)
    known.add_argument("places", nargs="+", metavar="PLACE", choices=PLACES)
    known.add_argument("--chapters", nargs="*", metavar="CHAPTER", default=[])
    known.add_argument("--force", action="store_true")
    options = known.parse_args(arguments)
    chapters = named(course, options.chapters)
    tests: list[Row] = []
    for place in options.places:
        of_place = [
            each
            for each in chapters
            if place not in ENGINES or uses_keras(course, each)
        ]
        try:
            run(course, place, of_place, options.force)
            if place in VERSIONS and not options.chapters:
                tests.append(run_tests(place))
        except CourseError as error:
            print(f"error: {error}", file=sys.stderr)
    rows = [row for each in chapters for row in rows_of(course, each, options.places)]
    found = [versions_in(course, place, chapters) for place in options.places]
    print("", *found, sep="\n")
    print("", table(rows + tests), sep="\n")
    good = ("", "passed")
    sys.exit(any(row.result not in good for row in rows + tests))
