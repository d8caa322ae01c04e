"""The search: on a made-up physics whose N* is known, and on real training in miniature."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import flax.linen as nn
import jax
import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.models.counting import n_weights
from jamming.models.networks import CNN
from jamming.nstar import search
from jamming.nstar.config import Search
from jamming.nstar.report import exponents, to_dataset
from jamming.nstar.search import Progress, Transition, find_nstar
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory

TINY = Search(
    Job("random5", 2, (1,), max_ticks=400, lr=0.03, decay_every=None, test_points=30),
    P=(10,),
    depths=(1,),
    seeds=2,
)


def arrays(config: Search, found: Sequence[Transition]) -> xr.Dataset:
    """All that a search found, but for the wall time."""
    return to_dataset(config, found).drop_vars("seconds").drop_attrs()


def same(one: xr.Dataset, two: xr.Dataset) -> None:
    """Equal to the last bit; NaN equals NaN."""
    xr.testing.assert_identical(one, two)


def run(N: int, fitted: bool, unsatisfied: int = 9) -> Trajectory:
    """A made-up end."""
    return Trajectory(
        result="FITTED" if fitted else "OUT_OF_BUDGET",
        N=N,
        N_all=N + 1,
        ticks=10,
        t=10.0,
        loss=0.0 if fitted else 0.01,
        unsatisfied=0 if fitted else unsatisfied,
        misclassified=0,
        test_error=0.5,
        snapshot_ticks=(1, 10),
        snapshot_loss=(1.0, 0.0),
        snapshot_unsatisfied=(5, 0),
        seconds=0.1,
    )


class Physics:
    """Stands for `train`: a job fits where its N is at least `n_star(job)`. Keeps the jobs.

    `left(P, N)` constraints are unsatisfied where it does not.
    """

    def __init__(
        self,
        n_star: Callable[[Job], float],
        left: Callable[[int, int], int] = min,
    ) -> None:
        self.n_star, self.left = n_star, left
        self.jobs: list[Job] = []

    def __call__(
        self,
        jobs: Sequence[Job],
        *,
        data: Sequence[Dataset],
        net: Any = None,
        on_end: Callable[[Job, Trajectory], None],
        on_progress: Callable[[int], None],
        checkpoints: None = None,
        claim: Callable[[Job], bool],
    ) -> list[Trajectory]:
        ends = []
        assert all(map(claim, jobs)), "nobody else is there"
        for job, points in zip(jobs, data, strict=True):
            assert len(points.y_train) == job.P
            assert job not in self.jobs, "trained twice"
            self.jobs.append(job)
            N = n_weights(points.x_train.shape[1], job.widths, job.L)
            ends.append(run(N, self.n_star(job) <= N, unsatisfied=self.left(job.P, N)))
            on_progress(10)
            on_end(job, ends[-1])
        return ends


@pytest.fixture
def physics(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Physics]:
    """Put a made-up physics in the place of training."""

    def put(*args: Any) -> Physics:
        made_up = Physics(*args)
        monkeypatch.setattr(search, "train", made_up)
        return made_up

    return put


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever trains fails."""

    def refuse(jobs: Sequence[Job], **_: Any) -> list[Trajectory]:
        raise AssertionError(f"trained {len(jobs)} jobs")

    monkeypatch.setattr(search, "train", refuse)


def spread(job: Job) -> float:
    """N* = 0.45 P on average over the seeds, each seed having its own."""
    return 0.45 * job.P * float(np.exp(0.08 * np.random.default_rng(job.init_seed).normal()))


@pytest.mark.parametrize("protocol", ["bisect", "descend"])
@pytest.mark.parametrize("dataset", ["random7", "random"])
@pytest.mark.parametrize(("depths", "fractional"), [((1,), False), ((2, 3), False), ((3,), True)])
def test_a_sharp_transition_is_bracketed_wherever_it_is(
    physics: Any, protocol: Any, dataset: str, depths: tuple[int, ...], fractional: bool
) -> None:
    for density in (0.2, 0.45, 2.0):
        physics(lambda job, density=density: density * job.P)
        config = Search(
            dataclasses.replace(TINY.job, dataset=dataset),
            P=(100, 300, 900),
            depths=depths,
            protocol=protocol,
            fractional=fractional,
            seeds=2,
        )
        found = find_nstar(config)
        assert [(t.L, t.P) for t in found] == [(L, P) for L in depths for P in (100, 300, 900)]
        for t in found:
            assert t.n_star is not None
            assert t.jammed is not None
            N = {w.h: w.N for w in t.widths}
            truth = density * t.P
            assert t.jammed.N < truth <= N[t.h]
            assert t.jammed.N <= t.n_star.low <= t.n_star.value <= t.n_star.high <= N[t.h]
            assert t.why == ""
            if protocol == "bisect":
                # no width of the ladder lies between the two
                step = 1 / t.L if fractional else 1.0
                assert t.h - t.jammed.h == pytest.approx(step)


@pytest.mark.parametrize("protocol", ["bisect", "descend"])
def test_seeds_with_transitions_of_their_own_give_their_mean_and_the_exponent(
    physics: Any, protocol: Any
) -> None:
    physics(spread)
    config = dataclasses.replace(TINY, P=(100, 200, 400, 800), seeds=12, protocol=protocol)
    found = find_nstar(config)
    for t in found:
        assert t.n_star is not None
        assert t.n_star.value == pytest.approx(0.45 * t.P, rel=0.12)
    a = exponents(found)[1]
    assert a.value == pytest.approx(1, abs=0.08)


def test_h_is_the_smallest_width_that_half_of_the_seeds_fit_and_jammed_the_one_below(
    physics: Any,
) -> None:
    for seeds in (1, 2, 5, 6):
        physics(spread)
        t = find_nstar(dataclasses.replace(TINY, P=(400,), seeds=seeds))[0]
        share = {w.h: np.mean([r.fitted for r in w.runs]) for w in t.widths}
        assert t.jammed is not None
        assert t.h == min(h for h, p in share.items() if p >= 0.5)
        assert t.jammed.h == max(h for h, p in share.items() if p < 0.5)
        assert [w.N for w in t.widths] == sorted({w.N for w in t.widths})
        n_delta, loss = t.inside()
        jammed = [r for r in t.jammed.runs if not r.fitted]
        assert n_delta.tolist() == [r.unsatisfied / t.jammed.N for r in jammed]
        assert loss.tolist() == [0.01] * len(jammed)
        assert sum(t.results().values()) == seeds * len(t.widths)


def test_descend_counts_a_few_unsatisfied_constraints_as_fitting(physics: Any) -> None:
    def never(job: Job) -> float:
        return float("inf")

    physics(never, lambda P, N: max(1, P - N))
    t = find_nstar(dataclasses.replace(TINY, P=(400,), protocol="descend"))[0]
    # at most 0.1 N are left from N = P / 1.1 on
    assert t.jammed is not None
    assert t.jammed.N < 400 / 1.1 <= min(w.N for w in t.widths if w.h >= t.h)
    physics(never, lambda P, N: max(1, P - N))
    assert find_nstar(dataclasses.replace(TINY, P=(400,)))[0].n_star is None


def test_the_result_does_not_depend_on_the_order_of_P_or_repetitions(physics: Any) -> None:
    there = []
    for sizes in ((100, 400, 200), (400, 200, 100), (200, 100, 100, 400)):
        physics(spread)
        config = dataclasses.replace(TINY, P=sizes)
        there.append(arrays(config, find_nstar(config)))
    same(there[0], there[1])
    same(there[0], there[2])


def test_the_result_of_one_depth_does_not_depend_on_the_others(physics: Any) -> None:
    physics(spread)
    both = find_nstar(dataclasses.replace(TINY, P=(100, 400), depths=(3, 2)))
    physics(spread)
    alone = find_nstar(dataclasses.replace(TINY, P=(100, 400), depths=(2,)))
    same(arrays(TINY, both[2:]), arrays(TINY, alone))


def test_equal_runs_are_never_trained_twice(physics: Any) -> None:
    made_up = physics(spread)  # fails on a job that it has seen
    find_nstar(dataclasses.replace(TINY, P=(100, 110, 120, 400), depths=(1, 2), seeds=4))
    assert len({job.key for job in made_up.jobs}) == len(made_up.jobs)


def test_run_s_has_the_seeds_of_the_job_plus_s() -> None:
    job = dataclasses.replace(TINY.job, data_seed=10, init_seed=20, batch_seed=30)
    config = Search(job, P=(16,), seeds=3)
    jobs = config.jobs(16, (4, 3))
    assert [(j.data_seed, j.init_seed, j.batch_seed) for j in jobs] == [
        (10, 20, 30),
        (11, 21, 31),
        (12, 22, 32),
    ]
    assert {(j.P, j.widths) for j in jobs} == {(16, (4, 3))}
    fixed = dataclasses.replace(config, fixed_data=True).jobs(16, (4, 3))
    assert [(j.data_seed, j.init_seed) for j in fixed] == [(10, 20), (10, 21), (10, 22)]


@pytest.mark.parametrize("protocol", ["bisect", "descend"])
@pytest.mark.parametrize(("n_star", "why"), [(0.0, "smallest"), (float("inf"), "no width")])
def test_a_transition_out_of_reach_is_not_bracketed_and_says_why(
    physics: Any, protocol: Any, n_star: float, why: str
) -> None:
    physics(lambda job: n_star)
    t = find_nstar(dataclasses.replace(TINY, P=(50,), protocol=protocol))[0]
    assert t.n_star is None
    assert why in t.why
    assert np.isnan(t.h)
    assert t.widths
    assert len(t.inside()[0]) == 0
    if n_star:
        # the papers' bound for random labels is N* <= 4 P: it looked well beyond
        assert max(w.N for w in t.widths) > 4 * t.P


@pytest.mark.usefixtures("no_training")
def test_a_tiny_time_limit_ends_the_search_with_a_reason() -> None:
    found = find_nstar(dataclasses.replace(TINY, P=(16, 32), time_limit=1e-9))
    assert [t.n_star for t in found] == [None, None]
    for t in found:
        assert "time limit" in t.why
        assert t.widths == ()


def test_the_time_limit_ends_the_search_between_two_widths(physics: Any) -> None:
    made_up = physics(spread)

    def slow(job: Job) -> float:
        import time

        time.sleep(0.05)
        return spread(job)

    made_up.n_star = slow
    t = find_nstar(dataclasses.replace(TINY, P=(400,), time_limit=0.2))[0]
    assert "time limit" in t.why
    assert 1 <= len(t.widths) <= 3
    assert all(len(w.runs) == 2 for w in t.widths)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dataset": "mnits"}, "mnits"),
        ({"dataset": "digits65pca"}, "65"),
        ({"dataset": "digits10pca"}, "5000"),
        ({"dataset": "digits10pca", "positive": (11,)}, "11"),
    ],
)
def test_unknown_names_and_too_many_points_are_refused_before_training(
    changes: dict[str, Any], says: str
) -> None:
    config = dataclasses.replace(TINY, job=dataclasses.replace(TINY.job, **changes), P=(20, 5000))
    with pytest.raises(BadInput, match=says):
        find_nstar(config)


@pytest.mark.parametrize(
    "changes",
    [
        {"P": ()},
        {"P": (1,)},
        {"P": (100, 0)},
        {"P": (-5,)},
        {"depths": ()},
        {"depths": (2, 0)},
        {"depths": (-1,)},
        {"seeds": 0},
        {"seeds": -2},
        {"time_limit": 0.0},
        {"time_limit": -1.0},
        {"time_limit": float("nan")},
    ],
)
def test_a_config_without_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refusal:
        dataclasses.replace(TINY, **changes)
    assert "\n" not in str(refusal.value)


class Recorder(Progress):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def width(self, P: int, L: int, h: float, N: int, jobs: int, ticks: int) -> None:
        self.told.append(("width", P, L, h, N, jobs, ticks))

    def ticks(self, n: int) -> None:
        self.told.append(("ticks", n))

    def width_done(self, P: int, L: int, width: search.Width) -> None:
        self.told.append(("width done", P, L, width))

    def transition_done(self, transition: Transition) -> None:
        self.told.append(("done", transition))


def test_progress_is_told_of_every_width_and_transition(physics: Any) -> None:
    physics(spread)
    recorder, store = Recorder(), {}
    config = dataclasses.replace(TINY, P=(100, 200))
    found = find_nstar(config, progress=recorder, store=store)
    told = [t[0] for t in recorder.told]
    widths = sum(len(t.widths) for t in found)
    assert told.count("width") == told.count("width done") == widths
    assert told.count("ticks") == 2 * widths
    assert [t[1] for t in recorder.told if t[0] == "done"] == found
    for begun in (t for t in recorder.told if t[0] == "width"):
        assert begun[5:] == (2, 2 * 400)

    again = Recorder()
    find_nstar(config, progress=again, store=store)
    assert {t[5:] for t in again.told if t[0] == "width"} == {(0, 0)}  # nothing to train


# --- real training ---


@pytest.fixture(scope="module")
def real() -> tuple[dict[str, Any], xr.Dataset, list[Transition]]:
    """A real search and the store that it filled."""
    store: dict[str, Any] = {}
    found = find_nstar(TINY, store=store)
    return store, arrays(TINY, found), found


def test_a_real_search_is_bracketed_and_consistent(real: Any) -> None:
    _, _, (t,) = real
    assert t.n_star is not None
    N = {w.h: w.N for w in t.widths}
    assert t.jammed.N < N[t.h]
    assert t.n_star.low <= t.n_star.value <= t.n_star.high
    for w in t.widths:
        assert {r.N for r in w.runs} == {w.N} == {6 * int(w.h)}  # 5 h + h
    share = {w.h: np.mean([r.fitted for r in w.runs]) for w in t.widths}
    assert share[t.h] >= 0.5 > share[t.jammed.h]
    assert share[t.widths[0].h] == 0
    assert share[t.widths[-1].h] == 1


def test_a_second_search_finds_the_same_to_the_last_bit(real: Any) -> None:
    same(arrays(TINY, find_nstar(TINY)), real[1])


@pytest.mark.usefixtures("no_training")
def test_what_is_in_the_store_is_not_trained_again(real: Any) -> None:
    store, expected, _ = real
    same(arrays(TINY, find_nstar(TINY, store=dict(store))), expected)


def test_only_missing_runs_are_trained_and_the_result_is_the_same_to_the_last_bit(
    real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, expected, _ = real
    missing = list(store)[::4]
    partial = {key: value for key, value in store.items() if key not in missing}
    trained: list[str] = []
    train = search.train

    def spy(jobs: Sequence[Job], **kinds: Any) -> list[Trajectory]:
        trained.extend(job.key for job in jobs)
        return train(jobs, **kinds)

    monkeypatch.setattr(search, "train", spy)
    same(arrays(TINY, find_nstar(TINY, store=partial)), expected)
    assert sorted(trained) == sorted(missing)
    for key in missing:  # the store holds again what it did
        for name, value in store[key]["trajectory"].items():
            assert name == "seconds" or partial[key]["trajectory"][name] == value


class Dying(dict):
    """A store whose process is interrupted after so many trajectories."""

    left = 4

    def __setitem__(self, key: str, value: Any) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        super().__setitem__(key, value)


def test_an_interrupted_search_keeps_what_ended_and_resumes_to_the_same_result(real: Any) -> None:
    _, expected, _ = real
    store = Dying()
    with pytest.raises(KeyboardInterrupt):
        find_nstar(TINY, store=store)
    assert len(store) == 4
    store.left = 10_000
    same(arrays(TINY, find_nstar(TINY, store=store)), expected)


class UserSupplied(nn.Module):
    """One width: tanh of a dense layer, read out with a sum over two dense layers."""

    h: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        a = nn.tanh(nn.Dense(self.h, param_dtype=x.dtype)(x.reshape(x.shape[0], -1)))
        return nn.Dense(1, param_dtype=x.dtype)(a)[:, 0]


def own_data(n: int = 60, d: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Random points and labels."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)), np.where(rng.random(n) < 0.5, -1.0, 1.0)


LABELLED = dataclasses.replace(
    TINY, job=dataclasses.replace(TINY.job, label="mine", lr=0.05), seeds=2
)


def test_own_data_and_an_own_network_are_searched(real: Any) -> None:
    (t,) = find_nstar(LABELLED, data=own_data(), make_network=lambda h: UserSupplied(h))
    assert t.n_star is not None
    for w in t.widths:
        h = int(w.h)
        assert w.N == 4 * h + h
        assert {(r.N, r.N_all) for r in w.runs} == {(5 * h, 5 * h + h + 1)}
    assert t.jammed.N < next(w.N for w in t.widths if w.h == t.h)


def test_own_data_is_what_is_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = own_data()
    label_of = {tuple(row): label for row, label in zip(x, y, strict=True)}
    seen = []

    def train(jobs: Sequence[Job], **kinds: Any) -> list[Trajectory]:
        for job, points in zip(jobs, kinds["data"], strict=True):
            seen.append(points.x_train)
            labels = [label_of[tuple(row)] for row in points.x_train]
            np.testing.assert_array_equal(labels, points.y_train)
            kinds["on_end"](job, run(5 * job.widths[0], job.widths[0] > 2))
        return []

    monkeypatch.setattr(search, "train", train)
    find_nstar(LABELLED, data=(x, y))
    assert {len(s) for s in seen} == {10}
    assert not np.array_equal(seen[0], seen[1])  # each seed draws its own points


@pytest.mark.usefixtures("no_training")
def test_own_data_or_networks_without_a_label_are_refused() -> None:
    for own in ({"data": own_data()}, {"make_network": lambda h: UserSupplied(h)}):
        with pytest.raises(BadInput, match="label"):
            find_nstar(TINY, **own)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    "data",
    [
        (own_data()[0], np.zeros(60)),
        own_data(4),
        (own_data()[0] * np.nan, own_data()[1]),
    ],
    ids=["labels 0", "too few", "nan"],
)
def test_own_data_that_does_not_fit_is_refused(data: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(BadInput):
        find_nstar(LABELLED, data=data)


def test_runs_of_other_labels_are_not_mixed_up_in_one_store(physics: Any) -> None:
    store: dict[str, Any] = {}
    for label, factor in (("a", 1.0), ("b", 2.0)):
        made_up = physics(lambda job, factor=factor: factor * 60)
        job = dataclasses.replace(TINY.job, label=label)
        config = dataclasses.replace(TINY, job=job, P=(100,))
        (t,) = find_nstar(config, data=own_data(400), store=store)
        assert t.n_star.value == pytest.approx(60 * factor, rel=0.1)
        assert made_up.jobs


def test_own_images_go_to_a_convolutional_network(monkeypatch: pytest.MonkeyPatch) -> None:
    # inputs are promised to be [n, ...]
    images = own_data(60, 36)[0].reshape(60, 6, 6, 1)
    shapes = set()

    def train(jobs: Sequence[Job], **kinds: Any) -> list[Trajectory]:
        for job, points in zip(jobs, kinds["data"], strict=True):
            shapes.add(points.x_train.shape)
            kinds["on_end"](job, run(9 * job.widths[0], job.widths[0] > 2))
        return []

    monkeypatch.setattr(search, "train", train)

    def make(h: int) -> CNN:
        return CNN(h=h, strides=(2,), kernel=3)

    (t,) = find_nstar(LABELLED, data=(images, own_data()[1]), make_network=make)
    assert shapes == {(10, 6, 6, 1)}
    assert [w.N for w in t.widths] == [9 * int(w.h) + int(w.h) for w in t.widths]


def test_an_own_network_on_random_data_needs_a_dimension() -> None:
    # `random` means d = h, and what h means is the own network's affair
    job = dataclasses.replace(LABELLED.job, dataset="random")
    config = dataclasses.replace(LABELLED, job=job)
    with pytest.raises(BadInput, match="random<d>"):
        find_nstar(config, make_network=lambda h: UserSupplied(h))


@pytest.mark.slow
def test_a_linear_separator_needs_as_many_weights_as_cover_counted() -> None:
    """Cover: a hyperplane in d dimensions separates P = 2 d random points with probability 1/2."""

    class Perceptron(nn.Module):
        h: int

        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.Dense(1, use_bias=False, param_dtype=x.dtype)(x[:, : self.h])[:, 0]

    job = dataclasses.replace(
        TINY.job, label="perceptron", max_ticks=2500, lr=0.2, decay_every=1000, margin=1.0
    )
    config = Search(job, P=(40,), depths=(1,), seeds=8)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(4000, 320)), np.where(rng.random(4000) < 0.5, -1.0, 1.0)
    (t,) = find_nstar(config, data=(x, y), make_network=lambda h: Perceptron(h))
    assert t.n_star is not None
    assert t.n_star.low <= 20 <= t.n_star.high
    assert t.n_star.high / t.n_star.low < 1.6


@pytest.mark.slow
def test_random_labels_jam_at_two_or_three_points_a_parameter() -> None:
    """The papers find P / N* close to 3 at large N; N of order 100 is still somewhat below."""
    job = Job("random", 2, (1,), margin=0.5, test_points=10)
    (t,) = find_nstar(Search(job, P=(250,), depths=(2,), seeds=10))
    assert t.n_star is not None
    assert 1.5 < 250 / t.n_star.value < 3.5
    assert t.n_star.high / t.n_star.low < 1.5
    share = [np.mean([r.fitted for r in w.runs]) for w in t.widths]
    assert share[0] == 0
    assert share[-1] > 0.5
    # jammed, not just unlucky: N_Delta / N does not vanish there (Spigler et al.: a jump)
    assert np.median(t.inside()[0]) > 0.1
