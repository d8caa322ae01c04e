"""Options that were given, and that nothing looks at: refused, as they are not what they seem."""

import argparse
from collections.abc import Collection

from jamming.errors import BadInput

DESCENTS = ("adam", "sgd")
# option -> the other one that it hangs on, and the values of it with which it counts
COUNTS_WITH = {
    "lr": ("dynamics", DESCENTS),
    "decay_every": ("dynamics", DESCENTS),
    "batch": ("dynamics", ("sgd",)),
    "tol": ("dynamics", ("flow",)),
    "tau": ("dynamics", ("euler",)),
    "flow_time": ("dynamics", ("flow", "euler")),
    "init": ("parametrisation", ("plain",)),
    "workers": ("scheduler", ("slurm",)),
}


def refuse_unused(
    a: argparse.Namespace, p: argparse.ArgumentParser, but: Collection[str] = ()
) -> None:
    """Refuse options of a command that have no effect beside the others, save those in `but`.

    One that is given its own default is not noticed: it changes nothing.

    Raises:
        BadInput: such an option was given.
    """
    for name, (other, values) in COUNTS_WITH.items():
        if name in but or not (hasattr(a, name) and hasattr(a, other)):
            continue
        if getattr(a, name) != p.get_default(name) and getattr(a, other) not in values:
            flag, with_ = (f"--{word.replace('_', '-')}" for word in (name, other))
            raise BadInput(f"{flag} counts with {with_} {' or '.join(values)} alone: leave it out")
