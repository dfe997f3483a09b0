"""The stages of the package build on each other in one direction: pyproject.toml."""

import subprocess
import sys

from layer_by_layer.course import ROOT

LINT = "import importlinter.cli; importlinter.cli.lint_imports_command()"


def test_stages_build_on_each_other():
    """In a process of its own: the linter keeps the output that it starts with."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
