"""Files at the edges."""

import os
from pathlib import Path
from typing import Any

import pytest

from jamming.checks.errors import BadInput
from jamming.commands.files import expanded, write_whole


def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/at/home")
    assert expanded("~/a") == Path("/at/home/a")
    assert expanded(Path("a/~")) == Path("a/~")


@pytest.mark.parametrize("path", ["~no-such-user/a", "a\0b", ""])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        expanded(path)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    write_whole(tmp_path / "a", b"old")

    def fail(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(type(error)):
            write_whole(tmp_path / "a", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
    write_whole(tmp_path / "a", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"new")]
