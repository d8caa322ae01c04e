"""The report: what it says is what the rows say, and nothing in them can break the page."""

import dataclasses
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.core import changes
from claims.core.register import Accepted, Alternative, Data, Measured, Published, Row, Verdict
from claims.report import report, wording
from claims.report.report import html, table, write
from jamming.checks.errors import BadInput
from tests.claims.report.html_page import Page
from tests.claims.report.rows import between, published, row

NASTY = "<script>alert(1)</script> & \"quotes\" 'and' `<b>` <!-- ]]> \x00"


def some() -> list[Row]:
    """Of each kind."""
    return [
        row("U1", 7854.0, accepted=Accepted(7854.0, 7854.0, "exact"), published=published(7854)),
        row("J2", measured=Measured(0.7423, 0.7211, 0.7604, 24, "At small loss.")),
        row("J13", 0.322, known="Far from jamming it drops.", figure=Path("nowhere/jump.png")),
        row("J18", measured=None, missing=("gaps",), published=published(0.2, about=True)),
        row("J21", measured=None, error="ValueError: empty"),
        row("L6", -1.013, accepted=Accepted(-1.1, -0.9, "slopes"), published=published(-1)),
        row("S13", measured=None, laptop=False, commands=(), seconds=0.0, commit=""),
        row("P5", None, accepted=Accepted(0.3, math.inf, "any")),
        row("X4", 1.4, accepted=None, known="An exploration.", published=Published("not said")),
    ]


def of(page: Page, id: str) -> dict[str, str | None]:
    """The section of a claim."""
    (found,) = page.all("article", id=id)
    return found


def test_a_wrong_number_turns_the_page_red() -> None:
    for value, slug in ((0.74, "reproduced"), (0.32, "not-reproduced"), (None, "not-tested")):
        page = Page(html([row(value=value)], "Title", "today"))
        assert of(page, "J2")["class"] == of(page, "J2")["data-verdict"] == slug
        (line,) = page.all("tr", id="row-J2")
        assert line["data-verdict"] == slug
        assert sum(f"chip {slug}" == a.get("class") for _, a in page.tags) == 2
        dots = [a["class"] for _, a in page.tags if (a.get("class") or "").startswith("dot")]
        assert dots == ([] if value is None else [f"dot {slug}"] * 2)


def test_each_number_is_said() -> None:
    page = Page(html(some(), "What came out", "1 May, commit abc"))
    plain = " ".join(page.text.split())
    for said in (
        "What came out",
        "1 May, commit abc",
        "0.742 [0.721, 0.760] (95 % interval, 24 independent runs)",
        "0.60 to 0.85: the scatter",
        "\u22121.013",
        "Far from jamming it drops.",
        "No number: the statistic failed: ValueError: empty.",
        "No number: no data of gaps.",
        "There is no laptop version.",
        "make jump-full",
        "Cost: 7 GPU hours.",
        "It took 2 min at commit d63290a1f0.",
        "3 reproduced",
        "1 not reproduced",
        "1 reported",
        "No range: the papers leave open what the number should be.",
        "4 not tested at this scale",
    ):
        assert said in plain, said
    assert plain.count("The figure “jump” has not been drawn.") == 1


def test_every_claim_has_an_anchor_and_every_link_resolves(tmp_path: Path) -> None:
    figure = tmp_path / "a jump.png"
    figure.write_bytes(b"png")
    rows = [*some(), row("J22", figure=figure), row("J23", figure=figure)]
    target = write(rows, tmp_path / "report")
    page = Page(target.read_text(encoding="utf-8"))
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(set(ids)) == len(ids)
    assert {r.claim.id for r in rows} <= set(ids)
    links = [a[k] for _, a in page.tags for k in ("href", "src") if k in a]
    assert {f"#{r.claim.id}" for r in rows} <= set(links)
    for link in links:
        assert link is not None
        if link.startswith("#"):
            assert link[1:] in ids
        else:
            assert (target.parent / link.replace("%20", " ")).is_file()


def test_it_needs_nothing_but_itself() -> None:
    text = html(some(), "Title", "today")
    assert not re.search(r"https?:|@import|url\(|//[a-z]+\.", text)
    assert not Page(text).all("link")
    assert all("src" not in a for a in Page(text).all("script"))


def test_nothing_in_a_row_can_become_markup() -> None:
    nasty = row(
        statement=f"{NASTY}.",
        source=NASTY,
        published=Published(NASTY),
        accepted=Accepted(0.6, 0.85, NASTY),
        paper=NASTY,
        paper_cost=NASTY,
        known=NASTY,
        figure=Path(f"{NASTY.replace('/', '')}.png"),
        measured=Measured(0.7, 0.6, 0.8, 2, NASTY),
        commands=(NASTY, NASTY),
        commit=NASTY,
    )
    broken = row("J3", measured=None, error=NASTY, missing=(NASTY,))
    page = Page(html([nasty, broken], NASTY, NASTY))
    assert len(page.all("script")) == 1
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
    bold = [tag for tag, _ in page.tags if tag == "b"]
    assert len(bold) == 2 * 1 + 2  # the measured number twice, two accepted ranges
    assert page.text.count("<script>alert(1)</script> & \"quotes\" 'and' <b> <!-- ]]>") >= 6


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=40))
def test_text_and_attributes_come_back_as_they_were(text: str) -> None:
    page = Page(html([row(source=text, commit=text)], "Title", "today"))
    assert text in page.text
    assert not text or page.all("p", title=text)


def test_what_decides_the_alternative_and_the_data_are_said() -> None:
    wrong = Alternative("no jump", 0.0)
    wide = Accepted(0.6, 0.85, "the scatter", alternative=wrong)
    rows = [
        row("J1", measured=Measured(0.7, 0.5, 0.8, 10, "At small loss."), accepted=wide),
        row("J2", accepted=wide, data=Data.TOY),
    ]
    page = Page(html(rows, "Title", "today"))
    plain = " ".join(page.text.split())
    said = "about 40 runs in all at this size, if the number stays"
    assert plain.count(said) == 1
    assert plain.count("0: no jump") == 2
    assert "1 same 0 smaller 0 analogue 1 toy" in plain
    assert f"J1: undecided: {said}" in table(rows).splitlines()
    assert [a["data-data"] for a in page.all("article")] == ["same", "toy"]


def test_what_was_changed_is_listed_with_its_reason() -> None:
    """Of the claims on the page, and what concerns all."""
    log = [one for one in changes.read() if one.id in ("L17a", "all")]
    page = Page(html([row("L17a")], "Title", "today"))
    assert len(page.all("table", **{"class": "changes"})) == 1
    plain = " ".join(page.text.split())
    assert len(log) >= 2
    for one in log:
        assert one.reason in plain
    others = {one.reason for one in changes.read()} - {one.reason for one in log}
    assert not any(reason in plain for reason in others)


def test_a_published_number_is_written_and_drawn() -> None:
    page = Page(html([row(published=between(0.6, 0.7, remark="text"))], "Title", "today"))
    assert page.text.count("0.6 to 0.7 (text)") == 2
    assert len(page.all("path", **{"class": "paper"})) == 2 * 2  # both ends, in both pictures
    (picture,) = page.all("svg", role="img")
    assert picture["aria-label"] == (
        "accepted 0.60 to 0.85; published 0.6 to 0.7 (text); measured 0.74 [0.74, 0.74]"
    )
    page = Page(html([row(published=Published("0.6 to 0.7 (text)"))], "Title", "today"))
    assert page.text.count("0.6 to 0.7 (text)") == 2
    assert not page.all("path", **{"class": "paper"})


def test_figures_lie_beside_the_page_each_in_its_place(tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "jump.png", tmp_path / "there" / "JUMP.png"
    for path, content in ((here, b"one"), (there, b"two")):
        path.parent.mkdir()
        path.write_bytes(content)
    rows = [row("J1", figure=here), row("J2", figure=there), row("J3", figure=here)]
    page = Page(write(rows, tmp_path / "out").read_text(encoding="utf-8"))
    sources = [str(a["src"]) for a in page.all("img")]
    content = [(tmp_path / "out" / name).read_bytes() for name in sources]
    assert content == [b"one", b"two", b"one"]
    assert len(list((tmp_path / "out" / "figures").iterdir())) == 2
    assert [a.get("class") for a in page.all("figure")] == [None, None, "again"]
    # again, and from where they were copied to: nothing is lost
    again = [row("J1", figure=tmp_path / "out" / sources[0])]
    write(again, tmp_path / "out")
    assert (tmp_path / "out" / sources[0]).read_bytes() == b"one"


def test_a_missing_figure_is_named_and_a_pdf_linked(tmp_path: Path) -> None:
    pdf = tmp_path / "spectrum.pdf"
    pdf.write_bytes(b"pdf")
    rows = [row("J1", figure=tmp_path / "gone.png"), row("J2", figure=pdf), row("J3")]
    rows.append(row("J4", figure=tmp_path))  # a folder
    page = Page(write(rows, tmp_path / "out").read_text(encoding="utf-8"))
    assert not page.all("img")
    assert page.all("a", href="figures/spectrum.pdf")
    assert "The figure “gone” has not been drawn." in page.text


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written") as refused:
        write(some(), tmp_path / "file")
    assert "\n" not in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_table_has_a_line_each_and_its_columns_line_up() -> None:
    rows = some()
    head, *lines = table(rows).splitlines()
    assert re.split(r"\s{2,}", head) == list(report.HEAD)
    start = head.index("verdict")
    for line, r in zip(lines[: len(rows)], rows, strict=True):
        assert line[:start].strip() == r.claim.id
        assert line[start:].startswith(str(r.verdict))
        assert wording.accepted(r.claim.accepted) in line
    end = head.index("measured") + len("measured")
    ends = [line[:end].split()[-1] for line in lines[: len(rows)]]
    assert ends == ["7854", "0.742", "0.322", "-", "-", "-1.013", "-", "-", "1.4"]
    assert lines[len(rows) :] == [
        "J18: no data of gaps",
        "J21: the statistic failed: ValueError: empty",
        "S13: there is no laptop version",
        "P5: the data do not suffice (At small loss.)",
        "3 reproduced, 1 not reproduced, 0 undecided, 1 reported, 4 not tested at this scale"
        " (1 with a statistic that failed)",
    ]


def test_an_empty_register_is_a_page() -> None:
    assert not Page(html([], "Title", "today")).all("article")
    assert table([]).splitlines()[-1].startswith("0 reproduced")


def test_rows_keep_their_order_within_a_part() -> None:
    rows = [row("J3"), row("J1"), row("L1")]
    page = Page(html(rows, "Title", "today"))
    assert [a["id"] for a in page.all("article")] == ["J3", "J1", "L1"]
    assert dataclasses.replace(rows[0], seconds=1.0).verdict is Verdict.REPRODUCED
