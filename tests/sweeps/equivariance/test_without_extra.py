"""Without the extra `equivariant` commands say in a line what to install, and make no folder."""

import sys
from pathlib import Path

import pytest

from jamming.equivariant.euclidean import irreps
from sweeps.engine.discover import COMMANDS


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("errors", ""),
        ("sphere", "--seeds 1 --network spherical"),
        ("shapes", "--seeds 1 --pool 60 --test-points 2"),
        ("molecules", "--network spherical"),
        ("solids", ""),
        ("points", ""),
    ],
)
def test_commands_say_what_to_install(
    command: str,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("s2fft", "e3nn_jax"):
        monkeypatch.setitem(sys.modules, name, None)
    irreps.library.cache_clear()
    try:
        assert COMMANDS[command].main([*line.split(), "--out", str(tmp_path / "out")]) == 2
    finally:
        irreps.library.cache_clear()
    refused = capsys.readouterr()
    assert "pip install 'jamming[equivariant]'" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
