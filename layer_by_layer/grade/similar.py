"""Which submissions are nearly the same, in their code and in their written answers.

Each answer becomes a sequence of tokens in which names that the student chose,
comments, docstrings and formatting do not count, and then the set of its shingles, the
runs of SHINGLE tokens. Two submissions resemble each other as much as their sets do:
|A ∩ B| / |A ∪ B| (Broder, "On the resemblance and containment of documents", 1997). As
in Moss (Schleimer, Wilkerson and Aiken, "Winnowing", 2003), shingles of the assignment
itself and those that many submissions have in common are no evidence and are left out.

What this does not find: a copy that was rewritten step by step, or whose answers are
all too short; and a group of more than a tenth of the class (at least COMMON) who all
have the same answer, because then it looks like the answer that everyone finds. What
it finds is a reason to look, and no more.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

SHINGLE = 5  # tokens; a shorter run is often the same by chance
ENOUGH = 20  # shingles that a submission needs for its likeness to count as evidence
ALIKE = 0.8  # resemblance from which on a pair is reported
COMMON = (
    10  # submissions, or a tenth of the class: what more than these share is common
)
LONGEST = 20_000  # characters of one answer that are compared
TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Pair:
    """Two submissions, by their place in the list, and how alike they are (0 to 1)."""

    first: int
    second: int
    similarity: float
    questions: list[str]  # those whose answers have something uncommon in common


def similar_pairs(records: list[dict], known: dict[str, Iterable[str]]) -> list[Pair]:
    """Pairs of result records that are nearly the same, the most alike first.

    `known` gives for each question the code that all have seen or are expected to find:
    what the student notebook gives and the solution.
    """
    everyone = [shingles(record) for record in records]
    base = {
        (question, shingle)
        for question, sources in known.items()
        for source in sources
        for shingle in runs(tokens(source))
    }
    counts = Counter(found for each in everyone for found in each)
    limit = max(COMMON, len(records) // 10)
    holders: dict[tuple, list[int]] = defaultdict(list)
    sizes: Counter[int] = Counter()
    for place, found in enumerate(everyone):
        for shingle in found - base:
            if counts[shingle] <= limit:
                holders[shingle].append(place)
                sizes[place] += 1
    shared: Counter[tuple[int, int]] = Counter()
    questions = defaultdict(set)
    for shingle, places in holders.items():
        for pair in combinations(places, 2):
            shared[pair] += 1
            questions[pair].add(shingle[0])
    pairs = []
    for (first, second), both in shared.items():
        alike = both / (sizes[first] + sizes[second] - both)
        if alike >= ALIKE and min(sizes[first], sizes[second]) >= ENOUGH:
            pairs.append(Pair(first, second, alike, sorted(questions[first, second])))
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def shingles(record: dict) -> set[tuple]:
    """All (question, shingle) of one submission's code and written answers."""
    found = set()
    for question, source in (record.get("code") or {}).items():
        found |= {(question, run) for run in runs(tokens(source))}
    for question, text in (record.get("written") or {}).items():
        words = TOKEN.findall(text[:LONGEST].lower())
        found |= {(question, run) for run in runs(words)}
    return found


def runs(sequence: list[str]) -> Iterable[int]:
    """Each run of SHINGLE tokens, as a number: two runs are the same if theirs are."""
    return (
        hash(tuple(sequence[start : start + SHINGLE]))
        for start in range(len(sequence) - SHINGLE + 1)
    )


def tokens(source: str) -> list[str]:
    """Tokens of an answer, without what can be changed and leave it the same.

    Code that Python cannot parse is compared as it is written.
    """
    source = source[:LONGEST]
    try:
        source = normalise(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return TOKEN.findall(source)


def normalise(source: str) -> str:
    """Code with the student's own names numbered, without comments and docstrings."""
    tree = ast.parse(source)
    chosen = Chosen()
    chosen.visit(tree)
    return ast.unparse(Renamed(chosen.names).visit(tree))


class Chosen(ast.NodeVisitor):
    """Collects the names that code gives to things, numbered as they come."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def add(self, name: str | None) -> None:
        if name:
            self.names.setdefault(name, f"name{len(self.names)}")

    def visit_FunctionDef(self, node) -> None:
        self.add(node.name)
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_arg(self, node) -> None:
        self.add(node.arg)

    def visit_Name(self, node) -> None:
        if isinstance(node.ctx, ast.Store):
            self.add(node.id)

    def visit_ExceptHandler(self, node) -> None:
        self.add(node.name)
        self.generic_visit(node)


class Renamed(ast.NodeTransformer):
    """Puts numbers in the place of names, and drops hints of types and docstrings."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_FunctionDef(self, node):
        node.name = self.names[node.name]
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        node.name = self.names[node.name]
        return self.generic_visit(node)

    def visit_arg(self, node):
        return ast.arg(self.names[node.arg])

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_ExceptHandler(self, node):
        node.name = node.name and self.names[node.name]
        return self.generic_visit(node)

    def visit_Expr(self, node):
        """Strings that stand alone say something to people, not to Python."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)
