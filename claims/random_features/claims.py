"""The register's entries on models that can be solved: X1 and X2, and what holds the suite to
them."""

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.random_features import random_features

CLAIMS = (
    entry(
        "X1",
        "The test error of random features has its peak at h = P.",
        "thesis, sec. 8.1; Mei and Montanari 2019",
        Value(1),
        random_features.peak,
        Accepted(0.9, 1.1, "h = P to within 10 %; the grid has 0.9, 0.95, 1, 1.05 and 1.1"),
        (random_features.NAME,),
        figure="random-features",
    ),
    entry(
        "X2",
        "Averaging an ensemble flattens the test error past the interpolation threshold.",
        "thesis, sec. 8.1; d'Ascoli et al. 2020",
        "the peak disappears",
        random_features.flattened,
        Accepted(
            0.0, 0.5, "all of the ensemble's error below half of what the peak adds to one network"
        ),
        (random_features.NAME,),
        figure="random-features",
    ),
    entry(
        "X5",
        "The test error of random features is that of the exact theory, across its peak.",
        "Mei and Montanari 2019, Theorem 2; d'Ascoli et al. 2020",
        "exact as d grows",
        random_features.agreement,
        Accepted(
            0.0,
            4.0,
            "what chance allows the largest of 32 points in 19 of 20 cases, at 12 and 24 seeds",
        ),
        (random_features.NAME, random_features.HALF),
        known="Theory is of large d. A finite size lowers the peak: between h = 0.9 P and 1.35 P"
        " single networks lie some 2.3 % below theory at d = 120 and 1.2 % at d = 240.",
        figure="random-features",
    ),
    entry(
        "X6",
        "Gradient flow on the read-out alone comes to the solution of the smallest norm.",
        "thesis, sec. 8.1, Fig. 8.1",
        "exact",
        random_features.trained,
        Accepted(0.0, 0.01, "what is left after a finite time of training"),
        (random_features.NAME,),
        figure="random-features",
    ),
)
