"""What a second hidden layer learns that the first alone does not."""

from collections.abc import Callable

import jax
import pytest

from jamming.checks.errors import BadInput
from jamming.theory import depth


def test_two_layers_learn_an_oscillating_radial_function_that_one_does_not() -> None:
    """Of as many neurons in all."""
    one, two = depth.learning_errors(
        jax.random.key(0), 2, ((128,), (64, 64)), omega=16.0, points=1000, steps=600
    )
    assert float(two) < 0.5 * float(one)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: depth.learning_errors(jax.random.key(0), 0, ((4,),)), "d = 0"),
        (lambda: depth.learning_errors(jax.random.key(0), 2, ((0,),)), "widths = 0"),
        (lambda: depth.learning_errors(jax.random.key(0), 2, ((4,),), omega=-1.0), "omega"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
