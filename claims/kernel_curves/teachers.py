"""Statistics of teachers and students: exponents and the theorem, curves and their spectra."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import Interval
from jamming.kernels.fields import PERIOD, paths, smoothness, variogram
from jamming.kernels.lattice import beta
from jamming.kernels.replica import predicted

SLOPES = (0.25, 0.5, 1.5, 2.5)  # nu of paths, none of them whole, where there is a logarithm
LAGS = (1, 2, 4)


def _exponent(one: xr.Dataset, divided: float = 1.0, minus: float = 0.0) -> Measured:
    """Its exponent, divided by a number and less another one, with its interval over draws."""
    found = st.stored(one, "exponent")
    ends = (x / divided - minus for x in (found.value, found.low, found.high))
    return st.measured(Interval(*ends), one.sizes["seed"])


def _cases(found: xr.Dataset, name: str) -> list[tuple[str, xr.Dataset]]:
    """Those with the smallest jitter, by the value of d or nu."""
    several = (found.isel(case=i, jitter=0) for i in range(found.sizes["case"]))
    return [(f"{name} = {float(one[name]):g}", one) for one in several]


def _said(found: xr.Dataset) -> dict[str, object]:
    n, of = found.n.values, found.attrs
    return {
        "n": found.sizes["seed"],
        "low": int(n[-3]),
        "high": int(n[-1]),
        "teacher": str(of["teacher"]).title(),
        "student": str(of["student"]).title(),
    }


def off(found: xr.Dataset, *, most: int = 3) -> Measured:
    """Exponent less that of the theorem, in d = 1 to {most}, from n = {low} to {high}, over {n}
    draws of the points; that of the worst d."""
    cases = [
        (said, _exponent(one, minus=float(one.theorem)))
        for said, one in _cases(found, "d")
        if int(one.d) <= most
    ]
    return st.worst_case(cases, 0.0).saying(most=most, **_said(found))


def ratio(found: xr.Dataset) -> Measured:
    """Exponent divided by that of the theorem, from n = {low} to {high}, over {n} draws of the
    points; that of the worst d."""
    cases = [(said, _exponent(one, divided=float(one.theorem))) for said, one in _cases(found, "d")]
    return st.worst_case(cases, 1.0).saying(**_said(found))


def falls(found: xr.Dataset, *, least: int) -> Measured:
    """Exponent in d = {least} less that in d = {before}, from n = {low} to {high}, over {n} draws
    of the points of either."""
    one, other = (
        found.isel(case=int(np.flatnonzero(found.d.values == d)[0]), jitter=0)
        for d in (least, least - 1)
    )

    def slope(a: np.ndarray, b: np.ndarray) -> float:
        return _slope(found, a) - _slope(found, b)

    rows = (each.mse.transpose("n", "seed").values for each in (one, other))
    return st.of_curves(slope, *rows).saying(least=least, before=least - 1, **_said(found))


def _slope(found: xr.Dataset, mse: np.ndarray, last: int = 3) -> float:
    """beta of the last sizes, where mse [n] falls as n^-beta."""
    n = found.n.values.astype(float)
    return float(-np.polyfit(np.log(n[-last:]), np.log(mse[-last:]), 1)[0])


def smooth(found: xr.Dataset) -> Measured:
    """Exponent from n = {low} to {high} with a jitter of {jitter:g}, over {n} draws of the points;
    the error of {high} points is {error:.3g}."""
    one = found.isel(case=0, jitter=0)
    error = float(one.mse.isel(n=-1).mean())
    return _exponent(one).saying(jitter=float(one.jitter), error=error, **_said(found))


def best(found: xr.Dataset) -> Measured:
    """Exponent from n = {low} to {high} with that jitter at each n which is best there, over {n}
    draws of the points; jitters of {jitters}."""
    rows = found.isel(case=0).mse.transpose("jitter", "n", "seed").values
    sizes = slice(-3, None)
    chosen = rows.mean(-1).argmin(0)[sizes]

    def slope(*means: np.ndarray) -> float:
        return _slope(found, np.min(means, axis=0))

    jitters = ", ".join(f"{float(found.jitter[i]):g}" for i in chosen)
    return st.of_curves(slope, *rows).saying(jitters=jitters, **_said(found))


def straight(found: xr.Dataset) -> Measured:
    """R^2 of a straight line through log MSE against n^(1/3), n = {first} to {high}, over {n}
    draws of the points."""
    x = found.n.values.astype(float) ** (1 / 3)

    def r2(mse: np.ndarray) -> float:
        return float(np.corrcoef(x, np.log(mse))[0, 1] ** 2)

    one = found.isel(case=0, jitter=0).mse.transpose("n", "seed").values
    return st.of_curves(r2, one).saying(first=int(found.n[0]), **_said(found))


def steeper(found: xr.Dataset) -> Measured:
    """Exponent of the last three sizes less that of the first three, over {n} draws of the points;
    it is {late:.2f} from n = {low} to {high}."""

    def grows(mse: np.ndarray) -> float:
        n = np.log(found.n.values.astype(float))[:3]
        return _slope(found, mse) + float(np.polyfit(n, np.log(mse[:3]), 1)[0])

    rows = found.isel(case=0, jitter=0).mse.transpose("n", "seed").values
    return st.of_curves(grows, rows).saying(late=_slope(found, rows.mean(1)), **_said(found))


def matern(found: xr.Dataset, *, crossover: bool = False) -> Measured:
    """Exponent less min(2 nu, 4) from n = {low} to {high}, over {n} draws of the points; that of
    the worst nu."""
    cases = [
        (said, _exponent(one, minus=float(one.theorem)))
        for said, one in _cases(found, "nu")
        if (2 * float(one.nu) == 4) == crossover
    ]
    return st.worst_case(cases, 0.0).saying(**_said(found))


def lattice(found: xr.Dataset) -> Measured:
    """Exponent between n = {low} and {high} sites less that of the theorem, that of the worst d and
    nu; within {near:g} of where both terms are equal there is a logarithm."""
    near = 0.5
    cases = []
    for d in found.d.values:
        for nu in found.nu.values:
            one = found.sel(d=d, nu=nu)
            # min(2 nu, 2 alpha_S): the logarithm is where these are equal
            if abs(nu - (d + 2 * found.attrs["student_nu"])) <= near:
                continue
            value = float(one.slope.isel(n=-1) - one.theorem)
            cases.append((f"d = {d}, nu = {nu:g}", st.exact(value, 1)))
    n = found.n.values
    return st.worst_case(cases, 0.0).saying(low=int(n[-2]), high=int(n[-1]), near=near)


def spectra(found: xr.Dataset, *, least: int = 1, most: int = 100) -> Measured:
    """MSE that the spectra predict divided by that measured, n = {first} to {high}, mean over {n}
    draws of the points; that of the worst d and n."""
    cases = []
    for said, one in _cases(found, "d"):
        if not least <= int(one.d) <= most:
            continue
        for n in found.n.values[found.n.values >= 100]:
            at = one.sel(n=n)
            inverse = st.of_mean((at.mse / at.replica).values)
            low, value, high = inverse.low, inverse.value, inverse.high
            if low and value and high:
                turned = Interval(1 / value, 1 / high, 1 / low)
                cases.append((f"{said}, n = {n}", st.measured(turned, inverse.n)))
    first = int(found.n.values[found.n.values >= 100][0])
    return st.worst_case(cases, 1.0, log=True).saying(first=first, **_said(found))


def powers() -> Measured:
    """Exponent of the formula between n = {low} and {high} less that of the theorem, for spectra
    that are powers of the rank, of {n} pairs of teacher and student; the worst."""
    cases = []
    n = (1000, 3000)
    rank = np.arange(1, 50_001, dtype=float)
    for d, T, S in ((1, 2.0, 2.0), (1, 4.0, 2.0), (1, 9.0, 2.0), (3, 4.0, 4.0), (6, 7.0, 9.0)):
        lam, weights = rank ** (-S / d), rank ** (-T / d)
        # the tails of both, which act as a ridge and as what is never learnt
        rest = [rank[-1] ** (1 - a / d) / (a / d - 1) for a in (S, T)]
        mse = predicted(np.append(lam, 0.0), np.append(weights, rest[1]), n, rest[0])
        value = -np.log(mse[1] / mse[0]) / np.log(n[1] / n[0]) - beta(T, S, d)
        cases.append((f"d = {d}, alpha = {T:g}, {S:g}", st.exact(value, 1)))
    return st.worst_case(cases, 0.0).saying(low=n[0], high=n[1], n=len(cases))


def roughness() -> Measured:
    """Exponent of the variogram less min(2 nu, 2), over {n} groups of paths of Matern fields in d =
    1, lags {low:.3f} to {high:.3f} sigma; that of the worst nu."""
    return _of_paths(lambda nu: 1, lambda nu: min(2 * nu, 2.0))


def derivatives() -> Measured:
    """Exponent of differences of order floor(nu) + 1 less 2 nu, over {n} groups of paths of Matern
    fields in d = 1, lags {low:.3f} to {high:.3f} sigma; that of the worst nu."""
    return _of_paths(lambda nu: smoothness(1 + 2 * nu, 1) + 1, lambda nu: 2 * nu)


def _of_paths(order: Callable[[float], float], due: Callable[[float], float]) -> Measured:
    groups, each, points = 10, 8, 8192
    cases = []
    for nu in SLOPES:
        found = paths(nu, points, groups * each, seed=0).reshape(groups, each, points)
        rows = np.array(
            [[variogram(z, lag, order(nu)).mean() for z in found] for lag in LAGS]  # [lag, group]
        )
        slope = np.polyfit(np.log(LAGS), np.log(rows), 1)[0]
        cases.append((f"nu = {nu:g}", st.of_mean(slope - due(nu))))
    low, high = (PERIOD / points * lag for lag in (LAGS[0], LAGS[-1]))
    return st.worst_case(cases, 0.0).saying(n=groups, low=low, high=high)
