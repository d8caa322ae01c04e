"""The statistics of what stochastic gradient descent does to the phase diagram.

An exploration: Geiger's thesis supposes that the noise of SGD may shift the crossover, and help
where features are learnt, and says by how much of neither. All are of the rule with the most noise,
the largest rate divided by batch size, against gradient flow; the texts name the others.
"""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from claims.phase_diagram.phase import by_alpha


def shifted_crossover(found: xr.Dataset) -> Measured:
    """X4a: alpha~ of the crossover with SGD divided by that of the flow, of the widest network."""
    one = found.sel(level=1.0).isel(h=-1)
    text = (
        f"alpha~ of the crossover divided by that of the flow, h = {int(one.h)}"
        f" ({_by_rule(found, one.crossover.values, '.3g')})"
    )
    flow, sgd = (st.stored(one.isel(rule=k), "crossover") for k in (0, -1))
    if not np.isfinite([flow.value, sgd.value]).all():
        return st.no_estimate(f"not bracketed: {text}")
    # the ends of the ratio, from errors of both logarithms
    reach = math.exp(math.hypot(*(math.log(x.high / x.low) / 2 for x in (flow, sgd))))
    value = sgd.value / flow.value
    return Measured(value, value / reach, value * reach, int(found.attrs["seeds"]), text)


def shifted_jamming(found: xr.Dataset) -> Measured:
    """X4b: h* with SGD divided by that of gradient flow, at the alpha~ where it differs most."""

    def moved(one: xr.Dataset) -> Measured | None:
        flow, sgd = (st.stored(one.isel(rule=k), "jamming_h") for k in (0, -1))
        known = np.isfinite([flow.value, sgd.value]).all()
        return st.ratio(sgd, flow, 1) if known else None

    rows = by_alpha(found, moved)
    text = "h* of SGD divided by that of the flow, each within its budget of steps"
    if not rows:
        return st.no_estimate(f"no alpha~ has a transition with both: {text}")
    return st.worst_case(rows, 1.0, text)


def errors_of_features(found: xr.Dataset) -> Measured:
    """X4c: the ensemble's error with SGD minus that of gradient flow, at the smallest alpha~."""
    one = found.isel(h=-1, alpha_tilde=0)
    error, se = one.ensemble_error.values, one.ensemble_error_se.values
    text = (
        f"Difference of the ensembles' errors in standard errors, h = {int(one.h)}, alpha~ ="
        f" {float(one.alpha_tilde):g} ({_by_rule(found, error, '.4f')})"
    )
    scatter, n = math.hypot(se[0], se[-1]), int(found.attrs["seeds"])
    return st.in_errors(error[-1] - error[0], scatter, n, text)


def _by_rule(found: xr.Dataset, values: Sequence[float], form: str) -> str:
    return "; ".join(f"{r}: {x:{form}}" for r, x in zip(found.rule.values, values, strict=True))
