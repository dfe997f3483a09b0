"""Questions with options to choose from: quick questions, and guesses before a cell.

    **1. How many parameters do 20 inputs and 8 units have?**

    - (a) 160
    - (b) 168

    <details><summary>Answer and reasons</summary>

    - **(b)** 20 × 8 + 8 = 168.
    - (a) This forgets the 8 biases.

    </details>

Each option has its reason; that of the right one begins in bold. On the site,
`book/_static/question.js` makes buttons of the options.
"""

import re
from dataclasses import dataclass

GUESS = "guess"  # tag of a cell that asks what the next code cell will show
NUMBERED = re.compile(r"^\*\*\d+\. .*?(?=^\*\*\d+\. |\Z)", re.M | re.S)
OPTION = re.compile(r"^- \((\w)\) ", re.M)
REASON = re.compile(r"^- (\*\*)?\((\w)\)(?(1)\*\*) ", re.M)
FOLD = "<details>"


@dataclass(frozen=True)
class Question:
    """A question as written, from its first line to the end of its fold."""

    text: str
    line: int

    @property
    def options(self) -> list[str]:
        """The letters of its options."""
        return OPTION.findall(self.text.partition(FOLD)[0])

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Of each reason, `**` if its option is right, and the option's letter."""
        return REASON.findall(self.text.partition(FOLD)[2])

    def outline(self) -> list[tuple[str, int]]:
        """Its reasons by place of their options: the same in all languages."""
        places = {letter: place for place, letter in enumerate(self.options)}
        return [(bold, places[letter]) for bold, letter in self.reasons]

    def problem(self) -> str:
        """What is wrong and what to do; nothing if the question can be answered."""
        options, explained = self.options, [letter for _, letter in self.reasons]
        right = [letter for bold, letter in self.reasons if bold]
        if len(options) < 2:
            return "this question has no options: give each a line, '- (a) …'"
        for letter in options:
            if options.count(letter) > 1:
                return f"two options are ({letter}): give each its own letter"
            if explained.count(letter) != 1:
                what = f"option ({letter}) has {explained.count(letter)} reasons"
                return f"{what}: write one below {FOLD}, '- ({letter}) …'"
        for letter in explained:
            if letter not in options:
                return f"there is no option ({letter}): take its reason out"
        if len(right) != 1:
            what = f"{len(right)} options are right"
            return f"{what}: make the letter of one bold below {FOLD}, '- **(a)** …'"
        return ""


def numbered(text: str, line: int) -> list[Question]:
    """The quick questions of a text that begins on a line."""
    return [
        Question(found[0].rstrip(), line + text.count("\n", 0, found.start()))
        for found in NUMBERED.finditer(text)
    ]
