"""JAX as the tests need it: float64, two CPU devices, no silent broadcasting between ranks."""

from collections.abc import Iterator

import jax
import pytest


def pytest_configure() -> None:
    options = {
        "jax_num_cpu_devices": 2,
        "jax_enable_x64": True,
        "jax_numpy_rank_promotion": "raise",
    }
    for name, value in options.items():
        if hasattr(jax.config, name):  # an older JAX may lack one
            jax.config.update(name, value)


@pytest.fixture(scope="module")
def strict_dtypes() -> Iterator[None]:
    """No implicit promotion between dtypes; for whole modules, by `pytest.mark.usefixtures`.

    Not for every test: ADAM of optax itself promotes (a Python float to the power of an int32).
    """
    with jax.numpy_dtype_promotion("strict"):
        yield
