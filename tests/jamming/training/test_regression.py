"""Numbers learnt by ADAM on batches."""

from typing import Any

import jax
import numpy as np
import pytest

import jamming
from jamming.checks.errors import BadInput
from jamming.training.regression import Regression, regress

X = np.random.default_rng(0).standard_normal((60, 3)).astype(np.float32)
Y = 1e3 + 50 * (X @ np.array([1.0, -2.0, 0.5]))
NET = jamming.FC(h=8, L=1, bias=True)
HOW = Regression(steps=300, batch=20, lr=2e-2)
KEY = jax.random.key(0)


def test_a_linear_function_is_learnt_in_its_own_units() -> None:
    f = regress(NET, X, Y, HOW, KEY)
    assert np.abs(f(X) - Y).mean() < 0.1 * Y.std()
    np.testing.assert_array_equal(regress(NET, X, Y, HOW, KEY)(X), f(X))
    # units do not matter
    np.testing.assert_allclose(regress(NET, X, 3 * Y - 7, HOW, KEY)(X), 3 * f(X) - 7, rtol=1e-3)


@pytest.mark.parametrize(
    ("x", "y", "how", "said"),
    [
        (X, Y[:5], HOW, "5 targets"),
        (X, np.ones(60), HOW, "all targets are the same"),
        (X, np.where(np.arange(60) == 3, np.nan, Y), HOW, "row 3"),
        ((X, X[:5]), Y, HOW, "60 targets"),
        (X, Y, Regression(batch=61), "batch = 61"),
    ],
)
def test_what_cannot_be_learnt_is_refused(x: Any, y: Any, how: Regression, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        regress(NET, x, y, how, KEY)
