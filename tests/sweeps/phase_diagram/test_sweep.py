"""The sweep as a user runs it: from the command line to figures, killed, resumed, distributed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.engine.execute import UserSupplied, execute
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.phase_diagram import sweep
from sweeps.phase_diagram.commands import PhaseDiagram
from sweeps.phase_diagram.sweep import open_diagram, phase_diagram
from sweeps.shared.alpha_grid import Config

ROOT = Path(__file__).parents[3]
OPTIONS = (
    "--P 40 --h 2 8 --alpha-tilde 0.1 1 100 --seeds 2 --steps 400 --test-points 60"
    " --kernel-points 20 --refine 4"
)
SMALL = OPTIONS.split()


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """What the trajectories of a store came to, but for how long they took."""
    store = Store(folder)
    return {
        key: {
            **{k: v for k, v in store[key]["trajectory"].items() if k != "seconds"},
            **{name: a.tobytes() for name, a in store.arrays(key).items()},
        }
        for key in store
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that nobody interrupted."""
    folder = tmp_path_factory.mktemp("sweep") / "whole"
    assert PhaseDiagram.main([*SMALL, "--out", str(folder)]) == 0
    return folder


def test_the_command_leaves_a_store_figures_and_labelled_results(whole: Path) -> None:
    for name in ("phase_diagram.png", "double_descent.png"):
        assert (whole / name).read_bytes().startswith(b"\x89PNG")
    found = open_diagram(whole)
    with xr.open_dataset(whole / "phase_diagram.nc") as stored:
        xr.testing.assert_equal(found, stored.load())
    assert found.attrs["complete"] == 1
    assert np.isfinite(found.ensemble_error).all()
    assert np.isfinite(found.kernel_ensemble_error).all()
    assert float(found.fit.sel(h=8, alpha_tilde=1.0)) == 1
    assert float(found.kernel_infinite_error) < 0.5


def test_the_same_command_again_runs_nothing(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (whole / "trajectories").iterdir()}
    assert PhaseDiagram.main([*SMALL, "--out", str(whole)]) == 0
    assert {p: p.stat().st_mtime_ns for p in (whole / "trajectories").iterdir()} == before
    assert "0 trajectories, 0 gradients" in capsys.readouterr().err


def killed_and_resumed(
    folder: Path, options: list[str], kills: int, longest: float, clock: random.Random
) -> None:
    command = [sys.executable, "-m", "sweeps.phase_diagram", *options, "--out", str(folder)]
    for _ in range(kills):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        time.sleep(clock.uniform(0.5, longest))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_sweep_that_was_killed_ends_as_one_that_was_not(whole: Path, tmp_path: Path) -> None:
    killed_and_resumed(tmp_path / "killed", SMALL, 1, 12.0, random.Random(1))
    assert results(tmp_path / "killed") == results(whole)


@pytest.mark.slow
def test_ten_kills_change_nothing(whole: Path, tmp_path: Path) -> None:
    killed_and_resumed(tmp_path / "killed", SMALL, 10, 15.0, random.Random(2))
    assert results(tmp_path / "killed") == results(whole)


def test_interrupted_by_the_keyboard_it_says_so(tmp_path: Path) -> None:
    minutes = ["--h", "2", "--steps", "100000", "--seeds", "300"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sweeps.phase_diagram", *SMALL, *minutes, "--out", str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "phase_diagram.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "the same command goes on there" in said
    assert "Traceback" not in said


def test_a_config_file_says_the_same_as_the_line(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(
        'dataset = "digits10pca"\nP = [40]\nh = [2, 8]\nalpha_tilde = [0.1, 1, 100]\n'
        "seeds = 3\nbias = true\nno-kernel = false\n"
    )
    given = PhaseDiagram.of(["--config", str(path), "--seeds", "2"]).config()
    line = "--P 40 --h 2 8 --alpha-tilde 0.1 1 100 --seeds 2 --bias"
    assert given == PhaseDiagram.of(line.split()).config()


@pytest.mark.slow
def test_a_grid_over_P_and_depth_gives_a_folder_each(tmp_path: Path) -> None:
    line = "--P 20 30 --depth 1 2 --h 4 --alpha-tilde 1 --seeds 1 --steps 5 --no-kernel"
    grid = [*line.split(), "--dynamics", "euler"]  # the quickest to compile
    configs = PhaseDiagram.of(grid).config()
    assert {(c.job.P, c.job.L) for c in configs} == {(20, 1), (20, 2), (30, 1), (30, 2)}
    assert PhaseDiagram.main([*grid, "--test-points", "10", "--out", str(tmp_path)]) == 0
    for config in configs:
        folder = tmp_path / f"P{config.job.P}-L{config.job.L}"
        assert open_diagram(folder).attrs["complete"] == 1


def test_a_dry_run_says_what_it_would_cost_and_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PhaseDiagram.main([*SMALL, "--dry-run", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "12 trajectories in 6 cells, 5 kernel flows" in said
    assert "min" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--dataset nothing", "nothing"),
        ("--P 100000", "P"),
        ("--h 0", "h"),
        ("--alpha-tilde 0", "alpha"),
        ("--alpha-tilde -1", "alpha"),
        ("--alpha 1 --alpha-tilde 1", "both"),
        ("--seeds 0", "seeds"),
        ("--tol 0", "tol"),
        ("--refine 0.1", "refine"),
        ("--label-noise 1.5", "noise"),
        ("--precision float16", "precision"),
        ("--activation step", "activation"),
        ("--config nowhere.toml", "nowhere.toml"),
        ("--scheduler tcp://127.0.0.1:9", "scheduler"),
    ],
)
def test_bad_input_gives_one_line_and_exit_code_2(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PhaseDiagram.main([*options.split(), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert word in said


def test_a_config_file_that_is_wrong_gives_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("seeds = ", 'colour = "red"'):
        path = tmp_path / "sweep.toml"
        path.write_text(text)
        assert PhaseDiagram.main(["--config", str(path), "--out", str(tmp_path / "out")]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "sweep.toml" in said


def test_a_folder_without_a_diagram_or_with_a_damaged_one_is_refused(
    tmp_path: Path, whole: Path
) -> None:
    with pytest.raises(BadInput, match="no phase diagram"):
        open_diagram(tmp_path)
    Store(tmp_path).make()
    for text in ("{", "[]", json.dumps({"job": {"colour": 1}})):
        (tmp_path / "phase_diagram.json").write_text(text)
        with pytest.raises(BadInput, match="damaged"):
            open_diagram(tmp_path)


class Bumps(nn.Module):
    """A network of one's own: h Gaussian bumps."""

    h: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        centres = self.param("centres", nn.initializers.normal(1.0), (self.h, x.shape[-1]))
        d2 = jnp.sum((x[:, None, :] - centres[None]) ** 2, axis=-1)
        out = self.param("out", nn.initializers.normal(1.0), (self.h,))
        return jnp.exp(-d2 / 2) @ out / self.h**0.5


def bumps(job: Job) -> Bumps:
    return Bumps(job.widths[0])


def own_problem() -> tuple[Config, UserSupplied]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = np.where(np.hypot(x[:, 0], x[:, 1]) > 1.17, 1.0, -1.0)
    job = Job("own", 40, (1,), alpha=1.0, dynamics="euler", loss="soft_hinge", slack=0.0,
              max_ticks=2000, test_points=100, kernel_points=20, label="ring")  # fmt: skip
    return Config(job, h=(4, 32), alpha_tilde=(1.0, 100.0), seeds=2), UserSupplied(bumps, x, y)


@pytest.mark.slow
def test_own_networks_and_data_have_a_diagram_too(tmp_path: Path) -> None:
    config, own = own_problem()
    found = phase_diagram(config, Store(tmp_path / "ring"), own=own)
    assert found.attrs["dataset"] == "ring"
    assert found.attrs["complete"] == 1
    assert float(found.error.sel(h=32, alpha_tilde=100.0)) < 0.35
    assert np.isfinite(found.kernel_ensemble_error).all()
    xr.testing.assert_equal(found, open_diagram(tmp_path / "ring"))


def test_what_was_made_of_own_labels_is_an_attribute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "diagrams", lambda *of, **how: [xr.Dataset()])
    config, own = own_problem()
    assert phase_diagram(config, Store(tmp_path), own=own).attrs == {}
    words = UserSupplied(own.network, own.x, np.where(own.y > 0, "outside", "inside"))
    found = phase_diagram(config, Store(tmp_path), own=words)
    n = int((own.y > 0).sum())
    assert found.attrs == {"data": f"labels: 'inside' ({200 - n}) -> -1, 'outside' ({n}) -> +1"}


def test_own_networks_need_a_label(tmp_path: Path) -> None:
    own = own_problem()[1]
    plain = Config(Job("digits10pca", 40, (1,), alpha=1.0), (4,), (1.0,))
    with pytest.raises(BadInput, match="label"):
        phase_diagram(plain, Store(tmp_path), own=own)


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_cluster_whose_worker_is_killed_gives_the_same(whole: Path, tmp_path: Path) -> None:
    """Real worker processes; one of them gets SIGKILL as soon as the first results are there."""
    distributed = pytest.importorskip("dask.distributed")
    config = PhaseDiagram.of(SMALL).config()[0]
    store = Store(tmp_path / "cluster")
    killed: list[int] = []

    class Assassin(Work):
        def ended(self, job: Any, trajectory: Any) -> None:
            super().ended(job, trajectory)
            if not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as local,
        distributed.Client(local) as client,
    ):
        grid = config.grid()
        execute(grid, store, Assassin(), client=client)
    assert killed
    expected = results(whole)
    found = results(tmp_path / "cluster")
    assert set(found) == {job.key for job in grid}
    # workers split their products over fewer threads, which rounds differently
    for key, run in found.items():
        assert run["result"] == expected[key]["result"]
        F, F_there = (np.frombuffer(one["F_test"]) for one in (run, expected[key]))
        np.testing.assert_allclose(F, F_there, rtol=1e-4, atol=1e-4)
