"""Weights that are not those of a network are refused by the name of the array that differs."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels.change import kernel_change
from jamming.kernels.empirical import ntk, tangent_kernels
from jamming.models.networks import FC
from jamming.objectives.losses import quadratic_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.fisher import gauss_newton
from jamming.observables.hessian import split

X, Y = jnp.linspace(-1.0, 1.0, 8).reshape(4, 2), jnp.array([1.0, -1.0, -1.0, 1.0])
NET = FC(h=3, L=1)
W = NET.init(jax.random.key(0), X)
ARRAYS = dict(W["params"])
PAIR = (lambda key, x: jax.random.normal(key, (2, 1))), (lambda w, x: x @ w)


def landscape(w0: Any, alpha: Any = None) -> Problem:
    return Problem(predictor(NET, w0, alpha), quadratic_hinge(), X, Y)


TAKE_WEIGHTS: list[Callable[[Any], Any]] = [
    lambda w: ntk(NET.apply, w, X),
    lambda w: ntk(predictor(NET, W), w, X),
    lambda w: kernel_change(NET.apply, w, W, X),
    lambda w: kernel_change(NET.apply, W, w, X),
    lambda w: tangent_kernels(NET, w, X, X),
    lambda w: split(landscape(W), w),
    lambda w: split(landscape(w), w),
    lambda w: gauss_newton(landscape(W, 2.0), w),
]
OTHERS = [
    ({"params": {"W2": ARRAYS["W2"]}}, r"lack the array 'W1' of shape \[2, 3\]"),
    ({"params": ARRAYS | {"W7": jnp.ones(2)}}, "have an array 'W7', which .* has not"),
    ({"params": ARRAYS | {"W1": jnp.ones((5, 3))}}, r"'W1' .* has shape \[5, 3\], and \[2, 3\]"),
    (ARRAYS, "are not nested as those"),
]


@pytest.mark.parametrize("call", TAKE_WEIGHTS)
@pytest.mark.parametrize(("w", "said"), OTHERS)
def test_the_array_that_differs_is_named(call: Callable[[Any], Any], w: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        call(w)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("alpha", [None, 2.0])
def test_outputs_at_other_weights_name_it_too(alpha: Any) -> None:
    F = predictor(NET, W, alpha)
    with pytest.raises(BadInput, match="lack the array 'W1'"):
        F(OTHERS[0][0], X)


def test_of_pairs_they_are_known_by_their_init() -> None:
    with pytest.raises(BadInput, match=r"an array of the weights has shape \[3, 1\], and \[2, 1\]"):
        tangent_kernels(PAIR, jnp.ones((3, 1)), X, X)
    theta, _ = tangent_kernels(PAIR, jnp.ones((2, 1)), X, X)
    assert jnp.allclose(theta, X @ X.T)


def test_of_a_function_it_is_said_what_it_ran_into() -> None:
    with pytest.raises(BadInput, match=r"weights of shapes b \[2\] .*KeyError: 'a'"):
        ntk(lambda w, x: x @ w["a"], {"b": jnp.ones(2)}, X)
    with pytest.raises(BadInput, match="no weights to differentiate by"):
        ntk(lambda w, x: x[:, 0], {}, X)
