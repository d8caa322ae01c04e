"""Options that were given, and that nothing looks at: refused, as they are not what they seem."""

import argparse
from collections.abc import Collection

from jamming.checks.errors import BadInput
from jamming.data.names import parse_name

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
        BadInput: such an option was given, or there is no such data set.
    """
    for name in ("whiten", "no_whiten"):
        if getattr(a, name, False):
            given = a.dataset if isinstance(a.dataset, list) else [a.dataset]
            if all(parse_name(each).pca is None for each in given):
                flag = name.replace("_", "-")
                raise BadInput(f"--{flag} counts with a dataset of <k>pca alone: leave it out")
    for name, (other, values) in COUNTS_WITH.items():
        if name in but or not (hasattr(a, name) and hasattr(a, other)):
            continue
        if getattr(a, name) != p.get_default(name) and getattr(a, other) not in values:
            flag, with_ = (f"--{word.replace('_', '-')}" for word in (name, other))
            raise BadInput(f"{flag} counts with {with_} {' or '.join(values)} alone: leave it out")
