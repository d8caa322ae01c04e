"""Learning policies: flows that agree, optima that are stayed at, starts that are as described."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.dynamics.euler import Euler
from jamming.dynamics.optimiser import adam
from jamming.dynamics.rkc import RKC
from jamming.memory import graphs, initial, learning, policies
from jamming.memory.arms import Arms, symmetric
from jamming.memory.confidence import best_column
from jamming.objectives.problem import Problem

MU, R = symmetric(0.3), 1e-3


def landscapes(kind: str, size: int, name: str, seeds: int = 2) -> list[Problem]:
    return [
        learning.landscape(initial.start(kind, size, name, MU, R, seed), MU, R)
        for seed in range(seeds)
    ]


FLOW = RKC(max_ticks=700, tol=1e-3)


def test_the_stabilised_flow_and_eulers_take_the_same_path() -> None:
    times = learning.log_times(10.0, 300.0)
    found = [
        learning.learn(landscapes("ram", 2, "random"), stepper, times)
        for stepper in (FLOW, Euler(max_ticks=3000, max_time=300.0))
    ]
    assert (found[0].t > 300.0).all()
    assert (found[1].t == 300.0).all()
    np.testing.assert_allclose(found[0].curves, found[1].curves, rtol=0.01)
    assert (found[0].curves[-1] < 0.9 * found[0].curves[0]).all()
    assert (np.diff(found[0].curves, axis=0) < 1e-9).all()  # the flow never raises q


def test_what_begins_near_the_best_column_ends_there_by_flow_and_by_adam() -> None:
    """Also where r is small: directions that move nothing do not stop the flow."""
    arms, r = symmetric(0.1), 1e-5
    best = best_column(2, arms, r)[1]
    starts = [initial.start("ram", 2, "column", arms, r, seed) for seed in range(2)]
    for stepper in (FLOW, adam(0.05, max_ticks=700)):
        near = [learning.landscape(one, arms, r) for one in starts]
        end = learning.learn(near, stepper, np.array([1.0, 10.0]))
        np.testing.assert_allclose(end.q, best, rtol=2e-3)
        assert (end.q > best - 1e-9).all()


def test_of_a_necklace_policy_two_numbers_are_learnt() -> None:
    (one,) = landscapes("memento", 2, "necklace", 1)
    assert {name: each.shape for name, each in one.predictor.start().items()} == {"eps": (2,)}
    end = learning.learn([one], adam(0.1, max_ticks=400), np.array([1.0, 10.0]))
    of = initial.necklace_policy(2)
    assert end.q[0] == pytest.approx(of.best(MU, R)[2], rel=1e-4)


def test_the_memory_after_a_reset_is_learnt_where_asked() -> None:
    of = initial.start("ram", 2, "random", MU, 0.3, 0)
    fixed, free = (learning.landscape(of, MU, 0.3, learn_start=yes) for yes in (False, True))
    g = free.gradient(free.predictor.start()).g
    assert float(jnp.abs(g["start"]).max()) > 1e-6
    np.testing.assert_allclose(
        fixed.outputs(fixed.predictor.start()), free.outputs(free.predictor.start()), rtol=1e-12
    )
    v = {name: each - 0.1 * g[name] for name, each in free.predictor.start().items()}
    assert free.outputs(v).mean() < free.outputs(free.predictor.start()).mean()


def test_starts_are_stochastic_and_as_described() -> None:
    M = 5
    for name in initial.STARTS["ram"]:
        one = initial.start("ram", M, name, MU, R, 1)
        pi = policies.checked(graphs.ram(M), policies.softmax(one.memory, one.v["w"]))
        x = np.arange(M)
        far = pi[:, :, :, :, :].sum(-1)[
            np.broadcast_to((abs(x[:, None] - x) > 1)[:, None, None, :], (M, 2, 2, M))
        ]
        assert (far.max() > 0.01) == (name == "random")
    columns = initial.start("ram", M, "columns", MU, R, 1)
    pi = np.asarray(policies.softmax(columns.memory, columns.v["w"])).sum(
        -2
    )  # [x, arm, reward, next arm]
    kept = pi[:, [0, 1], :, [0, 1]]  # [arm, x, reward]
    assert (kept[:, 1:] > 0.99).all()
    assert (kept[:, 0] < 0.99).any()
    cycles = initial.start("memento", 3, "cycles", MU, R, 1)
    pi = np.asarray(policies.softmax(cycles.memory, cycles.v["w"]))
    close = np.abs(pi - initial.repeats(3)).max((-2, -1)) < 1e-3
    np.testing.assert_array_equal(close, initial.informative(3) == 0)


def test_a_user_learns_on_a_graph_of_their_own() -> None:
    ring = graphs.graph(np.eye(4, k=1) + np.eye(4, k=-3) + np.eye(4), "ring")
    one = initial.random_start(ring, 0)
    found = learning.landscape(one, Arms(0.9, 0.6), R)
    end = learning.learn([found], adam(0.1, max_ticks=150), np.array([1.0, 100.0]))
    assert end.q[0] < 0.5 * end.curves[0, 0]
    pi = policies.softmax(ring, end.v["w"][0])
    exact = policies.exact_q(ring, np.asarray(pi), Arms(0.9, 0.6), R)
    assert end.q[0] == pytest.approx(exact, rel=1e-10)


def test_what_is_unknown_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="unknown memory 'rom': choose ram, memento"):
        initial.start("rom", 2, "random", MU, R, 0)
    with pytest.raises(BadInput, match="unknown initialisation of a memento 'columns': choose"):
        initial.start("memento", 2, "columns", MU, R, 0)
    with pytest.raises(BadInput, match="the reset probability r must be above 0 and below 1"):
        initial.start("ram", 2, "random", MU, 1.0, 0)
    with jax.enable_x64(False), pytest.raises(BadInput, match="double precision"):
        learning.landscape(initial.start("ram", 2, "random", MU, R, 0), MU, R)
