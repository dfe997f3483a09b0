"""Code is formatted and checked by ruff; settings are in pyproject.toml."""

import subprocess
import sys

import pytest

from layer_by_layer.course import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["check", "layer_by_layer", "tests", "notebooks", "assignments"],
        # Lines of notebooks are broken where a phone would cut them.
        ["format", "--diff", "layer_by_layer", "tests", "assignments"],
    ],
    ids=lambda command: command[0],
)
def test_ruff_has_no_complaint(command):
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ruff.returncode == 0, ruff.stdout + ruff.stderr
