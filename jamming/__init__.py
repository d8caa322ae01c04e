"""Jamming, double descent, lazy and feature learning of neural networks, in JAX and Flax.

A run is a `Job`; `train` makes trajectories of jobs, and `find_nstar` searches the width at which
half of them fit:

    >>> import jamming
    >>> job = jamming.Job("digits10pca", P=20, widths=(8,), max_ticks=500, precision="float32")
    >>> (run,) = jamming.train([job])
    >>> run.fitted, run.unsatisfied
    (True, 0)

`train_images` trains classic networks on the classes of images, each described by an `ImageJob`.

Below are pure functions: networks (`FC`, `CNN`, `WideResNet`), what is learnt (`predictor`,
`Problem` and losses such as `soft_hinge`), how (`RKC`, `Euler`, `adam`, `sgd`), and what is
observed (`ntk`, `split`, `ensemble`, `power_law`). They are imported when they are first used.

`models`: networks, their activations and parametrisations; `objectives`: predictor, losses and the
problem that they make; `dynamics`: the papers' gradient flow and optax's optimisers; `execution`:
many runs side by side; `training`: from the spec of a run to its trajectory; `data`, `kernels`,
`observables`, `fits`, `random_features`, and `nstar`, the search for the jamming transition.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jamming.commands.signals import launched
from jamming.execution.threads import settle

__version__ = "0.1.0"

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
settle()  # before JAX makes its threads

if TYPE_CHECKING:
    from jamming.data.dataset import from_arrays as from_arrays
    from jamming.data.dataset import load as load
    from jamming.dynamics.euler import Euler as Euler
    from jamming.dynamics.optimiser import adam as adam
    from jamming.dynamics.optimiser import sgd as sgd
    from jamming.dynamics.rkc import RKC as RKC
    from jamming.fits.power import power_law as power_law
    from jamming.kernels.empirical import ntk as ntk
    from jamming.models.networks import CNN as CNN
    from jamming.models.networks import FC as FC
    from jamming.models.own import drawn as drawn
    from jamming.models.own import network as network
    from jamming.models.residual import WideResNet as WideResNet
    from jamming.nstar.config import Search as Search
    from jamming.nstar.search import find_nstar as find_nstar
    from jamming.objectives.losses import quadratic_hinge as quadratic_hinge
    from jamming.objectives.losses import soft_hinge as soft_hinge
    from jamming.objectives.predictor import predictor as predictor
    from jamming.objectives.problem import Problem as Problem
    from jamming.objectives.restricted import parameter_names as parameter_names
    from jamming.objectives.restricted import restricted as restricted
    from jamming.observables.ensembles import ensemble as ensemble
    from jamming.observables.fisher import fisher as fisher
    from jamming.observables.fisher import gauss_newton as gauss_newton
    from jamming.observables.hessian import split as split
    from jamming.training.classify import train_images as train_images
    from jamming.training.images import ImageJob as ImageJob
    from jamming.training.spec import Job as Job
    from jamming.training.train import train as train

# module -> what this package shows of it
_SHOWN = {
    "training.spec": "Job",
    "training.train": "train",
    "training.images": "ImageJob",
    "training.classify": "train_images",
    "nstar.config": "Search",
    "data.dataset": "load from_arrays",
    "models.networks": "FC CNN",
    "models.residual": "WideResNet",
    "models.own": "network drawn",
    "objectives.predictor": "predictor",
    "objectives.losses": "quadratic_hinge soft_hinge",
    "objectives.problem": "Problem",
    "objectives.restricted": "restricted parameter_names",
    "dynamics.rkc": "RKC",
    "dynamics.euler": "Euler",
    "dynamics.optimiser": "adam sgd",
    "kernels.empirical": "ntk",
    "observables.fisher": "fisher gauss_newton",
    "observables.hessian": "split",
    "observables.ensembles": "ensemble",
    "fits.power": "power_law",
}
_HOME = {name: module for module, names in _SHOWN.items() for name in names.split()}

__all__ = [*_HOME, "find_nstar"]  # the module of the command, which can be called


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'jamming' has no attribute '{name}'")
    found = import_module(f"jamming.{_HOME.get(name, name)}")
    globals()[name] = getattr(found, name) if name in _HOME else found
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
