"""Compiled programs on disk: kept, found again, whole, and bounded."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from jamming.execution import programs

SCRIPT = """
import jax, jax.numpy as jnp
from jamming.execution import programs
found = []
jax.monitoring.register_event_listener(lambda name, **more: found.append(name))
programs.keep()
f = jax.jit(lambda x: jnp.sin(x) @ x)
f(jnp.ones(7)).block_until_ready()
print(sum("cache_hits" in name for name in found), sum("cache_misses" in name for name in found))
"""


def compiled(cache: Path, **more: str) -> tuple[int, int, str]:
    """Programs found on disk and compiled by a process of its own, and what it said on stderr."""
    own = ("JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE")
    env = {name: value for name, value in os.environ.items() if name not in own}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=env | {"JAMMING_CACHE": str(cache)} | more,
        capture_output=True,
        text=True,
        check=True,
    )
    hits, misses = ran.stdout.split()
    return int(hits), int(misses), ran.stderr


def test_a_second_process_compiles_nothing_and_a_damaged_entry_is_made_again(
    tmp_path: Path,
) -> None:
    hits, misses, said = compiled(tmp_path)
    assert (hits, said) == (0, "")
    assert misses > 0
    assert compiled(tmp_path) == (misses, 0, "")
    entries = list(tmp_path.glob("programs/*/*-cache"))
    assert len(entries) == misses
    assert not any(entry.stat().st_mode & 0o222 for entry in entries)  # read to their end
    # a kill or a full disk in the middle of the last one
    part = entries[0].read_bytes()[:-20]
    entries[0].unlink()
    entries[0].write_bytes(part)
    assert compiled(tmp_path) == (misses - 1, 1, "")
    assert compiled(tmp_path) == (misses, 0, "")


@pytest.mark.parametrize(
    "more",
    [{"JAX_ENABLE_COMPILATION_CACHE": "0"}, {"JAX_COMPILATION_CACHE_DIR": "elsewhere"}],
    ids=["off", "own"],
)
def test_what_jax_is_told_counts(tmp_path: Path, more: dict[str, str]) -> None:
    more = {name: value.replace("else", f"{tmp_path}/else") for name, value in more.items()}
    compiled(tmp_path, **more)
    assert not list(tmp_path.glob("programs/*"))


def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "programs").write_text("")
    hits, _, said = compiled(tmp_path)
    assert hits == 0
    assert said.count("\n") == 1
    assert "set JAMMING_CACHE to a folder that can" in said


def test_the_oldest_of_too_many_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = zlib.compress(bytes(range(256)))
    for i in range(5):
        (tmp_path / f"p{i}-cache").write_bytes(entry)
        os.utime(tmp_path / f"p{i}-cache", (i, i))
    monkeypatch.setattr(programs, "MOST", 2 * len(entry) + 1)
    programs._tidy(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p3-cache", "p4-cache"]


def test_a_variable_that_says_neither_yes_nor_no_is_one_line(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sweeps.random_features", "--out", str(tmp_path / "s")],
        env=os.environ | {"JAX_ENABLE_COMPILATION_CACHE": "perhaps"},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    assert "'JAX_ENABLE_COMPILATION_CACHE': set it to 0 or 1, or unset it" in ran.stderr
    assert not list(tmp_path.iterdir())
