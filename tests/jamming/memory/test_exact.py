"""Steady states, memory graphs and reference policies: agreement with independent ways, limits."""

import itertools
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.memory import confidence, graphs, necklace_policy, necklaces, policies, steady, walks
from jamming.memory.arms import Arms, alpha, symmetric


def a_chain(seed: int, S: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A random matrix whose states are left with chances of order `scale`, and p_0."""
    rng = np.random.default_rng(seed)
    T = scale * rng.dirichlet(np.ones(S), S).T * rng.integers(1, 2, (S, S))
    np.fill_diagonal(T, 0)
    np.fill_diagonal(T, 1 - T.sum(0))
    return T, rng.dirichlet(np.ones(S))


def rationally(T: np.ndarray, p_0: np.ndarray, r: float) -> np.ndarray:
    """The steady state of these very numbers in exact arithmetic, the diagonal 1 - the others."""
    S, exact = len(p_0), Fraction(r)
    rows = [[-(1 - exact) * Fraction(float(T[i, j])) for j in range(S)] for i in range(S)]
    for j in range(S):
        rows[j][j] = exact - sum(rows[i][j] for i in range(S) if i != j)
    b = [exact * Fraction(float(x)) for x in p_0]
    for n in range(S):
        for i in range(n + 1, S):
            f = rows[i][n] / rows[n][n]
            rows[i] = [a - f * c for a, c in zip(rows[i], rows[n], strict=True)]
            b[i] -= f * b[n]
    p = [Fraction(0)] * S
    for n in range(S - 1, -1, -1):
        p[n] = (b[n] - sum(rows[n][j] * p[j] for j in range(n + 1, S))) / rows[n][n]
    total = sum(p)
    return np.array([float(x / total) for x in p])


@pytest.mark.parametrize("r", [0.3, 1e-8, 1e-30])
def test_elimination_without_subtraction_has_all_digits(r: float) -> None:
    T, p_0 = a_chain(0, 8, scale=1e-6)
    T[:3, :] *= 1e-9  # three states that are hardly ever come to
    np.fill_diagonal(T, 0)
    np.fill_diagonal(T, 1 - T.sum(0))
    found = steady.steady_state(T, p_0, r)
    np.testing.assert_allclose(found, rationally(T, p_0, r), rtol=1e-13)


def test_three_ways_to_the_steady_state_agree() -> None:
    for seed in range(3):
        T, p_0 = a_chain(seed, 6)
        for r in (0.1, 1e-4, 1e-8):
            exact = steady.steady_state(T, p_0, r)
            np.testing.assert_allclose(
                steady.solved(jnp.asarray(T), jnp.asarray(p_0), r), exact, atol=1e-15 / r
            )
            np.testing.assert_allclose(steady.squared(T, p_0, r), exact, atol=1e-11)
            np.testing.assert_allclose(r * p_0 + (1 - r) * T @ exact, exact, rtol=1e-12)


def test_one_state_and_a_certain_reset() -> None:
    np.testing.assert_array_equal(steady.steady_state(np.ones((1, 1)), np.ones(1), 1e-8), [1.0])
    T, p_0 = a_chain(1, 5)
    np.testing.assert_allclose(steady.steady_state(T, p_0, 1 - 1e-12), p_0, atol=1e-11)


def test_a_linear_solve_is_as_good_as_elimination_where_r_is_small() -> None:
    memory, arms = graphs.ram(4), symmetric(0.1)
    eps, r = 1.4e-4, 1e-8
    pi, start = confidence.column(4, eps), confidence.column_start(4)
    fast = policies.q_of(memory, jnp.asarray(pi), arms, r, start).mean()
    assert float(fast) == pytest.approx(confidence.column_q(4, eps, arms, r), rel=1e-8)


def test_the_gradient_of_q_is_that_of_differences_of_the_exact_q() -> None:
    arms, r = symmetric(0.3), 1e-8
    for memory in (graphs.ram(3), graphs.memento(2)):
        rng = np.random.default_rng(0)
        w, step = rng.normal(size=(2, *memory.successors.shape, 2))

        def exact(s: float, w: Any = w, step: Any = step, memory: Any = memory) -> float:
            pi = np.asarray(policies.softmax(memory, w + s * step))
            return policies.exact_q(memory, pi, arms, r)

        def fast(s: Any, w: Any = w, step: Any = step, memory: Any = memory) -> Any:
            return policies.q_of(memory, policies.softmax(memory, w + s * step), arms, r).mean()

        slope = (exact(1e-4) - exact(-1e-4)) / 2e-4
        assert float(jax.jit(jax.grad(fast))(0.0)) == pytest.approx(slope, rel=1e-5)


def test_a_memento_is_a_graph_and_remembers_the_last_plays() -> None:
    m = 3
    memory = graphs.memento(m)
    table = np.zeros((memory.M, 2, 2, memory.M))
    np.put_along_axis(table, memory.successors, 1, axis=-1)
    np.testing.assert_array_equal(graphs.graph(table).successors, memory.successors)
    word, rewards = necklace_policy.plays(0b10_01, 1, 0, m)  # B-, A+, then B-
    assert (word, rewards) == (0b101, 0b010)
    after = memory.successors[0b10_01, 1, 0, 0]
    assert necklace_policy.plays(after, 0, 1, m) == (0b010, 0b101)


def test_a_full_graph_has_the_q_of_a_ram_and_a_relabelling_changes_nothing() -> None:
    M, arms = 3, Arms(0.8, 0.4)
    pi = np.asarray(
        policies.softmax(graphs.ram(M), np.random.default_rng(0).normal(size=(M, 2, 2, M, 2)))
    )
    q = policies.exact_q(graphs.ram(M), pi, arms, 0.01)
    assert policies.exact_q(graphs.graph(np.ones((M, M))), pi, arms, 0.01) == pytest.approx(
        q, rel=1e-14
    )
    order = [2, 0, 1]
    assert policies.exact_q(graphs.ram(M), pi[order][..., order, :], arms, 0.01) == pytest.approx(q)
    fast = policies.q_of(graphs.graph(np.ones((M, M))), jnp.asarray(pi), arms, 0.01)
    assert float(fast.mean()) == pytest.approx(q, rel=1e-12)


def test_an_agent_that_does_not_look_is_wrong_half_of_the_time() -> None:
    memory = graphs.memento(2)
    pi = policies.softmax(memory, np.zeros((*memory.successors.shape, 2)))
    assert policies.exact_q(memory, pi, Arms(0.9, 0.2), 1e-5) == pytest.approx(0.5, rel=1e-12)


def test_the_best_eps_is_a_minimum_and_no_column_beats_the_bound() -> None:
    arms = symmetric(0.2)
    for r in (1e-2, 1e-5):
        eps, q = confidence.best_column(3, arms, r)
        assert q <= min(confidence.column_q(3, f * eps, arms, r) for f in (0.99, 1.01))
        # what any policy of 4M states can reach (Hellman & Cover)
        bound = alpha(0.2) ** (4 * 3 - 1)
        assert q > bound / (1 + bound)


def test_limits_of_symmetric_arms_are_those_of_general_ones() -> None:
    for mu in (0.05, 0.4):
        arms = symmetric(mu)
        due = 1 / (1 + alpha(mu) ** -7)
        assert confidence.column_limit(4, arms) == pytest.approx(due)
        for m in (2, 3, 5):
            found = necklace_policy.limit_of_arms(m, arms)
            assert found == pytest.approx(necklace_policy.limit(m, mu), rel=1e-12)
            assert found == pytest.approx(necklace_policy.printed_limit(m, arms), rel=1e-12)


def test_necklaces_of_six_letters_have_no_chain_through_all() -> None:
    path = necklaces.gray_chain(6)
    assert path[0] == 0
    assert path[-1] == 63
    assert len(set(path)) == len(path) == 13
    for a, b in itertools.pairwise(path):
        assert abs(a.bit_count() - b.bit_count()) == 1
        assert b in necklaces.neighbours(a, 6)


def test_necklace_policies_leave_from_two_words_of_each_necklace() -> None:
    for m in (2, 3, 4, 5):
        of = necklace_policy.necklace_policy(m)
        n = len(necklaces.gray_chain(m))
        assert np.count_nonzero(of.between < 0) == 2 * (n - 2)
        assert np.count_nonzero(of.ends < 0) == 2
        policies.checked(graphs.memento(m), of.at(0.3, 0.6))
        assert of.start.sum() == pytest.approx(1)


@pytest.mark.parametrize("of", [graphs.ram(4), graphs.memento(2)])
def test_a_policy_in_float32_has_the_q_of_its_float64(of: graphs.Graph) -> None:
    """As softmax gives it where JAX has no float64; r is below the rounding of its sums."""
    w = np.random.default_rng(0).normal(size=(*of.successors.shape, 2))
    arms = Arms(good=0.9, bad=0.6)
    q = policies.exact_q(of, policies.softmax(of, w), arms, r=1e-8)
    with jax.enable_x64(False):
        pi = policies.softmax(of, w)
        assert pi.dtype == np.float32
        assert policies.exact_q(of, pi, arms, r=1e-8) == pytest.approx(q, rel=1e-5)
        T, p_0 = jnp.full((3, 3), 1 / 3), jnp.full(3, 1 / 3)
        np.testing.assert_allclose(steady.steady_state(T, p_0, 1e-3), 1 / 3, rtol=1e-6)
    with pytest.raises(BadInput, match="not stochastic"):
        policies.checked(of, np.asarray(pi) * 1.001)


def test_a_walk_of_equal_steps_is_the_gamblers_ruin() -> None:
    assert walks.crossing([0.2] * 4, [0.2] * 4) == pytest.approx(1 / 5)
    assert walks.end_occupation([], [], L=0.2, R=0.6) == pytest.approx(0.75)


T2 = np.full((2, 2), 0.5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: symmetric(0.0), "mu, the difference of the arms, must be above 0 and below 1"),
        (lambda: symmetric(1.0), "below 1, not 1"),
        (lambda: Arms(0.3, 0.6), "must be better than the bad one"),
        (lambda: Arms(1.0, 0.6), "arms: good must be above 0 and below 1"),
        (lambda: steady.steady_state(T2, [0.5, 0.5], 0.0), "the reset probability r must be"),
        (lambda: steady.steady_state(T2, [0.5, 0.5], 1.0), "the reset probability r must be"),
        (lambda: steady.steady_state(T2 + 0.1, [0.5, 0.5], 0.1), "column 0 of the transition"),
        (lambda: steady.steady_state(T2, [0.5, 0.6], 0.1), "p_0 is no probability distribution"),
        (lambda: steady.steady_state(np.ones((2, 3)), [1, 0], 0.1), "shape"),
        (lambda: graphs.ram(0), "M, the states of the RAM, = 0 is too small"),
        (lambda: graphs.ram(257), "too large"),
        (lambda: graphs.memento(7), "m, the plays that a Memento remembers, = 7 is too large"),
        (lambda: graphs.graph(np.zeros((2, 2))), "no update is allowed after memory 0, arm A"),
        (lambda: graphs.graph(np.ones((2, 3))), "a memory graph of shape"),
        (lambda: graphs.graph([[2, 1], [1, 1]]), "give truth values"),
        (lambda: necklaces.gray_chain(8), "is too large"),
        (lambda: necklace_policy.necklace_policy(1), "is too small"),
        (lambda: necklace_policy.printed_limit(6, Arms(0.7, 0.2)), "not as many A as B"),
        (lambda: confidence.column(3, 1.5), "eps, the chance to leave, must be"),
        (lambda: confidence.best_leave(1, 0.1, 0.1), "M = 1"),
        (lambda: walks.crossing([0.1], [0.1, 0.2]), "give as many"),
        (lambda: walks.crossing([0.0], [0.1]), "must be positive"),
        (
            lambda: policies.exact_q(
                graphs.ram(1), np.full((1, 2, 2, 1, 2), 0.4), symmetric(0.1), 0.1
            ),
            "the policy is not stochastic",
        ),
    ],
)
def test_what_is_wrong_is_refused_in_a_line(make: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        make()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
