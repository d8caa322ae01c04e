"""Statistics of the coordinate check: powers of the width."""

import xarray as xr

from analysis.lazy_feature.estimates import by_width, one_of, seeds
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.curves import crossing
from jamming.theory.coordinates import OUTPUT, power


def changes(
    found: xr.Dataset, *, parametrisation: str, optimiser: str, layers: str, centre: float
) -> Measured:
    """Power of h of the change of {layers} after {steps} steps, h = {least} to {most}, mean over
    {n} seeds, of the layer where it is worst."""
    one = found.change.sel(parametrisation=parametrisation, optimiser=optimiser).isel(step=-1)
    names = [str(name) for name in one.layer.values]
    chosen = {
        "all layers": names,
        "hidden layers": [name for name in names if name != OUTPUT],
        "hidden layers from the second on": [name for name in names[1:] if name != OUTPUT],
        "the output": [OUTPUT],
    }[layers]
    n, h = one.sizes["seed"], one.h.values
    cases = [
        (name, st.measured(power(h, one.sel(layer=name).transpose("h", "seed").values), n))
        for name in chosen
    ]
    said = {"layers": layers, "steps": one.step.item(), "least": h[0], "most": h[-1], "n": n}
    return st.worst_case(cases, centre).saying(**said)


def crossover(sweep: xr.Dataset) -> Measured:
    """alpha of mfp at which the tangent kernel changes by half of its norm, {n} networks of each
    width, of the width where it is farthest from 1: {at}."""
    one = one_of(sweep)
    at = {h: crossing(*curve, 0.5) for h, curve in by_width(one, "kernel_change").items()}
    said = ", ".join(f"{x.value:.2f} [{x.low:.2f}, {x.high:.2f}] at {h}" for h, x in at.items())
    cases = [(h, st.measured(x, seeds(one))) for h, x in at.items()]
    return st.worst_case(cases, 1.0, log=True).saying(n=seeds(one), at=said)
