"""Statistics of networks of voxels on pieces of Tetris."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def steerable(found: xr.Dataset) -> Measured:
    """Mean accuracy under random rotations with a low-pass, of {n} steerable networks, each of
    weights and positions of its own; on the pieces as they were learnt {learnt:.0%}."""
    return _accuracy(found, "gate", 1)


def plain(found: xr.Dataset) -> Measured:
    """Mean accuracy under random rotations with a low-pass, of {n} plain networks; on the pieces as
    they were learnt {learnt:.0%}."""
    return _accuracy(found, "cnn", 1)


def aliased(found: xr.Dataset) -> Measured:
    """Mean accuracy under random rotations without a low-pass, of {n} steerable networks; on the
    pieces as they were learnt {learnt:.0%}."""
    return _accuracy(found, "gate", 0)


def ahead(found: xr.Dataset) -> Measured:
    """Accuracy under random rotations with a low-pass, of {n} steerable networks minus that of
    plain ones on the same pieces."""
    one = found.accuracy.sel(smooth=1)
    each = (one.sel(network="gate") - one.sel(network="cnn")).values
    return st.of_mean(each).saying(n=each.size)


def smoother(found: xr.Dataset) -> Measured:
    """How much means over all places change as pieces are turned by 45 degrees, without a
    low-pass over with one, of {n} untrained steerable networks, geometric mean; with one
    {error:.2g}."""
    error = found.error.sel(network="gate").mean("piece")
    ratio = (error.sel(smooth=0) / error.sel(smooth=1)).values
    return st.of_geometric_mean(ratio).saying(n=ratio.size, error=float(error.sel(smooth=1).mean()))


def gated(found: xr.Dataset) -> Measured:
    """The training loss with norms over that with gates after {steps} steps, with a low-pass,
    geometric mean of {n} pairs of networks; accuracies under rotations {gate:.0%} with gates,
    {norm:.0%} with norms."""
    one = found.sel(smooth=1)
    ratio = (one.loss.sel(network="norm") / one.loss.sel(network="gate")).values
    accuracy = one.accuracy.mean("seed")
    return st.of_geometric_mean(ratio).saying(
        n=ratio.size,
        steps=found.steps,
        gate=float(accuracy.sel(network="gate")),
        norm=float(accuracy.sel(network="norm")),
    )


def _accuracy(found: xr.Dataset, network: str, smooth: int) -> Measured:
    one = found.sel(network=network, smooth=smooth)
    return st.of_mean(np.asarray(one.accuracy.values, float)).saying(
        n=one.sizes["seed"], learnt=float(one.learnt.mean())
    )
