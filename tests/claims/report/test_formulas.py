"""Formulas look as in print, and text beside them does not become markup."""

from hypothesis import given, settings
from hypothesis import strategies as st

from claims.report.formulas import typeset
from tests.claims.report.html_page import Page


@settings(max_examples=200)
@given(text=st.text(max_size=60))
def test_formulas_are_balanced_markup_of_few_kinds(text: str) -> None:
    page = Page(typeset(text.replace("\r", "")))
    assert {tag for tag, _ in page.tags} <= {"i", "sub", "sup", "code"}


def test_formulas_as_in_print() -> None:
    for plain, set_ in {
        "N_Delta/N": "<i>N</i><sub>Δ</sub>/<i>N</i>",
        "h^-1/2": "<i>h</i><sup>\u22121/2</sup>",
        "1e-12": "10<sup>\u221212</sup>",
        "L -> 0": "<i>L</i> → 0",
        "-0.5 >= x": "\u22120.5 ≥ <i>x</i>",
        "N_-/N": "<i>N</i><sub>\u2212</sub>/<i>N</i>",
        "sqrt(L)": "√<i>L</i>",
        "softplus_5": "softplus<sub>5</sub>",
        "`P_1 < 2`": "<code>P_1 &lt; 2</code>",
    }.items():
        assert typeset(plain) == set_, plain
    for text in ("I see a net, e.g. it's 5 s long.", "--lr 0.1", "non-zero"):
        assert typeset(text) == text.replace("'", "&#39;")
