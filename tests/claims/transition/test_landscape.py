"""The statistics of jammed landscapes, on runs made by hand for which the answer is known."""

import dataclasses

import numpy as np
import pytest

from claims.core.discover import CHAPTERS
from claims.core.register import Verdict, verdict
from claims.transition import landscape
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.transition.endpoint import EDGES, Endpoint
from sweeps.transition.landscape import Run

N, P = 100, 280
RANDOM, DEEP = "landscape-random", "landscape-deep"
TANH, MNIST = "landscape-tanh", "landscape-mnist"
CLAIMS = {claim.id: claim for claim in CHAPTERS["transition"]}


def run(
    *, L: int = 2, P: int = P, seed: int = 0, left: int = 75, loss: float = 1e-4, wrong: int = 0
) -> Run:
    """A run with `left` unsatisfied constraints at a loss, and spectra as the theory has them."""
    rng = np.random.default_rng([L, P, seed])
    fitted = left == 0
    overlap = np.sqrt(2 * P * loss / max(left, 1))
    delta = np.concatenate([np.full(left, overlap), -rng.uniform(0, 2, P - left)])
    half = np.geomspace(1e-3, 1, 45) * np.sqrt(loss)
    H_p = np.sort(np.concatenate([-half, np.zeros(10), half]))
    H_0 = np.sort(np.concatenate([np.zeros(N - min(left, N)), np.geomspace(1, 50, min(left, N))]))
    H = np.sort(np.concatenate([-np.geomspace(1e-4, 1e-2, 10), np.geomspace(1e-4, 50, N - 10)]))
    empty = np.empty(0)
    bins = np.full((L, EDGES.size - 1), 0.1)
    at = Endpoint(
        delta=delta,
        H=empty if fitted else H,
        H_0=empty if fitted else H_0,
        H_p=empty if fitted else H_p,
        H_p_start=np.sort(np.concatenate([-half, half])),
        train=bins,
        unseen=bins,
        on_kink=np.full(L, 21.0 / L),
        by_chance=np.full(L, 1.0 / L),
        distance=np.full(L, 0.01),
    )
    job = Job("random", P, (5,) * L, init_seed=seed, data_seed=seed, margin=0.5)
    trajectory = Trajectory(
        result="FITTED" if fitted else "OUT_OF_BUDGET",
        N=N,
        N_all=N,
        ticks=10,
        t=10.0,
        loss=0.0 if fitted else loss,
        unsatisfied=left,
        misclassified=wrong,
        test_error=0.5,
        snapshot_ticks=(10,),
        snapshot_loss=(loss,),
        snapshot_unsatisfied=(left,),
        seconds=1.0,
    )
    return Run(job, trajectory, at)


def scan(height: float = 0.75, depths: tuple[int, ...] = (2, 3)) -> list[Run]:
    """Fits below P/N = 2.6, jammed above; the loss grows with P / N."""
    runs = []
    for L in depths:
        for ratio in (2.2, 2.4, 2.6, 2.8, 3.0, 3.2):
            for seed in range(4):
                if ratio < 2.7:
                    runs.append(run(L=L, P=round(ratio * N), seed=seed, left=0))
                    continue
                loss = 3e-6 * 10 ** (5 * (ratio - 2.8)) * (1 + 0.1 * seed)
                left = round(N * height + 4 * seed)
                wrong = round(1e6 * loss)
                more = {"left": left, "loss": loss, "wrong": wrong}
                runs.append(run(L=L, P=round(ratio * N), seed=seed, **more))
    return runs


@pytest.fixture(scope="module")
def results() -> dict[str, list[Run]]:
    random = {RANDOM: scan(depths=(2,)), DEEP: scan(depths=(3,))}
    return random | {TANH: scan(), MNIST: scan(0.5)}


@pytest.mark.parametrize(
    ("id", "value", "tolerance"),
    [
        ("J2", 0.81, 0.04),
        ("J17", 0.56, 0.03),
        ("J3", 1.0, 0),
        ("J4", 0.0, 0),
        ("J11", 0.5, 1e-9),
        ("J12", 0.5, 1e-12),
        ("J13", 0.45, 1e-12),
        ("J14", 1.0, 0),
        ("J15", 0.1, 1e-12),
        ("J21", 0.2, 1e-12),
        ("J23", 10 / 10, 0.4),
    ],
)
def test_numbers_that_were_put_in_come_out(
    results: dict[str, list[Run]], id: str, value: float, tolerance: float
) -> None:
    found = CLAIMS[id].statistic(results)
    assert found.value == pytest.approx(value, abs=tolerance)
    assert found.n > 1
    if found.low is not None:
        assert found.low <= found.value <= found.high


def test_misclassified_points_grow_with_the_loss(results: dict[str, list[Run]]) -> None:
    found = landscape.wrong_with_loss(results[RANDOM], results[DEEP])
    assert found.value > 0.9
    one_depth = [r for r in landscape.jammed(results[RANDOM]) if r.job.L == 2]
    turned = [
        dataclasses.replace(r, trajectory=dataclasses.replace(r.trajectory, misclassified=7 - k))
        for k, r in enumerate(sorted(one_depth, key=_loss)[:7])
    ]
    assert landscape.wrong_with_loss(turned, []).value == pytest.approx(-1)


def _loss(r: Run) -> float:
    return r.trajectory.loss


def test_spectra_that_do_not_scale_with_the_loss_turn_red(results: dict[str, list[Run]]) -> None:
    claim = CLAIMS["J11"]
    assert verdict(claim.statistic(results), claim.accepted) is Verdict.REPRODUCED
    stuck = [
        dataclasses.replace(r, at=dataclasses.replace(r.at, H_p=r.at.H_p / np.sqrt(_loss(r))))
        for r in landscape.jammed(results[RANDOM])
        if r.at is not None
    ]
    assert verdict(claim.statistic({RANDOM: stuck}), claim.accepted) is Verdict.NOT_REPRODUCED


def test_what_deeper_networks_gave_is_said(results: dict[str, list[Run]]) -> None:
    found = CLAIMS["J2"].statistic(results)
    alone = CLAIMS["J2"].statistic({RANDOM: results[RANDOM]})
    assert (found.value, found.n) == (alone.value, alone.n)
    assert "(landscape-deep: 0.8" in found.text
    assert "landscape-deep" not in CLAIMS["J17"].statistic(results).text


def test_a_run_that_lost_a_few_points_has_not_jammed() -> None:
    few = scan(depths=(2,))
    trapped = [
        run(P=r.job.P, seed=r.job.init_seed, left=9) if r.trajectory.fitted else r for r in few
    ]
    assert any(r.trajectory.unsatisfied == 9 for r in trapped)
    places = [(r.job.P, r.job.init_seed) for r in landscape.jammed(trapped)]
    assert places == [(r.job.P, r.job.init_seed) for r in landscape.jammed(few)] != []


def test_negative_eigenvalues_of_tanh_are_counted_far_inside(
    results: dict[str, list[Run]],
) -> None:
    inside = [run(P=490, seed=seed, left=150, loss=2e-2) for seed in range(5)]
    few = [
        dataclasses.replace(r, at=dataclasses.replace(r.at, H=np.abs(r.at.H)))
        for r in inside
        if r.at is not None
    ]
    for far, share in ((inside, 0.1), (few, 0.0)):
        found = CLAIMS["J16"].statistic({TANH: results[TANH] + far})
        assert (found.value, found.n) == (share, 5)
        assert "near jamming 0.100" in found.text
    assert CLAIMS["J16"].statistic({TANH: results[TANH]}).value is None  # none is far inside


def test_no_runs_no_numbers() -> None:
    nothing: dict[str, list[Run]] = {RANDOM: [], DEEP: [], TANH: [], MNIST: []}
    ids = "J2 J3 J4 J8 J9 J11 J12 J13 J14 J16 J21 J23"
    for id in ids.split():
        assert CLAIMS[id].statistic(nothing).value is None
