"""Each command says what it does, and make calls none that is not there."""

import re
import sys
from importlib import import_module

import pytest

from layer_by_layer import __main__ as command_line
from layer_by_layer.course import ROOT
from tests.conftest import COURSE

EVERY_COMMAND = pytest.mark.parametrize("name", command_line.COMMANDS)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@EVERY_COMMAND
def test_command_explains_itself(name, capsys):
    module, what = command_line.COMMANDS[name]
    with pytest.raises(SystemExit) as end:
        import_module(f"layer_by_layer.{module}").main(COURSE, ["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m layer_by_layer {name} ")
    assert len(said.splitlines()) > 5 and what


def test_commands_are_listed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["layer_by_layer"])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code is None
    listed = re.findall(r"^  (\w+) +\w", capsys.readouterr().out, re.M)
    assert listed == list(command_line.COMMANDS)


def test_unknown_command_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["layer_by_layer", "bok"])
    with pytest.raises(SystemExit, match="error: there is no command 'bok'"):
        command_line.main()


def test_make_calls_commands_that_exist():
    called = set(re.findall(r"\$\(RUN\) (\w+)", MAKEFILE))
    assert called <= set(command_line.COMMANDS)
    assert len(called) >= 10


def test_unknown_option_is_refused(capsys):
    module, _ = command_line.COMMANDS["grade"]
    with pytest.raises(SystemExit):
        import_module(f"layer_by_layer.{module}").main(COURSE, ["x", "--output=y"])
    assert "unrecognized arguments: --output=y" in capsys.readouterr().err
