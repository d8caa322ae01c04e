"""p4 and p4m: the turned network, and the theory's correlation on a periodic lattice."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.finite.groups import wallpaper
from jamming.equivariant.finite.planar import Grouped, PlanarNet, moved, moved_field, square
from jamming.models.classic.classifier import layers

BLOCKS = ((2,), (3,))


def turns(name: str) -> list:
    return [lambda x, h=h: moved(x, h) for h in square(name)[1]]


def test_a_quarter_turn_is_numpys() -> None:
    x = np.random.default_rng(0).standard_normal((2, 5, 5, 3))
    np.testing.assert_array_equal(
        moved(jnp.asarray(x), square("p4")[1][1]), np.rot90(x, axes=(1, 2))
    )


@pytest.mark.parametrize("name", ["p4", "p4m"])
def test_moves_of_fields_are_a_representation(name: str) -> None:
    G, _ = square(name)
    z = jax.random.normal(jax.random.key(0), (3, 3, len(G), 2))
    for a, b in ((1, 2), (len(G) - 1, 1)):
        there = moved_field(moved_field(z, b, name), a, name)
        np.testing.assert_array_equal(there, moved_field(z, int(G.table[a, b]), name))


@pytest.mark.parametrize("name", ["p4", "p4m"])
@pytest.mark.parametrize("side", [6, 7])
def test_logits_do_not_depend_on_turns(name: str, side: int) -> None:
    net = PlanarNet(symmetry=name, blocks=BLOCKS if side == 6 else ((2, 3),), classes=3)
    x = jax.random.normal(jax.random.key(0), (2, side, side, 2))
    variables = net.init(jax.random.key(1), x)
    off = equivariance_error(lambda x: net.apply(variables, x, batch_norm="batch"), x, turns(name))
    assert off.max() < 1e-5
    # layers are moved as regular fields
    apply = lambda x: layers(net, variables, x, batch_norm="batch")["conv1_1"]  # noqa: E731
    pairs = [(turn, lambda z, g=g: moved_field(z, g, name)) for g, turn in enumerate(turns(name))]
    assert equivariance_error(apply, x, pairs).max() < 1e-5


def test_without_the_symmetry_they_do() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 6, 6, 1))
    for net, symmetry in (
        (PlanarNet(symmetry="p1", blocks=BLOCKS), "p4"),
        (PlanarNet(symmetry="p4", blocks=BLOCKS), "p4m"),
        (PlanarNet(symmetry="p4", blocks=BLOCKS, average=False), "p4"),
    ):
        variables = net.init(jax.random.key(1), x)
        apply = jax.jit(lambda x: net.apply(variables, x, batch_norm="batch"))  # noqa: B023
        assert equivariance_error(apply, x, turns(symmetry)).max() > 1e-3


def test_even_strides_break_it_and_odd_ones_do_not() -> None:
    W = jax.random.normal(jax.random.key(0), (3, 3, 1, 1, 2))
    for side, exact in ((7, True), (8, False)):
        x = jax.random.normal(jax.random.key(1), (2, side, side, 1))
        layer = Grouped(W.shape, stride=2, padding=1, symmetry="p4")
        apply = lambda x: layer(W, x).reshape(2, 4, 4, 4, 2)  # noqa: B023, E731
        pairs = [(t, lambda z, g=g: moved_field(z, g, "p4")) for g, t in enumerate(turns("p4"))]
        assert (equivariance_error(apply, x, pairs).max() < 1e-5) == exact


@pytest.mark.parametrize("name", ["p4", "p4m"])
@pytest.mark.parametrize("m", [0, 1])
def test_it_is_the_correlation_of_the_theory(name: str, m: int) -> None:
    """On a periodic lattice: the sum over its group of psi((u h)^-1 (u' h')) f(u' h')."""
    n = 5
    G, _ = wallpaper(name, n)
    point, _ = square(name)
    rng = np.random.default_rng(0)
    W = rng.standard_normal((3, 3, len(point) if m else 1, 1, 1))
    f = rng.standard_normal((n, n, len(point) if m else 1))
    padded = np.pad(f, [(1, 1), (1, 1), (0, 0)], mode="wrap")[None]
    found = Grouped(W.shape, symmetry=name)(jnp.asarray(W), jnp.asarray(padded))[0]
    # psi on the lattice, about the origin
    psi = np.zeros((n, n, W.shape[2]))
    for i in range(3):
        for j in range(3):
            psi[(i - 1) % n, (j - 1) % n] = W[i, j, :, 0, 0]
    due = np.zeros((n, n, len(point)))
    flat_f, flat_psi = (a.reshape(n * n, -1) for a in (f, psi))
    elements = np.arange(len(G)).reshape(len(point), n * n)  # [h, t]
    for h in range(len(point)):
        for u in range(n * n):
            back = G.inverse[elements[h, u]]
            for k in range(len(point) if m else 1):
                to = G.table[back, elements[k]]  # (u h)^-1 (u' h') for all u'
                due.reshape(n * n, -1)[u, h] += (
                    flat_psi[to % (n * n), (to // (n * n)) if m else 0] * flat_f[:, k]
                ).sum()
    np.testing.assert_allclose(found, due, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PlanarNet(symmetry="p6"), "unknown symmetry 'p6'"),
        (lambda: PlanarNet(blocks=()), "blocks"),
        (lambda: moved(jnp.ones((4, 5, 1)), square("p4")[1][1]), "square"),
        (lambda: equivariance_error(lambda x: x, jnp.ones((1, 2)), []), "group"),
        (lambda: equivariance_error(lambda x: x, jnp.ones((1, 2)), [lambda x: x[:, :1]]), "moved"),
    ],
)
def test_what_cannot_be_is_refused(make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=said):
        make()
