"""The figures of lazy and feature learning: what their artists show is what is in the results."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from analysis.lazy_feature import (
    frozen,
    gram,
    initial_scales,
    kernel_change,
    loss_curves,
    regimes,
    tolerance,
    variance,
    variants,
)
from analysis.lazy_feature.regimes import TILDE
from jamming.checks.errors import BadInput
from tests.made_up.artists import (
    Bars,
    axis_labels,
    bars,
    drawn_by,
    legend,
    line,
    lines,
    scales,
    shows,
    xy,
)
from tests.made_up.figures import (
    both_kernels,
    depths,
    drawn_once,
    over_points,
    whole,
)
from tests.made_up.figures import (
    regimes as a_sweep,
)
from tests.made_up.lazy import (
    GRADIENT,
    VELOCITY,
    gram_matrices,
    tolerances,
)
from tests.made_up.lazy import (
    initial_scales as the_scales,
)
from tests.made_up.losses import diverged
from tests.made_up.regimes import swept

H = (9, 36)
LOG = ("log", "log")


def at(found: xr.Dataset, **where: Any) -> xr.Dataset:
    """Of the first data set, P and depth but for what is said."""
    return found.isel(dict.fromkeys({"dataset", "P", "L"} - set(where), 0)).sel(where)


def rows(one: xr.DataArray) -> np.ndarray:
    """[n, seed], over whatever is first."""
    (other,) = set(one.dims) - {"seed"}
    return one.transpose(other, "seed").values


def jackknife(one: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The ensemble's error, and its standard error from those without each network."""
    without = rows(one.ensemble_without)
    n = without.shape[1]
    return one.ensemble_error.values, np.sqrt((n - 1) * without.var(1))


def is_ensemble(drawn: Bars, x: np.ndarray, one: xr.Dataset) -> None:
    whole, error = jackknife(one)
    np.testing.assert_allclose(drawn.x, x)
    np.testing.assert_allclose(drawn.y, whole)
    np.testing.assert_allclose(drawn.ends, np.stack([whole - error, whole + error], -1), atol=1e-12)


def test_errors_against_alpha_and_alpha_tilde() -> None:
    found = whole()
    left, right, *_ = drawn_once(regimes, whole).axes
    alpha = found.alpha_tilde.values
    assert axis_labels(left) == (r"$\alpha$", "test error of a network")
    assert axis_labels(right) == (TILDE, "test error")
    assert scales(left) == scales(right) == ("log", "linear")
    assert legend(left) == ["$h=9$", "$h=36$"]
    assert set(legend(right)) == {"a network", "the ensemble"}
    dotted = lines(right, ":")
    for i, h in enumerate(H):
        one = at(found, h=h)
        shows(bars(left)[i], alpha / h**0.5, rows(one.error))
        np.testing.assert_allclose(dotted[i], [alpha, rows(one.error).mean(1)])
        is_ensemble(bars(right)[i], alpha, one)
    frozen_kernels = [(x, y) for x, y in lines(right, "None") if x.size == 1]
    one = at(found)
    expected = np.stack([one.kernel_ensemble_error.values, one.kernel_error.mean("seed").values], 1)
    # beyond all networks, next to each other in the order of the widths
    assert {float(x[0]) for x, _ in frozen_kernels} == {10 * alpha.max()}
    ends = [line for line in right.get_lines() if np.size(line.get_xdata()) == 1]
    np.testing.assert_allclose([float(xy(end)[1][0]) for end in ends], expected.ravel())


def test_errors_between_their_plateaus() -> None:
    found = whole()
    ax = drawn_once(regimes, whole).axes[2]
    alpha = found.alpha_tilde.values
    assert axis_labels(ax) == (TILDE, "ensemble's error between its plateaus")
    for i, (h, drawn) in enumerate(zip(H, bars(ax), strict=True)):
        y = at(found, h=h).ensemble_error.values
        feature, lazy = y[(alpha >= 1e-3) & (alpha <= 0.1)].mean(), y[alpha >= 1e3].mean()
        np.testing.assert_allclose(drawn.x, alpha * 1.06**i)
        np.testing.assert_allclose(drawn.y, (y - lazy) / (feature - lazy), atol=1e-12)
    assert float(ax.get_title().split(":")[1]) < 0.2  # one curve but for the noise
    few = drawn_once(regimes, depths).axes[2]  # without the lazy regime
    assert not bars(few)
    assert "has no alpha~ in the feature or in the lazy regime" in few.get_title()


def test_errors_against_the_width() -> None:
    found = whole()
    ax = drawn_once(regimes, whole).axes[3]
    assert axis_labels(ax) == ("$h$", "test error  (dotted: a network)")
    *chosen, kernels = bars(ax)
    solid = lines(ax, "-")
    for drawn, together, alpha in zip(chosen, solid, (1e-2, 10.0, 1e4), strict=False):
        one = at(found, alpha_tilde=alpha)
        shows(drawn, H, rows(one.error))
        np.testing.assert_allclose(together, [H, one.ensemble_error.values])
    shows(kernels, H, rows(at(found).kernel_error))
    np.testing.assert_allclose(solid[3], [H, at(found).kernel_ensemble_error.values])
    powers = [rf"$\tilde\alpha=10^{{{k}}}$" for k in (-2, 1, 4)]
    assert legend(ax) == [*powers, r"$\Theta_0$ frozen"]


def test_the_title_says_what_was_trained() -> None:
    title = drawn_once(regimes, whole).get_suptitle()
    assert title == "digits10pca,  $P=20$,  $L=2$,  softplus5,  4 networks"


def powers(label: str) -> list[float]:
    """The numbers in a line of a legend."""
    return [float(part) for part in label.split(": ")[1].split(", ")]


def slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def test_changes_of_kernel_and_weights_with_their_powers() -> None:
    """Made-up networks of L = 2: -4/3 and -1 of the kernel, -1/3 and -1 of the weights."""
    found = whole()
    by_alpha, kernel, local, weights = drawn_once(kernel_change, whole).axes
    alpha = found.alpha_tilde.values
    assert axis_labels(by_alpha) == (r"$\alpha$", kernel_change.CHANGE)
    assert axis_labels(kernel) == (TILDE, kernel_change.CHANGE)
    assert axis_labels(local) == (TILDE, "local power of " + kernel_change.CHANGE)
    assert axis_labels(weights) == (TILDE, kernel_change.MOVED)
    assert scales(by_alpha) == scales(kernel) == scales(weights) == LOG
    assert scales(local) == ("log", "linear")
    assert legend(by_alpha) == ["$h=9$", "$h=36$"]
    feature = (alpha >= 1e-3) & (alpha <= 0.1)
    for i, h in enumerate(H):
        one = at(found, h=h)
        shows(bars(by_alpha)[i], alpha / h**0.5, rows(one.kernel_change))
        shows(bars(kernel)[i], alpha, rows(one.kernel_change))
        shows(bars(weights)[i], alpha, h**0.5 * rows(one.weight_change))
        mean = rows(one.kernel_change).mean(1)
        middle = np.sqrt(alpha[1:] * alpha[:-1])
        drawn = lines(local, "-")[i]
        np.testing.assert_allclose(drawn, [middle, np.diff(np.log(mean)) / np.diff(np.log(alpha))])
        for ax, name, expected in (
            (kernel, "kernel", (-4 / 3, -1)),
            (weights, "weight", (-1 / 3, -1)),
        ):
            said = powers(legend(ax)[i])
            assert said == pytest.approx(expected, abs=0.06)
            y = rows(one[f"{name}_change"]).mean(1)
            assert said[0] == pytest.approx(slope(alpha[feature], y[feature]), abs=0.02)
            fitted = [each for each in lines(ax, "-") if each[0].size == 2 and min(each[0]) > 0]
            mine = [each for each in fitted if each[0][1] / each[0][0] > 10][2 * i : 2 * i + 2]
            assert [slope(*each) for each in mine] == pytest.approx(said, abs=0.006)
    references = [y[0] for x, y in lines(local, "--")]
    assert references == pytest.approx([-1, -4 / 3])


def test_depths_have_powers_of_their_own() -> None:
    """2 / (1 + 1/L) of the kernel."""
    figure = drawn_once(kernel_change, depths)
    assert "several depths" in figure.get_suptitle()
    _, kernel, local, _ = figure.axes
    for label, L in zip(legend(kernel), (2, 5), strict=True):
        assert label.startswith(f"$L={L}$: ")
        assert powers(label) == pytest.approx([-2 / (1 + 1 / L)], abs=0.08)
    assert [text.get_text() for text in local.texts] == ["$-1$", "$L=2$", "$L=5$"]


def test_losses_in_time_and_the_time_of_their_half() -> None:
    """Made-up losses are 1 / (1 + t / t_half), t_half = 50 / (1 + 10 / alpha~)."""
    found = whole()
    in_t, by_alpha, halves, growth, bar = drawn_once(loss_curves, whole).axes
    alpha = found.alpha_tilde.values
    assert axis_labels(in_t)[0] == "$t$"
    assert axis_labels(by_alpha)[0] == r"$t\,/\,\tilde\alpha$"
    assert bar.get_ylabel() == TILDE
    curves, rescaled = lines(in_t), lines(by_alpha)
    assert len(curves) == len(rescaled) == 2 * alpha.size
    for (t, loss), (s, same), a in zip(curves, rescaled, np.tile(alpha, 2), strict=True):
        np.testing.assert_allclose(loss, 1 / (1 + t / (50 / (1 + 10 / a))), atol=0.02)
        np.testing.assert_allclose(s, t / a)
        np.testing.assert_array_equal(loss, same)
    assert axis_labels(halves) == (TILDE, r"$t_{L/2}\,/\,\tilde\alpha$")
    for h, drawn in zip(H, bars(halves), strict=True):
        shows(drawn, alpha, rows(at(found, h=h).t_half) / alpha[:, None])
    # the made-up ||F|| is 0.3 alpha~ t / t_half: up to half the loss, 0.3 by it
    for h, (x, y) in zip(H, lines(growth, "-"), strict=True):
        assert line(growth, f"$h={h}$").get_label() == rf"$h={h}$, $\tilde\alpha=0.01$"
        np.testing.assert_allclose(y, 0.3 * x, rtol=0.02)
    assert scales(growth) == scales(halves) == LOG


def is_law(ax: Axes, drawn: Bars, x: Any, values: np.ndarray, name: str) -> None:
    """Means with errors, whose label has the power of the line through them."""
    shows(drawn, x, values)
    said = drawn.label.split("$")[-2]
    assert drawn.label.startswith(f"{name}: ")
    power = float(said.split("\\;")[0])
    low, high = (float(end) for end in said.split("[")[1].rstrip("]").split(","))
    assert low <= power <= high
    through = [xy(one) for one in ax.get_lines() if one.get_color() == drawn.colour]
    fits = [
        each
        for each in through
        if each[0].size == len(x) and not np.allclose(each[1], drawn.y, rtol=1e-9)
    ]
    assert any(slope(*each) == pytest.approx(power, abs=0.006) for each in fits)


def test_variances_of_kernels_against_the_width_and_P() -> None:
    found = over_points()
    figure = drawn_once(variance, over_points)
    left, right = figure.axes
    assert axis_labels(left) == ("$h$", r"Var $F$")
    assert axis_labels(right) == ("$P$", r"Var $F$")
    assert scales(left) == scales(right) == LOG
    for P, drawn in zip((10, 20, 40), bars(left), strict=True):
        is_law(left, drawn, (4, 9, 16), rows(at(found, P=P).kernel_deviation), f"$P={P}$")
    for h, drawn in zip((4, 9, 16), bars(right), strict=True):
        one = found.isel(dataset=0, L=0).sel(h=h).kernel_deviation
        is_law(right, drawn, (10, 20, 40), rows(one), f"$h={h}$")
    assert left.get_legend().get_title().get_text() == "power of $h$"
    assert right.get_legend().get_title().get_text() == "power of $P$"
    assert r"$\Theta_0$ frozen" in figure.get_suptitle()


def test_variances_against_the_width_and_alpha() -> None:
    found = whole()
    left, right = drawn_once(variance, whole).axes
    assert axis_labels(left) == ("$h$", r"Var $F$")
    assert axis_labels(right) == (TILDE, r"$h$ Var $F$")
    for drawn, alpha, name in zip(bars(left), (1e-2, 1e4), ("feature", "lazy"), strict=False):
        assert drawn.label == name  # two widths have no power
        shows(drawn, H, rows(at(found, alpha_tilde=alpha).deviation))
    shows(bars(left)[2], H, rows(at(found).kernel_deviation))
    for h, drawn in zip(H, bars(right), strict=True):
        shows(drawn, found.alpha_tilde, h * rows(at(found, h=h).deviation))
    assert legend(right) == ["$h=9$", "$h=36$"]


def test_kernels_of_start_and_end_beside_networks() -> None:
    found = both_kernels()
    axes = drawn_once(frozen, both_kernels).axes
    assert [ax.get_title() for ax in axes] == [r"$\alpha = 0.01$", r"$\alpha = 1$"]
    for ax, alpha in zip(axes, (0.01, 1.0), strict=True):
        one = at(found, alpha=alpha)
        names = ("error", "kernel_error", "end_error")
        together = ("ensemble_error", "kernel_ensemble_error", "end_ensemble_error")
        for drawn, single in zip(bars(ax), names, strict=True):
            shows(drawn, (4, 9, 16), rows(one[single]))
        for shown, name in zip(lines(ax, "-"), together, strict=True):
            np.testing.assert_allclose(shown, [(4, 9, 16), one[name].values])
        assert ax.get_xlabel() == "$h$"
    assert legend(axes[0]) == ["networks", r"$\Theta$ of the start", r"$\Theta$ of the end"]
    with pytest.raises(BadInput, match="--kernel-end"):
        frozen.figure(whole())


def test_variants_are_beside_each_other() -> None:
    line = "--P 20 --h 9 --alpha-tilde 0.01 1 100 --seeds 3 --no-kernel"
    pair = [a_sweep(f"{line} --bias"), a_sweep(line)]
    figure = variants.figure(pair)
    single, together, deviation = figure.axes
    names = ("test error of a network", "test error of the ensemble", r"$h$ Var $F$")
    assert [axis_labels(ax) for ax in figure.axes] == [(TILDE, name) for name in names]
    (words,) = figure.legends
    assert [text.get_text() for text in words.get_texts()] == ["with biases", "without"]
    for i, found in enumerate(pair):
        one, alpha = at(found, h=9), found.alpha_tilde.values
        shows(bars(single)[i], alpha, rows(one.error))
        is_ensemble(bars(together)[i], alpha, one)
        shows(bars(deviation)[i], alpha, 9 * rows(one.deviation))
    alone = variants.figure([whole()])
    assert [one.label for one in bars(alone.axes[0])] == ["$h=9$", "$h=36$"]


def test_variants_stand_beside_the_sweep_they_vary(tmp_path: Path) -> None:
    line = "--P 20 --h {} --alpha-tilde 0.01 1000 --seeds 2 --no-kernel"
    folder, biased = tmp_path / "regimes-laptop", tmp_path / "regimes-bias-laptop"
    swept(folder, line.format("9 36"))
    swept(biased, line.format("36") + " --bias")
    other, base = variants.opened(biased)
    assert (int(other.attrs["bias"]), int(base.attrs["bias"])) == (1, 0)
    np.testing.assert_array_equal(base.h, [36])
    # the sweep itself, and one at another P, stand alone
    assert len(variants.opened(folder)) == 1
    apart = folder.with_name("regimes-apart-laptop")
    swept(apart, "--P 10 --h 36 --alpha-tilde 0.01 --seeds 1 --bias --no-kernel")
    assert len(variants.opened(apart)) == 1


def test_gram_matrices_are_in_units_of_their_diagonal_at_the_start() -> None:
    found = gram_matrices()
    figure = gram.figure(found)
    panels = [ax for ax in figure.axes if ax.images]
    assert len(panels) == 4
    cells = [(m, k) for m in range(2) for k in range(2)]
    for ax, (m, k) in zip(panels, cells, strict=True):
        theta = found.theta.isel(alpha_tilde=k, moment=m).values / 2.0  # the made-up diagonal
        (image,) = ax.images
        np.testing.assert_allclose(image.get_array(), theta)
        low, high = image.get_clim()
        assert -low == high == pytest.approx(np.quantile(np.abs(theta), 0.99))
        # two of six points have the label +1: between them and the others
        assert [line.get_ydata()[0] for line in ax.get_lines()[:1]] == [1.5]
        assert [line.get_xdata()[0] for line in ax.get_lines()[1:]] == [1.5]
        contrast = found.contrast.isel(alpha_tilde=k, moment=m).mean().item()
        moment, alpha = ("start", "end")[m], found.alpha_tilde.values[k]
        said = rf"$\tilde\alpha={alpha:g}$, {moment}: contrast {contrast:.2f}"
        assert ax.get_title() == said
    assert figure.get_suptitle() == "mnist10pca,  fc,  $P=100$,  $L=2$,  $h=64$"
    assert sum(isinstance(c, QuadMesh) for ax in figure.axes for c in ax.collections) == 4


def test_scales_at_the_start_have_their_powers_of_the_width() -> None:
    found = the_scales()
    figure = initial_scales.figure(found)
    for ax, name, expected in zip(
        figure.axes, ("gradient", "velocity"), (GRADIENT, VELOCITY), strict=True
    ):
        drawn = bars(ax)
        assert len(drawn) == len(expected)  # the read-out has no speed
        for layer, (one, power) in enumerate(zip(drawn, expected, strict=True), 1):
            shows(one, found.h, rows(found[name].sel(layer=layer)))
            assert one.label.startswith(rf"$\ell={layer}$: ${power:.2f}\;[")
        assert scales(ax) == LOG
        assert ax.get_xlabel() == "$h$"
        assert ax.get_ylabel().endswith("at $t=0$, root mean square")
    assert figure.get_suptitle() == r"mnist10pca,  $P=100$,  $L=2$,  $\alpha=0.5$"


def test_rules_are_compared_with_the_last_of_them() -> None:
    found = tolerances()
    left, right = tolerance.figure(found).axes
    rules = found.rule.values.tolist()
    assert [one.label for one in bars(left)] == rules[:-1]
    assert [one.label for one in bars(right)] == legend(right) == rules
    for ax, name in ((left, "distance"), (right, "ticks")):
        for drawn in bars(ax):
            shows(drawn, found.alpha_tilde, rows(found[name].sel(rule=drawn.label)))
        assert scales(ax) == LOG
        assert ax.get_xlabel() == TILDE
    assert left.get_ylabel() == "$|F - F_r|/|F_r|$, r: euler 1e-4"
    assert right.get_ylabel() == "gradients"


OF_REGIMES = (regimes, kernel_change, loss_curves, variance)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("module", OF_REGIMES, ids=lambda module: module.__name__)
def test_a_width_at_which_a_network_diverged_has_no_means(module: Any) -> None:
    """That of the infinite numbers of one is no number, and takes no part in the axes."""
    found = whole()
    parts = [diverged(found).isel(h=[0]), found.isel(h=[1])]
    some = xr.concat(parts, "h", data_vars="minimal", coords="minimal", compat="override")
    figure: Figure = module.figure(some.assign_attrs(found.attrs))
    for ax in figure.axes:
        assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
    if module is regimes:
        (alone,) = bars(figure.axes[2])
        assert np.abs(alone.y).max() < 3
        assert "h = 9 has the same error in both regimes" in figure.axes[2].get_title()
    if module is variance:
        lost, there = bars(figure.axes[1])
        assert not np.isfinite(lost.y).any()
        np.testing.assert_allclose(there.y, 36 * rows(at(found, h=36).deviation).mean(1))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("module", OF_REGIMES, ids=lambda module: module.__name__)
@pytest.mark.parametrize(
    "line",
    [
        "--P 20 --h 9 --alpha-tilde 0.01 --seeds 1",
        "--P 20 --h 9 36 --alpha-tilde 0.01 1000 --seeds 2 --no-kernel",
        "--P 20 --h 9 --alpha 0.5 2 --seeds 2",
        "--dataset digits10pca random5 --P 20 --h 9 --alpha-tilde 1 10 --seeds 2",
    ],
)
def test_small_sweeps_show_what_they_have(line: str, module: Any) -> None:
    """One seed, one alpha~, no lazy regime, no kernels: fewer lines, but no failure."""
    found = a_sweep(line)
    figure: Figure = module.figure(found)
    if module is regimes:
        single = bars(figure.axes[0])
        for h, drawn in zip(found.h.values, single, strict=True):
            values = rows(at(found, h=h).error)
            np.testing.assert_allclose(drawn.y, values.mean(1))
            assert len(drawn.ends) == (0 if values.shape[1] == 1 else len(values))


@pytest.mark.parametrize("module", [*OF_REGIMES, variants, frozen, gram, tolerance, initial_scales])
def test_a_folder_without_results_is_one_line(
    module: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn_by(module, [str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "python -m sweeps.lazy_feature" in said
