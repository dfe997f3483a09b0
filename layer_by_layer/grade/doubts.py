"""What a run leaves doubtful, although it went to its end: an instructor looks at it.

That is where the grader may be wrong and not the student: code that came with the
assignment fails, or a check had passed where the student worked.
"""

import ast
import re

from layer_by_layer.grade.submissions import PROMPT

UNKNOWN_MAGIC = re.compile(r"UsageError: .*magic function")
UNKNOWN_NAME = re.compile(r"NameError: name '(\w+)' is not defined")


def of_run(record: dict, cells: list[str], passed, given: list[str]) -> list[dict]:
    """Notes on the record of a run: `given` is code of the assignment itself."""
    doubts = []
    failed = record["cells"]["failed"]
    lost = [each for each in failed if concerns(each, cells, given)]
    if lost:
        numbers = ", ".join(str(each["cell"]) for each in lost)
        error = lost[0]["error"]
        doubts.append({"kind": "doubts.given", "cells": numbers, "error": error})
    nothing = {
        question
        for question, found in record["questions"].items()
        if found["points"] == 0
    }
    if disagree := sorted(nothing & set(passed)):
        doubts.append({"kind": "doubts.saved", "questions": ", ".join(disagree)})
    for each in failed:
        if UNKNOWN_MAGIC.match(each["error"]):
            doubts.append({"kind": "doubts.magic", "error": each["error"]})
            break
    return doubts


def concerns(failed: dict, cells: list[str], given: list[str]) -> bool:
    """Whether a cell that failed is one that was given, or misses what those define."""
    if unknown := UNKNOWN_NAME.match(failed["error"]):
        if unknown[1] in names_given(given):
            return True
    own = lines(cells[failed["cell"] - 1]) if failed["cell"] <= len(cells) else set()
    return any(2 * len(lines(code) & own) >= len(lines(code)) for code in given)


def lines(source: str) -> set[str]:
    """The lines of a cell, however it was indented or pasted."""
    found = (line[PROMPT.match(line).end() :].strip() for line in source.splitlines())
    return {line for line in found if line and not line.startswith("#")}


def names_given(given: list[str]) -> set[str]:
    """Names that given code imports or defines."""
    names = set()
    for source in given:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {
                    (each.asname or each.name).split(".")[0] for each in node.names
                }
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names - {"_"}
