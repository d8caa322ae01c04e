"""HTML that cannot be broken by what stands in it: text is escaped unless it is markup already."""

import re
from html import escape, unescape

_LETTERS = (
    "alpha beta gamma delta epsilon theta lambda mu rho sigma tau omega Delta Theta Lambda Sigma"
)
GREEK = {name: unescape(f"&{name};") for name in _LETTERS.split()} | {"eps": "\u03b5"}
MINUS, DASH, TIMES = "\u2212", "\u2013", "\u00d7"
_VOID = {"meta", "img", "br", "hr"}
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


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """<name attributes>children</name>; text among them is escaped.

    An attribute's name has '_' for '-', and one at its end where Python has the word (`class_`);
    False and None leave it out.
    """
    written = ""
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        written += " " + key.rstrip("_").replace("_", "-")
        written += "" if value is True else f'="{escape(value)}"'
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{together(*children)}</{name}>")


def together(*children: str) -> Markup:
    """One after another; text among them is escaped."""
    return Markup("".join(c if isinstance(c, Markup) else escape(c) for c in children))


def typeset(text: str) -> Markup:
    """Plain text with formulas as they are set in print.

    Greek letters by their names, single letters in italics (not the words "a", "A" and "I"), `_`
    and `^` for indices and powers, 2e-5, a minus that is one, >=, <=, ->, sqrt; what stands
    between backticks is code and stays as it is.
    """
    out, end = Markup(), 0
    for match in _TOKEN.finditer(text):
        out = together(out, text[end : match.start()], _set(match))
        end = match.end()
    return together(out, text[end:])


def _set(match: re.Match[str]) -> Markup:
    part = match.groupdict()
    if part["code"]:
        return element("code", part["code"])
    if part["mantissa"]:
        factor = "" if part["mantissa"] == "1" else f"{part['mantissa']} {TIMES} "
        return together(f"{factor}10", element("sup", _signed(str(int(part["exponent"])))))
    if part["root"]:
        return together("√", typeset(part["radicand"]))
    if part["sign"]:
        return together(_SIGNS[part["sign"]])
    if part["minus"]:
        return together(MINUS)
    if part["upper"]:
        return element("sup", _signed(part["upper"]))
    symbol = GREEK.get(part["symbol"], part["symbol"]) + ("\u0303" if part["tilde"] else "")
    lower = part["lower"]
    upright = len(part["symbol"]) > 1 and part["symbol"] not in GREEK  # a word, as in softplus_5
    return together(
        symbol if upright else element("i", symbol),
        element("sub", _signed(lower)) if lower else "",
    )


def _signed(text: str) -> str:
    sign = {"-": MINUS, "+": "+"}.get(text[:1], "")
    rest = text[1:] if sign else text
    return sign + GREEK.get(rest, rest)
