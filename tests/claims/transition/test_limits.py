"""Limits and offsets, on made-up results for which the answer is known; and their figures."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from analysis.transition import height, limit
from analysis.transition.estimates import DEEPEST, height_at_jamming, over_width, width
from claims.core.discover import CHAPTERS
from claims.core.register import Verdict, verdict
from claims.transition import landscape, nstar
from sweeps.transition.landscape import Run
from tests.claims.transition.test_landscape import N, run

CLAIMS = {claim.id: claim for claim in CHAPTERS["transition"]}
H = np.array([8.0, 10.0, 14.0, 19.0, 27.0])


def search(c: float = 2.85, L: int = 2, form: float = 2.0, error: float = 0.02) -> xr.Dataset:
    """A search that found P/N* = c (1 - (3.5/h)^form) without noise, at N* of the widths H."""
    n = L * H**2 + H
    P = c * (1 - (3.5 / H) ** form) * n
    rng = np.random.default_rng(0)
    samples = n[:, None] * np.exp(error * rng.normal(size=(n.size, 200)))
    ends = {"": 1.0, "_low": np.exp(-1.96 * error), "_high": np.exp(1.96 * error)}
    columns = {f"n_star{end}": (("L", "P"), n[None] * by) for end, by in ends.items()}
    columns |= {"n_star_sample": (("L", "P", "sample"), samples[None])}
    return xr.Dataset(columns | {"run_seed": ("run", np.arange(6))}, {"L": [L], "P": P})


def line(c: float = 0.75, seeds: int = 20, L: int = 2) -> list[Run]:
    """Jammed runs with N_Delta/N = c (1 + 4 sqrt(loss)), to within a constraint."""
    losses = np.geomspace(2e-6, 2e-3, seeds)
    left = [round(N * c * (1 + 4 * np.sqrt(loss))) for loss in losses]
    rows = zip(losses, left, strict=True)
    return [run(L=L, seed=s, left=k, loss=float(loss)) for s, (loss, k) in enumerate(rows)]


def test_the_width_is_that_of_the_weights() -> None:
    for L in (1, 2, 5):
        np.testing.assert_allclose(width(L * H**2 + H, L), H)


@pytest.mark.parametrize(("c", "due"), [(2.85, Verdict.REPRODUCED), (4.4, Verdict.NOT_REPRODUCED)])
def test_the_limit_is_judged_and_not_what_small_networks_show(c: float, due: Verdict) -> None:
    found = {"nstar-random": search(c), "nstar-deep": search(c, 3)}
    number = CLAIMS["J1"].statistic(found)
    assert number.value == pytest.approx(c)
    assert float((found["nstar-random"].P / found["nstar-random"].n_star).min()) < 0.82 * c
    assert verdict(number, CLAIMS["J1"].accepted) is due
    assert "L = 3: h from 8.0 to 27.0, chi2 " in number.text
    assert "with 1/h, of which c is 3." in number.text or c > 3


def test_a_correction_of_another_form_is_told_by_its_chi2() -> None:
    right, wrong = (over_width(search(form=form, error=0.01))[2] for form in (2.0, 1.0))
    assert right.stated.chi2 < 1e-9 < 1 < right.others[0].chi2
    assert wrong.others[0].chi2 < 1e-9 < 1 < wrong.stated.chi2
    # the stated form is below the limit that 1/h has, and says so
    assert wrong.stated.limit.value < 2.6 < wrong.systematic.high == pytest.approx(2.85)


def test_a_depth_with_two_sizes_has_no_limit() -> None:
    few = search(L=3)
    few["n_star"] = few.n_star.where(few.P >= few.P[-2])
    assert over_width(few) == {}
    number = nstar.limit_of_random(search(), few)
    assert number.value is None
    assert "L = 3: N* is known at fewer than three P" in number.text


def test_the_exponent_is_that_of_the_last_two_octaves() -> None:
    found = search()
    number = nstar.exponent_of_random(found)
    late = found.isel(P=slice(2, None))  # within a factor of four of the last
    slope = np.polyfit(np.log(late.P.values), np.log(late.n_star.values[0]), 1)[0]
    assert number.value == pytest.approx(slope)
    assert number.low < number.value < number.high
    assert nstar.exponent_of_random(found.isel(P=[0, -1])).value is None


def test_the_height_is_that_at_no_loss() -> None:
    runs = line()
    found = height_at_jamming(runs)
    assert found.limit.value == pytest.approx(0.75, abs=0.005)
    assert found.a.value == pytest.approx(-4, abs=0.4)
    number = CLAIMS["J2"].statistic({"landscape-random": runs})
    assert (number.value, number.n) == (found.limit.value, len(runs))
    assert verdict(number, CLAIMS["J2"].accepted) is Verdict.REPRODUCED
    gradual = [run(seed=s, left=10 + 2 * s, loss=1e-5 * (1 + s) ** 2) for s in range(10)]
    number = CLAIMS["J2"].statistic({"landscape-random": gradual})
    assert verdict(number, CLAIMS["J2"].accepted) is Verdict.NOT_REPRODUCED
    assert CLAIMS["J2"].statistic({"landscape-random": runs[:2]}).value is None


@pytest.mark.parametrize(("by", "due"), [(1.0, Verdict.REPRODUCED), (1.3, Verdict.NOT_REPRODUCED)])
def test_depths_are_judged_by_their_offset(by: float, due: Verdict) -> None:
    number = landscape.offset(line(), line(0.75 * by, L=3))
    assert number.value == pytest.approx(by - 1, abs=0.02)
    assert verdict(number, CLAIMS["J8"].accepted) is due


def test_an_offset_wants_two_depths() -> None:
    assert landscape.offset(line(), []).value is None
    assert landscape.offset(line(), line(L=3)[:5]).value is None


def shown(figure: Callable[..., object], of: object) -> list[str]:
    page = figure(of)
    return [text.get_text() for ax in page.axes for text in ax.get_legend().get_texts()]  # type: ignore[attr-defined]


def test_figures_show_the_limits() -> None:
    page = limit.figure(search())
    (left, right) = page.axes
    solid = left.lines[-2]
    assert float(solid.get_ydata()[0]) == pytest.approx(2.85)
    assert float(solid.get_xdata()[0]) == 0.0
    np.testing.assert_allclose(right.lines[-2].get_ydata(), 0, atol=1e-6)
    assert any("2.85 [2." in text for text in shown(limit.figure, search()))
    runs = line()
    assert any("L = 2:  0.75 [0.7" in text for text in shown(height.figure, runs))
    (ax,) = height.figure(runs).axes
    assert float(ax.lines[0].get_xdata()[-1]) == pytest.approx(np.sqrt(DEEPEST))
