"""With what something was made: versions, commit, platform and devices."""

import functools
import os
import platform
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from jamming.execution.threads import processor, program_threads


def provenance() -> dict[str, Any]:
    """All that bits may depend on beside the job: versions, processor, threads, devices."""
    return _software() | {
        "commit": commit(),
        "cpu": processor(),
        "threads": program_threads() or "unknown",
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
        "device": jax.devices()[0].device_kind,
        "devices": jax.device_count(),
    }


@functools.cache
def _software() -> dict[str, Any]:
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in ("jamming", "jax", "jaxlib", "flax", "optax", "numpy"):
        found[name] = "unknown"
        with suppress(metadata.PackageNotFoundError):  # run from a checkout that is not installed
            found[name] = metadata.version(name)
    return found


@functools.cache
def commit() -> str:
    """Commit of the checkout that this code lies in, '+dirty' if it was modified, or 'unknown'."""
    here = Path(__file__).resolve()
    other = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # as a hook of another checkout has
    env = {name: value for name, value in os.environ.items() if name not in other}

    def git(*args: str) -> str:
        command = ["git", "--no-optional-locks", "-C", str(here.parent), *args]
        return subprocess.run(
            command, capture_output=True, check=True, text=True, timeout=10, env=env
        ).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", here.name)  # not installed below another's checkout
        return git("rev-parse", "HEAD") + "+dirty" * bool(git("status", "--porcelain", "-uno"))
    except (OSError, ValueError, subprocess.SubprocessError):
        return "unknown"
