"""What GitHub reads: workflows, forms for issues, the citation.

Nothing here runs before it is on GitHub, so that faults would show too late.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from layer_by_layer.course import ROOT, read_yaml
from layer_by_layer.run import readme
from tests.conftest import COURSE

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
CHOICE = GITHUB / "ISSUE_TEMPLATE" / "config.yml"  # between the forms
FORMS = sorted(set(CHOICE.parent.glob("*.yml")) - {CHOICE})
BESIDE_PYTHON = Path(sys.executable).parent
EVERY_WORKFLOW = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
EVERY_FORM = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)


def complaints(*command) -> str:
    """What a program that checks files has to say; nothing if all is well."""
    result = subprocess.run(
        [*map(str, command)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    return "" if result.returncode == 0 else result.stdout + result.stderr


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [CHOICE]),
        ("dependabot", [GITHUB / "dependabot.yml"]),
        ("citation-file-format", [ROOT / "CITATION.cff"]),
    ],
)
def test_files_are_what_github_understands(schema, files):
    program = BESIDE_PYTHON / "check-jsonschema"
    options = ("--builtin-schema", f"vendor.{schema}", "--default-filetype", "yaml")
    assert not complaints(program, *options, *files)


def test_workflows_do_nothing_risky():
    """Actions pinned by checksum, few rights, no outsider's words in scripts."""
    program = BESIDE_PYTHON / "zizmor"
    options = ("--offline", "--strict-collection", "--persona", "pedantic", "--quiet")
    assert not complaints(program, *options, GITHUB)


@EVERY_WORKFLOW
def test_rights_are_given_job_by_job(path):
    workflow = read_yaml(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writes = {key for key, value in job["permissions"].items() if value == "write"}
        assert writes <= ({"pages", "id-token"} if name == "publish" else set()), name


@pytest.mark.skipif(not shutil.which("actionlint"), reason="actionlint is missing")
@EVERY_WORKFLOW
def test_actionlint_has_no_complaint(path):
    assert not complaints("actionlint", path)


@EVERY_FORM
def test_form_asks_where_in_both_languages(path):
    """Whoever reads a report can find the place, and whoever writes it the words."""
    form = read_yaml(path)
    fields = {field["id"]: field for field in form["body"] if "id" in field}
    assert {"place", "language"} <= set(fields)
    labels = [field["attributes"]["label"] for field in fields.values()]
    for text in (form["name"], form["description"], *labels):
        assert len(text.split(" · ")) == 2, text


def test_citation_has_the_public_address():
    text = (COURSE.root / readme.CITATION).read_text(encoding="utf-8")
    assert text == readme.citation(COURSE), (
        "CITATION.cff has another address than _config.yml: run 'make notebooks'"
    )


def test_citations_agree():
    """README.md and CITATION.cff cite the same book."""
    text = (COURSE.root / readme.README).read_text(encoding="utf-8")
    bibtex = dict(re.findall(r"^  (\w+) += \{+(.*?)\}+,?$", text, re.M))
    cited = read_yaml(COURSE.root / readme.CITATION)["preferred-citation"]
    assert bibtex["title"] == cited["title"]
    assert bibtex["author"] == cited["authors"][0]["name"]
    assert bibtex["year"] == str(cited["year"]) == COURSE.config["copyright"]
