"""Where people work on the course: Binder, a dev container, a clone with hooks.

None of them is started here; what they call and install must exist.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from layer_by_layer.course import ROOT

BINDER = ROOT / "binder"
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
HOOKS = ROOT / ".pre-commit-config.yaml"
PYTHONS = ("3.11", "3.12", "3.13")  # as layer_by_layer/install.sh has them
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_binder_installs_what_was_tested():
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    [line] = [line for line in lines if not line.startswith("#")]
    assert (BINDER / line.removeprefix("-r ")).resolve() == ROOT / "requirements.lock"
    version = (BINDER / "runtime.txt").read_text().strip()
    assert version.removeprefix("python-") in PYTHONS


def test_binder_can_run_its_script():
    assert os.access(BINDER / "postBuild", os.X_OK)


def test_dev_container_calls_what_exists():
    program, make = CONTAINER["postCreateCommand"].split(" && ")
    assert os.access(ROOT / program, os.X_OK)
    assert make.removeprefix("make ") in TARGETS
    assert re.search(r":(\d\.\d+)-", CONTAINER["image"])[1] in PYTHONS
    settings = CONTAINER["customizations"]["vscode"]["settings"]
    python = settings["python.defaultInterpreterPath"]
    assert python == "${containerWorkspaceFolder}/.venv/bin/python"


def test_hooks_are_valid():
    program = Path(sys.executable).with_name("pre-commit")
    result = subprocess.run([program, "validate-config", HOOKS], capture_output=True)
    assert result.returncode == 0, result.stdout.decode()


@pytest.mark.parametrize("hook", yaml.safe_load(HOOKS.read_text())["repos"][0]["hooks"],
                         ids=lambda hook: hook["id"])  # fmt: skip
def test_hook_calls_what_was_installed(hook):
    program, *arguments = hook["entry"].split()
    assert Path(program).parent == Path(".venv/bin")
    assert Path(sys.executable).with_name(Path(program).name).exists()
    for argument in arguments:
        assert not argument.endswith(".py") or (ROOT / argument).exists()


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda p: p.name
)
def test_workflow_calls_what_exists(path):
    for command in re.findall(r"^ *- run: (.*)$", path.read_text("utf-8"), re.M):
        program, first, *_ = [*command.split(), ""]
        if program == "make":
            assert first in TARGETS
        elif program.startswith(".ci/"):
            assert os.access(ROOT / program, os.X_OK)
        for name in re.findall(r"\S+\.(?:ipynb|lock)", command):
            assert (ROOT / name).exists()
