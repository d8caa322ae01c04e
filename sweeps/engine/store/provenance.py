"""With what something was made: versions, commit, platform and devices."""

import functools
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import jax

from jamming.execution.threads import processor, program_threads


def provenance() -> dict[str, str | int]:
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
def _software() -> dict[str, str | int]:
    packages = ("jamming", "jax", "jaxlib", "flax", "optax", "numpy")
    versions: dict[str, str | int] = {name: _version(name) for name in packages}
    return versions | {"python": platform.python_version(), "platform": platform.platform()}


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
        commit = git("rev-parse", "HEAD")
        return commit + ("+dirty" if git("status", "--porcelain", "-uno") else "")
    except (OSError, ValueError, subprocess.SubprocessError):
        return "unknown"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"
