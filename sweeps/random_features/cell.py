"""An ensemble of random-features networks that learn one training set, and its test errors."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from jamming.checks.arguments import HUGE, LARGEST_SEED, number, numbers, settle, whole
from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features import theory
from jamming.random_features.harmonics import excess, harmonics, learned, together
from jamming.random_features.model import features, ridge, sample, spectrum, sphere

# Part of every key: raise it when a change of the code changes what is measured.
VERSION = 1


@dataclass(frozen=True)
class Model:
    """What all cells share: d, P, noise of the labels, nonlinearity, ridges, networks a cell.

    Raises:
        BadInput: a value out of range, by name.
    """

    d: int
    P: int
    noise: float
    activation: str
    ridges: tuple[float, ...]
    members: int

    def __post_init__(self) -> None:
        plain: dict[str, Any] = {
            "d": whole("d", self.d, least=3),
            "P": whole("P", self.P, least=2),
            "noise": number("noise", self.noise, least=0.0, most=HUGE),
            "ridges": numbers("ridge", self.ridges, least=0.0, most=HUGE),
            "members": whole("members", self.members),
        }
        settle(self, plain)
        if not self.ridges or len(set(self.ridges)) < len(self.ridges):
            raise BadInput("ridges must be different, and there must be one at least")
        theory.constants(activation(self.activation))
        for lam in self.ridges:
            theory.Setting(1.0, self.P / self.d, lam, self.noise)


@dataclass(frozen=True)
class Cell:
    """One training set, and the ensemble of width h that learns it.

    Raises:
        BadInput: h or the seed is no whole number, or out of range.
    """

    model: Model
    h: int
    seed: int

    def __post_init__(self) -> None:
        seed = whole("seed", self.seed, least=0, most=LARGEST_SEED)
        settle(self, {"h": whole("h", self.h), "seed": seed})

    @property
    def key(self) -> str:
        """The content hash that names it."""
        fields = dataclasses.asdict(self) | {"version": VERSION}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]


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
