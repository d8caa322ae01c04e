"""The statistics of claims about what initial weights do to wide networks."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core.curves import of_curves
from claims.core.register import Measured
from claims.core.statistics import measured, no_estimate, of_mean
from claims.double_descent.descents import Results
from jamming.fits.power import power_law

WIDE = "initial"
# Root mean square distance of outputs from labels at which the square loss has done its work
LEARNT = 0.01


def kernel_fluctuations(results: Results) -> Measured:
    """S11: b of the relative fluctuations of the kernel at the start ~ h^b."""
    return _with_width(results[WIDE], "fluctuation", "Exponent in h of the kernel's fluctuations")


def kernel_change(results: Results) -> Measured:
    """S12: b of the relative change of the kernel ~ h^b at alpha = 1."""
    return _with_width(results[WIDE], "kernel_change", "Exponent in h of the kernel's change")


def variance_at_start(name: str) -> Callable[[Results], Measured]:
    """S15: the worst_case that the variance at the start is from its mean over h >= 20.

    `name`: "orthogonal" or "independent", the initial weights.
    """

    def statistic(results: Results) -> Measured:
        wide: xr.Dataset = results[WIDE]
        wide = wide.isel(h=np.flatnonzero(wide.h.values >= 20))
        values = np.asarray(wide[name].transpose("h", "draw").values)
        law = power_law(wide.h.values.astype(float), values)
        text = (
            f"Largest relative distance of the variance from its mean over h, {values.mean():.2g};"
            f" it goes as h to the {law.exponent.value:.2f}"
        )
        return of_curves(lambda y: float(np.abs(y / y.mean() - 1).max()), text, values)

    return statistic


def closed_form(results: Results) -> Measured:
    """S16: relative distance to the closed form of the square loss, at the largest width."""
    wide: xr.Dataset = results[WIDE]
    last = wide.isel(h=-1)
    left = float(last.left.max())
    if left > LEARNT:
        return no_estimate(f"at h = {int(last.h)} labels are learnt to {left:.2g} only: more steps")
    law = power_law(wide.h.values.astype(float), wide.deviation.values)
    text = (
        f"Root mean square distance by that of the closed form at h = {int(last.h)}; it goes as h"
        f" to the {law.exponent.value:.2f}"
    )
    return of_mean(last.deviation.values.tolist(), text)


def _with_width(wide: xr.Dataset, name: str, text: str) -> Measured:
    y: Float[np.ndarray, "h seed"] = wide[name].transpose("h", "seed").values
    law = power_law(wide.h.values.astype(float), y)
    first, last = int(wide.h[0]), int(wide.h[-1])
    said = f"{text}, h = {first} to {last}, where it is {y[-1].mean():.3f}; chi^2 {law.chi2:.1f}"
    return measured(law.exponent, y.shape[1], said)
