"""The TOML files of the register: what is read, and what is refused in one line."""

import math
from pathlib import Path

import pytest

from claims.core.discover import CHAPTERS, CLAIMS
from claims.core.entries import read
from claims.core.register import Accepted, Alternative, Claim, Data, Published
from claims.transition import nstar
from jamming.checks.errors import BadInput

ENTRY = {
    "statement": '"N* is proportional to P."',
    "source": '"an example"',
    "published": "1",
    "data": '"smaller"',
    "statistic": '"nstar.exponent_of_random"',
    "accepted": "[0.9, 1.1]",
    "why": '"a tenth"',
    "alternative": '{text = "as for MNIST", value = 0.75}',
    "experiments": '["nstar-random"]',
}


def written(folder: Path, **changed: str) -> Path:
    """A chapter of one entry; what is changed to "" is left out."""
    chapter = folder / "transition"
    chapter.mkdir(exist_ok=True)
    lines = [f"{key} = {value}" for key, value in (ENTRY | changed).items() if value]
    (chapter / "claims.toml").write_text("\n".join(["[X99]", *lines]))
    return chapter


def entry(folder: Path, **changed: str) -> Claim:
    (claim,) = read(written(folder, **changed))
    return claim


def test_an_entry_is_a_claim(tmp_path: Path) -> None:
    claim = entry(tmp_path, known='"It holds."', figure='"nstar-random"')
    assert claim.id == "X99"
    assert claim.statement == "N* is proportional to P."
    wrong = Alternative("as for MNIST", 0.75)
    assert claim.accepted == Accepted(0.9, 1.1, "a tenth", alternative=wrong)
    assert claim.data is Data.SMALLER
    assert claim.experiments == ("nstar-random",)
    assert claim.paper == "python -m claims --only X99 --scale paper"
    assert claim.paper_cost.startswith("nstar-random: ")
    assert (claim.known, claim.figure, claim.laptop) == ("It holds.", "nstar-random", True)
    exact = entry(tmp_path, exact="true", training_sets='"counted"').accepted
    assert exact == Accepted(0.9, 1.1, "a tenth", exact=True, alternative=wrong, of_sets=True)
    each = entry(tmp_path, training_sets='"each"').accepted
    assert each is not None
    assert not each.of_sets


@pytest.mark.parametrize(
    ("published", "found"),
    [
        ("0.75", Published("0.75", ((0.75, 0.75),))),
        ("-1", Published("-1", ((-1.0, -1.0),))),
        ('"at N*"', Published("at N*")),
        ('{number = 64, unit = "channels"}', Published("64 channels", ((64.0, 64.0),))),
        (
            "{number = 1.5, error = 0.25, about = true}",
            Published("about 1.5 +- 0.25", ((1.25, 1.75),)),
        ),
        ('{fraction = "-1/2", remark = "fitted"}', Published("-1/2 (fitted)", ((-0.5, -0.5),))),
        ('{low = 67, high = 72, unit = "%"}', Published("67 to 72 %", ((67.0, 72.0),))),
        ("{low = -inf, high = 1e-3}", Published("< 1e-3", ((-math.inf, 1e-3),))),
        (
            "{each = [0.21, {low = 0.7, high = inf}]}",
            Published("0.21, > 0.7", ((0.21, 0.21), (0.7, math.inf))),
        ),
    ],
)
def test_each_form_of_a_published_number(published: str, found: Published, tmp_path: Path) -> None:
    assert entry(tmp_path, published=published).published == found


def test_letters_stand_for_papers(tmp_path: Path) -> None:
    claim = entry(tmp_path, source='{A = "Fig. 6a", thesis = "chapter 2"}')
    assert claim.source == "Geiger et al. 2019, The jamming transition as a paradigm, Fig. 6a; " + (
        "thesis, chapter 2"
    )


def test_without_a_range_it_is_open_and_without_a_statistic_it_is_large(tmp_path: Path) -> None:
    assert entry(tmp_path, accepted="").accepted is None
    large = entry(tmp_path, statistic="", experiments="", paper='"make it"', cost='"a day"')
    assert not large.laptop
    assert (large.paper, large.paper_cost) == ("make it", "a day")
    assert large.statistic({}).value is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sentence": '"x"'}, "there is no key 'sentence'"),
        ({"statement": ""}, "'statement' is missing"),
        ({"statement": "1"}, "'statement' must be a text"),
        ({"published": "true"}, "'published' must be a text or a number or a table, not True"),
        ({"published": "[1, 2]"}, "'published' must be a text or a number or a table"),
        ({"published": "{low = 1}"}, "published: 'high' is missing"),
        ({"published": "{number = 1, width = 2}"}, "published: there is no key 'width'"),
        ({"published": '{fraction = "half"}'}, "published: Invalid literal"),
        ({"published": '{fraction = "1/0"}'}, "published: Fraction"),
        ({"published": '{each = ["x"]}'}, "'number' must be a number"),
        ({"source": "{A = 6}"}, "'source' must be a text, not 6"),
        ({"accepted": "[1.0]"}, "'accepted' must be [low, high]"),
        ({"accepted": '[1.0, "x"]'}, "'accepted' must be a number, not 'x'"),
        ({"experiments": '["nstar-rand"]'}, "there is no experiment 'nstar-rand'"),
        ({"data": ""}, "'data' is missing"),
        ({"data": '"other"'}, "'data' must be one of same, smaller, analogue, toy, not 'other'"),
        ({"alternative": '{text = "none"}'}, "'value' is missing"),
        ({"alternative": "1"}, "'alternative' must be a table"),
        ({"training_sets": "5"}, "'training_sets' must be a text, not 5"),
        ({"training_sets": '"some"'}, "'training_sets' must be counted or each, not 'some'"),
        ({"beside": '"nstar-rand"'}, "there is no experiment 'nstar-rand'"),
        ({"laptop": "1"}, "'laptop' must be true or false"),
        ({"statistic": '"nstar.exponent"'}, "there is no statistic 'nstar.exponent'"),
        ({"statistic": '"stars.exponent"'}, "there is no statistic 'stars.exponent'"),
        ({"statistic": '"exponent_of_random"'}, "there is no statistic 'exponent_of_random'"),
        ({"with": "{depth = 2}"}, "nstar.exponent_of_random is given other arguments"),
        ({"experiments": "[]"}, "nstar.exponent_of_random is given other arguments"),
        ({"statement": '"'}, "at line 2"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_file_and_the_claim(
    changed: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as refused:
        entry(tmp_path, **changed)
    message = str(refused.value)
    assert said in message
    assert message.startswith(str(tmp_path / "transition" / "claims.toml"))
    assert "\n" not in message
    assert "X99" in message or "line 2" in message


def test_an_entry_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text("X99 = 1")
    with pytest.raises(BadInput, match="X99: must be a table"):
        read(tmp_path)


def test_a_fit_that_is_given_too_little_is_no_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reason is the text; what fails in any other way is a fault, and raised."""

    def refused(found: object) -> None:
        raise BadInput("three P are needed") if found else KeyError("n_star")

    monkeypatch.setattr(nstar, "exponent_of_random", refused)
    statistic = entry(tmp_path).statistic
    found = statistic({"nstar-random": True})
    assert (found.value, found.text) == (None, "three P are needed")
    with pytest.raises(KeyError):
        statistic({"nstar-random": False})


def test_all_files_of_a_chapter_are_read(tmp_path: Path) -> None:
    chapter = written(tmp_path)
    text = (chapter / "claims.toml").read_text()
    (chapter / "others.toml").write_text(text.replace("X99", "X98"))
    assert {claim.id for claim in read(chapter)} == {"X98", "X99"}


def test_the_register_is_in_its_order() -> None:
    """By part, then by number; reading has resolved every statistic."""
    ids = [claim.id for claim in CLAIMS]
    assert ids.index("U8") < ids.index("J1") < ids.index("J2") < ids.index("J10") < ids.index("X1")
    assert len(ids) == sum(map(len, CHAPTERS.values())) == len(set(ids))
    assert all(callable(claim.statistic) for claim in CLAIMS)
