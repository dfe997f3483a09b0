"""Code is formatted and checked by ruff; settings are in pyproject.toml."""

import subprocess
import sys

import pytest

from layer_by_layer.course import ROOT


@pytest.mark.parametrize("command", [["check"], ["format", "--diff"]], ids=" ".join)
@pytest.mark.parametrize(
    "folder", ["layer_by_layer", "tests", "notebooks", "assignments"]
)
def test_ruff_has_no_complaint(folder, command):
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--quiet", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ruff.returncode == 0, ruff.stdout + ruff.stderr
