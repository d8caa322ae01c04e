"""The sweep of slices: lines end where networks were trained, and what is refused."""

from pathlib import Path

import jax
import numpy as np
import pytest
import xarray as xr

from analysis.transition.slices import figure, save
from jamming.training.spec import Job
from sweeps.engine import gather
from sweeps.engine.execute import load_run
from sweeps.engine.store import Store
from sweeps.transition.commands import Slices
from sweeps.transition.endpoint import problem_of
from sweeps.transition.slices import RESULTS, _lines, _planes, slices
from tests.made_up.runs import ended, mtimes

SMALL = "--P 20 --h 3 --seeds 1 --steps 20 --batch 5 --lr 0.3 --points 5 --precision float64"
LINE = SMALL.split()


@pytest.mark.parametrize("more", ["--alpha 10", pytest.param("", marks=pytest.mark.slow)])
def test_lines_end_at_the_losses_of_the_runs(more: str, tmp_path: Path) -> None:
    line = [*LINE, *more.split(), "--out", str(tmp_path)]
    assert Slices.main(line) == 0
    store, config = Store(tmp_path), Slices.of(line).config()
    with xr.open_dataset(tmp_path / RESULTS) as found:
        alpha = 10.0 if more else 1.0
        one, same, other = (load_run(store, job).loss for job in config.jobs(3, 0))
        loss = found.loss.sel(h=3, seed=0) / (2 * alpha**2)  # V(Delta) of f = 0 is 1/2
        for start, end in (("same", same), ("other", other)):
            ends = loss.sel(start=start, c=[0, 1])
            np.testing.assert_allclose(ends, [one, end], rtol=1e-6)
        assert (found.barrier >= 0).all()
        np.testing.assert_allclose(found["at"].sel(h=3)[[0, 2]], [[0, 0], [1, 0]])
        middle = found.random.sel(h=3, r1=0, r2=0)
        np.testing.assert_allclose(middle, found.loss[0, 0, 0, 0], rtol=1e-9)
        # jobs of one start differ in their batches alone, those of a seed have one training set
        one, same, other = config.jobs(3, 1)
        assert one.init_seed == same.init_seed != other.init_seed
        assert one.batch_seed != same.batch_seed
        assert one.data_seed == same.data_seed == other.data_seed == 1
    if more:  # one of both is resumed
        return
    before = mtimes(tmp_path)
    assert Slices.main(line) == 0
    kept = {path for path, when in mtimes(tmp_path).items() if before[path] == when}
    assert {job.key for job in config.jobs(3, 0)} <= {path.stem for path in kept}


def test_networks_that_do_not_move_have_no_barrier_and_those_that_diverge_an_infinite_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Slices.of(LINE).config()
    job, start = config.jobs(3, 0)[0], None
    problem, v = problem_of(job, job.data(), start)
    other = jax.tree.map(lambda a: 2 * a, v)
    found = _lines(config, problem, [v, v, other])
    np.testing.assert_allclose(found["loss"][0], found["loss"][1][0], rtol=1e-12)
    assert found["barrier"][0] == 0
    assert _planes(config, problem, [v, v, other], jax.random.key(0)) == {}
    end = ended(Job("random5", 20, (3, 3)), loss=np.nan, result="NON_FINITE")
    monkeypatch.setattr(gather, "trained", lambda cells, *_, **__: {at: [end] * 3 for at in cells})
    lost = slices(config, Store(tmp_path))
    assert np.isinf(lost.barrier).all()
    assert np.isnan(lost.plane).all()
    save(figure(lost), tmp_path / "slices.png")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--batch 20", "a batch smaller than P"),
        ("--loss cross_entropy", "several classes"),
        ("--points 2", "points"),
        ("--extent 0", "extent"),
        ("--h 0", "h = 0"),
        ("--dataset nothing", "nothing"),
    ],
)
def test_bad_input_is_one_line_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Slices.main([*LINE, *options.split(), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert word in said.err
    assert not (tmp_path / "out").exists()
