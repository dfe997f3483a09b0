"""What tests share: the data set (or its stand-in), the built site, and two tiers.

`make test` leaves out what is marked `full`, except for a sample, and says so;
`make test FULL=1` runs everything.
"""

import os
import signal
from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest
from filelock import FileLock

from layer_by_layer.assign import questions
from layer_by_layer.course import Course, CourseError
from layer_by_layer.run import data, versions
from layer_by_layer.site import browser, build
from layer_by_layer.source.page import chapter_names

try:
    COURSE = Course.load()
    CHAPTERS = chapter_names(COURSE)
    KERAS_HOME, NO_REAL_DATA = data.prepare_for_tests()
except CourseError as error:
    pytest.exit(f"error: {error}", returncode=1)

COURSE.build.mkdir(exist_ok=True)

# Shells let what they start in the background ignore Ctrl-C, also the commands that
# tests start; some tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests run beside each other, one process per core: threads would wait for each other.
os.environ |= versions.MACHINES["one-thread"].variables

LONGEST = {"test_execution", "test_run_again", "test_sweep"}
left_out = Counter()  # tests of the second tier, by function


def pytest_addoption(parser) -> None:
    parser.addoption("--full", action="store_true", help="run both tiers of tests")
    text = "run notebooks again from every cell, not only from the middle: takes hours"
    parser.addoption("--every-cell", action="store_true", help=text)


def pytest_collection_modifyitems(config, items) -> None:
    """Leave out the second tier; begin with what takes longest."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    if not config.getoption("full"):
        out = [item for item in items if is_left_out(item)]
        left_out.update(f"{item.location[0]}::{item.function.__name__}" for item in out)
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = dict(left_out)


def is_left_out(item) -> bool:
    """Whether a test is marked `full`, and not one of the sample."""
    if not (full := item.get_closest_marker("full")):
        return False
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return not any(value in full.kwargs.get("sample", ()) for value in parameters)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Each process of pytest-xdist leaves out the same."""
    told = getattr(node, "workeroutput", {}).get("left_out", {})
    left_out.update(Counter(told) - left_out)


def data_notice() -> str:
    if NO_REAL_DATA:
        return f"{data.STAND_IN_NOTICE} Reason: {NO_REAL_DATA}"
    return f"data: the real Fashion-MNIST, intact, in {KERAS_HOME}"


def pytest_report_header() -> str:
    return data_notice()


def pytest_terminal_summary(terminalreporter) -> None:
    seconds = Counter()
    for report in chain(*terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            seconds[report.location[0]] += report.duration
    terminalreporter.section("seconds by file")
    for file, took in seconds.most_common():
        terminalreporter.write_line(f"{took:6.0f} {file}")
    if left_out:
        terminalreporter.section("left out; all: make test FULL=1")
        for test, number in sorted(left_out.items()):
            terminalreporter.write_line(f"{number:6} {test}")
    terminalreporter.write_line(data_notice())


# Held by who changes the site that all processes look at.
SITE_LOCK = FileLock(COURSE.build / "tests.lock")
real_data = pytest.mark.skipif(
    bool(NO_REAL_DATA), reason=f"needs the real Fashion-MNIST: {NO_REAL_DATA}"
)


@pytest.fixture(scope="session", name="site")
def built_site():
    """The folder of the whole site, built once from the present sources."""
    with SITE_LOCK:
        return build.build(COURSE)


@pytest.fixture(scope="module", name="browser")
def running_browser():
    program = browser.find_browser()
    if program is None:
        pytest.skip(f"no browser: install one of {', '.join(browser.PROGRAMS)}")
    with browser.running_browser(program) as running:
        yield running


@pytest.fixture(scope="module", name="address")
def address_of_site(site):
    """The site served under a sub-path, as GitHub Pages does."""
    with browser.served(site) as address:
        yield address


@pytest.fixture(name="written")
def assignment_from_its_text(tmp_path):
    """Read an assignment from its text."""
    folder = tmp_path / "assignments"
    folder.mkdir()

    def read(text: str, name: str = "04-hidden-layers"):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        return questions.read_assignment(replace(COURSE, root=tmp_path), name)

    return read
