"""Numbers in prose: which there are, and whether code computed them."""

import re

NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?%?(?![A-Za-z0-9_])"
)
NOT_PROSE = re.compile(
    r"\]\([^)]*\)"  # where a link leads
    r"|<[^>]*>"  # HTML
    r"|^ *```.*?^ *```",  # shell commands
    re.M | re.S,
)
COMPUTED = re.compile(r"[-−]?\d[\d,_]*(?:\.\d+)?(?:e[-+]?\d+)?%?")


def in_prose(text: str) -> list[str]:
    """All numbers of a text, as written, without thousands separators."""
    text = NOT_PROSE.sub(" ", text)
    return [plain(found[0]) for found in NUMBER.finditer(text)]


def plain(number: str) -> str:
    return number.replace("−", "-").replace(",", "")


def needs_source(number: str) -> bool:
    """Decimals, percentages and numbers of four or more digits are results."""
    return "." in number or "%" in number or len(number.strip("-")) >= 4


def computed(text: str) -> set[float]:
    """All numbers that code contains or prints; percentages as fractions, too."""
    values = set()
    for found in COMPUTED.finditer(text):
        digits = plain(found[0]).replace("_", "").rstrip(",")
        values.add(float(digits.strip("%")) / (100 if "%" in digits else 1))
    return values


def is_computed(number: str, values: set[float]) -> bool:
    """Whether a number is one of `values`, rounded as it is written."""
    digits = number.strip("%")
    decimals = len(digits.partition(".")[2])
    scale = 100 if "%" in number else 1
    margin = 0.5 * 10**-decimals * (1 + 1e-9)
    return any(
        abs(abs(value) * scale - abs(float(digits))) <= margin for value in values
    )
