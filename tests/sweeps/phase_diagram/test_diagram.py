"""The diagram as a function of its trajectories: lines where they were put, NaN where none is."""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.phase_diagram.diagram import collect, diagram, next_jobs
from sweeps.shared.alpha_grid import Config

BASE = Job("digits10pca", 50, (1, 1), alpha=1.0, parametrisation="ntp", test_points=40)
GRID = Config(BASE, h=(2, 4, 8, 16), alpha_tilde=(0.01, 1.0, 100.0), seeds=3, refine=2.0)
EXACT = 3.7  # kernel change = EXACT / alpha~
JAMMED_BELOW = 5
Y = np.where(np.arange(40) % 2 == 0, 1, -1).astype(np.int8)


def made_up(job: Job) -> tuple[Trajectory, dict[str, np.ndarray]]:
    """A world in which networks of width 5 and more fit, and the kernel moves by 3.7 / alpha~."""
    h = job.widths[0]
    fits = h >= JAMMED_BELOW
    alpha_tilde = 1.0 if job.alpha is None else job.alpha * math.sqrt(h)
    rng = np.random.default_rng(int(job.key[:8], 16))
    F = Y * 0.5 + rng.normal(size=40)
    run = Trajectory(
        result="FITTED" if fits else "OUT_OF_BUDGET",
        N=10 * h + h * h,
        N_all=10 * h + h * h,
        ticks=10,
        t=1.0,
        loss=0.0,
        unsatisfied=0 if fits else 3,
        misclassified=0,
        test_error=float((F * Y <= 0).mean()),
        snapshot_ticks=(1, 10),
        snapshot_loss=(1.0, 0.0),
        snapshot_unsatisfied=(50, 0),
        seconds=0.1,
        kernel_change=None if job.alpha is None else EXACT / alpha_tilde,
    )
    return run, {"F_test": F, "y_test": Y}


class World:
    """A store that is filled by decree."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    def run(self, jobs: list[Job]) -> None:
        for job in jobs:
            trajectory, arrays = made_up(job)
            fields = {**dataclasses.asdict(job), "widths": list(job.widths)}
            self.entries[job.key] = {
                "key": job.key,
                "job": fields,
                "trajectory": trajectory.to_dict(),
            }
            self.outputs[job.key] = arrays

    def runs(self, config: Config = GRID) -> Any:
        return collect(config, iter(self.entries.values()))

    def diagram(self, config: Config = GRID) -> Any:
        return diagram(self.runs(config), self.outputs)


@pytest.fixture(scope="module")
def finished() -> World:
    world = World()
    jobs = GRID.grid()
    for _ in range(20):
        world.run(jobs)
        jobs = [job for job in next_jobs(world.runs()) if job.key not in world.entries]
        if not jobs:
            return world
    raise AssertionError("the bisection does not end")


def test_bisection_ends_with_the_lines_where_they_are(finished: World) -> None:
    found = finished.diagram()
    assert np.all(found.jamming_h > JAMMED_BELOW - 1)
    assert np.all(found.jamming_h < JAMMED_BELOW)
    assert np.all(found.jamming_h_low >= JAMMED_BELOW - 1)
    assert np.all(found.jamming_h_high <= JAMMED_BELOW)
    expected = {0.1: 37.0, 1.0: 3.7, 10.0: 0.37}
    for level, at in expected.items():
        crossing = found.crossover.sel(level=level)
        assert crossing.sel(h=[8, 16]).values == pytest.approx([at, at], rel=1e-6)
        assert np.isnan(crossing.sel(h=[2, 4])).all()  # jammed: no kernel to speak of


def test_brackets_are_one_width_and_one_factor_wide(finished: World) -> None:
    runs = finished.runs()
    for a in GRID.alpha_tilde:
        assert {4, 5} <= set(runs.column(a))
    for h, level in itertools.product((8, 16), (0.1, 1.0, 10.0)):
        row = np.array(runs.row(h))
        at = EXACT / level
        low, high = row[row <= at].max(), row[row > at].min()
        assert high / low <= GRID.refine * (1 + 1e-5)


def test_errors_of_a_cell_are_those_of_its_outputs(finished: World) -> None:
    found = finished.diagram()
    for h, a in itertools.product(GRID.h, GRID.alpha_tilde):
        F = np.stack([finished.outputs[job.key]["F_test"] for job in GRID.jobs(h, a)])
        cell = found.sel(h=h, alpha_tilde=a)
        single = (F * Y <= 0).mean(1)
        assert float(cell.error) == pytest.approx(single.mean())
        assert float(cell.error_se) == pytest.approx(single.std(ddof=1) / 3**0.5)
        assert float(cell.ensemble_error) == pytest.approx((F.mean(0) * Y <= 0).mean())
        assert float(cell.fit) == (h >= JAMMED_BELOW)
        if h >= JAMMED_BELOW:
            assert float(cell.kernel_change) == pytest.approx(EXACT / a)
        else:
            assert math.isnan(cell.kernel_change)
    assert np.isfinite(found.kernel_ensemble_error).all()
    kernels = [[finished.entries[job.key] for job in GRID.kernel_jobs(h)] for h in GRID.h]
    fits = [np.mean([e["trajectory"]["result"] == "FITTED" for e in row]) for row in kernels]
    np.testing.assert_array_equal(found.kernel_fit, fits)
    assert {0.0, 1.0} <= set(fits)
    assert math.isfinite(found.kernel_infinite_error)
    assert found.attrs["complete"] == 1


def test_what_is_missing_is_nan_and_the_rest_stays(finished: World) -> None:
    part = World()
    keys = [job.key for job in GRID.jobs(8, 1.0)]
    part.entries = {k: v for k, v in finished.entries.items() if k not in keys[:1]}
    part.outputs = {k: v for k, v in finished.outputs.items() if k not in keys[:1]}
    found, whole = part.diagram(), finished.diagram()
    assert math.isnan(found.fit.sel(h=8, alpha_tilde=1.0))
    others = found.fit.drop_sel(h=8)
    assert np.array_equal(others, whole.fit.drop_sel(h=8))
    assert found.attrs["done"] == whole.attrs["total"] - 1
    assert found.attrs["complete"] == 0
    nothing = World().diagram()
    assert np.isnan(nothing.ensemble_error).all()
    assert np.isnan(nothing.jamming_h).all()


def test_runs_of_another_config_are_left_out(finished: World) -> None:
    other = dataclasses.replace(GRID, job=dataclasses.replace(BASE, tol=1e-3))
    assert finished.runs(other).found.fitted.isnull().all()
    fewer = finished.runs(dataclasses.replace(GRID, seeds=2))
    assert fewer.found.sizes["seed"] == 2
    assert fewer.fit.notnull().sum() == finished.runs(GRID).fit.notnull().sum() > 0


def test_no_refinement_where_none_is_asked_for(finished: World) -> None:
    world = World()
    plain = dataclasses.replace(GRID, refine=1.0)
    world.run(plain.grid())
    assert next_jobs(world.runs(plain)) == []


def test_all_cells_fit_or_none_does() -> None:
    for h in ((8, 16), (2, 3)):
        config = dataclasses.replace(GRID, h=h)
        world = World()
        world.run(config.grid())
        found = world.diagram(config)
        assert np.isnan(found.jamming_h).all()
        assert np.all(found.fit == float(h[0] >= JAMMED_BELOW))


def test_alpha_itself_may_be_the_axis() -> None:
    config = dataclasses.replace(GRID, scale="alpha")
    world = World()
    world.run(config.grid())
    assert {job.alpha for job in config.jobs(16, 1.0)} == {1.0}
    assert {job.alpha for job in GRID.jobs(16, 1.0)} == {0.25}
    assert np.isfinite(world.diagram(config).ensemble_error).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"h": ()},
        {"h": (0, 2)},
        {"alpha_tilde": ()},
        {"alpha_tilde": (0.0,)},
        {"alpha_tilde": (math.inf,)},
        {"seeds": 0},
        {"scale": "beta"},
        {"refine": 0.5},
    ],
    ids=str,
)
def test_a_grid_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        dataclasses.replace(GRID, **wrong)
