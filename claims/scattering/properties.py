"""The statistics of claims about scattering transforms and the collapse of phases."""

import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core import statistics as st
from claims.core.register import Measured

FAST = 5.0  # from this frequency on a wave packet oscillates within its envelope
SMALL = 0.1  # gradients up to which deformations are small


def fourier_growth(found: xr.Dataset) -> Measured:
    """Largest relative deviation of distance / w from its mean, w from 5 to 1/s = {end:g}."""
    end = 1 / float(found.attrs["dilation"])
    ratio = (found.chirp_fourier / found.omega).where((found.omega >= FAST) & (found.omega <= end))
    off = abs(ratio / ratio.mean("chirp") - 1).max("chirp")
    return st.of_mean(off.values).saying(end=end)


def scattering_growth(found: xr.Dataset) -> Measured:
    """Largest distance divided by smallest over frequencies an octave apart, w >= 5; over all
    frequencies {all:.2f}."""
    one = found.chirp_scattering.where(found.omega >= FAST)
    each = (one.max("chirp") / one.min("chirp")).values
    return st.of_mean(each).saying(all=float(one.max() / one.min()))


def expansion(found: xr.Dataset) -> Measured:
    """Largest |Sx - Sy| / |x - y| over {pairs} pairs: {each}."""
    worst = found.expansion.max("seed")
    images = int(found.attrs["images"])
    pairs = found.sizes["seed"] * (images // 2 + 2 * images)
    each = ", ".join(f"{x.pair.item()} {float(x):.3f}" for x in worst)
    return st.exact(float(worst.max()), pairs).saying(pairs=pairs, each=each)


def deformation_slope(found: xr.Dataset) -> Measured:
    """Exponent of |S L_tau x - S x| against |grad tau| up to 0.1; the farthest from 1 of images and
    textures."""
    small = found.deformed_scattering.sel(gradient=slice(None, SMALL + 1e-9))
    return st.worst_case(
        ((f"{kind}", st.of_mean(_slopes(small.sel(kind=kind)))) for kind in found.kind.values),
        1.0,
    )


def _slopes(one: xr.DataArray) -> Float[np.ndarray, " seed"]:
    rows = np.log(one.transpose("gradient", "seed").values)
    return np.polyfit(np.log(one.gradient.values), rows, 1)[0]


def frequency_free(found: xr.Dataset) -> Measured:
    """Largest distance divided by smallest over textures of frequencies {ends[0]} to {ends[1]}, at
    the smallest deformation; for the modulus of the Fourier transform {fourier:.1f}."""
    kinds = [kind for kind in found.kind.values if kind != "images"]
    one = found.sel(kind=kinds).isel(gradient=0)

    def spread(name: str) -> Float[np.ndarray, " seed"]:
        return (one[name].max("kind") / one[name].min("kind")).values

    fourier = float(spread("deformed_fourier").mean())
    number = st.of_mean(spread("deformed_scattering"))
    return number.saying(ends=(kinds[0], kinds[-1]), fourier=fourier)


def octave_gain(found: xr.Dataset) -> Measured:
    """Distance of an image moved by one pixel at J divided by that at J + 1, farthest from 2."""
    one = found.translated.isel({"shift": 0})
    cases = []
    for J in one.J.values[:-1]:
        cases.append((f"J = {J}", st.of_mean((one.sel(J=J) / one.sel(J=J + 1)).values)))
    return st.worst_case(cases, 2.0, log=True)


def average_bound(found: xr.Dataset) -> Measured:
    """Largest |L_tau A_J - A_J| divided by its bound."""
    ratio = found.moved_average / found.average_bound
    return st.exact(float(ratio.max()), ratio.size)


def commutator_bound(found: xr.Dataset) -> Measured:
    """|[W_J, L_tau]| / (J |grad tau|) at the worst J > 1 divided by that at J = 1; the norm itself
    is {norm:.2f} |grad tau| at J = 1 and {last:.2f} at J = {J}."""
    rows = _per_octave(found)
    first, last = (float(found.commutator.isel(J_of_operator=i).mean()) for i in (0, -1))
    number = st.of_mean(rows[1:].max(0) / rows[0])
    return number.saying(norm=first, last=last, J=int(found.J_of_operator[-1]))


def commutator_spread(found: xr.Dataset) -> Measured:
    """Largest |[W_J, L_tau]| / (J |grad tau|) divided by the smallest, over J."""
    rows = _per_octave(found)
    return st.of_mean(rows.max(0) / rows.min(0))


def _per_octave(found: xr.Dataset) -> Float[np.ndarray, "J seed"]:
    rows = (found.commutator / found.J_of_operator).mean("field")
    return rows.transpose("J_of_operator", "seed").values


def conserved(found: xr.Dataset, *, name: str) -> Measured:
    """Fraction of E X^2 in orders 0 to {order}, the smaller of two textures."""
    one = found[name].isel(order=-1)
    cases = [(f"{t}", st.of_mean(one.sel(texture=t).values)) for t in found.texture.values]
    return st.worst_case(cases, np.inf).saying(order=int(one.order))


def without_outer(found: xr.Dataset) -> Measured:
    """E(|X * psi_1| * psi_2) divided by E|X * psi_1|."""
    return st.of_mean(found.outer_without.values)


def with_outer(found: xr.Dataset) -> Measured:
    """E||X * psi_1| * psi_2| divided by E|X * psi_1|."""
    return st.of_mean(found.outer_with.values)


def turned(found: xr.Dataset, *, angle: float) -> Measured:
    """Distance of the invariants of an image turned by {angle:g} degrees; of its pixels
    {pixels:.2f}, of averages over pixels of scattering coefficients {averages:.2f}."""
    one = found.sel(angle=angle)
    number = st.of_mean(one.turned_roto.values)
    names = ("pixels", "averages")
    said = {name: float(one[f"turned_{name}"].mean()) for name in names}
    return number.saying(angle=angle, **said)


def shift_bound(found: xr.Dataset, *, name: str) -> Measured:
    """Largest error divided by its bound over filters and shifts."""
    return st.exact(float(found[name].max()), found[name].size)


def tightness(found: xr.Dataset) -> Measured:
    """Error divided by its bound for the worst signal, shifted by one sample, at scale {scale}."""
    one = found.shift_worst.isel(moved=0, scale=-1)
    return st.exact(float(one.mean()), one.size).saying(scale=int(one.scale))


def least_mixed(found: xr.Dataset) -> Measured:
    """E|DX|_1 / E|X|_1 of the unitary D found by descent, the smallest over d and amplitudes."""
    cases = []
    for amplitude in found.amplitude.values:
        for d in found.d.values:
            each = st.of_mean(found.mixed.sel(amplitude=amplitude, d=d).values)
            cases.append((f"{amplitude}, d = {d}", each))
    return st.worst_case(cases, np.inf)


def linear_error(found: xr.Dataset, *, features: list[str], centre: float) -> Measured:
    """Test error of a linear classifier of two textures."""
    cases = [(name, st.of_mean(found.texture_error.sel(feature=name).values)) for name in features]
    return st.worst_case(cases, centre)
