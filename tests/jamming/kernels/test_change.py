"""The change of a tangent kernel of several outputs: a norm of one matrix, in pieces or whole."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels import empirical
from jamming.kernels.change import kernel_change
from jamming.kernels.empirical import ntk, relative_change
from jamming.models.networks import FC

RNG = np.random.default_rng(4)


@pytest.fixture(scope="module")
def learnt() -> tuple[FC, Any, Any, jax.Array]:
    """A network of three outputs, its weights twice, and points."""
    net, x = FC(h=5, L=2, c=3), jax.random.normal(jax.random.key(0), (7, 4))
    w, w0 = (net.init(jax.random.key(i), x) for i in (1, 2))
    return net, w, w0, x


@pytest.mark.parametrize("outputs", ["full", "diagonal", "trace"])
def test_the_change_of_a_kernel_of_several_outputs(
    outputs: str, learnt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, w, w0, x = learnt
    theta, theta0 = (ntk(net.apply, at, x, outputs=outputs) for at in (w, w0))
    whole = float(kernel_change(net.apply, w, w0, x, outputs=outputs))
    assert whole == pytest.approx(np.linalg.norm(theta - theta0) / np.linalg.norm(theta0))
    numbers = theta[0].size
    monkeypatch.setattr(empirical, "memory", lambda: 2 * 8 * numbers * 3)  # three points at a time
    in_pieces = float(kernel_change(net.apply, w, w0, x, outputs=outputs, block=7))
    assert in_pieces == pytest.approx(whole, rel=1e-12)


def test_rotated_outputs_change_as_much_but_each_alone_does_not(learnt: Any) -> None:
    net, w, w0, x = learnt
    U = jnp.asarray(np.linalg.qr(RNG.normal(size=(3, 3)))[0])

    def rotated(w: Any, x: jax.Array) -> jax.Array:
        return net.apply(w, x) @ U

    def differ(outputs: str) -> float:
        one, other = (kernel_change(f, w, w0, x, outputs=outputs) for f in (net.apply, rotated))
        return abs(float(one / other) - 1)

    assert differ("full") < 1e-12
    assert differ("trace") < 1e-12
    assert differ("diagonal") > 1e-6


def test_of_one_output_it_is_the_relative_change_to_the_bit() -> None:
    net, x = FC(h=6, L=2, bias=True), jnp.asarray(RNG.normal(size=(12, 5)))
    w, w0 = (net.init(jax.random.key(i), x) for i in (1, 2))
    both = jax.jit(lambda w, w0: relative_change(ntk(net.apply, w, x), ntk(net.apply, w0, x)))
    found = jax.jit(lambda w, w0: kernel_change(net.apply, w, w0, x))(w, w0)
    assert found == both(w, w0)
    as_column = jax.jit(lambda w, w0: kernel_change(lambda *at: net.apply(*at)[:, None], w, w0, x))
    column = as_column(w, w0)
    assert float(column) == pytest.approx(float(found), rel=1e-12)
    with pytest.raises(BadInput, match="unknown outputs 'one': choose full, diagonal, trace"):
        kernel_change(net.apply, w, w0, x, outputs="one")
