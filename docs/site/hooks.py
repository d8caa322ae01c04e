"""Formulas become MathML, which browsers set without a script."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

_MATHS = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(content: str, **_: Any) -> str:
    """Of what `pymdownx.arithmatex` has marked."""

    def set_(found: re.Match[str]) -> str:
        block = found[2] == "["
        formula = convert(html.unescape(found[3]), display="block" if block else "inline")
        return f'<div class="formula">{formula}</div>' if block else formula

    return _MATHS.sub(set_, content)
