"""`python -m analysis.figures`: every figure that the stored experiments allow.

What cannot be drawn is listed with the command that fills it. A figure is a PNG in the folder of
its experiment. Exit code 0, or 2 with one line where a store is damaged.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from analysis import cusps, effective, gaps, jump, learning_time, nstar, random_features, spectra
from analysis.classes import CLASSES
from analysis.descent_figures import DESCENTS
from analysis.figure import Figure
from analysis.kernel_pca import KERNEL_PCA
from analysis.kernel_regression import KERNEL_REGRESSION
from analysis.landscapes import TooEarly, measured, near
from analysis.learning_curve import LEARNING_CURVES
from analysis.regime_figures import REGIMES_FIGURES
from analysis.stripe import STRIPE
from analysis.sweep import readable
from jamming.command import Parser, exit_code, tell
from jamming.errors import BadInput
from jamming.files import folder_for
from jamming.observables.hessian import Spectrum
from sweeps.experiments import Scale, experiment
from sweeps.landscape import CONFIG, Run, open_landscape


def _runs(folder: Path) -> list[Run]:
    """Of a sweep of landscapes; with those of deeper networks on random points, beside them."""
    deeper = folder.with_name(folder.name.replace("landscape-random", "landscape-deep"))
    if deeper == folder or not (deeper / CONFIG).is_file():
        return open_landscape(folder)
    return [*open_landscape(folder), *open_landscape(deeper)]


def bound(folder: Path) -> float:
    """N* / P at most, of relu: 1 / (C_0 - N_c / N), as measured next to jamming; 4 without."""
    try:
        runs = near(open_landscape(folder))
    except BadInput:
        return nstar.BOUND
    if not runs:
        return nstar.BOUND
    each = [Spectrum(measured(run).H_p).C_0 - measured(run).N_c / run.trajectory.N for run in runs]
    mean = float(np.mean(each))
    return 1 / mean if mean > 0 else math.inf


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

FIGURES = {
    each.name: each
    for each in (
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
        *STRIPE,
        *LEARNING_CURVES,
        *KERNEL_PCA,
        *KERNEL_REGRESSION,
        *random_features.FIGURES,
        *DESCENTS,
        *REGIMES_FIGURES,
    )
}


def drawn(name: str, root: Path, scale: Scale) -> Path | None:
    """Draw one figure; None where its experiment has left nothing to draw.

    Raises:
        BadInput: what it left is damaged, or there is no such figure.
    """
    if name not in FIGURES:
        raise BadInput(f"unknown figure '{name}': choose {', '.join(FIGURES)}")
    figure = FIGURES[name]
    source = experiment(figure.experiment)
    if not source.there(root, scale):
        return None
    folder, target = source.folder(root, scale), figure.path(root, scale)
    try:
        with readable(folder):
            figure.draw(figure.opened(folder), target)
    except TooEarly:  # the sweep has only begun
        return None
    return target


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="figures",
        description="Draw all that the stored experiments allow.",
        allow_abbrev=False,
    )
    p.add_argument("--root", type=Path, default=Path("results"), help="folder of the experiments")
    p.add_argument("--scale", type=Scale, default=Scale.LAPTOP, choices=list(Scale))
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and list; the exit code."""

    def run(a: argparse.Namespace) -> int:
        folder_for(a.root, written=False)
        missing: dict[str, list[str]] = {}
        for name, figure in FIGURES.items():
            target = drawn(name, a.root, a.scale)
            if target is None:
                missing.setdefault(figure.experiment, []).append(name)
            else:
                tell(f"{figure.about}: {target}", kept=target)
        for name, figures in missing.items():
            command = experiment(name).command(a.root, a.scale)
            tell(f"missing: {', '.join(figures)}; fill with\n  {command}")
        return 0

    return exit_code(parser(), run, arguments)


if __name__ == "__main__":
    sys.exit(main())
