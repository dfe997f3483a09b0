"""No file holds a key, a token or a password in an address."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from layer_by_layer.course import ROOT, read_yaml

# In pieces, for this file is checked as well.
SECRETS = {
    "private key": "-----BEGIN RSA PRIVATE" + " KEY-----",
    "GitHub": "ghp_" + "x4Kd9QmW" * 4 + "x4Kd",
    "PyPI": "pypi-" + "AgEIcHlwaS5vcmc" + "Cx4Kd9QmW" * 8,
    "Amazon": "AKIA" + "Q3EGRIZK4QZ7" + "XW2B",
    "password": "https://max:" + "tr0ub4dor" + "@example.org/",
}


def found_in(*files: Path | str) -> str:
    """What the check before each commit finds in files."""
    (repo,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    (entry,) = (hook["entry"] for hook in repo["hooks"] if hook["id"] == "secrets")
    program, *options = shlex.split(entry)
    program = Path(sys.executable).with_name(Path(program).name)
    result = subprocess.run(
        [program, *options, *files], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout if result.returncode else ""


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_secrets_are_found(tmp_path, secret):
    (tmp_path / "notes.md").write_text(f"{secret}\n")
    assert "Location:" in found_in(tmp_path / "notes.md")


def test_no_file_holds_a_secret():
    """Neither a committed file nor a new one that git would take."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if listing.returncode:
        pytest.skip("git is missing, or this is no clone: nothing can be committed")
    names = [name for name in listing.stdout.split("\0") if (ROOT / name).is_file()]
    assert "README.md" in names
    assert not found_in(*names)
