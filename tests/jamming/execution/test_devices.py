"""Several devices, emulated on the CPU: the results of one, and no program is compiled twice.

In a process of its own, as the number of devices is settled with the first of them: this file run
as a script, whose checks are `assert`s.
"""

import collections
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

DEVICES, LANES, TICKS = 4, 6, 60


def test_several_devices_do_as_one_and_compile_each_program_once() -> None:
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={DEVICES}"
    more = {"XLA_FLAGS": flags, "JAX_NUM_CPU_DEVICES": str(DEVICES)}
    words = [sys.executable, __file__]
    done = subprocess.run(words, env=os.environ | more, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "as one"


class Compilations(logging.Handler):
    """Which programs were compiled, with the shapes of their arguments, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: collections.Counter[str] = collections.Counter()

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said.startswith("Compiling "):
            self.seen[said.partition(" Argument mapping")[0]] += 1

    @contextmanager
    def once(self, least: int) -> Iterator[None]:
        """Within it, at least so many programs of problems or states are compiled, each once."""
        self.seen.clear()
        yield
        whole = {name: n for name, n in self.seen.items() if name.count("ShapedArray") > 3}
        assert len(whole) >= least, whole
        assert max(whole.values()) == 1, whole


def main() -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_log_compiles", True)
    assert len(jax.local_devices()) == DEVICES
    compilations, logger = Compilations(), logging.getLogger("jax")
    logger.addHandler(compilations)
    logger.propagate = False
    with compilations.once(4):  # to start and to advance, on one and on all
        lanes()
    one = trained()
    # also to observe and to refill lanes
    with compilations.once(4), mock.patch("jamming.execution.vmapped.vmaps", return_value=True):
        several = trained()
    for a, b in zip(one, several, strict=True):
        assert (a.ticks, a.result) == (b.ticks, b.result)
        np.testing.assert_allclose(a.F_test, b.F_test, rtol=1e-9, atol=1e-9)
    print("as one")


def lanes() -> None:
    """Shared out over all devices, in chunks, against the first alone."""
    import jax
    import jax.numpy as jnp

    from jamming.dynamics.optimiser import sgd
    from jamming.execution import vmapped
    from jamming.models.networks import FC
    from jamming.objectives.losses import soft_hinge
    from jamming.objectives.predictor import predictor
    from jamming.objectives.problem import Problem

    net, stepper = FC(h=5, L=1), sgd(1e-2, max_ticks=TICKS, batch=5)
    keys = jax.random.split(jax.random.key(5), LANES)

    def problem(i: int) -> Problem:
        x = jax.random.normal(jax.random.key(i), (12, 4))
        of = predictor(net, net.init(keys[i], x), 10.0 ** (i - 2))
        return Problem(of, soft_hinge(), x, jnp.sign(x[:, 0] * x[:, 1]))

    problems = vmapped.stack([problem(i) for i in range(LANES)])

    def end(devices: Any) -> Any:
        states = vmapped.start(stepper, problems, keys, devices=devices)
        for until in range(TICKS // 3, TICKS + 1, TICKS // 3):
            states = vmapped.advance(stepper, problems, states, until, devices=devices)
        return states

    one, several = end((jax.local_devices()[0],)), end(None)
    assert several.ticks.devices() == set(jax.local_devices())
    *_, run = vmapped.run(stepper, problems, keys, checkpoints=(TICKS // 2, TICKS))
    assert jnp.all(one.ticks > TICKS // 3)
    for states in (several, run):
        pairs = zip(
            *(jax.tree.leaves((of.ticks, of.loss, of.v)) for of in (one, states)), strict=True
        )
        for a, b in pairs:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def trained() -> list[Any]:
    """More jobs than lanes, by one worker, on all devices where it takes them for accelerators."""
    from jamming.training.spec import Job
    from jamming.training.train import train

    fields: dict[str, Any] = {"alpha": 1.0, "test_points": 30, "max_ticks": 150}
    jobs = [Job("random5", 20, (6,), init_seed=i, **fields) for i in range(LANES + 3)]
    return train(jobs, workers=1, lanes=LANES)


if __name__ == "__main__":
    main()
