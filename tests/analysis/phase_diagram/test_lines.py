"""Jamming lines by budget and by noise: what their artists show is what is in the results."""

import numpy as np

from analysis.lazy_feature.estimates import jamming_lines as estimated
from analysis.lazy_feature.regimes import TILDE
from analysis.phase_diagram import jamming_lines, sgd_axis
from tests.made_up.artists import axis_labels, bars, legend, lines, scales
from tests.made_up.diagrams import rules
from tests.made_up.figures import jammed

H_STAR = "$h^*$, at which half of the networks fit"


def test_jamming_lines_of_every_budget_and_the_errors_of_the_widest() -> None:
    """Made up: fits after 3000 (4/h)^3 gradients, if there are 4 neurons."""
    found = jammed()
    left, right = jamming_lines.figure(found).axes
    assert (axis_labels(left), scales(left)) == ((TILDE, H_STAR), ("log", "log"))
    assert axis_labels(right) == (TILDE, "error of the ensemble, $h=16$")
    assert legend(left) == ["30 gradients", "300 gradients", "3,000 gradients"]
    few, some, whole = bars(left)
    assert np.isnan(few.y).all()  # no width fits within 30
    assert ((some.y > 8) & (some.y < 16)).all()
    assert ((whole.y > 2) & (whole.y < 4)).all()
    for i, drawn in enumerate((few, some, whole)):
        each = estimated(found).isel(budget=i)
        np.testing.assert_allclose(drawn.x, found.alpha_tilde.values * 1.06**i)
        np.testing.assert_array_equal(drawn.y, each.jamming_h)
        ends = np.stack([each.jamming_h_low, each.jamming_h_high], -1)
        np.testing.assert_allclose(drawn.ends, ends[np.isfinite(ends).all(1)])
    widest = found.isel(dataset=0, P=0, L=0).sel(h=16)
    without = widest.ensemble_without.transpose("alpha_tilde", "seed").values
    error = np.sqrt(2 * without.var(1))  # the jackknife of three
    (drawn,) = bars(right)
    np.testing.assert_allclose(drawn.x, found.alpha_tilde)
    np.testing.assert_allclose(drawn.y, widest.ensemble_error)
    np.testing.assert_allclose(np.ptp(drawn.ends, axis=1), 2 * error, atol=1e-12)


def test_rules_of_descent_are_beside_the_flow() -> None:
    found = rules()
    figure = sgd_axis.figure(found)
    star, crossing, errors = figure.axes
    assert (axis_labels(star), scales(star)) == ((TILDE, H_STAR), ("log", "log"))
    assert axis_labels(errors) == (TILDE, "test error, $h=32$  (dotted: a network)")
    for i, name in enumerate(found.rule.values):
        one = found.sel(rule=name)
        x = found.alpha_tilde.values * 1.05**i
        drawn = bars(star)[i]
        np.testing.assert_allclose(drawn.x, x)
        np.testing.assert_allclose(drawn.y, one.jamming_h)
        ends = np.stack([one.jamming_h_low, one.jamming_h_high], -1)
        np.testing.assert_allclose(drawn.ends, ends)
        widest, drawn = one.sel(h=32), bars(errors)[i]
        np.testing.assert_allclose(drawn.x, x)
        np.testing.assert_allclose(drawn.y, widest.ensemble_error)
        np.testing.assert_allclose(np.ptp(drawn.ends, axis=1), 2 * widest.ensemble_error_se)
        np.testing.assert_allclose(lines(errors, ":")[i], [x, widest.error])
    (words,) = figure.legends
    assert [text.get_text() for text in words.get_texts()] == found.rule.values.tolist()
    # the flow, which has no noise, a decade to the left of the least noise
    noise = [0.1 / 320, 0.1 / 32, 0.1 / 4]
    assert axis_labels(crossing) == (
        "learning rate / batch size",
        r"$\tilde\alpha$ of the crossover",
    )
    assert legend(crossing) == ["$h=12$", "$h=32$"]  # narrower ones have no crossover
    for h, drawn in zip((12, 32), bars(crossing), strict=True):
        one = found.sel(h=h, level=1.0)
        np.testing.assert_allclose(drawn.x, noise)
        np.testing.assert_allclose(drawn.y, one.crossover)
        np.testing.assert_allclose(
            drawn.ends, np.stack([one.crossover_low, one.crossover_high], -1)
        )
    assert [text.get_text() for text in crossing.texts] == ["flow"]
    assert scales(crossing) == ("log", "log")
