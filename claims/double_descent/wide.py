"""The statistics of claims about what initial weights do to wide networks."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.power import power_law

# Root mean square distance of outputs from labels at which the square loss has done its work
LEARNT = 0.01


def power_of_width(wide: xr.Dataset, *, name: str, text: str) -> Measured:
    """S11, S12: b of a variable ~ h^b."""
    y = wide[name].transpose("h", "seed").values
    law = power_law(wide.h.values.astype(float), y)
    first, last = int(wide.h[0]), int(wide.h[-1])
    said = f"{text}, h = {first} to {last}, where it is {y[-1].mean():.3f}; chi^2 {law.chi2:.1f}"
    return st.measured(law.exponent, y.shape[1], said)


def variance_at_start(wide: xr.Dataset, *, name: str) -> Measured:
    """S15: how far the variance at the start is from its mean over h >= 20, in the worst case.

    `name`: "orthogonal" or "independent", the initial weights.
    """
    wide = wide.isel(h=np.flatnonzero(wide.h.values >= 20))
    values = np.asarray(wide[name].transpose("h", "draw").values)
    law = power_law(wide.h.values.astype(float), values)
    text = (
        f"Largest relative distance of the variance from its mean over h, {values.mean():.2g};"
        f" it goes as h to the {law.exponent.value:.2f}"
    )
    return st.of_curves(lambda y: float(np.abs(y / y.mean() - 1).max()), text, values)


def closed_form(wide: xr.Dataset) -> Measured:
    """S16: relative distance to the closed form of the square loss, at the largest width."""
    last = wide.isel(h=-1)
    left = float(last.left.max())
    if left > LEARNT:
        return st.no_estimate(
            f"at h = {int(last.h)} labels are learnt to {left:.2g} only: more steps"
        )
    law = power_law(wide.h.values.astype(float), wide.deviation.values)
    text = (
        "Root mean square distance divided by that of the closed form at h ="
        f" {int(last.h)}; it goes as h to the {law.exponent.value:.2f}"
    )
    return st.of_mean(last.deviation.values, text)
