"""The report holds all that was found, in arrays, on disk and in words."""

import dataclasses
import io
import json

import numpy as np
import pytest
import xarray as xr

from jamming.fits.logistic import transition
from jamming.nstar.config import Search
from jamming.nstar.report import exponents, known_so_far, table, to_dataset
from jamming.nstar.search import Transition, Width
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory

SEEDS = 4
CONFIG = Search(
    Job("digits10pca", 2, (1,), positive=(1, 2), alpha=3.0),
    P=(100, 200),
    depths=(1, 2),
    seeds=SEEDS,
)


def run(N: int, fitted: bool, seed: int) -> Trajectory:
    """A made-up end, different for every N and seed."""
    return Trajectory(
        result="FITTED" if fitted else "OUT_OF_BUDGET",
        N=N,
        N_all=N + 7,
        ticks=100 + seed,
        t=99.0 + seed,
        loss=0.0 if fitted else 1e-3 * (seed + 1) / N,
        unsatisfied=0 if fitted else N // 2 + seed,
        misclassified=seed,
        test_error=float("nan") if seed == 0 else 0.1 * seed,
        snapshot_ticks=(1,),
        snapshot_loss=(1.0,),
        snapshot_unsatisfied=(3,),
        seconds=0.25 * N,
    )


def made_up(P: int, L: int, n_star: float) -> Transition:
    """Widths 11, 22, ...; everything fits from n_star on."""
    widths = tuple(
        Width(float(h), 11 * h, tuple(run(11 * h, 11 * h >= n_star, s) for s in range(SEEDS)))
        for h in range(1, 8)
    )
    fitted = np.array([w.fits for w in widths])
    if fitted.all() or not fitted.any():
        why = "the smallest network fits" if fitted.all() else "no width that was tried fits"
        return Transition(P, L, widths, why=why)
    at = int(fitted[:, 0].argmax())
    n = transition(np.array([w.N for w in widths]), fitted, samples=50)
    return Transition(P, L, widths, n, widths[at].h, widths[at - 1])


def test_what_counts_as_jammed_is_a_number_of_constraints_per_parameter() -> None:
    left = {"FITTED": 0, "CONVERGED_UNFITTED": 5, "OUT_OF_BUDGET": 11, "NON_FINITE": 3}
    runs = tuple(
        dataclasses.replace(run(100, False, 0), result=result, unsatisfied=n)
        for result, n in left.items()
    )
    assert Width(5.0, 100, runs).fits == [True, False, False, False]
    assert Width(5.0, 100, runs, 0.1).fits == [True, True, False, False]  # the papers' rule
    inside = Transition(100, 1, (), jammed=Width(5.0, 100, runs, 0.1)).inside()[0]
    np.testing.assert_allclose(inside, [0.11, 0.03])


FOUND = [made_up(100, 1, 30), made_up(200, 1, 50), made_up(100, 2, 40), made_up(200, 2, 1e9)]
UNTRIED = Transition(200, 2, (), why="the time limit of 1 s ended the search")


def reread(results: xr.Dataset) -> xr.Dataset:
    """Written as netCDF and opened again."""
    return xr.open_dataset(io.BytesIO(bytes(results.to_netcdf()))).load()


def test_the_arrays_are_labelled_by_depth_and_P() -> None:
    results = to_dataset(CONFIG, FOUND)
    assert results.n_star.dims == ("L", "P")
    assert results.n_star_sample.dims == ("L", "P", "sample")
    assert results.L.values.tolist() == [1, 2]
    assert results.P.values.tolist() == [100, 200]
    for t in FOUND[:3]:
        here = results.sel(L=t.L, P=t.P)
        assert t.n_star is not None
        assert t.jammed is not None
        assert float(here.n_star) == t.n_star.value
        assert float(here.n_star_low) == t.n_star.low
        assert float(here.n_star_high) == t.n_star.high
        assert float(here.h_star) == t.h
        np.testing.assert_array_equal(here.n_star_sample, t.n_star.samples)
        n_delta, loss = t.inside()
        assert float(here.n_delta_inside) == np.median(n_delta) > 0.5
        assert float(here.loss_inside) == np.median(loss) > 0
        assert str(here.why.values) == ""


def test_what_was_not_bracketed_is_nan_and_says_why() -> None:
    here = to_dataset(CONFIG, FOUND).sel(L=2, P=200)
    numbers = ("n_star", "n_star_low", "n_star_high", "h_star", "n_delta_inside", "loss_inside")
    for name in numbers:
        assert np.isnan(here[name])
    assert np.isnan(here.n_star_sample).all()
    assert str(here.why.values) == "no width that was tried fits"


def test_every_run_is_there_with_its_coordinates() -> None:
    results = to_dataset(CONFIG, FOUND)
    assert results.sizes["run"] == 4 * 7 * SEEDS
    expected = {
        (t.L, t.P, w.h, seed): one
        for t in FOUND
        for w in t.widths
        for seed, one in enumerate(w.runs)
    }
    assert len(expected) == results.sizes["run"]
    for i in range(results.sizes["run"]):
        here = results.isel(run=i)
        one = expected.pop(
            (int(here.run_L), int(here.run_P), float(here.run_h), int(here.run_seed))
        )
        assert int(here.n_delta) == one.unsatisfied
        assert str(here.result.values) == one.result
        for name in ("N", "N_all", "ticks", "t", "loss", "misclassified", "test_error", "seconds"):
            np.testing.assert_equal(here[name].item(), getattr(one, name))
    assert not expected


@pytest.mark.parametrize(
    "found",
    [FOUND, FOUND[:1], FOUND[3:], [*FOUND[:3], UNTRIED], [dataclasses.replace(UNTRIED, P=100)]],
    ids=["several", "one", "none bracketed", "one untried", "nothing tried at all"],
)
def test_netcdf_loses_nothing(found: list[Transition]) -> None:
    results = to_dataset(CONFIG, found)
    back = reread(results)
    assert set(back.variables) == set(results.variables)
    assert back.sizes == results.sizes
    for name in results.variables:
        mine, theirs = results[name].values, back[name].values
        if mine.dtype.kind in "US":
            theirs = theirs.astype(str)
        np.testing.assert_array_equal(theirs, mine, err_msg=str(name))
        assert mine.dtype.kind == theirs.dtype.kind
    assert back.attrs == results.attrs


def test_the_config_can_be_read_back() -> None:
    said = json.loads(reread(to_dataset(CONFIG, FOUND)).attrs["config"])
    job = said.pop("job")

    def plain(fields: dict) -> dict:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}

    assert Search(Job(**plain(job)), **plain(said)) == CONFIG


def test_the_table_has_a_row_for_each_transition_with_its_numbers() -> None:
    lines = table(FOUND).splitlines()
    assert len(lines) == 1 + len(FOUND) + 1 + 1  # head, rows, what N_Delta is, exponent of L = 1
    for t, line in zip(FOUND, lines[1:], strict=False):
        cells = line.split()
        assert cells[:2] == [str(t.L), str(t.P)]
        if t.n_star is None:
            assert "no width that was tried fits" in line
            assert "28 OUT_OF_BUDGET" in line
            continue
        n = t.n_star
        assert cells[2:4] == [f"{t.h:g}", f"{n.value:.0f}"]
        assert f"[{n.low:.0f}, {n.high:.0f}]" in line
        assert f"{t.P / n.value:.2f}" in cells
        fitted = sum(r.fitted for w in t.widths for r in w.runs)
        assert f"{fitted} FITTED" in line
        assert f"{28 - fitted} OUT_OF_BUDGET" in line
    assert not table(FOUND).endswith("\n")


def test_the_table_is_aligned() -> None:
    lines = table(FOUND[:3]).splitlines()[:4]
    ends = {line.index(" N*" if i == 0 else f" {round(FOUND[i - 1].n_star.value)} ") for i, line in
            enumerate(lines)}  # fmt: skip
    assert len(ends) == 1


def test_exponents_need_two_bracketed_P() -> None:
    found = exponents(FOUND)
    assert set(found) == {1}
    one, two = FOUND[0].n_star, FOUND[1].n_star
    assert one is not None
    assert two is not None
    assert found[1].value == pytest.approx(np.log(two.value / one.value) / np.log(2))
    assert f"a = {found[1].value:.2f}" in table(FOUND)
    assert exponents(FOUND[2:]) == {}


def test_known_so_far_says_between_which_N_the_transition_is() -> None:
    none_fits = made_up(200, 2, 1e9)
    said = known_so_far(none_fits)
    assert "P = 200" in said
    assert "L = 2" in said
    assert "N* > 77" in said
    assert "no width was fitted" in said
    assert none_fits.why in said

    all_fit = known_so_far(made_up(100, 1, 1))
    assert "no width failed" in all_fit
    assert "N* <= 11" in all_fit

    both = made_up(100, 1, 30)
    stopped = known_so_far(Transition(100, 1, both.widths, why="the time limit ended it"))
    assert "N* > 22" in stopped
    assert "N* <= 33" in stopped

    nothing = known_so_far(UNTRIED)
    assert "time limit" in nothing
    for line in (said, all_fit, stopped, nothing):
        assert "\n" not in line
