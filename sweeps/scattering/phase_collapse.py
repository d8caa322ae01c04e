"""`python -m sweeps.scattering phase_collapse`: is it phases that must go, or amplitudes?

Networks of fixed wavelets that learn channel operators between them, by whose nonlinearity a phase
is dropped or an amplitude reduced, with and without a skip-connection, beside scattering
coefficients and a network without nonlinearity (`jamming.wavelets.phase_collapse`). Networks of one
seed have the same training set. (F. Guth, J. Zarka & S. Mallat, *Phase collapse in neural
networks*, ICLR 2022, Tables 1 and 2.)
"""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from jamming.training.images import ImageJob
from sweeps.engine import gather
from sweeps.engine.classify import classify
from sweeps.engine.store import Store

RESULTS = "phase_collapse.nc"
NUMBERS = ("test_error", "train_error", "train_loss", "test_loss", "N_all", "seconds")


def phase_collapse(config: Mapping[tuple[str, int, int], ImageJob], store: Store) -> xr.Dataset:
    """Train what the store lacks; `test_error`, `N_all`, ... over (network, depth, seed).

    `depth` is in octaves, 0 for all. Raises BadInput from a job or the store.
    """
    runs = classify(list(config.values()), store, weights=False)
    cells = {
        at: {name: getattr(run, name) for name in NUMBERS}
        for at, run in zip(config, runs, strict=True)
    }
    axes = (list(dict.fromkeys(values)) for values in zip(*config, strict=True))
    coords = dict(zip(("network", "depth", "seed"), axes, strict=True))
    first = next(iter(config.values()))
    return gather.gathered(cells, coords).assign_attrs(dataset=first.dataset, P=first.P)


def percent(name: str) -> gather.Column:
    """The mean over seeds of an error, with its standard error."""

    def text(one: xr.Dataset) -> str:
        values = one[name].values
        bars = values.std(ddof=1) / values.size**0.5 if values.size > 1 else float("nan")
        return gather.spread(values.mean(), bars, ".2f", percent=True)

    return text


def summary(found: xr.Dataset) -> str:
    """A line for each network and depth: its errors and its size."""
    columns: dict[str, Any] = {"test error": percent("test_error")}
    columns |= {"training error": percent("train_error"), "N_all": ("N_all", ".0f")}
    return gather.table(gather.means(found, ("network", "depth"), columns))


if __name__ == "__main__":
    from sweeps.scattering.collapse_command import PhaseCollapse

    raise SystemExit(PhaseCollapse.main())
