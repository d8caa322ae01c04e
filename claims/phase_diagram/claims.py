"""The claims of the phase diagram: P1 to P4, P11 and X4.

The letters of the papers are those of `claims.core.entry`.
"""

import math

from claims.core.entry import entry, large
from claims.core.register import Accepted
from claims.phase_diagram import phase, sgd
from claims.phase_diagram.phase import JAMMED, PHASE, SEARCH
from claims.phase_diagram.sgd import SGD

_T = "Geiger's thesis, last chapter"
_E = "Geiger, Petrini and Wyart 2021, Landscape and training regimes in deep learning"


CLAIMS = (
    entry(
        "P1a",
        "With more training the jamming line moves to smaller widths.",
        f"{_E}, Fig. 4",
        "shifts with the budget",
        phase.falling_line,
        Accepted(0.0, 1.0, "no larger h* with the whole budget than with a hundredth, any alpha~"),
        (JAMMED,),
        known="Budgets are numbers of gradients, for the hours of the paper.",
        figure="jamming-lines",
    ),
    entry(
        "P1b",
        "The jamming line depends little on alpha~.",
        f"{_E}, Fig. 4",
        "nearly vertical",
        phase.upright_line,
        Accepted(1.0, 2.5, "h* within a factor of 2.5 over five decades of alpha~"),
        (JAMMED,),
        figure="jamming-lines",
    ),
    entry(
        "P1c",
        "Fewer parameters are needed at those alpha~ where ensembles generalise better.",
        f"{_E}, Fig. 4",
        "correlated",
        phase.line_and_errors,
        Accepted(1e-9, 1.0, "a positive rank correlation of h* and error"),
        (JAMMED,),
        known="On a handful of alpha~, and h* that differ by a neuron or two.",
        figure="jamming-lines",
    ),
    entry(
        "P2a",
        "The crossover is at one alpha~ for all widths well above jamming.",
        f"{_E}, Fig. 4",
        "flat",
        phase.flat_crossover,
        Accepted(1.0, 2.0, "a factor of 2"),
        (PHASE,),
        figure="phase-digits",
    ),
    entry(
        "P2b",
        "Near jamming the crossover bends to larger alpha~.",
        f"{_E}, Fig. 4",
        "bends up",
        phase.bent_crossover,
        Accepted(1.0, math.inf, "larger for the narrowest network that fits than for the widest"),
        (PHASE,),
        figure="phase-digits",
    ),
    entry(
        "P3a",
        "The error of networks has a peak at jamming, for every alpha~.",
        f"{_E}, Fig. 5",
        "at h*",
        phase.peaks,
        Accepted(0.5, 2.0, "within a factor of 2 of h*, on a grid of widths"),
        (PHASE,),
        known="Embedded digits with a tenth of the training labels flipped: without, they are"
        " learned too easily for a second descent to show.",
        figure="double-descent-digits",
    ),
    entry(
        "P3b",
        "The error of ensembles has no second descent.",
        f"{_E}, Fig. 5",
        "flat",
        phase.no_second_descent,
        Accepted(0.0, 0.25, "a quarter, all widths above h*"),
        (PHASE,),
        figure="double-descent-digits",
    ),
    large(
        "P4",
        "On 10 principal components of MNIST the best errors are near the crossover.",
        f"{_E}, Fig. 4",
        "alpha~ near 1",
        Accepted(0.1, 100.0, "alpha~ of the smallest error of ensembles"),
        paper="python -m sweeps.phase_diagram --dataset mnist10pca --P 5000 --h 32 64 128"
        " --seeds 15 --steps 100000 --refine 1",
        cost="1e16 floating-point operations: an hour of one H200",
        known="At P = 300 lazy learning wins clearly: the order of the regimes changes with P.",
    ),
    entry(
        "P11",
        "The region of the (N, P) plane in which the hinge loss vanishes is bordered by an N*(P)"
        " that grows more slowly than P, below the bound of 4 P.",
        f"{_E}, Fig. 7",
        "sub-linear",
        phase.region_that_fits,
        Accepted(0.65, 0.90, "as J7: 0.75 with the curvature between P = 125 and 2000"),
        (SEARCH,),
        known="It grows more slowly than P, and than published: as in J7, three layers need more"
        " than one at small P, where h is below d = 10, and longer training lowers N* of large P.",
        figure="nstar-mnist",
    ),
    entry(
        "X4a",
        "The noise of SGD moves the crossover to larger alpha~, where gradient flow is lazy.",
        _T,
        "may shift",
        sgd.shifted_crossover,
        None,
        (SGD,),
        known="An exploration: the thesis supposes a shift and gives neither sign nor size.",
        figure="sgd-axis",
    ),
    entry(
        "X4b",
        "SGD moves the jamming line little.",
        _T,
        "not said",
        sgd.shifted_jamming,
        None,
        (SGD,),
        known="An exploration: steps on few points and at a fixed rate need not end within budget.",
        figure="sgd-axis",
    ),
    entry(
        "X4c",
        "SGD makes the errors of ensembles smaller where features are learnt.",
        _T,
        "may help",
        sgd.errors_of_features,
        None,
        (SGD,),
        known="An exploration, of small networks and few points.",
        figure="sgd-axis",
    ),
)
