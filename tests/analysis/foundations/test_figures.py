"""Figures of the chapter: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.foundations import bounds, coordinates, invertible, laziness, separability
from tests.made_up import foundations as made_up
from tests.made_up.artists import bars, legend, lines

pytestmark = pytest.mark.usefixtures("coarse")


def test_laziness() -> None:
    found = made_up.lazy()
    flows, kappas, kernels, outputs = laziness.figure(found).axes
    one = found.sel(start="difference")
    drawn = [each.y for each in bars(flows)]
    for y, name in zip(drawn, ("moved", "apart", "gap"), strict=False):
        np.testing.assert_allclose(y, one[name].mean("seed"))
    assert len(drawn) == 4
    for shown, scale in zip(bars(kappas), found.scale.values, strict=True):
        np.testing.assert_allclose(shown.y, found.kappa.sel(scale=scale).mean("seed"))
    (shown,) = bars(kernels)
    np.testing.assert_allclose(shown.y, found.ntk.mean("seed"))
    (shown,) = bars(outputs)
    assert len(shown.y) == 6
    np.testing.assert_allclose(shown.ends[:, 1] - shown.ends[:, 0], 4 / np.sqrt(600))


def test_bounds() -> None:
    found = made_up.bounded()
    slopes, margins, changes, attacks = bounds.figure(found).axes
    assert legend(changes) == [
        f"{network}, {labels} labels"
        for network in found.network.values
        for labels in ("true", "random")
    ]
    one = found.sel(network="lenet", labels="true")
    x, y = lines(slopes, "-")[1][:2]
    np.testing.assert_allclose(x, np.sort((one.gradient / one.bound).values.ravel()))
    np.testing.assert_allclose(y[-1], 1)
    x, _ = lines(margins, "-")[1][:2]
    np.testing.assert_allclose(x, np.sort((one.margin / one.bound).values.ravel()))
    np.testing.assert_allclose(bars(attacks)[2].y, one.fgsm.mean("seed"))


def test_separability() -> None:
    found = made_up.separated()
    for ax, name in zip(
        separability.figure(found).axes, ("nearest", "probe", "contraction"), strict=True
    ):
        for shown, state in zip(bars(ax), ("init", "trained"), strict=True):
            np.testing.assert_allclose(shown.y, found[name].sel(state=state).mean("seed"))
        assert [text.get_text() for text in ax.get_xticklabels()] == ["conv1", "conv2", "logits"]


def test_invertible() -> None:
    found = made_up.inverted(0.01)
    *pictures, errors, back = invertible.figure(found).axes
    (shown,) = bars(errors)
    np.testing.assert_allclose(shown.y, 100 * found.test_error.mean("seed"))
    assert sum(patch.get_height() for patch in back.patches) == 54
    assert len(pictures) == 7


def test_coordinates() -> None:
    found = made_up.checked()
    axes = coordinates.figure(found).axes
    assert [ax.get_title() for ax in axes[::4]] == ["mfp, sgd", "mfp, adam"]
    one = found.change.isel(step=-1).sel(parametrisation="ntp", optimiser="adam")
    for shown, layer in zip(bars(axes[6]), one.layer.values, strict=True):
        np.testing.assert_allclose(shown.y, one.sel(layer=layer).mean("seed"))
    assert legend(axes[0]) == ["a1", "a2", "output"]
