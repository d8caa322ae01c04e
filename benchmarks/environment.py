"""Environments of their own, in the cache folder, for what this project is compared with."""

import subprocess
import venv
from pathlib import Path

from jamming.checks.errors import BadInput, one_line, warn


def environment(home: Path, *requirements: Path | str) -> Path:
    """The Python of an environment in `home` with these installed; made once.

    BadInput where it cannot be made.
    """
    python = home / "venv" / "bin" / "python"
    if not (home / "whole").exists():
        warn(f"building {home}, once")
        try:
            venv.create(home / "venv", with_pip=True, clear=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise BadInput(f"cannot build {home}: {one_line(error)}") from error
        said(python, "-m", "pip", "install", "--quiet", *requirements)
        (home / "whole").touch()
    return python


def said(*words: Path | str) -> str:
    """What a command prints; BadInput with the end of its complaint where it fails."""
    try:
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        why = one_line(getattr(error, "stderr", "") or error)[-300:]
        raise BadInput(f"cannot run {Path(words[0]).name} ({why})") from error
