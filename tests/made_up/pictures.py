"""For tests of commands that draw when they have ended; what figures show, see `artists`."""

from pathlib import Path


def is_a_picture(path: Path) -> None:
    """A PNG has been written."""
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
