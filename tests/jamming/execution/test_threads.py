"""The number of cores changes no bit; what the environment says of threads is followed."""

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info

from jamming.checks.errors import BadInput
from jamming.execution import threads
from jamming.execution.threads import (
    processor,
    program_threads,
    requested_blas_threads,
    requested_threads,
    settle,
)
from sweeps.engine.store.provenance import provenance

# of sizes at which XLA and BLAS cut their work among threads
OUTPUTS = """
import hashlib, json, os
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from jamming.data import from_arrays
from jamming.data.preprocess import principal_components
from jamming.training.spec import Job
from jamming.execution.threads import program_threads
from jamming.training.train import train

def told(name, *arrays):
    print(name, hashlib.sha256(b"".join(np.asarray(a).tobytes() for a in arrays)).hexdigest())

x = np.random.default_rng(0).standard_normal((1000, 400))
y = np.where(x[:, 0] > 0, 1.0, -1.0)
told("components", principal_components(x, 10))
job = Job("own", 300, (300,), max_ticks=3, kernel_points=20, precision="float32")
run = train([job], data=[from_arrays(x, y, job.P)], weights=True)[0]
plain = {name: value for name, value in run.to_dict().items() if name != "seconds"}
told("trajectory", run.F_train, run.F_test, run.w, json.dumps(plain).encode())
print("threads", program_threads())
"""


def outputs(cores: set[int]) -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if name != "NPROC"}
    return subprocess.Popen(
        [sys.executable, "-c", OUTPUTS],
        stdout=subprocess.PIPE,
        text=True,
        env=env,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="one core, or no choice of them",
)
def test_one_core_gives_the_bits_of_two() -> None:
    first, second, *_ = sorted(os.sched_getaffinity(0))
    runs = [outputs({first}), outputs({first, second})]
    one, two = (run.communicate()[0].splitlines() for run in runs)
    assert [line.split()[0] for line in one] == ["components", "trajectory", "threads"]
    assert one == two
    assert one[-1] == "threads 2"


@pytest.mark.parametrize(
    ("said", "cores", "then"),
    [(None, 1, "2"), (None, 2, "2"), (None, 16, "16"), ("", 1, "2"), ("1", 4, "1"), ("3", 1, "3")],
)
def test_threads_are_those_of_the_environment_or_the_cores_but_two_at_least(
    said: str | None, cores: int, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NPROC", raising=False)
    if said is not None:
        monkeypatch.setenv("NPROC", said)
    monkeypatch.setattr(threads, "cores", lambda: cores)
    settle()
    assert os.environ["NPROC"] == then
    assert requested_threads() == int(then)


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", " ", "²"])
def test_a_number_of_threads_that_is_none_is_refused(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPROC", said)
    with pytest.raises(BadInput, match="set it to 1 or more"), requested_blas_threads():
        pass


def blas() -> set[int]:
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


def test_blas_is_told_until_the_last_block_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPROC", "3")
    before = blas()
    with requested_blas_threads():
        with requested_blas_threads():
            assert blas() == {3}
        assert blas() == {3}
    with pytest.raises(KeyError), requested_blas_threads():
        raise KeyError
    assert blas() == before


def test_an_entry_says_on_what_its_bits_depend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
    made_with = provenance()
    assert made_with["threads"] == program_threads() or made_with["threads"] == "unknown"
    assert made_with["cpu"] == processor() != ""
    assert made_with["XLA_FLAGS"] == "--xla_cpu_max_isa=AVX2"
