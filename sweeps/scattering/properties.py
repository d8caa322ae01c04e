"""`python -m sweeps.scattering properties`: what is proved of scattering, measured.

Invariance to translations and rotations, stability to deformations, where that of the modulus of
the Fourier transform fails, conservation of energy, moments of textures, and the collapse of
phases: see `sweeps.scattering.invariance` and `moments`. Nothing is trained, save linear
classifiers of textures. (S. Mallat, *Group invariant scattering*, 2012; J. Bruna & S. Mallat,
*Invariant scattering convolution networks*, 2013; F. Guth, J. Zarka & S. Mallat, *Phase collapse in
neural networks*, 2022.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.pictures import standardised
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.scattering import invariance as inv
from sweeps.scattering import moments

RESULTS = "properties.nc"
MULTIPLE = 32  # of a side, so that all scales fit into it

# of the variables, behind the seed
DIMS = {
    **dict.fromkeys(("omega", "chirp_fourier", "chirp_scattering"), ("chirp",)),
    "expansion": ("pair",),
    **dict.fromkeys(
        ("deformed_scattering", "deformed_fourier", "deformed_pixels"), ("kind", "gradient")
    ),
    "translated": ("J", "shift"),
    **dict.fromkeys(("commutator", "moved_average", "average_bound"), ("J_of_operator", "field")),
    **dict.fromkeys(("turned_roto", "turned_averages", "turned_pixels"), ("angle",)),
    **dict.fromkeys(("conserved", "conserved_ascending"), ("texture", "order")),
    **dict.fromkeys(("outer_without", "outer_without_error", "outer_with", "outer_with_error"), ()),
    **dict.fromkeys(("shift_random", "shift_worst"), ("scale", "moved")),
    "mixed": ("amplitude", "d"),
    "texture_error": ("feature",),
}
COORDS = {
    "pair": ["images", "textures", "smooth textures"],
    "kind": ["images", *(f"{w:g}" for w in inv.FREQUENCIES)],
    "gradient": inv.GRADIENTS,
    "J": inv.OCTAVES,
    "shift": inv.SHIFTS,
    "J_of_operator": inv.OCTAVES,
    "angle": 90 / inv.TURNS * np.arange(inv.TURNS + 1),
    "texture": [*moments.TEXTURES],
    "order": np.arange(moments.ORDERS + 1),
    "scale": np.arange(inv.SCALES),
    "moved": moments.SHIFTS,
    "amplitude": [*moments.AMPLITUDES],
    "d": moments.DIMENSIONS,
    "feature": [*moments.FEATURES],
}


@dataclass(frozen=True)
class Properties(grid.Checked):
    """All measurements of one seed, with so many images of `size` pixels a side, one channel."""

    dataset: str
    size: Annotated[int, grid.scalar(given.whole, least=MULTIPLE, most=256)]
    images: Annotated[int, grid.scalar(given.whole, least=4, most=1000)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**31 - 1)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse data that are not there, and sides that cannot be halved."""
        if self.size % MULTIPLE:
            raise BadInput(f"size = {self.size}: give a multiple of {MULTIPLE}")
        standardised(self.dataset, self.images, self.seed, self.size)

    def run(self) -> dict[str, np.ndarray]:
        """The variables of `DIMS`."""
        pixels = standardised(self.dataset, self.images, self.seed, self.size)
        x, s = jnp.asarray(pixels.mean(-1), jnp.float32), self.seed
        found = (
            inv.chirps(s) | inv.expansion(s, x) | inv.deformed(s, x) | inv.translated(x)
            | inv.commutators(s, self.size) | inv.turned(s, self.size) | moments.conserved(s)
            | moments.outer(s) | moments.shifted(s) | moments.mixed(s) | moments.classified(s)
        )  # fmt: skip
        return {name: np.asarray(found[name], np.float64) for name in DIMS}


def properties(several: Sequence[Properties], store: Store) -> xr.Dataset:
    """Measure what the store lacks; the variables of `DIMS` over (seed, ...)."""
    measure(several, store, lambda one: ({}, one.run()), unit="seeds")
    cells = {(one.seed,): store.arrays(one.key) for one in several}
    found = gather.gathered(cells, {"seed": sorted(one.seed for one in several)}, DIMS)
    one = several[0]
    return found.assign_coords({k: [*v] for k, v in COORDS.items()}).assign_attrs(
        dataset=one.dataset, size=one.size, images=one.images, dilation=inv.DILATION
    )


def summary(found: xr.Dataset) -> str:
    """Means over seeds with their standard errors, a table for each group of properties."""
    many = found.sizes["seed"]

    def said(of: xr.DataArray, form: str = ".3f") -> gather.Said:
        bars = float(of.std("seed", ddof=1)) / many**0.5 if many > 1 else float("nan")
        return gather.spread(float(of.mean()), bars, form)

    outer = {"without": said(found.outer_without, ".4f"), "with": said(found.outer_with)}
    tables = [
        [
            {
                "w": gather.number(w, ".3g"),
                "|Fourier|": said(found.chirp_fourier.isel(chirp=i)),
                "scattering": said(found.chirp_scattering.isel(chirp=i), ".4f"),
            }
            for i, w in enumerate(inv.CHIRPS)
        ],
        [
            {"|grad tau|": gather.number(g, "g")}
            | {k: said(found.deformed_scattering.sel(kind=k, gradient=g)) for k in COORDS["kind"]}
            for g in inv.GRADIENTS
        ],
        [
            {"J": gather.number(J, "d")}
            | {f"moved {a}": said(found.translated.sel(J=J, shift=a), ".4f") for a in inv.SHIFTS}
            for J in inv.OCTAVES
        ],
        [
            {
                "J": gather.number(J, "d"),
                "|[W, L]| / |grad tau|": said(row.commutator.mean("field")),
            }
            | {"|L A - A| / bound": said((row.moved_average / row.average_bound).mean("field"))}
            for J in inv.OCTAVES
            for row in [found.sel(J_of_operator=J)]
        ],
        [
            {"turned": gather.number(angle, ".3g")}
            | {
                n: said(found[f"turned_{n}"].sel(angle=angle))
                for n in ("roto", "averages", "pixels")
            }
            for angle in COORDS["angle"]
        ],
        [
            {"order": gather.number(m, "d")}
            | {
                f"{t}, {n}": said(found[v].sel(texture=t, order=m))
                for t in moments.TEXTURES
                for n, v in (("all", "conserved"), ("ascending", "conserved_ascending"))
            }
            for m in COORDS["order"]
        ],
        [
            {"d": gather.number(d, "d")}
            | {a: said(found.mixed.sel(amplitude=a, d=d), ".4f") for a in moments.AMPLITUDES}
            for d in moments.DIMENSIONS
        ],
        [{f: said(found.texture_error.sel(feature=f)) for f in moments.FEATURES}],
        [
            {
                "largest |Sx - Sy| / |x - y|": gather.number(float(found.expansion.max()), ".4f"),
                "shift / bound, random, worst": gather.joined(
                    ", ",
                    random=gather.number(float(found.shift_random.max()), ".3f"),
                    worst=gather.number(float(found.shift_worst.max()), ".5f"),
                ),
                "outer modulus: without, with": gather.joined(", ", **outer),
            }
        ],
    ]
    return gather.page(*map(gather.table, tables), between="\n\n")
