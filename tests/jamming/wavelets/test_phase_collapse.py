"""Phase collapse networks: nonlinearities, complex layers and their gradients, sizes."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import layers
from jamming.models.classic.names import named
from jamming.wavelets.complex_layers import Mix, Nonlinearity, Standardise, normalised
from jamming.wavelets.morlet import bank_of_images
from jamming.wavelets.phase_collapse import IMAGENET, PhaseCollapse, scattered
from jamming.wavelets.scattering import scatter
from tests.made_up.classic import images, shapes_of, variables_of

KEY = jax.random.key(0)
TINY = ((3,), (2, 4))  # an octave of one layer, one of two


def complexes(*shape: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape))


def rho(kind: str, z: Any, **learnt: float) -> np.ndarray:
    params = {name: jnp.full(z.shape[1], value) for name, value in learnt.items()}
    return np.asarray(Nonlinearity(kind).apply({"params": params}, z))


def test_nonlinearities_are_their_formulas() -> None:
    z = 10 * complexes(4, 3, 5)
    r, phase = np.abs(z), np.exp(1j * np.angle(z))
    near = {"atol": 1e-4, "rtol": 1e-4}  # amplitudes have a floor
    np.testing.assert_allclose(rho("pc", z), r)
    np.testing.assert_array_equal(rho("linear", z), z)
    np.testing.assert_allclose(rho("ac", z), phase, **near)
    np.testing.assert_allclose(rho("at", z, b=8.0), np.maximum(r - 8, 0) * phase, **near)
    np.testing.assert_allclose(
        rho("as", z, a=0.2, b=-1.0), phase / (1 + np.exp(-0.2 * r + 1)), **near
    )


@pytest.mark.parametrize("kind", ["pc", "at", "as", "ac", "linear"])
def test_a_phase_is_dropped_or_kept(kind: str) -> None:
    z, turn = complexes(4, 3, 5), np.exp(0.7j)
    learnt = {"at": {"b": 0.5}, "as": {"a": 1.0, "b": 0.2}}.get(kind, {})
    plain, turned = rho(kind, z, **learnt), rho(kind, z * turn, **learnt)
    np.testing.assert_allclose(turned, plain if kind == "pc" else turn * plain, rtol=1e-12)


@pytest.mark.parametrize("kind", ["pc", "at", "as", "ac"])
def test_zero_stays_with_a_finite_gradient(kind: str) -> None:
    net = Nonlinearity(kind)
    v = net.init(KEY, jnp.zeros((1, 1, 1), complex))

    def total(parts: Any) -> Any:
        out = net.apply(v, jax.lax.complex(*parts))
        return jnp.sum(out.real + jnp.imag(out))

    value, g = jax.value_and_grad(total)(jnp.zeros((2, 1, 1, 1)))
    assert value == 0
    assert np.isfinite(g).all()


def test_a_mix_is_a_complex_matrix_at_each_pixel() -> None:
    z = complexes(2, 5, 3, 4)
    v = Mix(6).init(KEY, z)
    A, B = np.asarray(v["params"]["kernel"])
    due = np.einsum("pchw,cd->pdhw", z, A + 1j * B)
    np.testing.assert_allclose(Mix(6).apply(v, z), due)
    np.testing.assert_allclose(np.abs(normalised(jnp.asarray(1e3 * due)) ** 2).sum(1), 1)
    entries = Mix(300).init(KEY, complexes(1, 200, 1, 1))["params"]["kernel"]
    assert float((entries**2).sum(0).mean()) == pytest.approx(1 / 200, rel=0.02)


def test_channels_are_standardised() -> None:
    z = 3 * complexes(6, 2, 4, 4) + (2 - 1j)
    net = Standardise(epsilon=1e-12)
    v = net.init(KEY, z)
    found = np.asarray(net.apply(v, z, batch=True))
    np.testing.assert_allclose(found.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose((np.abs(found) ** 2).mean((0, 2, 3)), 1)
    np.testing.assert_allclose(net.apply(v, z), z)  # averages of 0 and 1
    for _ in range(200):
        _, new = net.apply(v, z, batch=True, update=True, mutable=["batch_stats"])
        v = dict(v) | new
    np.testing.assert_allclose(net.apply(v, z), found, rtol=1e-7, atol=1e-8)
    with pytest.raises(BadInput, match="mutable"):
        net.apply(v, z, batch=True, update=True)


@pytest.mark.parametrize(
    ("variant", "skip"), [("pc", True), ("at", False), ("as", True), ("ac", False)]
)
def test_gradients_are_those_of_finite_differences(variant: str, skip: bool) -> None:
    net = PhaseCollapse(TINY, variant=variant, skip=skip, L=3, classes=3)
    x, rng = images(3, 4, 4, 2), np.random.default_rng(2)
    v = variables_of(net, 4, 4, 2)

    @jax.jit
    def loss(params: Any) -> Any:
        f = net.apply(dict(v) | {"params": params}, x, batch_norm="batch")
        return jnp.sum(jnp.sin(f))

    params = v["params"]
    along = jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape)), params)
    g = jax.jit(jax.grad(loss))(params)
    slope = sum(
        float((a * b).sum()) for a, b in zip(*map(jax.tree.leaves, (g, along)), strict=True)
    )
    ends = [
        float(loss(jax.tree.map(lambda w, dw, sign=sign: w + sign * 1e-6 * dw, params, along)))
        for sign in (1, -1)
    ]
    assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(slope, rel=1e-5, abs=1e-6)
    assert abs(slope) > 1e-3


def test_a_layer_is_its_parts_in_their_order() -> None:
    """W, rho, standardise, P, normalise: against NumPy, from the filtered image on."""
    from jamming.wavelets.layer_filters import filtered

    for skip, channels in ((False, 7), (True, 14)):
        net = PhaseCollapse(((3,),), skip=skip, full=False, L=6)
        x = images(2, 6, 6, 1)
        v = variables_of(net, 6, 6, 1)
        found = np.asarray(layers(net, v, x)["layer1"])
        W = np.asarray(filtered(x.transpose(0, 3, 1, 2), "octave", 6))[:, 0]
        parts = [np.abs(W), W] if skip else [W[:, :1], np.abs(W[:, 1:])]
        z = np.concatenate(parts, 1)
        assert z.shape[1] == channels
        norm = v["batch_stats"]["layer1_norm"]
        mean, var = norm["mean"][0] + 1j * norm["mean"][1], norm["var"]
        z = (z - mean[None, :, None, None]) / np.sqrt(var + 1e-5)[None, :, None, None]
        A, B = v["params"]["layer1_mix"]["kernel"]
        z = np.einsum("pchw,cd->phwd", z, A + 1j * B)
        z /= np.sqrt((np.abs(z) ** 2).sum(-1, keepdims=True) + 1e-6)
        np.testing.assert_allclose(found, np.concatenate([z.real, z.imag], -1), rtol=1e-9)


def test_without_learnt_operators_it_is_scattering() -> None:
    x = images(1, 4, 4, 2)
    found = np.asarray(scattered(x, 2, 2))
    due = np.asarray(scatter(x[..., 1], bank_of_images(4, 2, 2), 2))
    params = shapes_of(PhaseCollapse(((3,), (3,)), variant="scat"), 1, 4, 4, 1)["params"]
    assert found.shape == (1, 1, 1, 2 * (1 + 2 * 2 + 4))
    np.testing.assert_allclose(found[..., 9:], due.transpose(0, 2, 3, 1), rtol=1e-10)
    assert set(params) == {"head_bn", "logits"}


@pytest.mark.parametrize(
    ("net", "side", "millions"),
    [
        (named("pcscat_cifar10"), 32, 41.55),
        (named("pcscat_cifar10", skip=True), 32, 83.05),
        (named("pcscat_cifar10", L=4, full=False), 32, 12.25),
        (named("pcscat_cifar10", L=4, full=False, skip=True), 32, 24.46),
        (named("pcscat_cifar10", L=16, full=False), 32, 41.55),
        (named("pcscat_imagenet", classes=1000), 224, 36.02),
        (named("pcscat_imagenet", classes=1000, skip=True), 224, 62.82),
        (named("pcscat_imagenet", classes=1000, L=8, full=False, skip=True), 224, 62.82),
        (PhaseCollapse((*IMAGENET[:-1], (512, 256)), classes=1000), 224, 29.05),
    ],
)  # fmt: skip
def test_real_parameters(net: Any, side: int, millions: float) -> None:
    params = shapes_of(net, 1, side, side, 3, dtype=jnp.float32)["params"]
    total = sum(leaf.size for leaf in jax.tree.leaves(params))
    assert total / 1e6 == pytest.approx(millions, abs=0.005)


def test_options_change_what_they_are_of() -> None:
    """Numbers of sub-bands, which the first operator of the second octave sees."""

    def sees(**options: Any) -> int:
        net = PhaseCollapse(((3,), (5,)), **{"L": 4} | options)
        kernel: int = shapes_of(net, 1, 8, 8, 1)["params"]["layer2_mix"]["kernel"].shape[1]
        return kernel

    assert sees() == 3 * 9
    assert sees(full=False) == 3 * 5
    assert sees(skip=True) == 3 * 18
    assert sees(skip=True, linear_low=True) == 3 * 17
    assert sees(L=6) == 3 * 13
    deep = named("pcscat_digits", depth=2)
    assert "layer3_mix" not in shapes_of(deep, 1, 16, 16, 1)["params"]
    assert dataclasses.replace(deep, depth=None) == named("pcscat_digits")


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"variant": "relu"}, "scat, pc, at"),
        ({"variant": "linear", "skip": True}, "nothing to skip"),
        ({"variant": "scat", "skip": True}, "nothing to skip"),
        ({"blocks": ()}, "blocks"),
        ({"blocks": 3}, "tuples of channels"),
        ({"blocks": ((1, 2, 3),)}, "not 3"),
        ({"blocks": ((0,),)}, "channels of an octave"),
        ({"depth": 4}, "at most 3"),
        ({"L": 2}, "slant"),
        ({"L": 0}, "angles"),
        ({"slant": 2.5}, "slant"),
        ({"skip": "no"}, "skip"),
        ({"linear_low": 1}, "linear_low"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], part: str) -> None:
    with pytest.raises(BadInput, match=part):
        PhaseCollapse(**options)


def test_images_that_cannot_be_halved_are_refused() -> None:
    for variant, part in (("pc", "layer3 halves an image of 1x1"), ("scat", "8 pixels")):
        with pytest.raises(BadInput, match=part):
            shapes_of(named("pcscat_digits", variant=variant), 1, 4, 4, 1)
