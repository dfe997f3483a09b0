"""`make` finds a Python that fits, or says in one sentence what to do.

No test installs anything: Pythons and pip are stand-ins, on a PATH of their own.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest

from layer_by_layer.course import ROOT

TOOLS = "awk cat chmod echo find grep make mkdir rm sh tee touch".split()
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is missing")

BROKEN_SHIM = "echo 'command not found' >&2; exit 127"
NO_VENV = "sys.modules['ensurepip'] = None"
# Creates a .venv whose Python runs, too; its pip does what PIP says.
GOOD = """
case "$*" in
*--version) echo Python 3.12.0 ;;
"-m venv --clear .venv")
    rm -rf .venv && mkdir -p .venv/bin && cat "$0" > .venv/bin/python
    chmod +x .venv/bin/python ;;
"-m pip install "*) eval "$PIP" ;;
"-m layer_by_layer book") echo built ;;
*) exec {python} "$@" ;;
esac
"""


class Clone:
    """A fresh clone, and the commands that are on its PATH."""

    def __init__(self, folder, commands):
        self.folder, self.commands = folder, commands
        commands.mkdir()
        for name in TOOLS:
            (commands / name).symlink_to(shutil.which(name))
        folder.mkdir()
        (folder / "layer_by_layer").mkdir()
        for name in ("Makefile", "requirements.lock", "layer_by_layer/install.sh"):
            shutil.copy(ROOT / name, folder / name)

    def add(self, name: str, script: str) -> None:
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def add_python(self, name: str, change: str) -> None:
        """A real Python that takes itself for another."""
        code = f"import sys; {change}; exec(sys.stdin.read())"
        self.add(name, f'exec "{sys.executable}" -c "{code}"')

    def make(self, *arguments: str, pip: str = "exit 0") -> subprocess.CompletedProcess:
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.commands), "PIP": pip},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def refuses(self, *words: str, arguments=("book",), **options) -> None:
        result = self.make(*arguments, **options)
        assert result.returncode != 0
        [message] = [x for x in result.stderr.splitlines() if not x.startswith("make")]
        assert message.startswith("error: ")
        assert message.endswith(".")
        for word in words:
            assert word in message
        assert not self.installed

    @property
    def installed(self) -> bool:
        return (self.folder / ".venv" / "installed").exists()


@pytest.fixture
def clone(tmp_path) -> Clone:
    return Clone(tmp_path / "a clone", tmp_path / "commands")


@pytest.fixture
def ready(clone) -> Clone:
    """A clone where python3.12 fits."""
    clone.add("python3.12", GOOD.format(python=f'"{sys.executable}"'))
    return clone


CURE = "needs 3.11, 3.12 or 3.13: install one of them"


def test_make_alone_lists_the_commands(clone):
    result = clone.make()
    assert result.returncode == 0
    for command in ("book", "test", "serve", "notebooks", "clean"):
        assert f"make {command} " in result.stdout


def test_no_python_at_all(clone):
    clone.refuses("no Python runs", "install Python 3.11, 3.12 or 3.13")


@pytest.mark.parametrize("version", ["(3, 10, 12)", "(3, 14, 0)", "(2, 7, 18)"])
def test_python_too_old_or_too_new(clone, version):
    clone.add_python("python3", f"sys.version_info = {version}")
    found = version.strip("()").replace(", ", ".")
    clone.refuses(
        f"found Python {found} (", CURE, "make book PYTHON=/path/to/python3.1"
    )


def test_python_without_venv(clone):
    clone.add_python("python3.12", f"sys.version_info = (3, 12, 3); {NO_VENV}")
    clone.refuses("Python 3.12.3 (", "no venv module", "apt install python3.12-venv")


def test_named_python_is_the_only_one_tried(ready):
    ready.add_python("old", "sys.version_info = (3, 9, 1)")
    ready.refuses("found Python 3.9.1", CURE, arguments=["book", "PYTHON=old"])
    ready.refuses(
        "no Python runs under the name nope", arguments=["book", "PYTHON=nope"]
    )


def test_python_that_does_not_fit_is_passed_over(ready):
    ready.add("python3.13", BROKEN_SHIM)
    ready.add_python("python3", "sys.version_info = (3, 14, 0)")
    result = ready.make("book")
    assert "Creating .venv with Python 3.12.0" in result.stdout
    assert result.stdout.endswith("built\n")
    assert ready.installed


def test_python_may_be_named(ready):
    path = ready.commands / "python3.12"
    named = path.rename(ready.folder / "my python")
    assert ready.make("book", f"PYTHON={named}").returncode == 0
    assert ready.installed


def test_second_run_installs_nothing(ready):
    assert "Installing" in ready.make("book").stdout
    result = ready.make("book", pip="echo again >&2; exit 1")
    assert (result.returncode, result.stdout, result.stderr) == (0, "built\n", "")


def test_failed_installation_does_not_count(ready):
    ready.refuses(
        "the installation did not finish", "free space", pip="echo no space; exit 1"
    )
    assert "no space" in (ready.folder / ".venv" / "install.log").read_text()
    (ready.folder / ".venv" / "half").touch()
    assert "Creating .venv" in ready.make("book").stdout
    assert ready.installed
    assert not (ready.folder / ".venv" / "half").exists()


def test_only_packages_with_the_known_checksums_are_installed(ready):
    ready.make("book", pip='echo "ERROR: $*"; exit 1')
    log = (ready.folder / ".venv" / "install.log").read_text()
    assert "--require-hashes" in log
    assert "-r requirements.lock" in log


def test_lock_has_checksums():
    """And Python's packages alone: no address, no folder, nothing editable."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", lock, flags=re.M))
    for entry in entries:
        assert re.match(r"[\w.-]+(\[\w,-]+\])?==[\w.]+ ", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_what_pip_complains_about_is_shown(ready):
    result = ready.make("book", pip="echo 'ERROR: no match for x'; exit 1")
    assert "ERROR: no match for x" in result.stderr


def test_new_lock_updates_what_is_there(ready):
    ready.make("book")
    (ready.folder / ".venv" / "mine").touch()
    os.utime(ready.folder / ".venv" / "installed", (0, 0))
    result = ready.make("book")
    assert "Installing" in result.stdout
    assert "Creating" not in result.stdout
    assert (ready.folder / ".venv" / "mine").exists()


def test_python_that_has_gone_is_replaced(ready):
    ready.make("book")
    (ready.folder / ".venv" / "bin" / "python").write_text("#!/nowhere/python\n")
    assert "Creating .venv" in ready.make("book").stdout


def test_clean_keeps_what_was_installed(ready):
    ready.make("book")
    (ready.folder / "_build").mkdir()
    (ready.folder / "tests" / "__pycache__").mkdir(parents=True)
    result = ready.make("clean")
    assert "Kept: " in result.stdout.splitlines()[-1]
    assert ready.installed
    assert not (ready.folder / "_build").exists()
    assert not (ready.folder / "tests" / "__pycache__").exists()
