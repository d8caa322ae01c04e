"""The figures of the chapter on the jamming transition, each of a named experiment."""

from pathlib import Path

import xarray as xr

from analysis.plotting.figure import Figure
from analysis.transition import cusps, effective, gaps, jump, learning_time, nstar, spectra
from analysis.transition.classes import CLASSES
from analysis.transition.estimates import bound
from sweeps.transition.landscape import CONFIG, Run, open_landscape


def _runs(folder: Path) -> list[Run]:
    """Of a sweep of landscapes; with those of deeper networks on random points, beside them."""
    deeper = folder.with_name(folder.name.replace("landscape-random", "landscape-deep"))
    if deeper == folder or not (deeper / CONFIG).is_file():
        return open_landscape(folder)
    return [*open_landscape(folder), *open_landscape(deeper)]


def _with_bound(found: xr.Dataset, target: Path) -> None:
    """N*(P) of random points below the bound that the landscapes beside it give."""
    here = target.parent
    folder = here.with_name(here.name.replace("nstar-random", "landscape-random"))
    nstar.draw(found, target, bound=bound(folder))


_LANDSCAPES = {
    "jump": (jump.draw, "N_Delta/N against P/N and the loss"),
    "spectra": (spectra.draw, "spectra of the Hessian and its parts"),
    "gaps": (gaps.draw, "gaps and overlaps"),
    "cusps": (cusps.draw, "pre-activations on training and unseen points"),
}

FIGURES = (
    *(
        Figure(f"{name}-{data}", f"landscape-{data}", f"{about}, {data}", _runs, draw)
        for data in ("random", "deep", "tanh", "mnist")
        for name, (draw, about) in _LANDSCAPES.items()
        if not (name == "cusps" and data == "tanh")  # tanh has no kink
    ),
    Figure("nstar-random", "nstar-random", "N*(P) of random points", nstar.opened, _with_bound),
    Figure("nstar-sgd", "nstar-random-sgd", "N*(P) with SGD", nstar.opened, nstar.draw),
    Figure("nstar-mnist", "nstar-mnist", "N*(P) of MNIST", nstar.opened, nstar.draw),
    Figure(
        "learning-time",
        "learning-time",
        "N*(P) after different learning times",
        learning_time.opened,
        learning_time.draw,
    ),
    Figure("effective", "effective", "N_eff against N", effective.opened, effective.draw),
    *CLASSES,
)
