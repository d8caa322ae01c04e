"""The error of the average of n networks.

Left: the error against n, above the limit that is fitted. Middle: the distance delta between the
boundary of the average and that of the average of all others. Right: one against the other.
Lines: 1/n, 1/sqrt(n), delta^2 (Geiger et al., *Scaling description of generalization with number of
parameters in deep learning*, 2020, Fig. 4). ``python -m analysis.averages STORE``, a folder of
`sweeps.double_descent`.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.descents import drawn, guide, heading, opened, scans
from analysis.style import drawing
from analysis.sweep import command, parser
from jamming.errors import BadInput
from jamming.fits.power import corrected
from jamming.fits.seeds import mean_over_seeds


@dataclass(frozen=True)
class Averages:
    """Error and delta of averages of n networks, of each group of independent ones."""

    n: Float[np.ndarray, " sizes"]
    error: Float[np.ndarray, "sizes groups"]
    delta: Float[np.ndarray, "sizes groups"]
    h: float
    N: float


def averages(one: xr.Dataset) -> Averages:
    """Of the width with the most networks, the widest such one.

    Raises:
        BadInput: averages of fewer than three sizes, or with a network that diverged.
    """
    error = one.average_error.transpose("h", "size", "group").values
    known = (~np.isnan(error)).sum((1, 2))
    i = int(np.flatnonzero(known == known.max())[-1])
    there = (~np.isnan(error[i])).all(1)
    if there.sum() < 3:
        raise BadInput("averages need more networks of a width: add --seeds")
    if np.isinf(error[i]).any():
        raise BadInput(f"a network of h = {float(one.h[i]):g} diverged: averages have no error")
    delta = one.average_delta.transpose("h", "size", "group").values[i]
    n = one["size"].values[there].astype(float)
    return Averages(n, error[i][there], delta[there], float(one.h[i]), float(one.N[i]))


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file; of several P or depths, the last."""
    of = averages(scans(found)[-1])
    try:
        law = corrected(of.n, of.error, (-1.0,))
        limit, single = law.floor.value, law.prefactors[0].value
    except BadInput:  # three sizes: through the ends
        limit, single = float(of.error[-1].mean()), float((of.error[0] - of.error[-1]).mean())
    with drawing(target, 1, 3, of=found, figsize=(9.0, 3.0)) as (figure, (left, middle, right)):
        figure.suptitle(f"{heading(found)},  $h = {of.h:g}$,  $N = {of.N:.0f}$", fontsize=9)
        drawn(left, of.n, of.error - limit, 0)
        guide(left, of.n.tolist(), single, -1.0, r"$\propto 1/n$")
        left.set_ylabel(rf"$\epsilon^n - \bar\epsilon$,   $\bar\epsilon = {limit:.4f}$ fitted")
        drawn(middle, of.n, of.delta, 0)
        first = float(mean_over_seeds(of.delta)[0])
        guide(middle, of.n.tolist(), first, -0.5, r"$\propto n^{-1/2}$")
        middle.set_ylabel(r"$\delta$")
        delta = mean_over_seeds(of.delta)
        drawn(right, delta, of.error - limit, 0, line=False)
        guide(right, [first, float(delta[-1])], single, 2.0, r"$\propto \delta^2$")
        right.set_ylabel(r"$\epsilon^n - \bar\epsilon$")
        right.set_xlabel(r"$\delta$")
        for ax in (left, middle, right):
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.legend()
        for ax in (left, middle):
            ax.set_xlabel("networks averaged, $n$")
            ax.set_xticks(of.n, [f"{n:g}" for n in of.n])
            ax.minorticks_off()


def main(arguments: Sequence[str] | None = None) -> int:
    """``STORE [--out FIGURE]``; the exit code."""
    return command(
        parser("averages", "The error of averages of networks against their number."),
        arguments,
        draw,
        opened,
    )


if __name__ == "__main__":
    sys.exit(main())
