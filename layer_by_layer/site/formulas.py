"""Formulas, on pages and slides."""

import re

from latex2mathml.converter import convert

FUNCTION_NAME = re.compile(r"(<mi>(?:exp|log|max|min|tanh)</mi>)")


def as_mathml(latex: str, display: str) -> str:
    """A formula as MathML, which browsers draw without a script or a font of ours."""
    markup = convert(latex, display=display)
    return FUNCTION_NAME.sub(r'\1<mspace width="0.17em" />', markup)
