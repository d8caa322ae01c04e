"""Compiled programs, kept on disk from one process to the next, and those compiled quickly.

What is kept is JAX's persistent cache, in a folder for each kind of processor, since programs are
its machine code, and each version of JAX. Several processes may use it at once: an entry that one
has not written to its end yet is a missing one to the others, which compile for themselves. JAX
writes entries in place, so that a full disk or a kill may leave a part of one, which it would never
replace: such entries are deleted here, before the first program is looked up.
"""

import hashlib
import platform
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp

from jamming.checks.errors import described, warn
from jamming.commands.files import cache_dir

F = TypeVar("F", bound=Callable[..., Any])
# XLA's options, of which those are taken that this version has
SPARING: tuple[dict[str, Any], ...] = (
    {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False},
    {"xla_backend_optimization_level": 0},
)
MOST = 2**30  # bytes of a folder, beyond which those written first are deleted
_CPUINFO = Path("/proc/cpuinfo")
# a file for each entry; those without permission to write have been read to their end
_ENTRIES, _READ, _WRITES = "*-cache", 0o444, 0o200


def keep() -> None:
    """Look programs up on disk before they are compiled, and keep those that are.

    The folder is `programs` in the cache folder, or $JAX_COMPILATION_CACHE_DIR as it is. Nothing is
    kept where JAX is told not to, by JAX_ENABLE_COMPILATION_CACHE=0, or, with a warning, where the
    folder cannot be used.
    """
    of: Any = jax.config  # whose options are added at run time
    if not of.jax_enable_compilation_cache or of.jax_compilation_cache_dir:
        return
    folder = cache_dir() / "programs" / _machine()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
    except OSError as error:
        warn(
            f"compiled programs are not kept, {folder} cannot be used ({described(error)}):"
            " set JAMMING_CACHE to a folder that can"
        )
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    # a program that cannot be read or kept is compiled, which is all that there is to say
    for what in ("reading", "writing"):
        warnings.filterwarnings("ignore", f"Error {what} persistent compilation cache")


def quickly(function: F, **how: Any) -> F:
    """As `jax.jit`, for what runs once or twice in a trajectory: compiled in half the time.

    On a CPU XLA optimises it less. The options `how` are those of `jax.jit`.
    """

    @cache
    def compiled() -> Any:
        return jax.jit(function, compiler_options=_sparing(), **how)

    @wraps(function)
    def called(*args: Any, **named: Any) -> Any:
        return compiled()(*args, **named)

    return cast(F, called)


@cache
def _sparing() -> dict[str, Any]:
    """The first of `SPARING` that the compiler takes; nothing elsewhere than on a CPU."""
    for options in SPARING if jax.local_devices()[0].platform == "cpu" else ():
        with suppress(jax.errors.JaxRuntimeError):
            jax.jit(lambda: jnp.zeros(()), compiler_options=options)()
            return options
    return {}


def _machine() -> str:
    """Names what programs depend on beside the devices and options that JAX looks at itself."""
    known = [platform.machine(), platform.processor(), version("jax"), version("jaxlib")]
    with suppress(OSError):
        lines = _CPUINFO.read_text().splitlines()
        known += [next((each for each in lines if each.startswith(("flags", "Features"))), "")]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]


def _tidy(folder: Path) -> None:
    """Delete entries that are not whole, and the oldest of too many."""
    entries = []
    for path in folder.glob(_ENTRIES):
        with suppress(FileNotFoundError):  # another process tidies, too
            entries.append((path.stat(), path))
    room = MOST
    for stat, path in sorted(entries, key=lambda each: each[0].st_mtime, reverse=True):
        room -= stat.st_size
        with suppress(FileNotFoundError):
            new = bool(stat.st_mode & _WRITES)
            if room < 0 or (new and not _whole(path.read_bytes())):
                path.unlink()
            elif new:
                path.chmod(_READ)


def _whole(entry: bytes) -> bool:
    """Whether it can be read to its end; JAX takes zstd where there is a library of it."""
    library = "zlib"
    if entry.startswith(b"\x28\xb5\x2f\xfd"):
        library = "compression.zstd" if sys.version_info >= (3, 14) else "zstandard"
    try:
        import_module(library).decompress(entry)
    except ImportError:  # of another environment, whose entries are not looked up here
        return True
    except Exception:
        return False
    return True
