"""The statistics of what stochastic gradient descent does to the phase diagram.

An exploration: Geiger's thesis supposes that the noise of SGD may shift the crossover, and help
where features are learnt, and says by how much of neither. All are of the rule with the most noise,
the largest rate by batch size, against gradient flow; the texts tell the others.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from claims.core.register import Measured
from claims.core.statistics import no_estimate, worst_case

Results = Mapping[str, Any]

SGD = "sgd-axis"


def shifted_crossover(results: Results) -> Measured:
    """X4a: alpha~ of the crossover with SGD by that of gradient flow, of the widest network."""
    found: xr.Dataset = results[SGD]
    one = found.sel(level=1.0, h=found.h.values[-1])
    text = f"alpha~ of the crossover by that of the flow, h = {int(one.h)}"
    at, low, high = (one[f"crossover{end}"].values for end in ("", "_low", "_high"))
    said = "; ".join(f"{r}: {x:.3g}" for r, x in zip(found.rule.values, at, strict=True))
    if not np.isfinite(at[[0, -1]]).all():
        return no_estimate(f"{text}: not bracketed ({said})")
    # the ends of the ratio, from errors of both logarithms
    ratio = float(at[-1] / at[0])
    reach = math.exp(math.hypot(*(math.log(high[k] / low[k]) / 2 for k in (0, -1))))
    n = int(found.attrs["seeds"])
    return Measured(ratio, ratio / reach, ratio * reach, n, f"{text} ({said})")


def shifted_jamming(results: Results) -> Measured:
    """X4b: h* with SGD by that of gradient flow, at the alpha~ where it differs most."""
    found: xr.Dataset = results[SGD]
    rows = []
    for a in found.alpha_tilde.values:
        one = found.sel(alpha_tilde=a)
        star, low, high = (one[f"jamming_h{end}"].values for end in ("", "_low", "_high"))
        if np.isfinite(star[[0, -1]]).all():
            name = f"alpha~ = {a:g}, {star[-1]:.3g} and {star[0]:.3g}"
            ends = float(low[-1] / high[0]), float(high[-1] / low[0])
            rows.append((name, Measured(float(star[-1] / star[0]), *ends, 1, "")))
    text = "h* of SGD by that of the flow, each within its budget of steps"
    if not rows:
        return no_estimate(f"no alpha~ has a transition with both: {text}")
    return worst_case(rows, 1.0, text)


def errors_of_features(results: Results) -> Measured:
    """X4c: the ensemble's error with SGD less that of gradient flow, at the smallest alpha~."""
    found: xr.Dataset = results[SGD]
    one = found.sel(h=found.h.values[-1], alpha_tilde=found.alpha_tilde.values[0])
    error, se = one.ensemble_error.values, one.ensemble_error_se.values
    text = (
        f"Difference of the ensembles' errors in standard errors, h = {int(one.h)}, alpha~ ="
        f" {float(one.alpha_tilde):g}"
    )
    said = "; ".join(f"{r}: {x:.4f}" for r, x in zip(found.rule.values, error, strict=True))
    scatter = math.hypot(se[0], se[-1])
    if not scatter > 0 or not np.isfinite(error[[0, -1]]).all():
        return no_estimate(f"the errors do not scatter, or are not known: {text} ({said})")
    z = float((error[-1] - error[0]) / scatter)
    return Measured(z, z - 1.96, z + 1.96, int(found.attrs["seeds"]), f"{text} ({said})")
