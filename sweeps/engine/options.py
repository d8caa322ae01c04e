"""Options that sweeps share."""

import argparse
from typing import Any

from jamming.commands.config_file import parsed

__all__ = ["add_dynamics", "dynamics_of", "parsed"]


def add_dynamics(p: argparse.ArgumentParser) -> None:
    """How the networks of a sweep over alpha learn: their dynamics, and what each is told."""
    p.add_argument("--dynamics", default="flow", help="flow, euler (the papers'), adam, sgd")
    p.add_argument("--tol", type=float, default=1e-2, help="tolerance of the flow")
    p.add_argument(
        "--lr",
        type=float,
        default=1e-2,
        help="of adam and sgd, made to fit alpha (sweeps.shared.learning_rates)",
    )
    p.add_argument("--batch", type=int, help="of sgd (default: all points)")


def dynamics_of(a: argparse.Namespace) -> dict[str, Any]:
    """The fields of a job that `add_dynamics` asks for; rates and batches are those of descents."""
    flow = {"dynamics": a.dynamics, "tol": a.tol}
    if a.dynamics not in ("adam", "sgd"):
        return flow
    return flow | {"lr": a.lr, "batch": a.batch, "decay_every": None}
