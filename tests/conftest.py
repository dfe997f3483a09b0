"""What tests share: the data set (or its stand-in) and the built site."""

import signal
from dataclasses import replace

import pytest

from layer_by_layer.assign import questions
from layer_by_layer.course import Course, CourseError
from layer_by_layer.run import data
from layer_by_layer.site import browser, build
from layer_by_layer.source.page import chapter_names

try:
    COURSE = Course.load()
    CHAPTERS = chapter_names(COURSE)
    KERAS_HOME, NO_REAL_DATA = data.prepare_for_tests()
except CourseError as error:
    pytest.exit(f"error: {error}", returncode=1)

# Shells let what they start in the background ignore Ctrl-C, also the commands that
# tests start; some tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser) -> None:
    text = "run notebooks again from every cell, not only from the middle: takes hours"
    parser.addoption("--every-cell", action="store_true", help=text)


def data_notice() -> str:
    if NO_REAL_DATA:
        return f"{data.STAND_IN_NOTICE} Reason: {NO_REAL_DATA}"
    return f"data: the real Fashion-MNIST, intact, in {KERAS_HOME}"


def pytest_report_header() -> str:
    return data_notice()


def pytest_terminal_summary(terminalreporter) -> None:
    terminalreporter.write_line(data_notice())


real_data = pytest.mark.skipif(
    bool(NO_REAL_DATA), reason=f"needs the real Fashion-MNIST: {NO_REAL_DATA}"
)


@pytest.fixture(scope="session", name="site")
def built_site():
    """The folder of the whole site, built from the present sources."""
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
