"""An ensemble of random-features networks that learn one training set, and its test errors."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features import theory
from jamming.random_features.harmonics import excess, harmonics, learned, together
from jamming.random_features.model import features, ridge, sample, spectrum, sphere
from sweeps.engine.grid import Checked, scalar

# Part of every key: raise it when a change of the code changes what is measured.
VERSION = 1


@dataclass(frozen=True)
class Model(Checked):
    """What all cells share: d, P, noise of the labels, nonlinearity, ridges, networks a cell.

    Raises:
        BadInput: a value out of range, by name.
    """

    d: Annotated[int, scalar(given.whole, "d", least=3)]
    P: Annotated[int, scalar(given.whole, "P", least=2)]
    noise: Annotated[float, scalar(given.number, "noise", least=0.0, most=given.HUGE)]
    activation: str
    ridges: Annotated[tuple[float, ...], scalar(given.numbers, "ridge", least=0.0, most=given.HUGE)]
    members: Annotated[int, scalar(given.whole, "members")]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ridges or len(set(self.ridges)) < len(self.ridges):
            raise BadInput("ridges must be different, and there must be one at least")
        theory.constants(activation(self.activation))
        for lam in self.ridges:
            theory.Setting(1.0, self.P / self.d, lam, self.noise)


@dataclass(frozen=True)
class Cell(Checked):
    """One training set, and the ensemble of width h that learns it.

    Raises:
        BadInput: h or the seed is no whole number, or out of range.
    """

    model: Model
    h: Annotated[int, scalar(given.whole, "h")]
    seed: Annotated[int, scalar(given.whole, "seed", least=0, most=given.LARGEST_SEED)]

    @property
    def key(self) -> str:
        """The content hash that names it."""
        return self.content_key(VERSION)


def measured(cell: Cell) -> dict[str, Any]:
    """Test errors of the members [member][ridge] and of their mean [ridge]."""
    of, phi = cell.model, activation(cell.model.activation)
    sigma = harmonics(phi, of.d)
    for_data, *for_members = np.random.default_rng([cell.seed, cell.h]).spawn(1 + of.members)
    data = sample(of.P, of.d, of.noise, for_data)
    found = []
    for rng in for_members:
        theta = sphere(cell.h, of.d, rng)
        at = spectrum(features(phi, theta, data.x), data.y)
        found.append([learned(theta, ridge(at, lam, P=of.P, d=of.d), sigma) for lam in of.ridges])
    return {
        "single": [[excess(one, data.beta, sigma) for one in member] for member in found],
        "ensemble": [
            excess(together(members), data.beta, sigma) for members in zip(*found, strict=True)
        ],
    }
