"""Programs are forgotten where there are too many, and only there."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.execution import memory
from jamming.execution.memory import clear_programs, memory_maps


def test_all_programs_are_forgotten_where_there_are_too_many() -> None:
    f = jax.jit(lambda x: jnp.sin(x) + 1)
    f(1.0)
    assert f._cache_size() == 1
    if memory_maps():
        assert clear_programs(0)
        assert f._cache_size() == 0
    assert float(f(0.0)) == 1.0


def test_below_that_they_are_kept() -> None:
    f = jax.jit(lambda x: jnp.cos(x))
    f(1.0)
    assert not clear_programs(10**9)
    assert f._cache_size() == 1


def test_maps_are_freed() -> None:
    """Hundreds of programs, each with maps of its own."""
    if not memory_maps():
        pytest.skip("there is no way to count the memory maps of a process here")
    clear_programs(0)
    before = memory_maps()
    for n in range(1, 60):
        jax.jit(lambda x: jnp.tanh(x) @ x)(jnp.ones(n)).block_until_ready()
    after = memory_maps()
    assert after > before + 50
    assert clear_programs(before + 50)
    assert memory_maps() < before + (after - before) / 2


def test_where_maps_cannot_be_counted_nothing_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "_MAPS", tmp_path / "none")
    assert memory_maps() == 0
    assert not clear_programs()


def test_programs_that_run_meanwhile_end_as_they_would() -> None:
    """Workers of a cluster may train in several threads."""
    if not memory_maps():
        pytest.skip("there is no way to count the memory maps of a process here")

    @jax.jit
    def power(x: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, 200, lambda _, y: jnp.tanh(x @ y), x)

    x = jnp.eye(20) / 2
    expected = np.asarray(power(x))
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(lambda: np.asarray(power(x))) for _ in range(20)]
        forgotten = 0
        while not all(each.done() for each in running):
            forgotten += clear_programs(0)
    assert forgotten > 0
    for each in running:
        np.testing.assert_array_equal(each.result(), expected)
