"""The stages of the package build on each other in one direction: pyproject.toml."""

from importlinter.cli import lint_imports

from layer_by_layer.course import ROOT


def test_stages_build_on_each_other(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True, no_logo=True) == 0, capsys.readouterr().out
