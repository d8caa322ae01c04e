"""All equivariant linear maps between fields, as kernels of a correlation, in four ways.

A linear map Phi from fields of type (H1, rho1) to those of (H2, rho2) that commutes with G is a
correlation of Mackey functions, [kappa * f](g) = sum_g' kappa(g^-1 g') f(g'). These kernels are

    maps            Phi                     with Phi pi1(g) = pi2(g) Phi,
    on G            kappa: G -> V1 -> V2    with kappa(h2 g h1) = rho2(h2) kappa(g) rho1(h1),
    on G/H1         k(x) = kappa(s(x))      with k(h2 x) = rho2(h2) k(x) rho1(h1(x, h2))^-1,
    on H2\\G/H1     k(gamma)                with k = rho2(h) k rho1(gamma^-1 h gamma)^-1 for the h
                                            of H2 that fix gamma H1, gamma one of each double coset,

and the four spaces have one dimension (T. Cohen, M. Geiger & M. Weiler, *A general theory of
equivariant CNNs on homogeneous spaces*, NeurIPS 2019, Theorems 3.1 to 3.4). Each is found here by
itself: it is what a mean over the group leaves unchanged.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.equivariant.finite.fields import Fields
from jamming.equivariant.finite.groups import Group

MOST = 2500  # numbers in a kernel
Acts = Callable[[np.ndarray], np.ndarray]
Kernels = Float[np.ndarray, "basis *shape"]


def fixed(shape: tuple[int, ...], actions: Iterable[Acts]) -> Kernels:
    """An orthonormal basis of the arrays of a shape that all `actions`, of a group, leave as is.

    An action takes arrays [batch, *shape]. Their mean is a projector, whose trace is the dimension.
    """
    size = int(np.prod(shape))
    if size > MOST:
        raise BadInput(
            f"kernels of {size} numbers: at most {MOST} are taken apart; take a smaller group, or"
            " fields of fewer dimensions"
        )
    unit = np.eye(size).reshape(size, *shape)
    mean, count = np.zeros((size, size)), 0
    for count, act in enumerate(actions, start=1):  # noqa: B007
        mean += act(unit).reshape(size, size)
    mean /= count
    dimension = round(float(np.trace(mean)))
    found = mean.T @ np.random.default_rng(0).standard_normal((size, dimension))
    found = np.linalg.qr(found)[0]
    if not np.isclose(np.trace(mean), dimension, atol=1e-6) or not np.allclose(
        mean.T @ found, found, atol=1e-8
    ):
        raise BadInput("these actions are no group's: their mean is no projector")
    return found.T.reshape(dimension, *shape)


def _between(left: np.ndarray, right: np.ndarray, to: np.ndarray | None = None) -> Acts:
    """Kernels, from other places if these are given, between two matrices."""
    return lambda k: left @ (k if to is None else k[:, to]) @ right


def maps(one: Fields, two: Fields) -> Kernels:
    """Phi [basis, cosets2 dim2, cosets1 dim1]."""
    _of_one_group(one, two)
    pi1, pi2 = one.induced.matrices, two.induced.matrices
    back = one.cosets.group.inverse
    shape = pi2.shape[1], pi1.shape[1]
    return fixed(shape, (_between(pi2[g], pi1[back[g]]) for g in range(len(back))))


def on_group(one: Fields, two: Fields) -> Kernels:
    """kappa [basis, n, dim2, dim1]."""
    G = _of_one_group(one, two)
    rho1, rho2 = one.rho, two.rho

    def acts() -> Iterable[Acts]:
        for h2 in rho2.elements:
            for h1 in rho1.elements:
                to = G.table[G.table[h2], h1]
                left, right = rho2[G.inverse[h2]], rho1[G.inverse[h1]]
                yield _between(left, right, to)

    return fixed((len(G), rho2.dim, rho1.dim), acts())


def on_cosets(one: Fields, two: Fields) -> Kernels:
    """k [basis, cosets1, dim2, dim1]."""
    G, of = _of_one_group(one, two), one.cosets

    def acts() -> Iterable[Acts]:
        for h in two.rho.elements:
            left, right = two.rho[G.inverse[h]], one.rho[of.twist[h]]
            yield _between(left, right, of.moved[h])

    return fixed((len(of.s), two.rho.dim, one.rho.dim), acts())


def double_cosets(one: Fields, two: Fields) -> list[int]:
    """gamma, the least element of each double coset H2 g H1."""
    G, of = _of_one_group(one, two), one.cosets
    cosets = of.s[of.moved[list(two.cosets.H)]]  # of h2 x, [h2, x]
    found: list[int] = np.unique(G.table[cosets][..., list(of.H)].min((0, 2))).tolist()
    return found


def on_double_cosets(one: Fields, two: Fields) -> list[Kernels]:
    """k [basis, dim2, dim1] for each of `double_cosets`."""
    G = _of_one_group(one, two)
    found = []
    for gamma in double_cosets(one, two):
        inside = G.table[G.table[G.inverse[gamma]], gamma]  # gamma^-1 h gamma
        fix = [h for h in two.rho.elements if inside[h] in one.rho.elements]
        acts = (_between(two.rho[h], one.rho[G.inverse[inside[h]]]) for h in fix)
        found.append(fixed((two.rho.dim, one.rho.dim), acts))
    return found


def dimensions(one: Fields, two: Fields) -> dict[str, int]:
    """Of the four spaces, which the theorems say are one."""
    return {
        "maps": len(maps(one, two)),
        "on G": len(on_group(one, two)),
        "on G/H1": len(on_cosets(one, two)),
        "on H2\\G/H1": sum(map(len, on_double_cosets(one, two))),
    }


def counted(one: Fields, two: Fields) -> dict[str, int]:
    """As `dimensions`, by characters: the mean trace of what acts on each space.

    No basis is made, so that groups and fields may be larger.
    """
    G = _of_one_group(one, two)
    H1, H2 = (np.array(each.rho.elements) for each in (one, two))
    (chi1, pi1), (chi2, pi2) = map(_characters, (one, two))
    # h2 g h1 = g for one h1 alone, which may be in H1
    fixing = G.table[G.table[G.inverse][:, G.inverse[H2]], np.arange(len(G))[:, None]]
    found = {
        "maps": float(np.mean(pi1 * pi2)),
        "on G": float(chi1[fixing].sum(0) @ chi2[H2]) / (len(H1) * len(H2)),
        "on G/H1": float(np.mean(pi1[H2] * chi2[H2])),
        "on H2\\G/H1": 0.0,
    }
    for gamma in double_cosets(one, two):
        inside = G.table[G.table[G.inverse[gamma], H2], gamma]
        fix = np.isin(inside, H1)
        found["on H2\\G/H1"] += float(np.mean(chi2[H2[fix]] * chi1[inside[fix]]))
    return {name: round(value) for name, value in found.items()}


def _characters(of: Fields) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Of rho, 0 outside H, and of the induced representation."""
    chi, at = np.zeros(len(of.cosets.group)), of.cosets
    chi[list(of.rho.elements)] = of.rho.character
    return chi, np.where(at.moved == np.arange(len(at.s)), chi[at.twist], 0).sum(1)


def random_map(one: Fields, two: Fields, rng: np.random.Generator) -> Float[np.ndarray, "out in"]:
    """An equivariant linear map: the mean over the group of a random matrix."""
    n = len(_of_one_group(one, two))
    A = rng.standard_normal((*two.shape, *one.shape))
    mean = np.zeros_like(A)
    for g in range(n):  # of pi2(g) A pi1(g)^-1, without their matrices
        (to1, rho1), (to2, rho2) = (
            (of.cosets.moved[g], of.rho[of.cosets.twist[g]]) for of in (one, two)
        )
        turned = np.einsum("xab,xbyc->xayc", rho2, A)
        back = np.linalg.inv(rho1)
        mean[to2[:, None], :, to1] += np.einsum("xayc,ycd->xyad", turned, back) / n
    return mean.reshape(math.prod(two.shape), math.prod(one.shape))


def correlate(
    kappa: Float[np.ndarray, "n dim2 dim1"], F: Float[np.ndarray, "n dim1"], G: Group
) -> Float[np.ndarray, "n dim2"]:
    """[kappa * F](g) = sum_g' kappa(g^-1 g') F(g'), of Mackey functions (Eq. 7)."""
    return np.einsum("gkij,kj->gi", kappa[G.table[G.inverse]], F)


def kernel_of(
    Phi: Float[np.ndarray, "out in"], one: Fields, two: Fields
) -> Float[np.ndarray, "n dim2 dim1"]:
    """kappa of a linear map of fields, for which lifted(Phi f) = kappa * lifted(f) if it commutes.

    What Phi gives at the coset H2 says all of it.
    """
    _of_one_group(one, two)
    (n1, dim1), (n2, dim2) = one.shape, two.shape
    Phi = finite(Phi, "Phi", n2 * dim2, n1 * dim1, dtype=np.float64)
    k = Phi.reshape(n2, dim2, n1, dim1)[0].transpose(1, 0, 2) / len(one.cosets.H)
    return k[one.cosets.of] @ one.rho[one.cosets.within]


def _of_one_group(one: Fields, two: Fields) -> Group:
    if one.cosets.group is not two.cosets.group:
        raise BadInput("the fields are of two groups: a map between them needs one")
    return one.cosets.group
