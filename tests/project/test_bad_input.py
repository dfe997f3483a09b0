"""Whatever is wrong ends in one clear sentence, and nothing good is lost.

Each test works on a small copy of the project: real tools, one chapter without Keras.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from layer_by_layer.course import ROOT, Course, CourseError

TOC = """\
format: jb-book
root: index
parts:
  - caption: 과정 · Course
    chapters:
      - file: 01-small
"""
INDEX = """\
+++ {"lang": "ko"}

# 처음

+++ {"lang": "en"}

# Start
"""
CHAPTER = """\
+++ {"lang": "ko"}

# 작은 장

+++ {"lang": "en"}

# Small chapter

```{code-cell} ipython3
answer = 6 * 7
```

```{code-cell} ipython3
answer
```
"""
PACKAGE = ROOT / "layer_by_layer"
NOTEBOOKS = ("notebooks/ko/01-small.ipynb", "notebooks/en/01-small.ipynb")
SITE, EXECUTE = "book", "notebooks"


class Project:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / name

    def change(self, name: str, old: str, new: str) -> None:
        path = self.path(name)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def contents(self, folder: str) -> dict:
        """Every file of a folder, so that leftovers are noticed, too."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.path(folder).rglob("*"))
            if path.is_file()
        }

    def start(self, command: str, *arguments: str, **options) -> subprocess.Popen:
        environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "layer_by_layer", command, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def run(self, command: str, *arguments: str, **options) -> tuple[int, str, str]:
        process = self.start(command, *arguments, **options)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def refuses(self, command: str, *words: str, arguments=(), **options) -> str:
        """Run a command that must fail with one sentence that has these words."""
        code, output, errors = self.run(command, *arguments, **options)
        assert code not in (0, -signal.SIGKILL), output
        assert "Traceback" not in output + errors
        message = errors.strip().splitlines()[0]
        assert message.startswith("error: ")
        for word in words:
            assert word in message
        return message


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """The small project, its chapter executed."""
    folder = tmp_path_factory.mktemp("template")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=ignored)
    for name in ("_root", "_slides", "_static", "_templates"):
        shutil.copytree(ROOT / "book" / name, folder / "book" / name)
    (folder / "assignments").mkdir()
    shutil.copy(ROOT / "assignments" / "_handout.css", folder / "assignments")
    shutil.copy(ROOT / "_config.yml", folder)
    (folder / "_toc.yml").write_text(TOC, encoding="utf-8")
    (folder / "book" / "index.md").write_text(INDEX, encoding="utf-8")
    (folder / "book" / "01-small.md").write_text(CHAPTER, encoding="utf-8")
    with (folder / PACKAGE.name / "run" / "data.py").open("a") as file:
        file.write(
            "\n\ndef prepare():  # this chapter needs no data\n    return STAND_IN"
        )
    code, output, errors = Project(folder).run(EXECUTE)
    assert code == 0, output + errors
    return folder


@pytest.fixture
def project(template, tmp_path) -> Project:
    return Project(shutil.copytree(template, tmp_path / "project"))


both = pytest.mark.parametrize("command", [SITE, EXECUTE])


def test_small_project_is_in_order(project):
    """Else everything below would prove nothing."""
    before = project.contents("notebooks")
    assert [name for name in before if name.endswith(".ipynb")] == sorted(NOTEBOOKS)
    code, output, _ = project.run(EXECUTE)
    assert (code, output) == (0, "01-small  code unchanged, outputs kept\n")
    assert project.contents("notebooks") == before


BAD_SETTINGS = [
    ("_toc.yml", "01-small", "02-gone", "lists '02-gone', but book/02-gone.md"),
    ("_toc.yml", "- file: 01-small", "[]", "book/01-small.md is not in _toc.yml"),
    ("_toc.yml", "parts:", "parts: [", "_toc.yml:4 is not valid YAML ("),
    ("_toc.yml", "root: index", "", "_toc.yml is not made of root, parts"),
    ("_toc.yml", "- file: 01-small", "- 01-small", "_toc.yml is not made of root"),
    ("_toc.yml", TOC, "", "_toc.yml holds no settings: restore it"),
    ("_config.yml", "\nrepository:", "\nrepository: ]", "is not valid YAML ("),
    ("_config.yml", "https://github.com/", "", "write 'url: https://github.com/OWNER/NAME'"),
    ("_config.yml", "repository:", "repo:", "write 'url: https://github.com/OWNER/NAME'"),
    ("_config.yml", "branch:", "ranch:", "and 'branch: main'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words"), BAD_SETTINGS)
def test_settings_that_do_not_fit(project, file, old, new, words):
    project.change(file, old, new)
    with pytest.raises(CourseError) as error:
        Course.load(project.folder)
    message = str(error.value)
    assert words in message
    assert file in message
    assert "\n" not in message


@both
@pytest.mark.parametrize("file", ["_toc.yml", "_config.yml"])
def test_settings_that_are_missing(project, command, file):
    project.path(file).unlink()
    project.refuses(command, f"{file} is missing: restore it with git.")


def test_settings_in_one_language(project):
    project.change("_config.yml", " · ", ", ")
    project.refuses(SITE, "in _config.yml", "is not in all languages")


@both
def test_fault_in_a_page_stops_everything(project, command):
    project.change("book/01-small.md", "# Small", "# 작은")
    project.refuses(command, "book/01-small.md:7: Korean text in an English cell")


def test_unknown_chapter(project):
    project.refuses(EXECUTE, "no chapter 07: choose from 01", arguments=["07"])


def test_failing_cell_leaves_notebooks_alone(project):
    before = project.contents("notebooks")
    project.change("book/01-small.md", "\nanswer\n", "\nanswer / 0\n")
    project.refuses(
        EXECUTE, "book/01-small.md: code cell 2 failed (ZeroDivisionError", "correct it"
    )
    assert project.contents("notebooks") == before


def test_kernel_that_dies_leaves_notebooks_alone(project):
    before = project.contents("notebooks")
    project.change("book/01-small.md", "\nanswer\n", "\nimport os\nos._exit(1)\n")
    project.refuses(EXECUTE, "book/01-small.md: Python died in code cell 2")
    assert project.contents("notebooks") == before


def test_cell_that_takes_too_long(project):
    before = project.contents("notebooks")
    module = "layer_by_layer/run/execute.py"
    project.change(module, "CELL_TIMEOUT = 600", "CELL_TIMEOUT = 1")
    project.change("book/01-small.md", "\nanswer\n", "\nimport time\ntime.sleep(60)\n")
    project.refuses(EXECUTE, "book/01-small.md: code cell 2 ran longer than 1 s")
    assert project.contents("notebooks") == before


def interrupt(process: subprocess.Popen, ready) -> str:
    """Press Ctrl-C as soon as ready() is true; return what the command says."""
    deadline = time.monotonic() + 60
    while not ready():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert "Traceback" not in errors
    return errors.strip()


def test_interrupted_execution_leaves_notebooks_alone(project):
    before = project.contents("notebooks")
    started = project.path("started")
    project.change(
        "book/01-small.md",
        "answer = 6 * 7",
        f"import time\nopen({str(started)!r}, 'w')\ntime.sleep(60)",
    )
    said = interrupt(project.start(EXECUTE), ready=started.exists)
    assert said.startswith("interrupted: nothing was half written")
    assert project.contents("notebooks") == before


PREVIOUS = {"_build/site/index.html": b"the previous site"}


@pytest.fixture
def built(project):
    """The project with a site that was built before."""
    for name, content in PREVIOUS.items():
        project.path(name).parent.mkdir(parents=True)
        project.path(name).write_bytes(content)
    return project


def test_interrupted_build_leaves_the_site_alone(built):
    log = built.path("_build/jupyter-book-ko.log")
    said = interrupt(built.start(SITE), ready=log.exists)
    assert said.startswith("interrupted: nothing was half written")
    assert built.contents("_build/site") == PREVIOUS


@pytest.mark.parametrize(
    ("text", "fault"),
    [("[lost](#nowhere)", "nowhere"), (r"$\nosuchmacro{x}$", "unknown LaTeX")],
)
def test_failed_build_leaves_the_site_alone(built, text, fault):
    built.change("book/index.md", "# Start", f"# Start\n\n{text}")
    built.refuses(SITE, "Jupyter Book failed for en: correct what is listed above")
    assert fault in built.path("_build/jupyter-book-en.log").read_text("utf-8")
    assert built.contents("_build/site") == PREVIOUS


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_chapter_that_was_never_executed(project, lang):
    project.path(f"notebooks/{lang}/01-small.ipynb").unlink()
    project.refuses(SITE, "book/01-small.md", "never executed", "make notebooks CH=01")


def test_chapter_that_changed_since_execution(project):
    project.change("book/01-small.md", "6 * 7", "7 * 6")
    project.refuses(SITE, "book/01-small.md: its code changed", "make notebooks CH=01")


@both
def test_broken_notebook(project, command):
    for name in NOTEBOOKS:
        project.path(name).write_text("<<<<<<< HEAD")
    project.refuses(command, "01-small.ipynb is not a notebook", "make notebooks CH=01")


def no_space() -> None:
    """Let every write to a file fail, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_full_disk(project):
    before = project.contents("notebooks")
    project.change("book/01-small.md", "# Small chapter", "# A small chapter")
    project.refuses(EXECUTE, "cannot be written", "free", preexec_fn=no_space)
    assert project.contents("notebooks") == before
    project.refuses(SITE, "cannot be written", "free some space", preexec_fn=no_space)


def test_no_notebook_is_written_without_the_other(project):
    before = project.contents("notebooks")
    project.change("book/01-small.md", "작은", "짧은")
    project.change("book/01-small.md", "Small", "Short")
    project.path("notebooks/en/.01-small.ipynb.new").mkdir()  # in the way of one
    project.refuses(EXECUTE, "cannot be written")
    assert project.contents("notebooks") == before


@pytest.mark.parametrize(
    ("command", "folder"), [(SITE, "_build"), (EXECUTE, "notebooks/ko")]
)
def test_file_in_the_way_of_a_folder(project, command, folder):
    shutil.rmtree(project.path(folder), ignore_errors=True)
    project.path(folder).write_text("")
    project.change("book/01-small.md", "작은", "짧은")
    project.refuses(command, folder, "cannot be written")
