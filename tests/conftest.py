"""JAX as the tests need it: float64, two CPU devices, no silent broadcasting between ranks.

What one test or subprocess has compiled serves the others, and the next run: they share a cache in
the folder that pytest keeps, bounded as that of the commands, and emptied by `--cache-clear`. XLA
is asked to compile quickly; `XLA_FLAGS= make test` has it optimise as ever.
"""

import atexit
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import jax
import jaxtyping
import pytest

ROOT = Path(__file__).parents[1]
# Most of the tests' time is that of compiling, twice as long with the optimisations of LLVM, and
# with what writes the loops of fused operations (by MLIR) since XLA has that.
QUICKLY = (
    "xla_backend_optimization_level=0",
    "xla_cpu_parallel_codegen_split_count=1",  # small programs, and as many workers as cores
    "xla_cpu_use_fusion_emitters=false",
)
PACKAGES = ("jamming", "sweeps", "analysis", "claims")


def known(flags: Sequence[str]) -> str:
    """Those that this XLA has, as $XLA_FLAGS: it ends a process at one that it does not know."""
    written = " ".join(f"--{flag}" for flag in flags)
    start, env = [sys.executable, "-c", "import jax; jax.devices()"], {"XLA_FLAGS": written}
    if not subprocess.run(start, env=os.environ | env, stderr=subprocess.DEVNULL).returncode:
        return written
    return " ".join(known([flag]) for flag in flags) if flags[1:] else ""


def of_arrays() -> list[str]:
    """The modules whose annotations have shapes, which are checked; mypy knows the others."""
    files = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files
        if "jaxtyping" in path.read_text()
    ]


jaxtyping.install_import_hook(of_arrays(), "beartype.beartype")


def keep_programs(config: pytest.Config) -> None:
    """Compiled programs, also the smallest, are looked up in `.pytest_cache` first.

    JAX knows them by what is compiled, its own version, XLA's and the flags; the folder by the
    processor. So a program is found only where compiling it would give the same one.
    """
    config.addinivalue_line("filterwarnings", "ignore:Error .* persistent compilation cache")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"  # of subprocesses
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:  # else it is that of the process above
        if config.pluginmanager.hasplugin("cacheprovider") and config.cache is not None:
            above = config.cache.mkdir("programs")
        else:
            above = Path(tempfile.mkdtemp(prefix="jamming-tests-"))
            atexit.register(shutil.rmtree, above, ignore_errors=True)
        from jamming.execution import programs  # not before its types are checked

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JAMMING_CACHE", str(above))
            programs.keep()
        of: Any = jax.config  # whose options are added at run time
        if of.jax_compilation_cache_dir:  # none where JAX is told so, or the folder cannot be used
            os.environ["JAX_COMPILATION_CACHE_DIR"] = of.jax_compilation_cache_dir


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # what is imported stays: a quarter of the time to collect the tests
    # how long an example takes depends on the machine, and on what it compiles
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # as in the background of a shell; what the tests interrupt would ignore it as well
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "XLA_FLAGS" not in os.environ:  # else it is that of the process above
        os.environ["XLA_FLAGS"] = known(QUICKLY)
    options = {
        "jax_num_cpu_devices": 2,
        "jax_enable_x64": True,
        "jax_numpy_rank_promotion": "raise",
    }
    for name, value in options.items():
        if hasattr(jax.config, name):  # an older JAX may lack one
            jax.config.update(name, value)
    keep_programs(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Cases of `slow.txt` are slow: for other values they show what a quicker one shows, too."""
    slow = set(Path(__file__).with_name("slow.txt").read_text().split("\n")) - {""}
    files = {item.nodeid.split("::")[0] for item in items}
    quick = QUICKLY[-1] in os.environ["XLA_FLAGS"]
    for item in items:
        if quick and item.get_closest_marker("bitwise"):
            item.add_marker(pytest.mark.skip(reason="in a process of their own"))
        if item.nodeid in slow:
            item.add_marker(pytest.mark.slow)
            slow.discard(item.nodeid)
    unknown = [name for name in slow if name.split("::")[0] in files]
    if unknown and not config.getoption("keyword") and not any("::" in a for a in config.args):
        raise pytest.UsageError(f"tests/slow.txt names what is no test: {', '.join(unknown)}")


def pytest_collection_finish() -> None:
    """From here on garbage is looked for, but not among the modules and tests, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    """Every test starts with it on, whatever a command run by the one before has chosen."""
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", True)


@pytest.fixture(autouse=True)
def no_command() -> Iterator[None]:
    """A test that made this process a command would have left it other handlers of signals."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.fixture(autouse=True, scope="module")
def few_programs() -> Iterator[None]:
    """A worker goes through thousands of programs."""
    yield
    from jamming.execution.memory import clear_programs  # not before its types are checked

    clear_programs()


@pytest.fixture(scope="module")
def strict_dtypes() -> Iterator[None]:
    """No implicit promotion between dtypes; for whole modules, by `pytest.mark.usefixtures`.

    Not for every test: ADAM of optax itself promotes (a Python float to the power of an int32).
    """
    with jax.numpy_dtype_promotion("strict"):
        yield


@pytest.fixture
def unannotated() -> Iterator[None]:
    """As outside of tests, annotations are not looked at: the code itself refuses what is wrong."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
