"""What a store says of itself in `store.json`, and sealed files of one object."""

import json
from pathlib import Path
from typing import Any

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput
from sweeps.engine.store.files import get
from sweeps.engine.store.sealed import opened_json

FORMAT = "jamming trajectories"
VERSION = 5


def header_of(holds: str) -> dict[str, Any]:
    """What `store.json` says of a store that holds this."""
    return {"format": FORMAT, "version": VERSION} | ({"holds": holds} if holds else {})


def checked_header(header: Path, holds: str) -> str:
    """Refuse what is not a store of this version; what it holds."""
    try:
        said = json.loads(get(header))
    except (ValueError, OSError, RecursionError, MemoryError) as error:
        raise BadInput(f"{header} is damaged or cannot be read: choose another folder") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BadInput(f"{header} is not of '{FORMAT}': choose another folder")
    if said.get("version") != VERSION:
        raise BadInput(
            f"{header} was made by another version ({shown(said.get('version'))}, this one"
            f" makes {VERSION}): choose another folder"
        )
    found = said.get("holds", "")
    if said != header_of(found) or not isinstance(found, str) or holds not in ("", found):
        raise BadInput(f"{header} is damaged, or of another store: choose another folder")
    return found


def opened(path: Path, name: str) -> dict[str, Any] | None:
    """A sealed JSON object; None where it is damaged or cannot be read."""
    try:
        return opened_json(name, get(path))
    except (OSError, MemoryError):
        return None
