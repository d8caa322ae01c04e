"""The register's entries on how test errors go with N, and the whole of S1 to S18, P12 and P13.

(Letters of the papers: `claims.core.entry`.)
"""

import math
from fractions import Fraction

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.double_descent import scaling_errors
from claims.double_descent.convolutions import CONVOLUTIONS
from claims.double_descent.descents import DESCENT, SMALL
from claims.double_descent.fluctuations import FLUCTUATIONS, START
from claims.double_descent.scaling_errors import AVERAGES, DIFFERENCE

ERRORS = (
    entry(
        "S1",
        "The test error falls to its limit as B_0 N^(-1/2) + B_1 N^(-3/4), with B_0 > 0.",
        "C, Fig. 2A",
        "0.054 + 6.4 N^(-1/2) - 49 N^(-3/4)",
        scaling_errors.asymptotic_error,
        Accepted(0.0, math.inf, "the sign: the numbers depend on data and P"),
        (DESCENT,),
        known=f"The two powers are all but one over the decades there are: {SMALL}.",
        figure="descent",
    ),
    entry(
        "S1a",
        "The form with both powers of N describes the test error of large networks.",
        "C, Fig. 2A",
        "it does",
        scaling_errors.asymptotic_fit,
        Accepted(0.0, 2.0, "chi^2 per degree of freedom of a form that holds is near 1"),
        (DESCENT,),
        figure="descent",
    ),
    entry(
        "S2",
        "The error of the average of many networks hardly depends on N beyond N*.",
        "C, Fig. 2A and sec. 2",
        "flat",
        scaling_errors.flat_ensemble,
        Accepted(0.0, 0.35, "a third of how much the error of one network varies"),
        (DESCENT,),
        figure="descent",
    ),
    entry(
        "S2a",
        "The average of many networks does best slightly past N*, not with the largest ones.",
        "C, Fig. 2A and sec. 7",
        "slightly",
        scaling_errors.subleading,
        Accepted(0.0, math.inf, "the sign: the effect is a fraction of a percent"),
        (DESCENT,),
        known="The effect is less than a tenth of a percent, and the interval holds both signs.",
        figure="descent",
    ),
    entry(
        "S3",
        "Averaging n networks brings the error to its limit as 1/n.",
        "C, sec. 4 and Fig. 4",
        Value(-1),
        scaling_errors.average_error,
        Accepted(-1.15, -0.85, "-1 to within 0.15"),
        (AVERAGES,),
        figure="averages",
    ),
    entry(
        "S3a",
        "Averaging n networks brings the decision boundary to its limit as n^(-1/2).",
        "C, sec. 4 and Fig. 4",
        Value(Fraction(-1, 2)),
        scaling_errors.average_delta,
        Accepted(-0.55, -0.45, "-1/2 to within a tenth of it"),
        (AVERAGES,),
        known="The boundary of one network is too far from that of the mean for a linear estimate,"
        " and the distance saturates: from n = 4 on the power is -0.44.",
        figure="averages",
    ),
    entry(
        "S3b",
        "The error of averages grows with the square of the distance between boundaries.",
        "C, sec. 4 and Fig. 4",
        Value(2),
        scaling_errors.error_with_delta_of_averages,
        Accepted(1.7, 2.3, "2 to within 0.3"),
        (AVERAGES,),
        known="Error and n follow 1/n (S3): it is the distance that grows too slowly at small n, as"
        " in S3a.",
        figure="averages",
    ),
    entry(
        "S6",
        "The test error grows with the square of the distance delta between boundaries.",
        "C, Eq. 5 and Fig. 6B",
        Value(2, remark="2.5 if fitted"),
        scaling_errors.error_with_delta,
        Accepted(1.6, 2.8, "2, and what the papers' own fit gives"),
        (DESCENT,),
        known="Three fitted numbers, on errors that scatter by a tenth of their range: the interval"
        " holds 2.",
        figure="fluctuations",
    ),
    entry(
        "S8",
        "What averaging takes off the test error falls as N^(-1/2).",
        "C, Eq. 11 and Fig. 6D",
        Value(Fraction(-1, 2), remark="-0.42 if fitted"),
        scaling_errors.excess,
        Accepted(-0.6, -0.3, "-1/2, and what the papers' own fit gives"),
        (DESCENT,),
        figure="fluctuations",
    ),
    entry(
        "S17",
        "Training f - f_0 in place of f does not change how fluctuations scale.",
        "C, note 5",
        "the same",
        scaling_errors.differences,
        Accepted(-0.2, 0.2, "less than half of the exponent itself"),
        (DESCENT, DIFFERENCE),
        figure="fluctuations-difference",
    ),
    entry(
        "S18",
        "Single networks have errors close to their mean.",
        "C, sec. 3.2 and Fig. 2A",
        "close",
        scaling_errors.self_averaging,
        Accepted(0.0, 0.5, "half of the distance to the error of the average"),
        (DESCENT,),
        figure="descent",
    ),
    entry(
        "S18a",
        "The average of several networks past N* does better than one of their total size.",
        "C, sec. 7 and 9",
        "better",
        scaling_errors.budget,
        Accepted(-math.inf, 0.0, "a smaller error"),
        (DESCENT,),
        figure="descent",
    ),
)

SCALING = tuple(
    sorted(
        (*ERRORS, *FLUCTUATIONS, *START, *CONVOLUTIONS),
        key=lambda claim: (claim.id[0], int("".join(c for c in claim.id if c.isdigit())), claim.id),
    )
)
