"""What holds in place of published statements: found where so, not where papers are right."""

import numpy as np
import xarray as xr

from claims.core.discover import CHAPTERS
from claims.core.register import Measured, Verdict, verdict
from tests.made_up.curves import learning_curves
from tests.made_up.judged import accepted
from tests.made_up.scans import a_scan, of_wide

CLAIMS = {claim.id: claim for claim in CHAPTERS["corrections"]}


def judged(id: str, found: xr.Dataset) -> tuple[Measured, Verdict]:
    number = CLAIMS[id].statistic(dict.fromkeys(CLAIMS[id].experiments, found))
    return number, verdict(number, accepted(CLAIMS[id]))


def test_the_variance_of_orthogonal_weights() -> None:
    wide = of_wide()
    assert judged("COR1", wide)[1] is Verdict.REPRODUCED
    h = wide.h.astype(float)
    assert judged("COR1", wide.assign(orthogonal=wide.orthogonal * h))[1] is Verdict.NOT_REPRODUCED


def test_squares_of_slopes_add() -> None:
    """The made-up slope is that of the paper, 2 + 2 N^(-1/4)."""
    scan = a_scan(noise=0.002)
    number, paper = judged("COR2", scan)
    assert paper is not Verdict.REPRODUCED
    assert number.value is not None
    assert number.value < 0.7
    variance = scan.deviation_test.mean("seed")
    noise = scan.slope / scan.slope.mean("seed")
    number, added = judged("COR2", scan.assign(slope=np.sqrt(4 + 30 * variance) * noise))
    assert added is Verdict.REPRODUCED, number


def test_a_power_that_is_known_is_no_correction() -> None:
    assert judged("COR3", a_scan(sets=6, seeds=3, noise=0.002))[1] is Verdict.NOT_REPRODUCED
    number, unknown = judged("COR3", a_scan(sets=6, seeds=3, noise=0.5))
    assert unknown is Verdict.REPRODUCED, number
    assert judged("COR3", a_scan(noise=0.5))[0].value is None


def test_a_power_lies_where_one_more_training_set_may_have_it() -> None:
    """As often as the interval says, of sets beyond those that it is made of."""
    number, _ = judged("COR3", a_scan(sets=24, seeds=1, noise=0.1))
    assert number.value is not None
    powers = [float(b) for b in number.text.partition("are ")[2].partition(", with")[0].split(",")]
    centre, half = np.mean(powers), number.value / 2
    assert 0.87 <= np.mean([abs(b - centre) < half for b in powers]) <= 1.0
    assert number.low is not None
    assert number.high is not None
    assert number.low < number.value < number.high


def test_which_formula_of_the_exponent_holds() -> None:
    for beta, found in ((9 / 13, Verdict.REPRODUCED), (7 / 13, Verdict.NOT_REPRODUCED)):
        number, verdict = judged("COR4", learning_curves(feature=beta, sets=6))
        assert verdict is found, number
        assert number.value is not None
        assert abs(number.value - (beta - 9 / 13)) < 0.03
