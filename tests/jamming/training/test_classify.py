"""Images learnt from specs: seeds, neighbours, interruptions, own images and networks."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data.pictures import parts, pictures
from jamming.execution import worker
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.objectives.classification import in_use
from jamming.training.classify import train_images
from jamming.training.image_build import initial, seen
from jamming.training.image_run import ImageRun
from jamming.training.images import ImageJob
from sweeps.engine.measure import entry
from sweeps.engine.store import Store
from tests.made_up.checkpoints import Kept
from tests.made_up.minibatches import Small, flat

SMALL = ImageJob(
    "digits",
    60,
    "small",
    batch=20,
    steps=40,
    augmentation="translate",
    shift=1,
    validation=30,
    check_epochs=0.1,
    test_points=50,
    label="small",
)
NET = Small(bn=True, rate=0.2, classes=10)


def train(jobs: list[ImageJob], **how: Any) -> list[ImageRun]:
    return train_images(jobs, net=NET, **({"workers": 1} | how))


@functools.cache
def alone(job: ImageJob = SMALL) -> ImageRun:
    (run,) = train([job])
    return run


def same(one: ImageRun, other: ImageRun) -> bool:
    """All numbers but the time, and every bit of the variables."""
    numbers = [replace(run, seconds=0.0) for run in (one, other)]
    arrays = [run.arrays() for run in (one, other)]
    bits = [{name: a.tobytes() for name, a in of.items()} for of in arrays]
    return numbers[0] == numbers[1] and bits[0] == bits[1] and len(bits[0]) > 0


def test_a_run_says_what_became_of_it() -> None:
    run = alone()
    assert (run.result, run.ticks, run.points) == ("OUT_OF_BUDGET", 40, 60)
    assert (run.N, run.N_all) == (64 * 5 + 50, 64 * 5 + 50 + 5 + 10 + 10)
    assert run.snapshot_ticks[0] == 0
    assert run.snapshot_ticks[-1] == 40
    lengths = {len(v) for name, v in run.to_dict().items() if name.startswith("snapshot_")}
    assert lengths == {len(run.snapshot_ticks)}
    assert run.train_loss < run.snapshot_train_loss[0]
    assert run.best_tick is not None
    # checks are every 0.1 * 1438 / 20 ticks, and at the end
    assert run.best_tick % 8 == 0


def test_errors_are_those_of_the_variables_that_are_kept() -> None:
    run, data, all_of = alone(), seen(SMALL), pictures("digits")
    train, validation = parts(all_of, 60, 30, 0)
    np.testing.assert_array_equal(data.y_train, all_of.y[train])
    assert data.x_train.mean() == pytest.approx(0, abs=1e-9)
    assert data.x_train.std() == pytest.approx(1)
    variables: Any = run.variables
    for x, y, error in (
        (data.x_train, data.y_train, run.train_error),
        (data.x_test, data.y_test, run.test_error),
    ):
        F = np.asarray(in_use(NET, variables, jnp.asarray(x, np.float32)))
        assert (F.argmax(1) != y).mean() == pytest.approx(error)
    raw = all_of.pixels[train]
    x = (all_of.pixels[validation] - raw.mean()) / raw.std()
    F = np.asarray(in_use(NET, variables, jnp.asarray(x, np.float32)))
    assert (F.argmax(1) != all_of.y[validation]).mean() == pytest.approx(run.validation_error)


def test_neighbours_change_no_bit_and_progress_is_told() -> None:
    jobs = [SMALL.at(1), SMALL, replace(SMALL, lr=0.03)]
    told: list[int] = []
    ended: list[ImageJob] = []
    runs = train(
        jobs, workers=2, on_progress=told.append, on_end=lambda job, run: ended.append(job)
    )
    assert same(runs[1], alone())
    assert sum(told) == 120
    assert sorted(job.key for job in ended) == sorted(job.key for job in jobs)
    assert not same(runs[0], runs[1])
    assert not same(runs[2], runs[1])


def test_each_seed_is_of_its_own() -> None:
    batch, init, data = (
        replace(SMALL, **{f"{name}_seed": 5}) for name in ("batch", "init", "data")
    )
    start = flat(initial(SMALL, net=NET))
    np.testing.assert_array_equal(flat(initial(batch, net=NET)), start)
    np.testing.assert_array_equal(flat(initial(data, net=NET)), start)
    assert not np.array_equal(flat(initial(init, net=NET)), start)
    np.testing.assert_array_equal(seen(batch).x_train, seen(SMALL).x_train)
    np.testing.assert_array_equal(seen(init).x_train, seen(SMALL).x_train)
    assert not np.array_equal(seen(data).x_train, seen(SMALL).x_train)
    runs = train([batch, init, data])
    ends = [tuple(flat(run.variables)) for run in (*runs, alone())]
    assert len(set(ends)) == 4
    assert runs[0].snapshot_train_loss[0] == alone().snapshot_train_loss[0]


class Dropped(Kept):
    """Without those of runs that have ended."""

    def drop(self, name: Any) -> None:
        self.by_name.pop(name)


def test_an_interrupted_run_ends_with_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SPARING", 0)  # a checkpoint after every chunk
    monkeypatch.setattr(worker, "STRETCHES", 2)
    kept = Dropped()

    def interrupt(ticks: int) -> None:
        if SMALL.key in kept.by_name and kept.by_name[SMALL.key]["seenticks"][-1] > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([SMALL], checkpoints=kept, on_progress=interrupt)
    assert 5 < kept.by_name[SMALL.key]["seenticks"][-1] < 40
    (run,) = train([SMALL], checkpoints=kept)
    assert same(run, alone())
    assert not kept.by_name


def test_a_run_can_be_stored_and_read_back(tmp_path: Path) -> None:
    run, store = alone(), Store(tmp_path)
    store[SMALL.key] = entry(SMALL, run.to_dict(), run.arrays())
    fields: Mapping[str, Any] = store[SMALL.key]["trajectory"]
    back = ImageRun.from_dict({**fields, **store.arrays(SMALL.key)})
    assert same(back, run)
    assert jax.tree.structure(back.variables) == jax.tree.structure(run.variables)
    with pytest.raises(BadInput, match="result"):
        ImageRun.from_dict({**fields, "result": "DONE"})


class Strided(Convolutional):
    """Two convolutions with batch normalisation, and the global average."""

    def through(self, z: Any, on: Steps) -> Any:
        for i, (channels, stride) in enumerate(((16, 2), (32, 2)), start=1):
            z = on.conv(f"conv{i}", z, channels, stride=stride)
        return on.logits(on.average(z))


def test_a_small_network_reads_the_digits() -> None:
    job = ImageJob("digits", 1200, "strided", batch=60, steps=150, label="strided")
    (run,) = train_images([job], net=Strided(), weights=False)
    assert run.test_error < 0.08
    assert run.variables is None
    assert (run.validation_error, run.best_tick, run.snapshot_validation_loss) == (None, None, ())


def test_own_images_in_double_precision_and_a_split_off_validation_set() -> None:
    """All are asked for: validation images are split off, and said to be."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    x = rng.normal(size=(90, 4, 4, 2)) + 3 * y[:, None, None, None]
    data = (x[:70], y[:70], x[70:], y[70:])
    job = ImageJob(
        "own",
        70,
        "any",
        batch=10,
        epochs=8.5,
        lr=0.05,
        schedule="exponential",
        factor=0.9,
        precision="float64",
        validation=20,
        label="blobs",
    )
    (run,) = train_images([job], data=data, net=lambda job: Small())
    assert (run.points, run.ticks) == (50, 60)  # 8.5 epochs of 70
    assert run.test_error <= 0.1
    assert {a.dtype for a in run.arrays().values()} == {np.dtype(np.float64)}
    assert flat(initial(job, data=data, net=Small())).dtype == np.float64


def test_a_rate_that_is_too_large_ends_by_name() -> None:
    (run,) = train([replace(SMALL, lr=1e14)])
    assert run.result == "NON_FINITE"
    assert run.ticks < 40


def test_random_labels_are_learnt_and_not_validated() -> None:
    job = replace(SMALL, random_labels=True, validation=0)
    assert not np.array_equal(seen(job).y_train, seen(SMALL).y_train)
    np.testing.assert_array_equal(seen(job).y_test, seen(SMALL).y_test)


class Many(nn.Module):
    """Has other variables."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        self.variable("cache", "n", jnp.zeros, ())
        return nn.Dense(10)(x.reshape(len(x), -1))


class Untold(nn.Module):
    """Normalises, and is not told when it trains."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(10)(nn.BatchNorm(use_running_average=False)(x).reshape(len(x), -1))


class Deterministic(nn.Module):
    """Is told otherwise when it trains."""

    @nn.compact
    def __call__(self, x: Any, deterministic: bool = True) -> Any:
        z = nn.Dropout(0.5, deterministic=deterministic)(x.reshape(len(x), -1))
        return nn.Dense(10)(z)


class Mixed(nn.Module):
    """Subtracts the mean of the batch, in use as well."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        f = nn.Dense(10)(x.reshape(len(x), -1))
        return f - jnp.broadcast_to(f.mean(axis=0), f.shape)


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (Many(), "variables cache"),
        (Untold(), "no argument `train`"),
        (Deterministic(), "call it `train`"),
        (Mixed(), "depend on the others"),
        (Small(classes=9), "the 10 classes"),
        (Small, "the class Small"),
        (lambda job: 1 / 0, "cannot be made"),
        (Strided(classes=10, width=1e-9), ""),
    ],
)
def test_networks_that_cannot_learn_are_refused(net: Any, said: str) -> None:
    if not said:  # one that can
        assert initial(SMALL, net=net)
        return
    with pytest.raises(BadInput, match=said):
        train_images([SMALL], net=net)


def test_jobs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="give \\[job\\]"):
        train_images(SMALL)
    with pytest.raises(BadInput, match="more than the 1438"):
        train([replace(SMALL, P=1439)])
    with pytest.raises(BadInput, match="leaves none"):
        train([replace(SMALL, P=1438, validation=1438)])
    with pytest.raises(BadInput, match="is larger than 8"):
        train([replace(SMALL, P=1438, validation=1430)])
    with pytest.raises(BadInput, match="named by a label"):
        train_images([ImageJob("digits", 200, "lenet", pad=32)], net=NET)
    with pytest.raises(BadInput, match="finds no room"):
        train_images([ImageJob("digits", 200, "lenet")])
    with pytest.raises(BadInput, match="do not fit in 5x5"):
        train([replace(SMALL, pad=5)])
    with jax.enable_x64(False), pytest.raises(BadInput, match="float64 is off"):
        train([replace(SMALL, precision="float64")])


def test_runs_begin_with_the_variables_that_they_are_given() -> None:
    """Each job with its own; at a rate of nearly 0 they do not change."""
    jobs = [replace(SMALL, lr=1e-15, weight_decay=0.0, label="still").at(s) for s in range(2)]
    learnt = train([SMALL, replace(SMALL, init_seed=7)])
    of = dict(zip([job.key for job in jobs], learnt, strict=True))
    for job, run in zip(jobs, train(jobs, start=lambda job: of[job.key].variables), strict=True):
        begun, ended = of[job.key].variables, run.variables
        assert begun is not None
        assert ended is not None
        jax.tree.map(np.testing.assert_array_equal, ended["params"], begun["params"])


def test_a_start_that_does_not_fit_is_refused() -> None:
    learnt: Any = alone().variables
    with pytest.raises(BadInput, match="named by a label"):
        train_images([ImageJob("digits", 60, "lenet", pad=16, batch=20)], start=lambda job: learnt)
    plain = Small(rate=0.2, classes=10)
    for net, given in ((plain, learnt), (NET, {"params": learnt["params"]})):
        with pytest.raises(BadInput, match="differ in shape") as refused:
            train_images([SMALL], net=net, start=lambda job, given=given: given)
        assert "\n" not in str(refused.value)
