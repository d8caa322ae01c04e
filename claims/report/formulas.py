"""Formulas in plain text, set as in print."""

import re
from html import unescape

from markupsafe import Markup, escape

_LETTERS = (
    "alpha beta gamma delta epsilon theta lambda mu rho sigma tau omega Delta Theta Lambda Sigma"
)
GREEK = {name: unescape(f"&{name};") for name in _LETTERS.split()} | {"eps": "\u03b5"}
MINUS, DASH, TIMES = "\u2212", "\u2013", "\u00d7"
_SIGNS = {
    ">=": "≥",
    "<=": "≤",
    "->": "→",
    "+-": "±",
    "sqrt": "√",
    " - ": f" {DASH} ",
    " = ": "\u00a0=\u00a0",  # no new line in the middle of a value
    " %": "\u202f%",
}

_GREEK = "|".join(GREEK)
_TOKEN = re.compile(
    rf"""
    `(?P<code>[^`]+)`
  | (?<![\w.])(?P<mantissa>\d+(?:\.\d+)?)e(?P<exponent>[-+]?\d+)(?!\w)  # 2e-5
  | (?P<root>sqrt)\((?P<radicand>\w+)\)
  | (?P<sign>>=|<=|->|\+-|(?<=\w)\ %|(?<=\S)\ -\ (?=\S)|(?<=\S)\ =\ (?=\S)|\bsqrt\b)
  | (?<![\w)\]*-])(?P<minus>-)(?=\.?\d)
  | (?<=[\w)*~])\^(?P<upper>[-+]?(?:\d+(?:[./]\d+)?|{_GREEK}|[a-zA-Z])(?!\w))
  | (?<![\w.'\u2019-])(?<!App\.\ )
    (?P<symbol>
        {_GREEK}|[B-HJ-Z]|(?<!\d\ )[b-z]|[aAI](?=[_^]|\ =)
      | [A-Za-z]{{2,}}(?=_(?:\d+|{_GREEK}|[A-Za-z])(?!\w)))
    (?P<tilde>~)?(?:_(?P<lower>\w+|[-+](?!\w)))?
    (?![\w'\u2019]|\.\w)
    """,
    re.VERBOSE,
)


def typeset(what: object) -> Markup:
    """Plain text as HTML, with formulas as they are set in print.

    Greek letters by their names, single letters in italics (not the words "a", "A" and "I"), `_`
    and `^` for indices and powers, 2e-5, a minus that is one, >=, <=, ->, sqrt; what stands
    between backticks is code and stays as it is.
    """
    text, out, end = str(what), Markup(), 0
    for match in _TOKEN.finditer(text):
        out += escape(text[end : match.start()]) + _set(match)
        end = match.end()
    return out + escape(text[end:])


def _set(match: re.Match[str]) -> Markup:
    part = match.groupdict()
    if part["code"]:
        return _in("code", part["code"])
    if part["mantissa"]:
        factor = "" if part["mantissa"] == "1" else f"{part['mantissa']} {TIMES} "
        return escape(f"{factor}10") + _in("sup", _signed(str(int(part["exponent"]))))
    if part["root"]:
        return escape("√") + typeset(part["radicand"])
    if part["sign"]:
        return escape(_SIGNS[part["sign"]])
    if part["minus"]:
        return escape(MINUS)
    if part["upper"]:
        return _in("sup", _signed(part["upper"]))
    symbol = GREEK.get(part["symbol"], part["symbol"]) + ("\u0303" if part["tilde"] else "")
    lower = part["lower"]
    upright = len(part["symbol"]) > 1 and part["symbol"] not in GREEK  # a word, as in softplus_5
    below = _in("sub", _signed(lower)) if lower else Markup()
    return (escape(symbol) if upright else _in("i", symbol)) + below


def _in(tag: str, text: str) -> Markup:
    return Markup(f"<{tag}>{escape(text)}</{tag}>")


def _signed(text: str) -> str:
    sign = {"-": MINUS, "+": "+"}.get(text[:1], "")
    rest = text[1:] if sign else text
    return sign + GREEK.get(rest, rest)
