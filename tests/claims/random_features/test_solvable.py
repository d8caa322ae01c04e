"""The statistics of random features, on results made by hand for which the answer is known."""

import numpy as np
import pytest
import xarray as xr

from claims.core.check import check
from claims.core.discover import CHAPTERS
from claims.core.register import Measured, Verdict, verdict
from claims.random_features import random_features as statistics
from jamming.models.activations import activation
from jamming.random_features import theory
from tests.made_up.judged import accepted

D, P, N = 200, 300, 20
RATIOS = (0.1, 0.3, 0.5, 0.8, 0.9, 1.0, 1.1, 1.3, 2.0, 4.0)
NAME, HALF, SMALL = (f"random-features{size}" for size in ("", "-half", "-small"))
QUALITATIVE = ("RFA1", "RFA1a", "RFA2", "RFA2a")
SOLVABLE = CHAPTERS["random-features"]
CLAIMS = {claim.id: claim for claim in SOLVABLE}


def made_up(
    *,
    peak_at: float = 1.0,
    bias: float = 0.0,
    scatter: float = 0.02,
    members: int = N,
    seeds: int = 12,
    ratios: tuple[float, ...] = RATIOS,
    ridges: tuple[float, ...] = (0.0, 1e-3),
    seed: int = 0,
) -> xr.Dataset:
    """Theory with noise, its peak moved, a share `bias` off at h = P."""
    h = np.array([round(r * P) for r in ratios])
    mu = theory.constants(activation("relu"))
    rng = np.random.default_rng(seed)

    def exact(n: float, shift: float) -> np.ndarray:
        """[ridge, (one, many)]."""
        at = [theory.Setting(n / shift / D, P / D, lam, 0.5) for lam in ridges]
        return np.array([[theory.network(a, mu), theory.ensemble(a, mu, members)] for a in at])

    truth = np.stack([exact(float(n), 1.0) for n in h])
    shown = np.where(
        np.isfinite(moved := np.stack([exact(float(n), peak_at) for n in h])), moved, 1e3
    )
    shown[h == P] *= 1 + bias
    noise = 1 + scatter * rng.standard_normal((2, h.size, seeds, len(ridges)))
    return xr.Dataset(
        {
            "single": (
                ("h", "seed", "member", "ridge"),
                (shown[:, None, :, 0] * noise[0])[:, :, None].repeat(2, axis=2),
            ),
            "ensemble": (("h", "seed", "ridge"), shown[:, None, :, 1] * noise[1]),
            "single_theory": (("h", "ridge"), truth[..., 0]),
            "ensemble_theory": (("h", "ridge"), truth[..., 1]),
            "flow": ("run", np.array([0.5, 0.7])),
            "closed": ("run", np.array([0.501, 0.7])),
            "flow_h": ("run", np.array([90, 600])),
        },
        coords={"h": h, "ridge": list(ridges), "seed": range(seeds)},
        attrs={"d": D, "P": P, "noise": 0.5, "activation": "relu", "members": members},
    )


def judged(id: str, found: xr.Dataset, half: xr.Dataset | None = None) -> tuple[Measured, Verdict]:
    claim = CLAIMS[id]
    # at half the size what is off at a finite d is off by twice as much
    half = made_up(seed=1).assign_attrs(d=D // 2) if half is None else half
    measured = claim.statistic({NAME: found, HALF: half, SMALL: found})
    return measured, verdict(measured, accepted(claim))


def test_entries_can_be_read_and_can_fail() -> None:
    check(SOLVABLE)
    assert list(CLAIMS) == ["X1", "X2", "X5", "X6", *QUALITATIVE]
    assert {claim.id: claim.experiments for claim in SOLVABLE} == {
        **dict.fromkeys(("X1", "X2", "X6"), (NAME,)),
        "X5": (NAME, HALF),
        **dict.fromkeys(QUALITATIVE, (SMALL,)),
    }


def test_the_truth_is_reproduced() -> None:
    wide = (*RATIOS, 20.0)
    found, half = made_up(ratios=wide), made_up(ratios=wide, seed=1).assign_attrs(d=D // 2)
    for id in CLAIMS:
        measured, came_out = judged(id, found, half)
        assert came_out is Verdict.REPRODUCED, (id, measured)


@pytest.mark.parametrize("at", [0.8, 1.0, 1.3])
def test_the_peak_is_found_where_it_is(at: float) -> None:
    measured, came_out = judged("X1", made_up(peak_at=at))
    assert measured.value == pytest.approx(at)
    assert measured.low <= measured.value <= measured.high
    assert (came_out is Verdict.REPRODUCED) == (at == 1.0)


def test_what_random_features_do_not_do_turns_red() -> None:
    wide = (*RATIOS, 20.0)
    assert judged("RFA1", made_up(peak_at=1.3, ratios=wide))[1] is Verdict.NOT_REPRODUCED
    flat = made_up(ratios=wide)
    flat["single"] = flat.single * 0 + 1
    assert judged("RFA1a", flat)[1] is Verdict.NOT_REPRODUCED
    alone = made_up(ratios=wide)
    factor = 1 + 0.5 * (alone.h > 2 * P)
    kept = alone.ensemble * 0 + alone.single.mean("member")
    alone["ensemble"] = kept - 0.1 * factor
    assert judged("RFA2", alone)[1] is Verdict.NOT_REPRODUCED
    alone["ensemble"] = alone.ensemble * 0 + factor
    measured, came_out = judged("RFA2a", alone)
    assert came_out is Verdict.NOT_REPRODUCED
    assert measured.value == pytest.approx(0.5)


def test_ensembles_that_do_not_average_turn_red() -> None:
    """An ensemble of one is a network."""
    ours, _ = judged("X2", made_up(scatter=0.0))
    mu = theory.constants(activation("relu"))
    near, far = (theory.Setting(r * P / D, P / D, 0.0, 0.5) for r in (1.1, 4.0))
    excess = theory.network(near, mu) - theory.network(far, mu)
    assert ours.value == pytest.approx(theory.ensemble(near, mu, N) / excess)
    _, came_out = judged("X2", made_up(members=1))
    assert came_out is Verdict.NOT_REPRODUCED


def test_theory_that_is_off_at_the_peak_alone_turns_red() -> None:
    def half(bias: float, **more: float) -> xr.Dataset:
        return made_up(bias=bias, seed=1, **more).assign_attrs(d=D // 2)

    for bias in (-0.05, 0.05):  # at either size, and so in the limit
        found = made_up(bias=bias, scatter=0.01)
        measured, came_out = judged("X5", found, half(bias, scatter=0.01))
        assert came_out is Verdict.NOT_REPRODUCED
        assert measured.n == 2 * len(RATIOS)
        _, came_out = judged("X5", found, half(2 * bias, scatter=0.01))  # what goes as 1/d
        assert came_out is Verdict.REPRODUCED
    # where the errors are that large there is no number
    _, came_out = judged("X5", made_up(bias=0.05, scatter=0.5))
    assert came_out is Verdict.NOT_TESTED


def test_a_flow_that_ends_elsewhere_turns_red() -> None:
    found = made_up()
    assert judged("X6", found)[0].value == pytest.approx(0.001 / 0.501)
    found["flow"] = found.flow * 1.05
    assert judged("X6", found)[1] is Verdict.NOT_REPRODUCED


def test_too_little_gives_no_number() -> None:
    for statistic, found in (
        (statistics.peak, made_up(ratios=(0.9, 1.0, 1.1, 1.2, 1.3))),
        (statistics.peak, made_up(ridges=(1e-3,))),
        (statistics.flattened, made_up(ratios=(0.5, 1.0, 1.3, 4.0))),
        (statistics.flattened, made_up(ridges=(1e-3,))),
        (statistics.flattened, made_up(seeds=1)),
        (statistics.trained, made_up().isel(run=slice(0, 0))),
    ):
        assert statistic(found).value is None
    for both in (
        [made_up(ridges=(0.0,))] * 2,
        [made_up(seeds=2)] * 2,
        [made_up(), made_up(ratios=RATIOS[:-1])],
    ):
        assert statistics.agreement(*both).value is None
