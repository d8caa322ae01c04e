"""The figures of deformations: what is drawn is what the results have, read from the axes."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis.deformations import depth, downsampled, fields, gallery, stability, stripe
from jamming.checks.errors import BadInput
from jamming.images.fields import temperature, window
from sweeps.engine.store.sealed import sealed_netcdf
from tests.made_up.artists import Bars, bars, legend, line, lines, shows, xy
from tests.made_up.deformations import WAYS, halved, learnt, random_fields, stabilities, stripes

pytestmark = pytest.mark.usefixtures("coarse")

CUTS = [1, 3, 5, 10, 15, 30]


def is_log_average(one: Bars, rows: np.ndarray) -> None:
    """exp(mean log) over the last axis, with bars of a standard error of the logarithms."""
    logs = np.log(rows)
    mean, error = logs.mean(-1), logs.std(-1, ddof=1) / rows.shape[-1] ** 0.5
    np.testing.assert_allclose(one.y, np.exp(mean))
    np.testing.assert_allclose(one.ends, np.exp([mean - error, mean + error]).T, rtol=1e-6)


def test_fields() -> None:
    found = random_fields(formula=0.9, fields=300)
    square, sums, xi, folds = fields.figure(found).axes
    for one, name in zip(bars(square), ("square", "centre"), strict=True):
        shows(one, CUTS, found[name].isel(n=-1).values)
    np.testing.assert_allclose(xy(line(square, "sum, image"))[1], found.square_exact)
    for one, name in zip(bars(sums), fields.RATIOS, strict=True):
        rows = found[name].isel(n=-1) / found[f"{name}_formula"]
        shows(one, CUTS[1:], rows.values[1:])
    assert [one.label for one in bars(xi)] == ["$n=16$", "$n=32$"]
    for i, one in enumerate(bars(xi)):
        np.testing.assert_allclose(one.y, (found.xi.isel(n=i) / found.xi_formula).median("field"))
        assert (one.ends[:, 0] <= one.y).all()
        assert (one.y <= one.ends[:, 1]).all()
    drawn = bars(folds)
    assert len(drawn) == 2 * len(CUTS)  # a second for those without a fold
    for i, c in enumerate(CUTS):
        one = found.isel(n=-1).sel(c=c)
        for k, name in enumerate(("xi", "fold")):
            share = [float((one[name] ** 2 * one.T_max * x < 1).mean()) for x in fields.TIMES]
            np.testing.assert_allclose(drawn[2 * i + k].y, share)


def test_gallery() -> None:
    found = stabilities()
    (ax,) = gallery.figure(found).axes
    cuts = [c for c in gallery.CUTS if c < 8]
    assert len(ax.images) == len(cuts) * gallery.STEPS
    low, high = found.picture.values.min(), found.picture.values.max()
    still = (found.picture.values[:, :, 0] - low) / (high - low)
    for i in range(len(cuts)):
        shown = [
            np.abs(np.asarray(ax.images[gallery.STEPS * i + k].get_array()) - still).mean()
            for k in range(gallery.STEPS)
        ]
        assert 0 < shown[0] < 0.6 * shown[-1]  # the larger T, the more is moved
    for delta in (0.5, 1.0):
        T = [temperature(delta, 8, c) for c in cuts]
        np.testing.assert_allclose(xy(line(ax, rf"$\delta = {delta:g}$"))[1], np.log10(T))
    T = [window(8, c)[1] for c in cuts]
    np.testing.assert_allclose(xy(line(ax, r"$\Xi = 1$"))[1], np.log10(T))


def test_stability() -> None:
    found = stabilities(bilinear=1.5)
    axes = stability.figure(found).axes
    assert [ax.get_title() for ax in axes] == found.network.values.tolist()
    for ax, name in zip(axes, found.network.values, strict=True):
        one = found.R.sel(network=name, state="init").transpose("c", "interpolation", "delta", ...)
        rows = one.values.reshape(4, 2, 5)
        assert len(bars(ax)) == 4
        for shown, row in zip(bars(ax), rows, strict=True):
            np.testing.assert_allclose(shown.x, found.delta)
            is_log_average(shown, row)
    assert axes[0].get_ylabel() == "$R_f$, mnist"


def test_trained_networks_are_lines_of_their_own() -> None:
    init = stabilities()
    names = [name for name in init if "state" in init[name].dims]
    trained = stabilities(R=0.1)[names].assign_coords(state=["trained"])
    found = xr.concat([init[names], trained], "state").assign_attrs(init.attrs)
    ax = stability.figure(found).axes[0]
    assert [("init" in one.label, one.y[0] > 0.5) for one in bars(ax)] == [
        (True, True),
        (True, True),
        (False, False),
        (False, False),
    ] * 2


@pytest.mark.parametrize("found", [stabilities(deepest=0.5), learnt()], ids=["init", "trained"])
def test_depth(found: xr.Dataset) -> None:
    """A panel for each network, a line for each state, over the layers that the network has."""
    axes = depth.figure(found).axes
    assert [ax.get_title() for ax in axes] == found.network.values.tolist()
    states = found.state.values.tolist()
    one = found.isel(P=-1, augmentation=0) if "P" in found.dims else found
    for ax, name in zip(axes, found.network.values, strict=True):
        layers = [x for x in found.layer_name.sel(network=name).values if x]
        assert [text.get_text() for text in ax.get_xticklabels()] == layers
        for shown, state in zip(bars(ax), states, strict=True):
            assert shown.label == state
            rows = one.layer_R.sel(network=name, state=state).transpose("layer", "seed").values
            np.testing.assert_array_equal(shown.x, range(len(layers)))
            is_log_average(shown, rows[: len(layers)])


def test_depth_is_read_of_trained_networks_where_there_are_any(tmp_path: Path) -> None:
    for name, found in (("stability.nc", stabilities()), ("trained.nc", learnt())):
        (tmp_path / name).write_bytes(sealed_netcdf(found))
        assert depth.opened(tmp_path).sizes["state"] == found.sizes["state"]
    with pytest.raises(BadInput, match=r"stability\.nc: make it with"):
        depth.opened(tmp_path / "none")


def test_downsampled() -> None:
    found = halved()
    ways, smooth = downsampled.figure(found).axes
    assert legend(ways) == list(WAYS)
    assert legend(smooth) == [rf"$\sigma = {s:g}$" for s in found.sigma.values]
    parts = [found.sel(down=way, sigma=0.0) for way in WAYS]
    parts += [found.sel(down=WAYS[0], sigma=s) for s in found.sigma.values]
    for shown, part in zip(bars(ways) + bars(smooth), parts, strict=True):
        rows = part.distance.sel(state="init").values  # [seed, layer]
        np.testing.assert_allclose(shown.y, rows.mean(0))
        spread = 2 * rows.std(0, ddof=1)
        np.testing.assert_allclose(shown.ends, np.stack([shown.y - spread, shown.y + spread], 1))
    names = [text.get_text() for text in ways.get_xticklabels()]
    assert names == ["input", "conv1_1", "down1"]


def test_stripe() -> None:
    found = stripes()
    for ax, estimator in zip(stripe.figure(found).axes, ("mean", "median"), strict=True):
        drawn = bars(ax)
        assert len(drawn) == 6
        for shown, (i, k) in zip(drawn, np.ndindex(2, 3), strict=True):
            one = found.R.sel(estimator=estimator).isel(alpha_tilde=i, radius=k, init=0)
            is_log_average(shown, one.values)
        (guide,) = (xy for xy in lines(ax, "--"))
        assert np.polyfit(*np.log(guide), 1)[0] == pytest.approx(-1)


def test_one_network_has_no_bars() -> None:
    found = stabilities().isel(seed=[0])
    assert not any(one.ends.size for ax in stability.figure(found).axes for one in bars(ax))
    assert not any(one.ends.size for one in bars(depth.figure(found).axes[0]))
    assert not any(
        one.ends.size for one in bars(downsampled.figure(halved().isel(seed=[0])).axes[0])
    )
