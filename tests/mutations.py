"""Plant faults one by one, and list which tests catch each: checks of the checks.

    python -m tests.mutations [--only WORDS] [--from WORDS]

It works in a copy of the project, in `_build/mutations`, where the site of the last
run makes the next one faster. Each line of the printed table is one fault. At the end,
the tests that caught something run once more without any fault: they must pass, or
they would have proved nothing. The faults are in `tests/faults.yml`.
"""

import argparse
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from layer_by_layer.command import run_tool
from layer_by_layer.course import BUILD, ROOT, Course, CourseError, read_yaml
from layer_by_layer.site import build

FAULTS = ROOT / "tests" / "faults.yml"
COPY = BUILD / "mutations"
KEPT = {".venv", "_build"}  # of the copy, from one run to the next
REPORT, LOG = COPY / "_build" / "report.xml", COPY / "_build" / "pytest.log"
SLOW = ("jupytext", "nbmake.pytest_items", "playwright.sync_api")  # to load
ENOUGH = 6  # failed tests, after which a fault counts as caught
STOPPED = re.compile(r"Exit: (error: .*)")  # by tests/conftest.py


@dataclass(frozen=True, eq=False)
class Fault:
    """What is done to some files, and the tests of which one should notice.

    `change` says what to write for which text, everywhere in these files; for the empty
    text, what to write at the end of a file, which may be new. A fault in a page of the
    site is planted when the site is built. `why` says, if no test can notice, why not.
    """

    name: str
    files: list[str]
    change: dict[str, str]
    tests: str  # as pytest takes them
    why: str = ""

    @property
    def is_in_site(self) -> bool:
        return self.files[0].startswith("_build/site/")

    def planted(self, file: str, text: str) -> str:
        """The text of a file with the fault; raises CourseError if it cannot be."""
        for old, new in self.change.items():
            if old not in text:
                raise CourseError(
                    f"the fault {self.name!r} is out of date, because {file} does not "
                    f"have {old!r}: bring it up to date in tests/faults.yml."
                )
            text = text.replace(old, new) if old else text + new
        return text


def pytest_configure() -> None:
    """As a plugin of pytest: test the site as it is, and do not build it anew."""
    build.build = lambda course: course.site


def main(course: Course, arguments: list[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m tests.mutations")
    options.add_argument("--only", metavar="WORDS", help="faults named like this")
    options.add_argument("--from", dest="first", metavar="WORDS", help="go on there")
    wanted = options.parse_args(arguments)
    faults = chosen(wanted.only, wanted.first)
    make_copy()
    for library in SLOW:
        importlib.import_module(library)
    print("| | fault | caught by | s |\n|--:|---|---|--:|", flush=True)
    caught, site_is_good = {}, False
    for number, fault in enumerate(faults, start=1):
        if fault.is_in_site and not site_is_good:
            build_site()
        site_is_good = fault.is_in_site
        start = time.monotonic()
        caught[fault] = with_fault(fault)
        seconds = time.monotonic() - start
        by = ", ".join(unique(map(function, caught[fault]))) or "**not caught**"
        print(f"| {number} | {fault.name} | {by} | {seconds:.0f} |", flush=True)
    judge(caught, without_fault(caught))


def every_fault() -> list[Fault]:
    return [Fault(**fault) for fault in read_yaml(FAULTS)["faults"]]


def chosen(only: str | None, first: str | None) -> list[Fault]:
    """Those named with the words `only`, from the one named with the words `first`."""
    faults = every_fault()
    names = [fault.name for fault in faults]
    place = next((n for n, name in enumerate(names) if first and first in name), 0)
    found = [fault for fault in faults[place:] if (only or "") in fault.name]
    if not found:
        raise CourseError(f"no fault of tests/faults.yml has {only!r} in its name.")
    return found


def make_copy() -> None:
    """Copy all that git would commit. Tests ask git for files, so the copy is a clone
    of its own."""
    COPY.mkdir(parents=True, exist_ok=True)
    for path in COPY.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in KEPT:
                shutil.rmtree(path)
        elif path.name not in KEPT:
            path.unlink()
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=ROOT)
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)
    if not (COPY / ".venv").exists():
        (COPY / ".venv").symlink_to(Path(sys.executable).parent.parent)
    REPORT.parent.mkdir(exist_ok=True)
    git("init", "--quiet")
    (COPY / ".git" / "info" / "exclude").write_text("/.venv\n")
    git("add", "--all")
    author = ("-c", "user.name=mutations", "-c", "user.email=none@localhost")
    git(*author, "commit", "--quiet", "--message", "as it is")


def git(*arguments: str, at: Path = COPY) -> str:
    command = ["git", *arguments]
    return subprocess.check_output(command, cwd=at, text=True, encoding="utf-8")


def with_fault(fault: Fault) -> list[str]:
    """Plant a fault, return which of its tests fail, and take it out again."""
    before = {file: read(COPY / file) for file in fault.files}
    try:
        for file, text in before.items():
            write(file, fault.planted(file, text))
        plugin = ["-p", "tests.mutations"] if fault.is_in_site else []
        return failing([*plugin, *shlex.split(fault.tests)])
    finally:
        for file, text in before.items():
            write(file, text)


def read(path: Path) -> str:
    """The text of a file; of one that is not there, the empty text."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(file: str, text: str) -> None:
    """Let a file of the copy have this text; without text, let it not be there."""
    path = COPY / file
    if text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def build_site() -> None:
    """Build the site of the copy; faults in its pages are planted afterwards."""
    build = [sys.executable, "-m", "layer_by_layer", "book"]
    subprocess.check_call(build, cwd=COPY, stdout=subprocess.DEVNULL)


def run_pytest(arguments: list[str]) -> tuple[int, str]:
    """Run pytest in the copy; return its exit code and what it printed.

    It runs in a fork of this process, where slow libraries are loaded already. Modules
    of the project are loaded there anew, from the copy.
    """
    if not (child := os.fork()):
        with LOG.open("wb") as log:
            os.dup2(log.fileno(), sys.__stdout__.fileno())
            os.dup2(log.fileno(), sys.__stderr__.fileno())
        os.chdir(COPY)
        sys.path[0] = str(COPY)
        sys.dont_write_bytecode = True
        for name in list(sys.modules):
            if name.partition(".")[0] in ("tests", "layer_by_layer"):
                del sys.modules[name]
        code = pytest.main(arguments)
        sys.stdout.flush()
        os._exit(code)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), LOG.read_text(encoding="utf-8")


def failing(tests: list[str]) -> list[str]:
    """Run tests in the copy; return the ids of those that fail."""
    REPORT.unlink(missing_ok=True)
    options = (
        "-q",
        "--full",
        "-p",
        "no:cacheprovider",
        "--tb=line",
        f"--maxfail={ENOUGH}",
    )
    code, said = run_pytest(
        [*options, f"--maxfail={ENOUGH}", f"--junitxml={REPORT}", *tests]
    )
    cases = ElementTree.parse(REPORT).iter("testcase") if REPORT.exists() else ()
    failed = [name_of(case) for case in cases
              if {part.tag for part in case} & {"failure", "error"}]  # fmt: skip
    if stopped := STOPPED.search(said):
        return [f"stops: {stopped[1]}"]
    if code > 2 or (code and not failed):
        raise CourseError(f"pytest could not run {tests}:\n{said[-2000:]}")
    return failed


def name_of(case: ElementTree.Element) -> str:
    """A test's id, as pytest takes it."""
    module, test = case.get("classname") or case.get("name"), case.get("name")
    return f"{module.replace('.', '/')}.py::{test}"


def function(test: str) -> str:
    """A test's id without folder and parameters."""
    name = re.sub(r"^tests/|\[.*$", "", test, flags=re.DOTALL)
    return name.replace(".py::test_", " ")


def unique(items: Iterable[str]) -> list[str]:
    """The same without repetitions, in the same order."""
    return list(dict.fromkeys(items))


def without_fault(caught: dict[Fault, list[str]]) -> set[str]:
    """Those of the tests that fail without any fault, too; there should be none."""
    tests = unique(each for by in caught.values() for each in first_of_each(by))
    tests = [test for test in tests if not test.startswith("stops: ")]
    return set(failing(tests)) if tests else set()


def first_of_each(tests: list[str]) -> list[str]:
    """Of a test that failed with several parameters, the first."""
    return list({function(test): test for test in reversed(tests)}.values())


def judge(caught: dict[Fault, list[str]], broken: set[str]) -> None:
    """Say what was not as expected; raises CourseError if anything was."""
    missed = [f.name for f, by in caught.items() if not set(by) - broken and not f.why]
    known = {f.name: f.why for f, by in caught.items() if not by and f.why}
    obsolete = [f.name for f, by in caught.items() if by and f.why]
    print(f"\n{len(caught) - len(missed) - len(known)} of {len(caught)} faults caught.")
    for name, why in known.items():
        print(f"Cannot be caught: {name}: {why}")
    problems = {
        "not caught": missed,
        "caught, though it is said that they cannot be": obsolete,
        "tests that fail without a fault": sorted(broken),
    }
    wrong = [f"{what}: {'; '.join(which)}" for what, which in problems.items() if which]
    if wrong:
        raise CourseError("\n".join(wrong))


if __name__ == "__main__":
    run_tool(main)
