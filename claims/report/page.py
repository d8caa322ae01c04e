"""The register as a page that needs nothing but itself: style and script are in it."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from claims.report import numberline
from claims.report import wording
from claims.report.markup import DASH, Markup, element, together, typeset
from claims.core.register import Accepted, Measured, Row, Verdict, part, why_not_tested

PICTURES = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp")

_SLUG = {
    Verdict.REPRODUCED: "reproduced",
    Verdict.NOT_REPRODUCED: "not-reproduced",
    Verdict.REPORTED: "reported",
    Verdict.NOT_TESTED: "not-tested",
}
_SIGN = {
    Verdict.REPRODUCED: "M4.5 8.4l2.4 2.4 4.8-5.4",
    Verdict.NOT_REPRODUCED: "M5.2 5.2l5.6 5.6m0-5.6l-5.6 5.6",
    Verdict.REPORTED: "M8 4.6v0.1M8 7.4v4",
    Verdict.NOT_TESTED: "M5 8h6",
}
_ABOUT = (
    "Each claim is a sentence of a paper with one number to check it. It is reproduced if the"
    " number lies in the accepted range, not reproduced if it does not, and not tested where no"
    " data decide. Where the papers leave open what the number should be, it is reported without"
    " a verdict."
)

_KEY = together(
    element("span", class_="swatch"),
    "accepted, ",
    element("span", "◇", class_="diamond"),
    " published, where it is a number, ",
    element("span", "●", class_="disc"),
    " measured, with its 95 % interval; an arrow where it lies further out",
)


def html(rows: Sequence[Row], title: str, stamp: str) -> str:
    """One page with style and script in it; figures are linked as `write` lays them beside it."""
    figures = {path: quote(place) for path, place in places(rows).items() if path.is_file()}
    parts = [(name, list(group)) for name, group in groupby(rows, lambda row: part(row.claim))]
    first: dict[Path, str] = {}  # the claim under which each is shown in full
    for row in rows:
        if row.figure is not None:
            first.setdefault(row.figure, row.claim.id)
    here = Path(__file__)
    style = Markup(here.with_name("page.css").read_text(encoding="utf-8"))
    script = Markup(here.with_name("page.js").read_text(encoding="utf-8"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", style),
    )
    header = element(
        "header",
        element("p", stamp, class_="stamp"),
        element("h1", title),
        element("p", _ABOUT, class_="lede"),
        _summary(rows),
    )
    sections = (
        element("section", element("h2", name), *(_section(row, figures, first) for row in group))
        for name, group in parts
    )
    main = element("main", _overview(parts), *sections)
    footer = element("footer", element("p", f"{title}. {stamp}"))
    body = element("body", header, main, footer, element("script", script), data_show="all")
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def places(rows: Sequence[Row]) -> dict[Path, str]:
    """Where on the page's folder each figure goes, by its path; no two in one place."""
    found: dict[Path, str] = {}
    taken: set[str] = set()
    for row in rows:
        if row.figure is None or row.figure in found:
            continue
        name, k = row.figure.name, 1
        while name.lower() in taken:
            k += 1
            name = f"{row.figure.stem}-{k}{row.figure.suffix}"
        taken.add(name.lower())
        found[row.figure] = f"figures/{name}"
    return found


def _summary(rows: Sequence[Row]) -> Markup:
    """The counts, which are also the buttons of the filter, and a bar of their shares."""
    counts = wording.tally(rows)
    buttons = [_button(str(len(rows)), "claims", "all", "")]
    buttons += [
        _button(str(n), str(verdict), _SLUG[verdict], _sign(verdict))
        for verdict, n in counts.items()
    ]
    bar = (
        element("span", class_=_SLUG[verdict], style=f"flex-grow:{n}")
        for verdict, n in counts.items()
        if n
    )
    failed = [row.claim.id for row in rows if row.error]
    note = ""
    if failed:
        links: list[str] = []
        for name in failed:
            links += [", " if links else "", element("a", name, href=f"#{name}")]
        note = element(
            "p", "The statistic failed, and needs a look: ", *links, ".", class_="failed"
        )
    return together(
        element("div", *buttons, class_="counts"),
        element("div", *bar, class_="bar", aria_hidden="true"),
        element("p", "Choose a count to see those claims alone.", class_="hint", hidden=True),
        note,
    )


def _button(count: str, label: str, slug: str, sign: str) -> Markup:
    words = element("span", sign, label, class_="label")
    number = element("span", count, class_="number")
    pressed = "true" if slug == "all" else "false"
    return element(
        "button",
        *(number, " ", words),
        type="button",
        class_=slug,
        data_show=slug,
        aria_pressed=pressed,
        disabled=True,  # the script wakes it
    )


def _sign(verdict: Verdict) -> Markup:
    disc = element("circle", cx="8", cy="8", r="7")
    stroke = element("path", d=_SIGN[verdict])
    name = f"sign {_SLUG[verdict]}"
    return element("svg", disc, stroke, viewBox="0 0 16 16", class_=name, aria_hidden="true")


def _overview(parts: Sequence[tuple[str, Sequence[Row]]]) -> Markup:
    columns = (("Claim", 2), ("Published", 1), ("Measured", 1), ("Accepted", 2), ("Verdict", 1))
    names = (element("th", name, scope="col", colspan=str(n)) for name, n in columns)
    head = element("thead", element("tr", *names))
    bodies = (
        element(
            "tbody",
            element("tr", element("th", name, colspan="7", scope="rowgroup"), class_="part"),
            *(_line(row) for row in group),
        )
        for name, group in parts
    )
    key = element("p", _KEY, class_="key")
    heading = element("h2", "Overview")
    return element("section", heading, key, element("table", head, *bodies), id="overview")


def _line(row: Row) -> Markup:
    claim, slug = row.claim, _SLUG[row.verdict]
    picture = numberline.small(row.measured, claim.accepted, claim.published)
    accepted = typeset(wording.accepted(claim.accepted)) if claim.accepted else DASH
    return element(
        "tr",
        element("td", element("a", claim.id, href=f"#{claim.id}"), class_="id"),
        element("td", typeset(claim.statement), class_="statement"),
        element("td", typeset(claim.published), data_label="published"),
        element("td", _value(row.measured) or DASH, data_label="measured", class_="value"),
        element("td", accepted, data_label="accepted"),
        element("td", picture, class_="picture"),
        element("td", _chip(row), class_="verdict"),
        id=f"row-{claim.id}",
        class_=slug,
        data_verdict=slug,
    )


def _chip(row: Row) -> Markup:
    word = element("span", str(row.verdict))
    return element("span", _sign(row.verdict), word, class_=f"chip {_SLUG[row.verdict]}")


def _value(measured: Measured | None) -> Markup:
    value, interval = wording.estimate(measured) if measured else ("", "")
    if not value:
        return Markup()
    after = element("span", " ", typeset(interval), class_="interval") if interval else ""
    return together(element("b", typeset(value)), after)


def _section(row: Row, figures: dict[Path, str], first: dict[Path, str]) -> Markup:
    claim, slug = row.claim, _SLUG[row.verdict]
    up = element("a", "Back to overview", href=f"#row-{claim.id}")
    details = [
        _detail("Source", together(claim.source)),
        _detail("Published", typeset(claim.published)),
        _detail("Measured", _measurement(row)),
        _detail("Accepted", _range(claim.accepted)),
        _detail("Known", typeset(claim.known)) if claim.known else "",
        _detail("Laptop", *_laptop(row)),
        _detail("Papers' size", *paper) if (paper := _papers_size(row)) else "",
    ]
    return element(
        "article",
        element("p", _chip(row), up, class_="above"),
        element("h3", element("a", claim.id, href=f"#{claim.id}"), " ", typeset(claim.statement)),
        numberline.line(row.measured, claim.accepted, claim.published),
        element("dl", *details),
        _figure(row, figures, first),
        id=claim.id,
        class_=slug,
        data_verdict=slug,
    )


def _range(accepted: Accepted | None) -> Markup:
    if accepted is None:
        return together("No range: the papers leave open what the number should be.")
    return together(element("b", typeset(wording.accepted(accepted))), typeset(f": {accepted.why}"))


def _detail(name: str, *what: str) -> Markup:
    return together(element("dt", name), element("dd", *what))


def _measurement(row: Row) -> Markup:
    why, value = why_not_tested(row), _value(row.measured)
    if row.measured is None or not value:
        said = element("p", typeset(row.measured.text)) if row.measured else ""
        failed = "failed" if row.error else None
        return together(element("span", f"No number: {why}.", class_=failed), said)
    n = row.measured.n
    runs = f"{n} independent run" + ("s" if n != 1 else "")
    interval = "95 % interval, " if wording.estimate(row.measured)[1] else ""
    about = element("span", f" ({interval}{runs})", class_="quiet")
    return together(value, about, element("p", typeset(row.measured.text)))


def _laptop(row: Row) -> list[str]:
    """The commands, what they took, and the code that they ran."""
    if not row.claim.laptop and not row.commands:
        return ["There is no laptop version."]
    if row.commands:
        said = element("pre", element("code", "\n".join(row.commands)))
    else:
        said = element("p", "Nothing to run: it is computed with this page.")
    took = f"It took {wording.duration(row.seconds)}" if row.seconds > 0 else "It was run"
    at = f" at commit {wording.commit(row.commit)}" if row.commit else ""
    done = row.verdict is not Verdict.NOT_TESTED or row.seconds > 0
    full = row.commit or None
    return [said, element("p", took, at, ".", class_="quiet", title=full) if done else ""]


def _papers_size(row: Row) -> list[str]:
    claim = row.claim
    command = element("pre", element("code", claim.paper)) if claim.paper else ""
    cost = (
        element("p", typeset(f"Cost: {claim.paper_cost}"), class_="quiet")
        if claim.paper_cost
        else ""
    )
    return [command, cost] if command or cost else []


def _figure(row: Row, figures: dict[Path, str], first: dict[Path, str]) -> Markup:
    """In full under the first claim that it shows, small under the others."""
    name = row.claim.figure or (row.figure.stem if row.figure else "")
    if not name:
        return Markup()
    if row.figure is None or row.figure not in figures:
        return element("p", f"The figure “{name}” has not been drawn.", class_="quiet")
    place, owner = figures[row.figure], first[row.figure]
    if row.figure.suffix.lower() not in PICTURES:
        return element("p", "Figure: ", element("a", name, href=place))
    image = element("img", src=place, alt=f"{row.claim.id}: {name}", loading="lazy")
    again = owner != row.claim.id
    shown = (", in full under ", element("a", owner, href=f"#{owner}")) if again else ()
    caption = element("figcaption", f"Figure “{name}”", *shown)
    link = element("a", image, href=place, class_="image")
    return element("figure", link, caption, class_="again" if again else None)
