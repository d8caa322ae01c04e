"""The figures of the chapter on the jamming transition, each of a named experiment."""

from pathlib import Path

import xarray as xr

from analysis.plotting.figure import Figure, of
from analysis.transition import classes, cusps, effective, gaps, jump, learning_time, nstar, spectra
from analysis.transition.estimates import bound
from sweeps.transition.landscape import CONFIG, Run, open_landscape


def _runs(folder: Path) -> list[Run]:
    """Of a sweep of landscapes; with those of deeper networks on random points, beside them."""
    deeper = folder.with_name(folder.name.replace("landscape-random", "landscape-deep"))
    if deeper == folder or not (deeper / CONFIG).is_file():
        return open_landscape(folder)
    return [*open_landscape(folder), *open_landscape(deeper)]


def _with_bound(here: Path) -> xr.Dataset:
    """N*(P) of random points, with the bound that the landscapes beside it give."""
    folder = here.with_name(here.name.replace("nstar-random", "landscape-random"))
    return nstar.opened(here).assign_attrs(bound=bound(folder))


_LANDSCAPES = {
    "jump": (jump, "N_Delta/N against P/N and the loss"),
    "spectra": (spectra, "spectra of the Hessian and its parts"),
    "gaps": (gaps, "gaps and overlaps"),
    "cusps": (cusps, "pre-activations on training and unseen points"),
}

FIGURES = (
    *(
        Figure(f"{name}-{data}", f"landscape-{data}", f"{about}, {data}", _runs, module.figure)
        for data in ("random", "deep", "tanh", "mnist")
        for name, (module, about) in _LANDSCAPES.items()
        if not (name == "cusps" and data == "tanh")  # tanh has no kink
    ),
    Figure("nstar-random", "nstar-random", "N*(P) of random points", _with_bound, nstar.figure),
    of(nstar, "nstar-sgd", "N*(P) with SGD", "nstar-random-sgd"),
    of(nstar, "nstar-mnist", "N*(P) of MNIST"),
    of(learning_time, "learning-time", "N*(P) after different learning times"),
    of(effective, "effective", "N_eff against N"),
    of(classes, "classes", "test errors by loss, all classes"),
)
