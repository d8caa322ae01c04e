"""What commands do with files of the user's own: their folder, what is said, what is stored.

Of `--dataset cats.npz --positive dog` the labels become +-1; what became of which is printed once
what was typed has been found usable, and is an attribute of the results, as the command is.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# options that say where and how the work is done, on which no number depends
WHERE = ("out", "compilation_cache", "scheduler", "workers")


def folder_name(home: str, options: Mapping[str, Any]) -> str:
    """The folder of results of a command, in which files and modules have their names alone."""
    from jamming.data.names import own_file

    name = options.get("dataset")
    if isinstance(name, str) and (file := own_file(name)):
        plain = file.name.removeprefix(file.path)
        options = {**options, "dataset": f"{Path(file.path).stem}{re.sub(':', '-', plain)}"}
    module = options.get("module")
    own = f"-{module.rpartition(':')[2]}" if isinstance(module, str) else ""
    return home.format(**options) + own


def names_of(command: Any) -> tuple[str, ...]:
    """The data sets of a command, none where it has no such option."""
    given: Any = getattr(command, "dataset", ())
    return (given,) if isinstance(given, str) else tuple(given)


def notes(command: Any) -> tuple[str, ...]:
    """What was made of the files that a command names; nothing for data by name."""
    from jamming.data import own_files
    from jamming.data.names import own_file
    from jamming.objectives.losses import LOSSES

    losses: Any = getattr(command, "losses", ()) or (getattr(command, "loss", "soft_hinge"),)
    if not {"positive", "losses"} & set(vars(command)):  # files of meshes, molecules, voxels
        return ()
    found: list[str] = []
    for name in filter(own_file, names_of(command)):
        points = own_files.of_file(
            name,
            positive=getattr(command, "positive", None),
            whiten=getattr(command, "whiten", True),
            multiclass=LOSSES[losses[0]].multiclass,
            images=getattr(command, "architecture", "fc") != "fc",
        )
        found += points.notes
    return tuple(found)


def tell(command: Any) -> None:
    """Print the `notes`, each once."""
    from jamming.data.labels import say

    for note in notes(command):
        say(note)


def described(found: Any, command: Any) -> Any:
    """Results, if they are a dataset, with an attribute `command`, and `data` of the `notes`."""
    if not hasattr(found, "assign_attrs"):
        return found
    said = notes(command)
    found = found.assign_attrs(command=command.typed(but=WHERE))
    return found.assign_attrs(data="; ".join(said)) if said else found
