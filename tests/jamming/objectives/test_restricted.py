"""The landscape of some parameters alone: blocks of the whole Hessian, of any network."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax.flatten_util import ravel_pytree

import jamming
from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.objectives.losses import LOSSES
from jamming.objectives.problem import Problem
from jamming.observables.hessian import split
from jamming.observables.lanczos import Hessian


class Normalised(nnx.Module):
    """Layers in a list, batch normalisation among them, three outputs."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.layers = nnx.List(
            [
                nnx.Linear(4, 5, rngs=rngs),
                nnx.BatchNorm(5, rngs=rngs),
                nnx.Linear(5, 3, rngs=rngs),
            ]
        )

    def __call__(self, x: jax.Array) -> jax.Array:
        a, norm, b = self.layers
        F: jax.Array = b(jnp.tanh(norm(a(x))))
        return F


NETS: dict[str, tuple[Any, str, float | None]] = {
    "fc": (jamming.FC(h=4, L=1, activation=activation("tanh"), bias=True), "quadratic_hinge", 3.0),
    "own": (jamming.drawn(Normalised), "cross_entropy", None),
}


@functools.cache
def landscape(name: str) -> tuple[Problem, Any]:
    net, loss, alpha = NETS[name]
    rng = np.random.default_rng(0)
    x, classes = jnp.asarray(rng.standard_normal((9, 4))), jnp.asarray(rng.integers(0, 3, 9))
    w = jax.tree.map(lambda a: a.astype(float), net.init(jax.random.key(1), x))
    pad = net.state(w, x) if name == "own" else None
    y = classes if LOSSES[loss].multiclass else jnp.where(classes > 0, 1.0, -1.0)
    problem = Problem(jamming.predictor(net, w, alpha, pad), LOSSES[loss], x, y)
    v = problem.predictor.start()
    return problem, jax.tree.map(
        lambda a: a + 0.1 * jnp.cos(jnp.arange(a.size)).reshape(a.shape), v
    )


def block(name: str, chosen: list[bool]) -> np.ndarray:
    """Of the Hessian of the whole loss, on the chosen arrays."""
    _, v = landscape(name)
    each = zip(jax.tree.leaves(v), chosen, strict=True)
    mine = np.concatenate([np.full(leaf.size, one) for leaf, one in each])
    return np.asarray(whole(name))[np.ix_(mine, mine)]


@functools.cache
def whole(name: str) -> jax.Array:
    problem, v = landscape(name)
    flat, unravel = ravel_pytree(v)

    def of(u: jax.Array) -> jax.Array:
        return problem.loss.mean(problem.outputs(unravel(u)), problem.y, problem.predictor.alpha)

    found: jax.Array = jax.jit(jax.hessian(of))(flat)
    return found


@pytest.mark.parametrize(
    ("name", "of", "chosen"),
    [
        ("fc", "W1", [0, 0, 1, 0]),
        ("own", lambda name: name.endswith(("kernel", "scale")), [0, 1, 0, 1, 0, 1]),
    ],
)
def test_its_hessian_is_the_block_of_the_whole_one(name: str, of: Any, chosen: list[int]) -> None:
    """Dense and, of one layer, by products."""
    expected = block(name, [bool(each) for each in chosen])
    scale = np.abs(expected).max()
    part, v = jamming.restricted(*landscape(name), of)
    found = split(part, v)
    np.testing.assert_allclose(found.H, expected, rtol=0, atol=1e-12 * scale)
    if not isinstance(of, str):
        return
    u = jnp.asarray(np.random.default_rng(0).standard_normal(len(expected)))
    product = jax.jit(lambda A, u: A(u))(Hessian(part, v, block=5), u)  # type: ignore[arg-type]
    np.testing.assert_allclose(product, expected @ u, rtol=0, atol=1e-11 * scale)


def test_the_others_stay_where_they_are() -> None:
    problem, v = landscape("fc")
    part, mine = jamming.restricted(problem, v, "W1")
    moved = jax.tree.map(lambda a: a + 1.0, mine)
    W = part.predictor.weights(moved)["params"]
    before = problem.predictor.weights(v)["params"]
    np.testing.assert_allclose(W["W1"], before["W1"] + 1)
    np.testing.assert_array_equal(W["W2"], before["W2"])
    assert list(part.predictor.start()) == ["W1"]
    assert list(jamming.restricted(problem, v, ["B*", "W2"])[1]) == ["B1", "B2", "W2"]


def test_names_of_parameters() -> None:
    assert jamming.parameter_names(landscape("fc")[1]) == ("B1", "B2", "W1", "W2")
    own = jamming.parameter_names(landscape("own")[1])
    assert own[:3] == ("layers.0.bias", "layers.0.kernel", "layers.1.bias")
    assert jamming.parameter_names({"a": [jnp.ones(1), jnp.ones(2)]}) == ("a.0", "a.1")
    assert jamming.parameter_names(jnp.ones(2)) == ("",)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("V1", "no parameters 'V1': choose of B1, B2, W1, W2"),
        ("", "no parameters ''"),
        (["W1", "w2"], "no parameters 'w2'"),
        ([], "no parameters are chosen"),
        (3, "chosen by name, not by 3"),
        ([None], "chosen by name, not by None"),
        (lambda name: False, "no parameters are chosen"),
        (lambda name: name[9], "failed for 'B1': IndexError"),
    ],
)
def test_parameters_that_are_not_there_are_refused(of: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        jamming.restricted(*landscape("fc"), of)
    assert "\n" not in str(refused.value)
