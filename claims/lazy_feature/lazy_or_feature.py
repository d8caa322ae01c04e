"""Entries of the register about which regime learns what: L1 to L5, L16 and L27."""

import math

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.lazy_feature import regime_errors
from claims.lazy_feature.regime_errors import FROZEN, REGIMES, SETS

_SMALL = "At P = 300 and 2 hidden layers on 10 principal components of MNIST."

ERRORS = (
    entry(
        "L1a",
        "Rescaled test errors of all widths are one function of alpha~ = sqrt(h) alpha.",
        "D, Fig. 3d",
        "collapse",
        regime_errors.collapse_of_errors,
        Accepted(0.0, 0.1, "a tenth of the way between both regimes"),
        (REGIMES,),
        known=f"{_SMALL} Of ensembles, as errors of single narrow networks have no contrast there;"
        " points of the curves have errors of 0.10 of the way between the regimes.",
        figure="regimes",
    ),
    entry(
        "L1b",
        "The crossover between both regimes is at an alpha proportional to h^(-1/2).",
        "D, Fig. 3d",
        Value(-0.5),
        regime_errors.power_of_crossover,
        Accepted(-0.6, -0.4, "-1/2 to within 0.1, over a factor of 8 in h"),
        (REGIMES,),
        known="The interval holds -1/2: errors of ensembles cross half the way between regimes that"
        " differ by 0.02, each known to 0.002.",
        figure="regimes",
    ),
    entry(
        "L2a",
        "For alpha~ of 1e3 and more networks have the errors of their frozen initial kernels.",
        "D, Fig. 3b",
        "equal",
        regime_errors.lazy_errors,
        Accepted(-0.003, 0.003, "three test points of a thousand"),
        (REGIMES,),
        figure="regimes",
    ),
    entry(
        "L2b",
        "In the lazy limit each network learns the function that its initial kernel learns.",
        "D, App. A",
        "equal",
        regime_errors.lazy_outputs,
        Accepted(0.0, 0.02, "the tolerance of the flow, 1e-2 a step relative to the outputs"),
        (REGIMES,),
        figure="regimes",
    ),
    entry(
        "L3",
        "The variance of the output falls like 1/h in both regimes.",
        "D, Eq. 17 and Fig. 4a",
        Value(-1),
        regime_errors.power_of_variance,
        Accepted(-1.15, -0.85, "-1 to within 0.15, from h = 30 to 120"),
        (REGIMES,),
        known="Twenty networks know a variance to some 15 %.",
        figure="variance",
    ),
    entry(
        "L4",
        "In feature learning h Var F is one curve for all widths.",
        "D, Fig. 4b",
        "overlap",
        regime_errors.overlap_of_variance,
        Accepted(1.0, 1.5, "curves within a factor of 1.5, as the variance of few networks is"),
        (REGIMES,),
        known="At alpha~ = 0.1 and 0.01 widths from 30 on lie within 1.4. At 1e-3 three networks of"
        " h = 30 out of twenty make up half of its variance, which is 2.6 times that of the others:"
        " so narrow, the blow-up of small alpha~ (L25) begins there.",
        figure="variance",
    ),
    entry(
        "L5a",
        "The error of an ensemble does not depend on the width, in either regime.",
        "D, Fig. 4c and d",
        "independent",
        regime_errors.flat_ensembles,
        Accepted(0.0, 1 / 3, "a third of the range of single networks"),
        (REGIMES,),
        known="Where single errors hardly fall with h, as in feature learning here, noise counts.",
        figure="regimes",
    ),
    entry(
        "L5b",
        "Ensembles of fully connected networks are better in lazy than in feature learning.",
        "D, Sec. 4 and Table 1",
        "lazy",
        regime_errors.lazy_is_better,
        Accepted(2.0, math.inf, "by two standard errors"),
        (REGIMES,),
        known="Judged on ensembles, as single networks may show the opposite order; and at P = 300,"
        " where lazy learning wins on these data: the order changes with P, and at P = 10,000 the"
        " paper finds them about equal, feature learning a little better (L23).",
        figure="regimes",
    ),
    entry(
        "L16",
        "In lazy learning the variance grows like the root of the number of data.",
        "D, App. H and Fig. 14",
        Value(0.5),
        regime_errors.variance_with_P,
        Accepted(0.3, 0.7, "1/2 to within 0.2, from P = 100 to 800"),
        (FROZEN, *SETS),
        known="Of frozen initial kernels, the limit of large alpha.",
        figure="variance-lazy",
    ),
    entry(
        "L27",
        "At fixed alpha the ensemble's error drifts with h from that of feature to lazy learning.",
        "D, Sec. 4",
        "explains an optimal width",
        regime_errors.drift,
        Accepted(0.0, 1.0, "towards the lazy error, and not beyond"),
        (REGIMES,),
        known="Here lazy learning is the better one by 0.02, so that there is no finite best width,"
        " and the way is known to a fifth.",
        figure="regimes",
    ),
)
