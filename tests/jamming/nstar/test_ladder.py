"""The networks that a search tries: their N is that of the networks that are trained."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.models.counting import count
from jamming.nstar.ladder import Ladder, OwnLadder, nearest
from jamming.training.spec import Job

untimed = settings(deadline=None)
depths = st.integers(1, 6)
inputs = st.one_of(st.none(), st.integers(1, 800))


class Small(nn.Module):
    """3 h + 2 h weights for inputs of dimension 3, and biases that do not count."""

    h: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        a = nn.tanh(nn.Dense(self.h)(x))
        return nn.Dense(1)(a)[:, 0] + nn.Dense(1, use_bias=False)(a)[:, 0]


@untimed
@given(depths, inputs, st.booleans(), st.integers(0, 60))
def test_N_grows_with_every_rung(L: int, d: int | None, fractional: bool, above: int) -> None:
    ladder = Ladder(L, d, fractional)
    rung = ladder.first + above
    assert ladder.N(rung + 1) > ladder.N(rung)
    assert ladder.h(rung + 1) > ladder.h(rung)


@untimed
@given(depths, inputs, st.integers(1, 100))
def test_fractional_and_whole_rungs_agree_at_whole_widths(L: int, d: int | None, h: int) -> None:
    whole, fractional = Ladder(L, d), Ladder(L, d, fractional=True)
    assert fractional.h(L * h) == whole.h(h) == h
    assert fractional.widths(L * h) == whole.widths(h) == (h,) * L
    first = h if d is None else d
    assert fractional.N(L * h) == whole.N(h) == first * h + (L - 1) * h**2 + h


@untimed
@given(st.integers(2, 6), st.integers(1, 50), st.integers(0, 5))
def test_fractional_rungs_widen_one_layer_after_the_other(L: int, h: int, extra: int) -> None:
    extra %= L
    widths = Ladder(L, 10, fractional=True).widths(L * h + extra)
    assert widths == (h + 1,) * extra + (h,) * (L - extra)  # floor(h + extra/L + 1 - i/L)


@pytest.mark.parametrize("fractional", [False, True])
@pytest.mark.parametrize("L", [1, 2, 3])
def test_the_lowest_rung_has_width_one(L: int, fractional: bool) -> None:
    ladder = Ladder(L, 10, fractional)
    assert ladder.h(ladder.first) == 1
    assert ladder.widths(ladder.first) == (1,) * L


@untimed
@given(depths, inputs, st.booleans(), st.floats(0.5, 3e4))
def test_nearest_is_nearest_in_ratio(L: int, d: int | None, fractional: bool, N: float) -> None:
    ladder = Ladder(L, d, fractional)
    rung = nearest(ladder, N)
    assert rung >= ladder.first

    def off(r: int) -> float:
        return abs(np.log(ladder.N(r) / N))

    # N grows with the rung, so that no other can be closer than both neighbours
    assert off(rung) <= off(rung + 1) + 1e-12
    assert rung == ladder.first or off(rung) <= off(rung - 1) + 1e-12


@pytest.mark.parametrize(
    ("dataset", "L", "rung"),
    [("random", 1, 7), ("random", 3, 11), ("random", 3, 12), ("random7", 2, 9), ("random7", 3, 13)],
)
def test_N_is_that_of_the_network_that_is_trained(dataset: str, L: int, rung: int) -> None:
    ladder = Ladder(L, None if dataset == "random" else 7, fractional=True)
    job = Job(dataset, 20, ladder.widths(rung))
    data = job.data()
    if dataset == "random":
        assert data.x_train.shape == (20, ladder.widths(rung)[0])  # d = h
    weights = job.network().init(jax.random.key(0), jnp.asarray(data.x_train[:1]))
    assert count(weights).N == ladder.N(rung)


def test_an_own_network_counts_its_matrices() -> None:
    ladder = OwnLadder(make=lambda h: Small(h), shape=(3,))
    assert [ladder.N(h) for h in (1, 2, 10)] == [5, 10, 50]
    assert ladder.h(4) == 4.0
    assert nearest(ladder, 26.0) == 5
    weights = Small(4).init(jax.random.key(1), jnp.zeros((2, 3)))
    assert sum(leaf.size for leaf in jax.tree.leaves(weights)) == 5 * 4 + 4 + 1
    assert count(weights).N == ladder.N(4)


@pytest.mark.parametrize("L", [0, -1])
def test_a_network_without_hidden_layers_is_refused(L: int) -> None:
    with pytest.raises(BadInput, match="depth"):
        Ladder(L, 10)


@pytest.mark.parametrize("ladder", [Ladder(1, 7), Ladder(3, None, True), Ladder(2, 10)])
def test_the_nearest_rung_is_that_of_a_search_step_by_step(ladder: Ladder) -> None:
    for N in (0.5, 1.0, 8.0, 24.0, 31.0, 100.0, 999.0, 5000.0):
        rung = ladder.first
        while ladder.N(rung) < N:
            rung += 1
        below = max(rung - 1, ladder.first)
        expected = below if N**2 < ladder.N(rung) * ladder.N(below) else rung
        assert nearest(ladder, N) == expected


def test_it_is_found_among_billions() -> None:
    ladder = Ladder(1, 9)
    assert nearest(ladder, 1e15) == 10**14
