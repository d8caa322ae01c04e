"""What an entry describes, and what made it: versions, commit, platform and devices.

A stored run has the fields of one of a few classes, and with them its key.
"""

import dataclasses
import functools
import os
import platform
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import jax

from jamming.checks.errors import BadInput, described
from jamming.execution.threads import processor, program_threads
from jamming.training.spec import Job

# those beside Job, by name: what is common to all imports none of them
CHAPTERS = (
    ("jamming.training.images", "ImageJob"),
    ("sweeps.random_features.network", "Cell"),
    ("sweeps.deformations.fields", "Fields"),
    ("sweeps.deformations.initial", "Probe"),
    ("sweeps.deformations.downsampled", "Filtered"),
    ("sweeps.deformations.trained", "Trained"),
    ("sweeps.deformations.profiles", "Profile"),
    ("sweeps.deformations.one_image", "OneImage"),
    ("sweeps.scattering.classified", "Classified"),
    ("sweeps.scattering.properties", "Properties"),
    ("sweeps.foundations.laziness", "Lazy"),
    ("sweeps.foundations.bounds", "Bounded"),
    ("sweeps.foundations.separability", "Separated"),
    ("sweeps.foundations.invertible", "Inverted"),
    ("sweeps.kernel_curves.kernel_curves", "Curves"),
    ("sweeps.kernel_curves.neighbours", "Neighbours"),
    ("sweeps.kernel_curves.teacher_student", "Taught"),
    ("sweeps.kernel_curves.lattice", "Config"),
    ("sweeps.memory.learning", "Learned"),
    ("sweeps.foundations.coordinates", "Coordinate"),
    ("sweeps.foundations.filters", "Filtered"),
    ("sweeps.equivariance.errors", "Stack"),
    ("sweeps.equivariance.points", "Cloud"),
    ("sweeps.equivariance.voxels", "Piece"),
    ("sweeps.equivariance.solids", "Solid"),
    ("sweeps.equivariance.molecules", "Molecular"),
)


def provenance() -> dict[str, Any]:
    """All that bits may depend on beside the job: versions, processor, threads, devices."""
    return {
        **_software(),
        "commit": commit(),
        "cpu": processor(),
        "threads": program_threads() or "unknown",
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
        "device": jax.devices()[0].device_kind,
        "devices": jax.device_count(),
    }


@functools.cache
def _software() -> dict[str, str]:
    found = dict.fromkeys(("jamming", "jax", "jaxlib", "flax", "optax", "numpy"), "unknown")
    for name in found:
        with suppress(metadata.PackageNotFoundError):  # run from a checkout that is not installed
            found[name] = metadata.version(name)
    return found | {"python": platform.python_version(), "platform": platform.platform()}


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


def key_of(fields: Any) -> str | None:
    """The key of the spec with these fields, None if no class has them; BadInput if it has none."""
    if (kind := kind_of(fields)) is None:
        return None
    try:
        made: str = _made(kind, fields).key
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        raise BadInput(f"no {kind.__name__} has these fields: {described(error)}") from error
    return made


def kind_of(fields: Any) -> Any:
    """The class that has these fields, or None."""
    return _kinds().get(frozenset(fields)) if isinstance(fields, Mapping) else None


@functools.cache
def _kinds() -> dict[frozenset[str], Any]:
    kinds = (Job, *(getattr(import_module(module), name) for module, name in CHAPTERS))
    return {frozenset(each.name for each in dataclasses.fields(kind)): kind for kind in kinds}


def _made(kind: Any, value: Any) -> Any:
    """What went through JSON: lists are tuples, dataclasses objects of their class."""
    make: Any = kind
    if not dataclasses.is_dataclass(kind):
        return tuple(value) if isinstance(value, list) else value
    types = {each.name: each.type for each in dataclasses.fields(kind)}
    return make(**{name: _made(types[name], part) for name, part in value.items()})
