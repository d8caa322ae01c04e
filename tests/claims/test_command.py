"""`python -m claims`: the register is whole, and verdicts follow from what the experiments left."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from analysis.figures import FIGURES
from claims import __main__ as command
from claims.core import judged
from claims.core.check import check
from claims.core.discover import CHAPTERS, CLAIMS, chosen
from claims.core.entries import place
from claims.core.register import Verdict, verdict
from claims.report import evidence, report
from claims.transition import nstar
from jamming.checks.errors import BadInput
from jamming.commands.signals import Terminated
from sweeps.engine.discover import EXPERIMENTS, Experiment, Scale
from sweeps.engine.store.sealed import sealed_json
from tests.made_up.searches import falling_with_time

SOLVABLE, JAMMING = CHAPTERS["random-features"], CHAPTERS["transition"]

# what is published, by chapter; an entry with a letter behind it is a part of a statement
IDS = {
    "identities": {f"U{i}" for i in range(1, 9)}
    | {"SCT7", "SCT8", "SCT14", "PCS2", "PCS4"}
    | {f"GEN{i}" for i in range(1, 7)}
    | {"PTS1"}
    | {f"SPH{i}" for i in range(1, 5)}
    | {"STE1", "STE2", "STE3", "STE9"},
    "equivariance": {f"SPH{i}" for i in range(5, 11)}
    | {"PTS2", "PTS3"}
    | {f"STE{i}" for i in (4, 5, 6, 8, 10)},
    "transition": {f"J{i}" for i in range(1, 26)} | {"J31", "J32", "SLI1", "SLI2"},
    "double-descent": {f"D{i}" for i in range(1, 6)}
    | {f"S{i}" for i in range(1, 19)}
    | {"P12", "P13"},
    "lazy-feature": {f"L{i}" for i in range(1, 28)} | {"X3"},
    "phase-diagram": {"P1", "P2", "P3", "P4", "P11", "X4"},
    "memory": {f"MEM{i}" for i in range(1, 16)},
    "learning-curves": {f"P{i}" for i in range(5, 10)} | {"STR7", "STR9"},
    "random-features": {"X1", "X2", "X5", "X6", "RFA1", "RFA2"},
    "foundations": {f"LAZ{i}" for i in range(1, 5)}
    | {f"LEC{i}" for i in range(1, 7)}
    | {"INV1", "INV2"}
    | {"ABC1", "ABC2", "ABC3"},
    "deformations": {f"DIF{i}" for i in range(1, 9)}
    | {
        *(f"REL{i}" for i in range(1, 19)),
        "STR5",
    }
    | {f"RUD{i}" for i in range(1, 12)},
    "corrections": {f"COR{i}" for i in range(1, 5)},
    "kernel-curves": {f"KER{i}" for i in range(1, 17)} | {"P6", "P10"},
    "scattering": {f"SCT{i}" for i in (*range(1, 7), *range(9, 14))}
    | {f"PCS{i}" for i in (1, 3, 5, *range(7, 13))},
}


def test_the_register_is_whole() -> None:
    check(CLAIMS)
    found = {name: {claim.id.rstrip("abcdef") for claim in each} for name, each in CHAPTERS.items()}
    assert found == IDS
    for claim in CLAIMS:
        assert set(claim.experiments) <= set(EXPERIMENTS)
        assert not claim.figure or claim.figure in FIGURES
        assert not claim.figure or FIGURES[claim.figure].experiment in claim.experiments


def test_every_experiment_serves_a_claim() -> None:
    assert {name for claim in CLAIMS for name in claim.experiments} == set(EXPERIMENTS)


def test_claims_are_chosen_by_id_and_by_chapter() -> None:
    assert chosen() == list(CLAIMS)
    both = sorted([*CHAPTERS["identities"], *SOLVABLE], key=lambda claim: place(claim.id))
    assert chosen(chapters=["random-features", "identities"]) == both
    assert [claim.id for claim in chosen(["X2", "J3"], ["transition"])] == ["J3"]
    assert chosen(chapters=["random_features"]) == chosen(chapters=["random-features"])
    with pytest.raises(BadInput, match="no claim 'L1': choose of L1a, L1b"):
        chosen(["L1"])
    with pytest.raises(BadInput, match="no chapter 'jam': choose of corrections, deformations"):
        chosen(chapters=["jam"])
    with pytest.raises(BadInput, match="none of X1 is in transition"):
        chosen(["X1"], ["transition"])


def searched(exponent: float, scale: float = 0.4, depths: tuple[int, ...] = (2, 3)) -> xr.Dataset:
    """What a search leaves that found N* = scale P^exponent at every depth."""
    P = np.array([250, 500, 1000])
    n = np.tile(scale * P**exponent, (len(depths), 1))
    rng = np.random.default_rng(0)
    samples = n[..., None] * np.exp(0.02 * rng.normal(size=(*n.shape, 50)))
    slope = np.full(len(depths), exponent)
    return xr.Dataset(
        {
            "n_star": (("L", "P"), n),
            "n_star_low": (("L", "P"), 0.96 * n),
            "n_star_high": (("L", "P"), 1.04 * n),
            "n_star_sample": (("L", "P", "sample"), samples),
            "exponent": ("L", slope),
            "exponent_low": ("L", slope - 0.05),
            "exponent_high": ("L", slope + 0.05),
            "run_seed": ("run", np.arange(6)),
        },
        {"L": list(depths), "P": P},
    )


@pytest.mark.parametrize(("exponent", "due"), [(1.0, Verdict.REPRODUCED), (0.5, "not reproduced")])
def test_a_wrong_exponent_turns_the_claim_red(exponent: float, due: str) -> None:
    found = evidence.Evidence(results={"nstar-random": searched(exponent)})
    claim = next(c for c in JAMMING if c.id == "J5")
    row = evidence.judge(claim, found, Path("nowhere"), Scale.LAPTOP)
    assert row.verdict == due
    assert row.measured is not None
    assert row.measured.value == pytest.approx(exponent)


def test_the_exponent_of_mnist_and_its_place_below_random_points() -> None:
    results = {"nstar-mnist": searched(0.75, depths=(1, 3)), "nstar-random": searched(1.0)}
    found = next(c for c in JAMMING if c.id == "J7").statistic(results)
    assert found.value == pytest.approx(0.75)
    # at P = 500 their ratio is 500^-1/4 = 0.21
    assert "at most 0.21 of N* of random points" in found.text


def test_optimisers_are_compared_at_the_same_P() -> None:
    sgd = searched(1.0, scale=0.5, depths=(2,)).sel(P=[250, 1000])
    found = nstar.optimisers(searched(1.0), sgd)
    assert found.value == pytest.approx(1.25)
    assert found.low < 1.25 < found.high


def test_learning_times_give_an_exponent_and_say_whether_N_star_falls() -> None:
    P = np.array([125, 250, 500])
    n = np.array([4.0, 2.0, 1.0])[:, None] * 0.5 * P[None]
    times = xr.Dataset(
        {
            "n_star": (("t", "P"), n),
            "n_star_low": (("t", "P"), 0.9 * n),
            "n_star_high": (("t", "P"), 1.1 * n),
        },
        {"t": [100, 1000, 10000], "P": P},
    )
    found = next(c for c in JAMMING if c.id == "J6").statistic({"learning-time": times})
    assert found.value == pytest.approx(1.0)
    assert found.low < 1 < found.high
    assert "falls with time in 6 of 6" in found.text


def test_the_limit_of_long_times_gives_an_exponent() -> None:
    claim = next(c for c in JAMMING if c.id == "J7a")
    for exponent, due in ((0.75, Verdict.REPRODUCED), (1.0, Verdict.NOT_REPRODUCED)):
        times = falling_with_time(exponent, noise=0.02)
        found = claim.statistic({"learning-time-mnist": times})
        assert found.value == pytest.approx(exponent)
        assert found.n == 6
        assert verdict(found, claim.accepted) is due
        early = claim.statistic({"learning-time-mnist": times.isel(t=slice(2))})
        assert early.value is None
    assert "0.33 of N* after 1000 steps" in found.text


def test_a_claim_without_its_data_is_not_tested_and_says_what_is_missing() -> None:
    found = evidence.Evidence(missing={"nstar-random": "it was not run to its end"})
    claim = next(c for c in JAMMING if c.id == "J5")
    row = evidence.judge(claim, found, Path("nowhere"), Scale.LAPTOP)
    assert row.verdict is Verdict.NOT_TESTED
    assert row.missing == ("nstar-random (it was not run to its end)",)


def test_a_statistic_that_fails_is_a_line_in_the_report() -> None:
    claim = next(c for c in JAMMING if c.id == "J5")
    broken = evidence.Evidence(results={"nstar-random": xr.Dataset()})

    class Empty(dict[str, Any]):
        pass

    broken.results = Empty()
    row = evidence.judge(claim, broken, Path("nowhere"), Scale.LAPTOP)
    assert row.verdict is Verdict.NOT_TESTED
    assert row.error.startswith("KeyError")


def test_a_laptop_run_of_units_writes_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--only", "U1", "U2", "--root", str(tmp_path / "r"), "--report", str(tmp_path / "p")]
    assert command.main(line) == 0
    out = capsys.readouterr().out
    assert "2 reproduced, 0 not reproduced" in out
    assert "1.404" in (tmp_path / "p" / "index.html").read_text()


def test_an_unknown_claim_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "J99"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("claims: there is no claim 'J99'")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "path", "options"),
    [
        ("--root", "file", ["--no-run"]),
        ("--root", "file/below", []),
        ("--report", "file", ["--no-run"]),
        ("--report", "/dev/full", ["--no-run"]),
        ("--report", "page", []),  # where index.html is a folder
    ],
)
def test_a_place_that_is_no_folder_is_refused_before_anything_is_judged(
    option: str,
    path: str,
    options: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def judge(*_: Any) -> None:
        raise AssertionError("too late")

    monkeypatch.setattr(evidence, "gather", judge)
    (tmp_path / "file").write_text("precious")
    (tmp_path / "page" / "index.html").mkdir(parents=True)
    places = {"--root": "r", "--report": "p", option: path}
    words = [word for name, place in places.items() for word in (name, str(tmp_path / place))]
    assert command.main(["--only", "U1", *options, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert path.removesuffix("/below") in err
    assert "folder" in err


def test_without_running_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged, "read", lambda path: {})
    line = ["--only", "J5", "--no-run", "--root", str(tmp_path), "--report", str(tmp_path / "p")]
    assert command.main(line) == 0
    assert "1 not tested at this scale" in capsys.readouterr().out


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An experiment that leaves a search's results, or stops as it is told; how often it ran."""
    codes: list[int] = []

    def run(self: Experiment, root: Path, scale: Scale) -> int:
        folder = self.folder(root, scale)
        folder.mkdir(parents=True, exist_ok=True)
        code = codes.pop(0)
        if code in (0, 3):
            searched(1.0).to_netcdf(folder / self.result)
        return code

    monkeypatch.setattr(Experiment, "run", run)
    return codes


def test_what_has_ended_is_not_run_again(tmp_path: Path, pretended: list[int]) -> None:
    pretended.append(0)
    first = evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)
    again = evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)  # has no code left to pop
    assert set(first.results) == set(again.results) == {"nstar-random"}
    assert again.notes["nstar-random"]["seconds"] > 0


def test_interrupted_is_interrupted_and_goes_on(tmp_path: Path, pretended: list[int]) -> None:
    pretended += [130, 143, 0]
    with pytest.raises(KeyboardInterrupt):
        evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)
    with pytest.raises(Terminated):
        evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)
    note = json.loads((tmp_path / "nstar-random-laptop.json").read_text())
    assert not note["ended"]
    found = evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)
    assert found.notes["nstar-random"]["seconds"] > note["seconds"]


def test_an_experiment_that_refuses_leaves_the_others(tmp_path: Path, pretended: list[int]) -> None:
    pretended += [2, 3]
    found = evidence.gather(["nstar-random", "nstar-mnist"], tmp_path, Scale.LAPTOP)
    assert found.missing == {"nstar-random": "it ended with exit code 2"}
    assert set(found.results) == {"nstar-mnist"}


def test_a_note_of_another_command_does_not_count(tmp_path: Path, pretended: list[int]) -> None:
    pretended += [0, 0]
    evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)
    note = tmp_path / "nstar-random-laptop.json"
    told = json.loads(note.read_text()) | {"command": "another"}
    del told["seal"]
    note.write_text(sealed_json(note.name, told))
    evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)
    assert not pretended
    for damaged in ("{", note.read_text().replace("true", "false")):
        note.write_text(damaged)
        with pytest.raises(BadInput, match="damaged"):
            evidence.gather(["nstar-random"], tmp_path, Scale.LAPTOP)


@pytest.mark.parametrize("error", [BadInput("no\nroom"), KeyError("no room")])
def test_a_figure_that_fails_does_not_lose_the_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(evidence, "drawn", fail)
    found = evidence.Evidence(results={"nstar-random": searched(1.0)})
    claim = next(c for c in JAMMING if c.id == "J5")
    row = evidence.judge(claim, found, Path("nowhere"), Scale.LAPTOP)
    assert row.verdict == Verdict.REPRODUCED
    assert row.figure is None
    said = capsys.readouterr().err
    assert said.startswith(f"claims: there is no figure {claim.figure}: ")
    assert said.count("\n") == 1


def test_a_statistic_that_fails_in_any_way_is_said_in_the_table() -> None:
    claim = next(c for c in JAMMING if c.id == "J5")
    found = evidence.Evidence(results={"nstar-random": None})
    row = evidence.judge(claim, found, Path("nowhere"), Scale.LAPTOP)
    assert row.measured is None
    assert "Error" in row.error


def test_a_page_that_cannot_be_written_does_not_lose_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("precious")
    monkeypatch.setattr(report, "table", lambda rows: f"a table of {len(rows)}")
    line = ["--only", "U1", "--no-run", "--root", str(tmp_path / "r")]
    monkeypatch.setattr(report, "write", failing)
    assert command.main(line) == 2
    out, err = capsys.readouterr()
    assert out == "a table of 1\n"
    assert err == "claims: cannot be written\n"


def failing(*_: Any) -> None:
    raise BadInput("cannot be written")
