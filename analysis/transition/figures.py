"""The figures of the chapter on the jamming transition, each of a named experiment."""

from pathlib import Path

import xarray as xr

from analysis.plotting.figure import chapter
from analysis.transition.estimates import bound
from analysis.transition.nstar import RESULTS, opened
from sweeps.transition.landscape import CONFIG, Run, open_landscape

of = chapter("transition")


def _runs(folder: Path) -> list[Run]:
    """Of a sweep of landscapes; with those of deeper networks on random points, beside them."""
    deeper = folder.with_name(folder.name.replace("landscape-random", "landscape-deep"))
    beside = deeper != folder and (deeper / CONFIG).is_file()
    return open_landscape(folder) + (open_landscape(deeper) if beside else [])


def _with_bound(here: Path) -> xr.Dataset:
    """N*(P) of random points, with the bound that the landscapes beside it give."""
    folder = here.with_name(here.name.replace("nstar-random", "landscape-random"))
    return opened(here).assign_attrs(bound=bound(folder))


def _with_deeper(here: Path) -> xr.Dataset:
    """N*(P) of random points, with that of the deeper networks beside it, over one axis of L."""
    names = ["n_star", "n_star_low", "n_star_high"]
    folders = (here, here.with_name(here.name.replace("nstar-random", "nstar-deep")))
    every = [opened(one)[names] for one in dict.fromkeys(folders) if (one / RESULTS).is_file()]
    return xr.concat(every, "L", join="outer", coords="minimal") if every else opened(here)


_LANDSCAPES = {
    "jump": "N_Delta/N against P/N and the loss",
    "spectra": "spectra of the Hessian and its parts",
    "gaps": "gaps and overlaps",
    "cusps": "pre-activations on training and unseen points",
}

FIGURES = (
    *(
        of(module, f"{module}-{data}", f"{about}, {data}", f"landscape-{data}", _runs)
        for data in ("random", "deep", "tanh", "mnist")
        for module, about in _LANDSCAPES.items()
        if not (module == "cusps" and data == "tanh")  # tanh has no kink
    ),
    *(
        of(
            "decompressed",
            f"decompressed-{data}",
            f"decompressed to the transition, {data}",
            f"decompress-{data}",
        )
        for data in ("random", "tanh", "mnist")
    ),
    of("nstar", "nstar-random", "N*(P) of random points", opened=_with_bound),
    of("limit", "nstar-limit", "the limit of P/N* of wide networks", "nstar-random", _with_deeper),
    of("nstar", "nstar-deep", "N*(P) of deeper networks, random points"),
    of("height", "height-random", "the limit of N_Delta/N", "landscape-random", _runs),
    of("nstar", "nstar-sgd", "N*(P) with SGD", "nstar-random-sgd"),
    of("nstar", "nstar-mnist", "N*(P) of MNIST"),
    of("learning_time", "learning-time", "N*(P) after different learning times"),
    of("learning_time", "learning-time-mnist", "N*(P) of MNIST after different learning times"),
    of("effective", "effective", "N_eff against N"),
    of("slices", "slices", "the loss between solutions and around one"),
    of("classes", "classes", "test errors by loss, all classes"),
    of("sharpness", "sharpness-descent", "the ends of Hessian spectra at the edge of stability"),
    of("sharpness", "sharpness-hinge", "the ends of Hessian spectra along the flow"),
)
