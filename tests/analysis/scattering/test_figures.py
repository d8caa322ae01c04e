"""The figures of scattering: what is drawn is what the results have, read from the axes."""

import math

import numpy as np
import pytest

from analysis.scattering import chirps, energy, phases, stability
from tests.made_up.artists import bars, line, shows, xy
from tests.made_up.properties import properties

pytestmark = pytest.mark.usefixtures("coarse")
FOUND = properties(noise=0.05)


def test_chirps() -> None:
    packets, textures = chirps.figure(FOUND).axes
    for name, label in chirps.LABELS.items():
        w, y = xy(line(packets, label))
        np.testing.assert_allclose(w, FOUND.omega.values.ravel())
        np.testing.assert_allclose(y, FOUND[f"chirp_{name}"].values.ravel())
    kinds = FOUND.kind.values[1:]
    for one, name in zip(bars(textures), chirps.LABELS, strict=True):
        rows = FOUND[f"deformed_{name}"].sel(kind=kinds).isel(gradient=0).values.T / 0.01
        shows(one, kinds.astype(float), rows)


def test_stability() -> None:
    deformed, moved, turned = stability.figure(FOUND).axes
    *kinds, pixels = bars(deformed)
    for one, kind in zip(kinds, FOUND.kind.values, strict=True):
        shows(one, FOUND.gradient.values, FOUND.deformed_scattering.sel(kind=kind).values.T)
    shows(pixels, FOUND.gradient.values, FOUND.deformed_pixels.sel(kind="images").values.T)
    for one, J in zip(bars(moved), FOUND.J.values, strict=True):
        shows(one, FOUND["shift"].values / 2.0**J, FOUND.translated.sel(J=J).values.T)
    for one, name in zip(bars(turned), stability.NAMES, strict=True):
        shows(one, FOUND.angle.values[1:], FOUND[name].values.T[1:])


def test_energy() -> None:
    conserved, commutator, average = energy.figure(FOUND).axes
    drawn = iter(bars(conserved))
    for texture in FOUND.texture.values:
        for name in energy.PATHS:
            shows(next(drawn), FOUND.order.values, FOUND[name].sel(texture=texture).values.T)
    (one,) = bars(commutator)
    shows(one, [1, 2, 3, 4], FOUND.commutator.mean("field").values.T)
    first = float(FOUND.commutator.isel(J_of_operator=0).mean())
    np.testing.assert_allclose(xy(line(commutator, r"$\propto J$"))[1], first * np.arange(1, 5))
    for one, name in zip(bars(average), ("moved_average", "average_bound"), strict=True):
        shows(one, [1, 2, 3, 4], FOUND[name].isel(field=0).values.T)


def test_phases() -> None:
    error, shift, mixed = phases.figure(FOUND).axes
    heights = [patch.get_height() for patch in error.patches]
    np.testing.assert_allclose(heights, 100 * FOUND.texture_error.mean("seed"))
    drawn = iter(bars(shift))
    for scale in FOUND.scale.values:
        for name in ("shift_worst", "shift_random"):
            shows(next(drawn), FOUND.moved.values, FOUND[name].sel(scale=scale).values.T)
    for one, amplitude in zip(bars(mixed), FOUND.amplitude.values, strict=True):
        shows(one, FOUND.d.values, FOUND.mixed.sel(amplitude=amplitude).values.T)
    np.testing.assert_allclose(xy(line(mixed, r"$\sqrt{\pi}/2$"))[1], math.sqrt(math.pi) / 2)
