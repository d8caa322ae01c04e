"""Kernel PCA: projections that sum to one, and mutual information against what is known of it."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from jamming.checks.errors import BadInput
from jamming.observables.kernel_pca import (
    Information,
    KernelPCA,
    contrast,
    entropy,
    information,
    kernel_pca,
    top_information,
)


def h2(p: np.ndarray | float) -> np.ndarray:
    return np.asarray(special.entr(p) + special.entr(1 - np.asarray(p))) / np.log(2)


def labels(P: int, share: float = 0.5) -> np.ndarray:
    return np.where(np.arange(P) < round(share * P), 1.0, -1.0)


def orthogonal(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


# --- projections ---


@settings(max_examples=60, deadline=None)
@given(
    P=st.integers(1, 12),
    rank=st.integers(0, 12),
    decades=st.integers(-100, 100),
    seed=st.integers(0, 10**6),
)
def test_projections_sum_to_one(P: int, rank: int, decades: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    J = rng.normal(size=(P, rank))
    theta = 10.0**decades * (J @ J.T)
    pca = kernel_pca(theta)
    omega2 = pca.projections(10.0**-decades * rng.normal(size=P))
    assert omega2.min() >= 0
    assert omega2.sum() == pytest.approx(1, rel=1e-12)
    assert np.all(np.diff(pca.eigenvalues) <= 0)
    back = (pca.eigenvectors * pca.eigenvalues) @ pca.eigenvectors.T
    np.testing.assert_allclose(back, theta, atol=1e-12 * np.abs(theta).max(initial=0.0))
    assert pca.level_projections(rng.normal(size=P)).sum() == pytest.approx(1, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), seed=st.integers(0, 10**6))
def test_the_sum_over_a_level_is_that_of_any_basis(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    P, ends = sum(sizes), np.cumsum([0, *sizes])
    level = np.repeat(np.arange(len(sizes)), sizes)
    values, Q, y = 3.0 - 1.0 * level, orthogonal(P, rng), rng.normal(size=P)
    turned = Q.copy()
    for a, b in itertools.pairwise(ends):
        turned[:, a:b] = Q[:, a:b] @ orthogonal(b - a, rng)
    one, two = KernelPCA(values, Q), KernelPCA(values, turned)
    found = kernel_pca((Q * values) @ Q.T)
    for pca in (one, two, found):
        np.testing.assert_array_equal(pca.levels(), level)
        np.testing.assert_allclose(pca.level_projections(y), one.level_projections(y), atol=1e-12)


def test_the_kernel_of_the_labels_has_them_as_its_first_eigenvector() -> None:
    rng = np.random.default_rng(0)
    P, y = 60, labels(60)
    noise = rng.normal(size=(P, P)) / np.sqrt(P)
    noise = noise + noise.T
    missing = [
        1 - kernel_pca(np.outer(y, y) / P + size * noise).projections(y)[0]
        for size in (1e-1, 1e-2, 1e-3)
    ]
    assert missing[0] < 0.05
    # a rotation by an angle in proportion to the noise
    np.testing.assert_allclose(missing[1], 100 * missing[2], rtol=0.05)


# --- mutual information ---


@pytest.mark.parametrize("k", [2, 5, 9])
@pytest.mark.parametrize("p", [0.5, 0.2, 0.03, 0.998])
def test_the_mean_of_the_estimated_entropy_is_the_true_one(k: int, p: float) -> None:
    """G_- / (G_+ + G_-) is a beta variate."""
    noise = np.linspace(-40, 40, 40_001)
    weight = stats.beta(k, k).pdf(special.expit(noise)) * special.expit(noise)
    weight *= special.expit(-noise)
    logit = special.logit(p) + noise
    mean = np.trapezoid(weight * entropy(logit, k), noise)
    assert mean == pytest.approx(float(h2(p)), abs=2e-4 if k == 2 else 3e-5)
    plain = np.trapezoid(weight * h2(special.expit(logit)), noise)
    assert abs(plain - float(h2(p))) > 10 * abs(mean - float(h2(p)))


def spread(runs: list[Information]) -> tuple[float, float, float]:
    """Mean, its standard error, and the standard deviation of a single one."""
    bits = np.array([run.bits for run in runs])
    return bits.mean(), bits.std(ddof=1) / np.sqrt(bits.size), bits.std(ddof=1)


@pytest.mark.parametrize(("share", "d"), [(0.5, 1), (0.5, 3), (0.2, 1)])
def test_independent_labels_know_nothing(share: float, d: int) -> None:
    rng = np.random.default_rng(1)
    y = labels(400, share)
    runs = [information(rng.normal(size=(400, d)), y) for _ in range(30)]
    mean, error, _ = spread(runs)
    assert abs(mean) < 3 * error + 0.005
    assert all(abs(run.bits) < 4 * run.error for run in runs)
    if share == 0.5:
        bias = 1 - (special.digamma(11) - special.digamma(6)) / np.log(2)
        assert np.mean([run.plug_in for run in runs]) == pytest.approx(bias, abs=0.01)


@functools.cache
def of_gaussians(mu: float, share: float = 0.5) -> float:
    """I(phi; y) where phi is y mu + a normal variate, by quadrature."""
    phi = np.linspace(-mu - 12, mu + 12, 100_001)
    plus, minus = share * stats.norm.pdf(phi - mu), (1 - share) * stats.norm.pdf(phi + mu)
    inner = np.trapezoid((plus + minus) * h2(plus / (plus + minus)), phi)
    return float(h2(share) - inner)


@pytest.mark.parametrize(("mu", "share"), [(0.3, 0.5), (1.0, 0.25), (2.0, 0.5)])
def test_two_gaussians(mu: float, share: float) -> None:
    rng = np.random.default_rng(2)
    y = labels(1000, share)
    runs = [information(y * mu + rng.normal(size=y.size), y) for _ in range(14)]
    mean, error, deviation = spread(runs)
    exact = of_gaussians(mu, share)
    assert exact - 4 * error - 0.06 < mean < exact + 4 * error
    # the errors are those that repeated draws show
    assert 0.6 < np.mean([run.error for run in runs]) / deviation < 2


def test_more_points_come_closer_to_the_truth() -> None:
    rng = np.random.default_rng(3)
    short = []
    for P, n in ((250, 24), (4000, 3)):
        y = labels(P)
        mean, _, _ = spread([information(2 * y + rng.normal(size=P), y) for _ in range(n)])
        short.append(of_gaussians(2.0) - mean)
    assert 3 * abs(short[1]) < short[0]


def test_labels_that_are_perfectly_separated_are_one_bit() -> None:
    rng = np.random.default_rng(4)
    y = labels(1000)
    phi = y + 0.02 * rng.normal(size=y.size)
    assert 0.97 < information(phi, y).bits <= 1
    assert 0.97 < information(phi, y).plug_in <= 1
    # not seen by a projection
    band = np.where(y > 0, 1.0, rng.choice([0.0, 2.0], y.size)) + 0.01 * rng.normal(size=y.size)
    band -= band.mean()
    assert abs(band @ y) / np.linalg.norm(band) / np.linalg.norm(y) < 0.1
    assert information(band, y).bits > 0.97
    uneven = labels(1000, 0.1)
    assert information(uneven + 0.01 * rng.normal(size=1000), uneven).bits == pytest.approx(
        float(h2(0.1)), abs=0.03
    )


def test_what_two_know_jointly_neither_need_know_alone() -> None:
    rng = np.random.default_rng(5)
    phi = rng.choice([-1.0, 1.0], (1000, 2)) + 0.1 * rng.normal(size=(1000, 2))
    y = np.sign(phi[:, 0] * phi[:, 1])
    for column in phi.T:
        alone = information(column, y)
        assert abs(alone.bits) < 4 * alone.error + 0.01
    assert information(phi, y).bits > 0.97
    # and a column of noise beside it adds nothing
    y = labels(3000)
    phi = np.stack([y + rng.normal(size=y.size), rng.normal(size=y.size)], axis=1)
    joint = information(phi, y)
    assert joint.bits == pytest.approx(of_gaussians(1.0), abs=4 * joint.error + 0.03)


@settings(max_examples=20, deadline=None)
@given(
    scale=st.sampled_from([-1e6, -1.0, -1e-7, 1e-3, 1e8]),
    shift=st.floats(-10, 10),
    d=st.integers(1, 2),
    seed=st.integers(0, 1000),
)
def test_sign_scale_offset_and_order_do_not_matter(
    scale: float, shift: float, d: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    y, order = labels(80), rng.permutation(80)
    phi = 0.5 * y[:, None] + rng.normal(size=(80, d))
    run = information(phi, y)
    moved = information(scale * (phi + shift), y)
    assert moved.bits == pytest.approx(run.bits, abs=1e-9)
    assert moved.plug_in == pytest.approx(run.plug_in, abs=1e-9)
    assert moved.error == pytest.approx(run.error, abs=1e-9)
    # which label is called + neither
    assert information(phi, -y).bits == pytest.approx(run.bits, abs=1e-9)
    shuffled = information(phi[order], y[order])
    assert shuffled.bits == pytest.approx(run.bits, abs=1e-9)
    assert shuffled.plug_in == pytest.approx(run.plug_in, abs=1e-9)


def test_points_that_coincide() -> None:
    """A noisy channel: + is sent as -, and - as +, with a probability of 10 %."""
    rng = np.random.default_rng(6)
    y = labels(2000)
    sent = np.where(rng.random(y.size) < 0.1, -y, y)
    run = information(sent, y)
    assert run.bits == pytest.approx(1 - float(h2(np.mean(sent != y))), abs=0.003)
    assert np.isfinite(run.error)
    assert information(y, y).bits == pytest.approx(1, abs=1e-12)
    assert information(np.zeros(2000), y).bits == pytest.approx(0, abs=1e-3)
    # a few of them among others
    phi = y + rng.normal(size=y.size)
    phi[::3] = phi[0]
    assert 0 < information(phi, y).bits < 1
    every = np.repeat(rng.normal(size=1000), 2)  # in pairs: none is lost or counted twice
    assert abs(information(every, rng.permutation(y)).bits) < 0.06


def test_the_sum_over_the_top() -> None:
    rng = np.random.default_rng(7)
    y = labels(200)
    x = np.concatenate([3 * y[:, None], rng.normal(size=(200, 4))], axis=1)
    x[:, 0] += rng.normal(size=200)
    pca = kernel_pca(x @ x.T)
    *each, total = top_information(pca, y, 3)
    assert len(each) == 3
    for i, one in enumerate(each):
        assert one == information(pca.eigenvectors[:, i], y)
    assert total.bits == pytest.approx(sum(one.bits for one in each))
    assert total.plug_in == pytest.approx(sum(one.plug_in for one in each))
    # errors of the sum are those of parts that are left out of all at once
    assert total.error < sum(one.error for one in each)
    assert each[0].bits > 0.7
    assert pca.projections(y)[0] > 0.8


def test_refusals() -> None:
    y = labels(40)
    pca = KernelPCA(np.ones(40), np.eye(40))
    with pytest.raises(BadInput, match="at least one"):
        kernel_pca(np.zeros((0, 0)))
    with pytest.raises(BadInput, match="finite"):
        kernel_pca(np.full((2, 2), np.nan))
    with pytest.raises(BadInput, match="symmetric"):
        kernel_pca(np.array([[1.0, 0.5], [0.4, 1.0]]))
    with pytest.raises(BadInput, match=r"shape \[2, 3\]"):
        kernel_pca(np.ones((2, 3)))
    with pytest.raises(BadInput, match="zero"):
        pca.projections(np.zeros(40))
    with pytest.raises(BadInput, match=r"\+1 or -1"):
        information(y, 2 * y)
    with pytest.raises(BadInput, match="11 points"):
        information(y, np.where(np.arange(40) < 11, 1.0, -1.0))
    with pytest.raises(BadInput, match="at least 2"):
        information(y, y, k=1)
    with pytest.raises(BadInput, match="finite"):
        information(np.full(40, np.inf), y)
    for r in (0, 41):
        with pytest.raises(BadInput, match="a number of eigenvectors"):
            top_information(pca, y, r)


# --- contrast ---


def test_the_contrast_of_a_kernel_of_labels_is_one_and_a_constant_s_zero() -> None:
    y = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
    apart = (np.outer(y, y) > 0).astype(float)
    assert contrast(apart, y) == pytest.approx(1.0)
    assert contrast(np.full((5, 5), 3.0), y) == pytest.approx(0.0)
    assert contrast(7 * apart + 7, y) == pytest.approx(0.5)
