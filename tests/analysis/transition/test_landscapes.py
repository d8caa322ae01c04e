"""The figures of jammed landscapes: what is drawn is what the runs have, read from the axes."""

import dataclasses
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.figure
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

from analysis.plotting.cli import TooEarly
from analysis.transition import cusps, effective, estimates, gaps, jump, learning_time, spectra
from analysis.transition.axes import banded, heading, line_style, some
from analysis.transition.estimates import (
    JAMMED,
    NEAREST,
    STOPPED,
    depths,
    measured,
    n_delta,
    near,
)
from jamming.checks.errors import BadInput
from sweeps.engine.store import Store
from sweeps.transition.commands import Landscape
from sweeps.transition.endpoint import EDGES
from sweeps.transition.landscape import Config, Run, open_landscape
from tests.made_up.artists import axis_labels, drawn_by, legend, line, scales
from tests.made_up.runs import MIDDLE, a_run, ended, stored
from tests.made_up.searches import falling_with_time, learning_times, ranks

pytestmark = pytest.mark.usefixtures("coarse")

OF_RUNS = {"jump": jump, "spectra": spectra, "gaps": gaps, "cusps": cusps}
NEXT_TO_JAMMING = {name: OF_RUNS[name] for name in ("spectra", "gaps", "cusps")}


def several() -> list[Run]:
    """Two depths, four seeds each at losses of their own, some that fit, one not measured."""
    runs = [
        a_run(L, seed, loss=10.0 ** (-2 - seed), share=0.4 + 0.1 * seed, misclassified=4 - seed)
        for L in (1, 3)
        for seed in range(4)
    ]
    runs += [a_run(L, 9, P=20, fitted=True) for L in (1, 3)]
    runs.append(dataclasses.replace(a_run(1, 7, loss=1e-9), at=None))
    return runs


def axes_of(module: ModuleType, what: Any) -> list[Axes]:
    """The axes that a module's figure has."""
    return list(module.figure(what).axes)


def points(line: Line2D) -> list[tuple[float, float]]:
    """What a line shows, sorted."""
    return sorted(zip(*(np.asarray(a, float).tolist() for a in line.get_data()), strict=True))


def close(line: Line2D, expected: list[tuple[float, float]]) -> bool:
    """Whether it shows these, in any order."""
    return np.shape(points(line)) == np.shape(expected) and np.allclose(
        points(line), sorted(expected), rtol=1e-9, atol=0
    )


# Which runs


def test_near_are_the_measured_runs_that_jammed_and_not_far_inside() -> None:
    inside = [a_run(2, seed, share=share) for seed, share in enumerate((0.3, 0.5, 1.0))]
    outside = [a_run(2, seed, share=share) for seed, share in enumerate((0.0, 0.2, 1.2, 2.5))]
    fitted = a_run(2, fitted=True)
    unmeasured = dataclasses.replace(a_run(2, 8), at=None)
    # N = 36; what counts is N_Delta / N, of which rounding makes 11/36
    assert all(JAMMED[0] <= n_delta(run) <= JAMMED[1] for run in inside)
    assert set(map(id, near([*inside, *outside, fitted, unmeasured]))) == set(map(id, inside))
    assert near([]) == near([fitted]) == []


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.floats(2e-6, 1e-1)), max_size=20),
    st.integers(1, 5),
)
def test_near_are_those_of_smallest_loss_at_each_depth(
    rows: list[tuple[int, float]], most: int
) -> None:
    runs = [RUNS[L] if loss is None else of_loss(RUNS[L], loss) for L, loss in rows]
    chosen = near(runs, most)
    assert depths(runs) == sorted({L for L, _ in rows})
    for L in depths(runs):
        losses = sorted(loss for there, loss in rows if there == L)
        assert [r.trajectory.loss for r in chosen if r.job.L == L] == losses[:most]
    assert [run.job.L for run in chosen] == sorted(run.job.L for run in chosen)


RUNS = {L: a_run(L) for L in (1, 2, 3)}


def of_loss(run: Run, loss: float) -> Run:
    return dataclasses.replace(run, trajectory=dataclasses.replace(run.trajectory, loss=loss))


def test_ten_stand_for_the_transition() -> None:
    runs = [of_loss(RUNS[2], 2.0**-k) for k in range(1, 15)]
    assert NEAREST == 10
    assert [run.trajectory.loss for run in near(runs)] == [2.0**-k for k in range(14, 4, -1)]


def test_a_run_that_is_still_on_its_way_does_not_stand_for_the_transition() -> None:
    assert near([of_loss(RUNS[2], STOPPED / 2)]) == []
    assert len(near([of_loss(RUNS[2], STOPPED * 2)])) == 1


def test_a_depth_looks_the_same_as_long_as_the_depths_are_the_same() -> None:
    runs = several()
    assert line_style(runs, 1) != line_style(runs, 3)
    assert line_style(runs[::-1], 3) == line_style(runs, 3)
    many = [a_run(L) for L in range(1, 10)]  # more than there are colours
    assert all(line_style(many, L) for L in depths(many))


def test_the_heading_says_what_was_trained() -> None:
    assert heading([a_run(2)]) == "random points, $d=h$,  relu,  $N=36$"
    assert "$N=20-36$" in heading([a_run(2), a_run(1)])


def test_nothing_there_and_not_measured_are_one_line_each() -> None:
    with pytest.raises(TooEarly, match="there is no run here yet") as early:
        some([], "run")
    with pytest.raises(BadInput, match="not measured: run the same sweep again") as late:
        measured(dataclasses.replace(a_run(), at=None))
    assert not isinstance(late.value, TooEarly)
    assert "\n" not in str(early.value) + str(late.value)
    run = a_run()
    assert measured(run) is run.at


def test_a_band_is_a_density_with_its_standard_deviation() -> None:
    """By hand: two runs whose values fall into the two bins by 3 to 1 and by 1 to 3."""
    runs, edges = [a_run(2, 0), a_run(2, 1)], np.array([0.0, 0.5, 1.0])
    values = {0: np.array([0.1, 0.2, 0.3, 0.9]), 1: np.array([0.1, 0.7, 0.8, 0.9])}
    ax = matplotlib.figure.Figure().subplots()
    banded(ax, runs, lambda run: values[run.job.init_seed], edges)
    (curve,), (band,) = ax.get_lines(), ax.collections
    assert points(curve) == [(0.25, 1.0), (0.75, 1.0)]  # shares 1/2 and 1/2, bins of 1/2
    assert curve.get_label() == "L = 2  (2)"
    assert isinstance(band, FillBetweenPolyCollection)
    (low, high), (left, right) = band.get_datalim(ax.transData).get_points().T[::-1]
    assert (left, right) == (0.25, 0.75)
    assert (low, high) == (0.5, 1.5)  # densities 3/2 and 1/2, whose deviation is 1/2


def test_a_band_can_be_a_share_of_something_else_and_leaves_out_what_is_empty() -> None:
    ax = matplotlib.figure.Figure().subplots()
    edges = np.array([1.0, 4.0, 16.0, 64.0])
    banded(ax, [a_run(1)], lambda _: np.array([2.0, 3.0, 20.0]), edges, total=lambda _: 10.0)
    # between logarithmic bins, the middle is the geometric one
    assert close(ax.get_lines()[0], [(2.0, 0.2 / 3), (32.0, 0.1 / 48)])


# N_Delta / N


def test_the_jump_shows_every_run_and_the_others_only_those_that_did_not_fit() -> None:
    runs = several()
    left, middle, right = axes_of(jump, runs)
    assert legend(left) == ["L = 1", "L = 3"]
    for i, L in enumerate((1, 3)):
        mine = [run for run in runs if run.job.L == L]
        expected = [(run.job.P / run.trajectory.N, n_delta(run)) for run in mine]
        assert close(left.get_lines()[i], expected)
        unfitted = [run for run in mine if not run.trajectory.fitted]
        assert len(unfitted) < len(mine)
        ends = [run.trajectory for run in unfitted]
        assert close(middle.get_lines()[i], [(end.loss, end.unsatisfied / end.N) for end in ends])
        assert close(right.get_lines()[i], [(end.loss, end.misclassified) for end in ends])
        colours = {ax.get_lines()[i].get_color() for ax in (left, middle, right)}
        assert colours == {line_style(runs, L)["color"]}
    assert middle.get_xscale() == right.get_xscale() == "log"


def test_losses_of_runs_that_all_but_fit_are_on_the_axis() -> None:
    _, middle, right = axes_of(jump, [a_run(2, 0, loss=1e-40), a_run(2, 1, loss=1e-3)])
    for ax in (middle, right):
        assert sorted(ax.get_lines()[0].get_xdata()) == [jump.FLOOR, 1e-3]
        assert ax.get_xlim()[0] < jump.FLOOR


LABELS = {
    "jump": [
        ("$P/N$", r"$N_\Delta/N$ at the end"),
        ("loss at the end   (fitted runs not shown)", r"$N_\Delta/N$ at the end"),
        ("loss at the end   (fitted runs not shown)", "misclassified training points"),
    ],
    "spectra": [
        (name, "density, zeros left out")
        for name in (
            r"$\lambda(H_p)$",
            r"$\lambda(H_p) / \sqrt{\mathcal{L}}$",
            r"$\log_{10}\,\lambda(H_0)$",
            r"$\lambda(H)$",
        )
    ],
    "gaps": [
        (name, "probability density")
        for name in (r"overlap  $z = \Delta/\sqrt{\mathcal{L}}$", r"gap  $-\Delta$")
    ],
    "cusps": [
        ("", "L = 1\nprobability density"),
        ("pre-activation / its r.m.s.", "L = 3\nprobability density"),
        *[("pre-activation / its r.m.s.", "")] * 2,
    ],
}


@pytest.mark.parametrize("name", OF_RUNS)
def test_the_axes_are_named_and_the_title_says_what_was_trained(name: str) -> None:
    figure = OF_RUNS[name].figure(several())
    shown = [axis_labels(ax) for ax in figure.axes if ax.axison]
    assert shown == LABELS[name]
    assert figure.get_suptitle().startswith("random points, $d=h$,  relu,  $N=20-52$")


# Spectra


def test_the_curves_of_H_p_fall_on_one_another_in_units_of_the_root_of_the_loss() -> None:
    """The made-up H_p is sqrt(loss) times one spectrum, so that all runs agree; plain, not."""
    runs = [a_run(2, seed, loss=10.0 ** (-1 - seed)) for seed in range(3)]
    plain, scaled, *_ = axes_of(spectra, runs)
    x, y = scaled.get_lines()[0].get_data()
    N_all = runs[0].trajectory.N_all
    uniform = np.linspace(-1, 1, N_all)
    uniform = uniform[np.abs(uniform) > 1e-9]
    low, high = np.quantile(np.tile(uniform, 3), [0.002, 0.998])
    edges = np.linspace(low, high, spectra.BINS)
    expected = np.histogram(uniform, edges)[0] / N_all / np.diff(edges)
    middle = (edges[1:] + edges[:-1]) / 2
    np.testing.assert_allclose(x, middle[expected > 0])
    np.testing.assert_allclose(y, expected[expected > 0])
    # the smallest loss makes a peak at zero that is not in the other
    peak = np.asarray(plain.get_lines()[0].get_ydata(), float)
    assert peak.max() > 3 * np.median(peak)
    assert np.abs(band_width(scaled)).max() < 1e-9
    assert np.abs(band_width(plain)).max() > 0.1


def band_width(ax: Axes) -> np.ndarray:
    """Height of the band around the one curve, as a share of the curve."""
    (band,) = ax.collections
    x, y = ax.get_lines()[0].get_data()
    vertices = band.get_paths()[0].vertices
    return np.array([np.ptp(vertices[np.isclose(vertices[:, 0], at), 1]) for at in x]) / y


def test_of_the_spectra_zeros_are_left_out_and_count_in_the_norm() -> None:
    """The density of log lambda(H_0) sums to its rank by N_all."""
    runs = [a_run(2, seed) for seed in range(3)]
    ax = axes_of(spectra, runs)[2]
    x, y = ax.get_lines()[0].get_data()
    everything = np.concatenate([measured(run).H_0 for run in runs])
    rank = np.sum(everything > 0) / len(runs)
    inside = everything[everything > 0]
    step = np.log10(4 * inside.max() / inside.min()) / (spectra.BINS - 1)
    assert np.sum(y) * step == pytest.approx(rank / runs[0].trajectory.N_all)
    assert np.log10(inside.min() / 2) < min(x) <= max(x) < np.log10(inside.max() * 2)


def test_there_is_a_curve_for_each_depth_in_each_of_the_spectra() -> None:
    axes = axes_of(spectra, several())
    assert len(axes) == 4
    for ax in axes:
        shown = [one.get_label() for one in ax.get_lines()]
        assert shown == ["L = 1  (4)", "L = 3  (4)"]
        assert ax.get_yscale() == "log"
    assert legend(axes[0]) == shown


# Gaps and overlaps


def a_power_law(theta: float, gamma: float, n: int = 400) -> list[Run]:
    """Runs with overlaps z ~ z^theta and gaps ~ gap^-gamma, their exact quantiles."""
    runs = []
    for seed in range(3):
        run = a_run(2, seed, h=14, P=2 * n, share=0.9, loss=10.0 ** (-3 - seed))
        u = (np.arange(n) + 0.2 + 0.3 * seed) / n
        z, gap = 2 * u ** (1 / (1 + theta)), 0.5 * u ** (1 / (1 - gamma))
        delta = np.concatenate([z * np.sqrt(run.trajectory.loss), -gap])
        runs.append(dataclasses.replace(run, at=dataclasses.replace(measured(run), delta=delta)))
    return runs


@pytest.mark.parametrize(("theta", "gamma"), [(0.3, 0.2), (0.0, 0.0), (0.5, 0.4)])
def test_the_exponents_of_power_laws_are_found_and_drawn(theta: float, gamma: float) -> None:
    runs = a_power_law(theta, gamma)
    assert estimates.theta(runs).value == pytest.approx(theta, abs=0.02)
    assert estimates.gamma(runs).value == pytest.approx(-gamma, abs=0.02)
    for ax, name, power, span in zip(
        axes_of(gaps, runs),
        (r"$\theta = ", r"$\gamma = "),
        (theta, -gamma),
        (estimates.OVERLAPS, estimates.GAPS),
        strict=True,
    ):
        law = line(ax, name)
        x, y = (np.log(np.asarray(a, float)) for a in law.get_data())
        assert np.polyfit(x, y, 1)[0] == pytest.approx(power, abs=0.02)
        np.testing.assert_allclose(np.exp([x[0], x[-1]]), span)
        said = float(str(law.get_label()).split("=")[1].split("$")[0])
        assert said == pytest.approx(abs(power), abs=0.03)
        low, high = map(float, str(law.get_label()).split("[")[1].rstrip("]").split(","))
        assert low <= said <= high
        assert law.get_label() in legend(ax)


def test_overlaps_are_in_units_of_the_root_of_the_loss_and_gaps_are_not() -> None:
    """The made-up Delta > 0 go as sqrt(loss), whatever the loss; gaps have no such unit."""
    one, two = ([a_run(2, seed, loss=loss) for seed in (0, 1)] for loss in (1e-2, 1e-5))
    for ax, other in zip(axes_of(gaps, one), axes_of(gaps, two), strict=True):
        assert close(ax.get_lines()[0], points(other.get_lines()[0]))


def test_too_few_values_have_no_law_and_are_drawn_all_the_same() -> None:
    left, right = axes_of(gaps, [a_run(1, h=4, P=12, share=0.4)])
    for ax in (left, right):
        assert legend(ax) == ["L = 1  (1)"]


# Cusps


def test_every_layer_has_the_densities_of_its_points() -> None:
    runs = several()
    grid = np.array(axes_of(cusps, runs)).reshape(2, 3)
    for i, L in enumerate((1, 3)):
        for layer in range(3):
            ax = grid[i, layer]
            assert ax.axison == (layer < L)
            if layer >= L:
                assert not ax.patches
                continue
            steps = {p.get_label(): p for p in ax.patches if isinstance(p, StepPatch)}
            assert set(steps) == {"train", "unseen"}
            for name, patch in steps.items():
                values, edges, _ = patch.get_data()
                density = getattr(measured(runs[0 if L == 1 else 4]), name)[layer]
                # wider bins have as much in them, and the one at zero is as it was
                whole = np.sum(density * np.diff(EDGES))
                assert np.sum(values * np.diff(edges)) == pytest.approx(whole)
                at = int(np.flatnonzero((edges[:-1] < 0) & (edges[1:] > 0))[0])
                assert values[at] == density[MIDDLE.size // 2]
            peak = [steps[name].get_data().values.max() for name in ("train", "unseen")]
            assert peak[0] > 3 * peak[1]
            # the made-up runs have (0.2 - 0.05) N on the kink more than by chance, in all layers
            assert f"{0.15 / L:.3f} $N$" in ax.get_title()


# After different learning times, and the effective number of parameters


NAN = float("nan")
TIMES = {
    "all there": learning_times([[300, 700, 1800], [100, 210, 500]]),
    "some not between": learning_times([[NAN, NAN, NAN], [100, NAN, 500]]),
    "nothing between": learning_times([[NAN, NAN, NAN], [NAN, NAN, NAN]]),
    "one P": learning_times([[300], [100]], (125,)),
    "one time": learning_times([[100, 210, 500]]),
}


@pytest.mark.parametrize("case", TIMES)
def test_n_star_is_drawn_with_its_interval_where_it_is_known(case: str) -> None:
    found = TIMES[case]
    (ax,) = axes_of(learning_time, found)
    assert len(ax.containers) == found.sizes["t"]
    assert axis_labels(ax) == ("$P$", "$N^*$, smallest network that fits")
    assert scales(ax) == ("log", "linear" if case == "nothing between" else "log")
    for i, bars in enumerate(ax.containers):
        one = found.isel(t=i)
        known = np.isfinite(one.n_star.values)
        data, _, (interval,) = bars.lines
        np.testing.assert_allclose(data.get_xdata(), one.P.values[known] * 1.03**i)
        np.testing.assert_array_equal(data.get_ydata(), one.n_star.values[known])
        ends = np.array([s[:, 1] for s in interval.get_segments() if len(s)]).reshape(-1, 2)
        np.testing.assert_allclose(ends[:, 0], one.n_star_low.values[known])
        np.testing.assert_allclose(ends[:, 1], one.n_star_high.values[known])
        assert bars.get_label() == f"$t$ = {found.t.values[i]:g} steps"
    guides = [one for one in ax.get_lines() if "propto" in str(one.get_label())]
    assert len(guides) == (case != "nothing between")
    for guide in guides:
        x, y = map(np.asarray, guide.get_data())
        np.testing.assert_allclose(y / x, 100 / 125)


def test_after_all_time_n_star_is_where_the_law_goes_and_drawn_there() -> None:
    found = falling_with_time(0.75)
    of = estimates.after_all_time(found)
    assert [*of] == [500, 1000, 2000]
    for P, (law, limit) in of.items():
        assert limit.value == law.limit.value == pytest.approx(P**0.75)
        assert limit.low < limit.value < limit.high
        assert limit.seeds == 6
        # one factor scatters all times alike, and so the limit: by as much
        assert np.log(limit.samples / limit.value).std() == pytest.approx(0.05, rel=0.2)
    _, right = axes_of(learning_time, found)
    assert scales(right) == ("log", "log")
    assert legend(right) == [f"$P = {P}$" for P in of]
    dashed = [one for one in right.get_lines() if one.get_linestyle() == "--"]
    for curve, P in zip(dashed, of, strict=True):
        t, n = map(np.asarray, curve.get_data())
        np.testing.assert_allclose(n, P**0.75 * (1 + 2000 / t))
    assert estimates.after_all_time(found.isel(t=slice(2))) == {}
    assert estimates.after_all_time(falling_with_time(0.75, noise=0.0)) == {}  # of no known error
    assert len(axes_of(learning_time, found.assign_attrs(seeds=1))) == 1


def test_n_eff_is_drawn_against_N_and_what_is_lost_against_the_neurons() -> None:
    found = ranks()
    left, right = axes_of(effective, found)
    assert axis_labels(left) == ("$N$, weights", r"$N_\mathrm{eff}$")
    assert axis_labels(right) == (
        "hidden neurons   (line: equal)",
        r"parameters $- N_\mathrm{eff}$",
    )
    assert scales(left) == scales(right) == ("log", "log")
    assert legend(left) == ["mnist10pca", "random10", "$N$"]
    for i, name in enumerate(("mnist10pca", "random10")):
        mine = found.isel(run=found.dataset.values == name)
        pairs = zip(mine.N.values.tolist(), mine.N_eff.values.tolist(), strict=True)
        assert points(left.get_lines()[i]) == sorted(pairs)
        x, y = map(np.asarray, right.get_lines()[i].get_data())
        np.testing.assert_allclose(x, mine.neurons.values * 1.03**i)
        np.testing.assert_array_equal(y, mine.neurons.values)  # as relu has it
    for ax, name in ((left, "N"), (right, "neurons")):
        x, y = map(np.asarray, ax.get_lines()[-1].get_data())
        np.testing.assert_array_equal(x, np.sort(found[name].values))
        np.testing.assert_array_equal(x, y)


# The files


CASES: dict[str, tuple[ModuleType, Any]] = {
    **{f"{name}, several": (module, several()) for name, module in OF_RUNS.items()},
    **{f"{name}, one run": (module, [a_run(2)]) for name, module in OF_RUNS.items()},
    "jump, all fit": (jump, [a_run(2, P=20, fitted=True)]),
    "jump, none measured": (jump, [dataclasses.replace(a_run(2), at=None)]),
    "jump, one that came to nothing": (
        jump,
        [a_run(2), a_run(2, 1, result="NON_FINITE", loss=float("inf"))],
    ),
    **{f"learning_time, {case}": (learning_time, found) for case, found in TIMES.items()},
    "effective": (effective, ranks()),
    "effective, nothing lost": (effective, ranks(N_eff=ranks().N_all.values)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", CASES)
def test_a_figure_is_laid_out_without_a_warning(case: str) -> None:
    axes = axes_of(*CASES[case])
    figure = axes[0].figure
    assert isinstance(figure, matplotlib.figure.Figure)
    if "several" not in case:  # to arrange the axes takes longest
        figure.set_layout_engine("none")
    figure.draw_without_rendering()
    for ax in figure.axes:
        assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()


@pytest.mark.parametrize("name", NEXT_TO_JAMMING)
def test_without_a_run_next_to_jamming_a_figure_is_refused_in_one_line(name: str) -> None:
    far = [a_run(2, P=20, fitted=True), a_run(2, share=2.0), dataclasses.replace(a_run(2), at=None)]
    for runs in ([], far):
        with pytest.raises(TooEarly, match="jammed run that was measured here yet") as early:
            OF_RUNS[name].figure(runs)
        assert "\n" not in str(early.value)
    with pytest.raises(TooEarly, match="no run here yet"):
        jump.figure([])


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny sweep that has been run in earnest: one network, which jams."""
    folder = tmp_path_factory.mktemp("figures") / "real"
    line = "--dataset random --depth 1 --N 30 --ratio 1 --steps 300 --lr 0.01 --seeds 1"
    assert Landscape.main([*line.split(), "--test-points", "60", "--out", str(folder)]) == 0
    return folder


def test_a_real_sweep_is_drawn_into_its_folder(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn_by(gaps, [str(real)]) == 0
    assert capsys.readouterr().out == f"{real / 'gaps'}.png\n"
    assert (real / "gaps.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", OF_RUNS)
def test_of_a_real_sweep_every_figure_shows_the_run_next_to_jamming(name: str, real: Path) -> None:
    runs = open_landscape(real)
    (chosen,) = near(runs)
    assert 0.3 <= n_delta(chosen) <= 1
    axes = axes_of(OF_RUNS[name], runs)
    assert len(axes) == {"jump": 3, "spectra": 4, "gaps": 2, "cusps": 1}[name]
    for ax in axes:
        assert ax.get_lines() or ax.patches
        assert ax.get_xlabel()
    if name == "jump":
        assert close(axes[0].get_lines()[0], [(1.0, n_delta(chosen))])


COMMANDS: dict[str, ModuleType] = {
    **OF_RUNS,
    "learning_time": learning_time,
    "effective": effective,
}
FILES = {
    **dict.fromkeys(OF_RUNS, "landscape.json"),
    "learning_time": "learning_time.nc",
    "effective": "effective.nc",
}
WHOLE = {
    "learning_time": bytes(TIMES["all there"].to_netcdf()),
    "effective": bytes(ranks().to_netcdf()),
}


def refused(name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which a command leaves."""
    assert drawn_by(COMMANDS[name], arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith(f"{name}: ")
    return said.err


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_of_another_kind_is_one_line_that_says_how_to_fill_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(tmp_path / "store").make()
    command = rf"python -m sweeps\.transition[. ]{name if name in WHOLE else 'landscape'}"
    for folder in (tmp_path / "nowhere", tmp_path, tmp_path / "store"):
        said = refused(name, [str(folder)], capsys)
        assert re.search(command, said)
        assert str(folder) in said
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_damaged_file_is_one_line_that_names_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(tmp_path / "store").make()
    path = tmp_path / "store" / FILES[name]
    foreign = bytes(xr.Dataset({"a": ("x", [1.0])}).to_netcdf())
    whole = WHOLE.get(name, b"{")
    for content in (b"", b"no such thing\nat all\n", foreign, whole[: len(whole) // 2], whole[:-3]):
        path.write_bytes(content)
        said = refused(name, [str(tmp_path / "store")], capsys)
        assert str(path) in said
        assert "run the sweep again" in said
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_other_sweeps_left_is_drawn_where_it_is_told(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILES[name]).write_bytes(WHOLE[name])
    target = tmp_path / "a.pdf"
    assert drawn_by(COMMANDS[name], [str(tmp_path), "--out", str(target)]) == 0
    assert target.read_bytes().startswith(b"%PDF")
    assert capsys.readouterr().out == f"{target}\n"
    for wrong in (tmp_path / "a.xyz", tmp_path / "nowhere" / "a.png"):
        refused(name, [str(tmp_path), "--out", str(wrong)], capsys)


@pytest.mark.parametrize("name", NEXT_TO_JAMMING)
def test_a_sweep_that_has_only_begun_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = dataclasses.replace(a_run(2).job, P=2, widths=(1,))
    config = Config(job, 30, (2,), (1.0,), seeds=2)
    stored(tmp_path / "out", config, lambda job: ended(job, fitted=True))
    assert "let the sweep go on" in refused(name, [str(tmp_path / "out")], capsys)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_command_is_one_line_and_exit_code_two(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([], ["a", "b"], ["a", "--colour"]):
        assert drawn_by(COMMANDS[name], arguments) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
