"""The register's entries on double descent, D1 to D5 (papers: see `claims.core.entry`)."""

import math

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.double_descent import descents
from claims.double_descent.descents import DEPTH, DESCENT, POINTS

_FACTOR = Accepted(1.0, 2.0, "the widths next to N* are a factor 1.2 apart, and N* has an error")
_RISE = Accepted(3.0, math.inf, "three, as both ends are picked from several widths")
_PEAK = Accepted(1.2, math.inf, "a peak of a fifth is beyond the scatter of the means")

DOUBLE_DESCENT = (
    entry(
        "D1",
        "The test error has a cusp at N*, for every number of points P.",
        "B, Fig. 4 B and C",
        "at N*",
        descents.location(DESCENT, POINTS),
        _FACTOR,
        (DESCENT, POINTS),
        known="At P = 250 there is no cusp yet: networks of three to five neurons a layer learn"
        " less than those at N*, and the error falls with N throughout.",
        figure="descent-points",
    ),
    entry(
        "D1a",
        "The cusp of the test error at N* stands out against large networks.",
        "B, Fig. 4 B and C",
        "by half and more",
        descents.height(DESCENT, POINTS),
        _PEAK,
        (DESCENT, POINTS),
        figure="descent",
    ),
    entry(
        "D1b",
        "The test error first falls with N, and rises again as N approaches N*.",
        "B, Fig. 4 B and C",
        "a cusp",
        descents.rise(DESCENT, POINTS),
        _RISE,
        (DESCENT, POINTS),
        figure="descent-points",
    ),
    entry(
        "D2",
        "Early stopping gains much only near N*.",
        "B, sec. 4 and Fig. 4 B; C, Fig. 2",
        "only near N*",
        descents.early_stopping,
        Accepted(3.0, math.inf, "several times as much as in large networks"),
        (DESCENT,),
        known="The best moment is chosen with the test points, as in the papers. At P = 500"
        " networks of 10 N* gain a hundredth by it, too; those of 300 N* and more gain 0.003."
        " Longer training changes nothing: 100,000 steps leave all these gains as they are.",
        figure="descent",
    ),
    entry(
        "D2a",
        "In large networks early stopping gains next to nothing.",
        "B, sec. 4 and Fig. 4 B; C, Fig. 2",
        Value(0),
        descents.far_gain,
        Accepted(0.0, 0.012, "a tenth of the error"),
        (DESCENT,),
        figure="descent",
    ),
    entry(
        "D2b",
        "With early stopping the test error has no cusp.",
        "B, sec. 4 and Fig. 4 B; C, Fig. 2",
        "none",
        descents.early_rise,
        Accepted(0.0, 0.015, "a tenth of the error, the scatter of means over seeds"),
        (DESCENT,),
        known="The best moment is chosen with the test points, as in the papers.",
        figure="descent",
    ),
    entry(
        "D3",
        "Beyond N* the test error goes on falling, slowly, as N grows.",
        "B, sec. 4; C, Fig. 2",
        "monotonic",
        descents.descending,
        Accepted(0.0, math.inf, "it falls from 2 N* to 10 N*, and from there to 100 N*"),
        (DESCENT,),
        figure="descent",
    ),
    entry(
        "D4",
        "The cusp of the test error is at N* for other depths as well.",
        "B, Fig. B2",
        "L = 2 and 5",
        descents.location(DEPTH),
        _FACTOR,
        (DEPTH,),
        figure="descent-depth",
    ),
    entry(
        "D4a",
        "The cusp of the test error stands out for other depths as well.",
        "B, Fig. B2",
        "L = 2 and 5",
        descents.height(DEPTH),
        _PEAK,
        (DEPTH,),
        figure="descent-depth",
    ),
    entry(
        "D4b",
        "The test error rises to the cusp for other depths as well.",
        "B, Fig. B2",
        "L = 2 and 5",
        descents.rise(DEPTH),
        _RISE,
        (DEPTH,),
        known="It does by 4.8 standard errors for L = 2. For L = 5 it rises from 0.168 at half of"
        " N* to 0.175, by 2.1: narrower networks have four neurons a layer, and one of 32 of them"
        " was dead.",
        figure="descent-depth",
    ),
    entry(
        "D5",
        "The larger a network beyond N*, the sooner it fits all points.",
        "B, Fig. 4A",
        "sooner",
        descents.time_to_fit,
        Accepted(-1.0, -0.7, "monotonic but for the scatter of single networks"),
        (DESCENT,),
        known="Among the widths that learn at one rate; larger ones learn at rates of h^(-1.5).",
        figure="courses",
    ),
)
