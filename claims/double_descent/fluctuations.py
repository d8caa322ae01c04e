"""Entries of the register about how f, and what initial weights do to it, go with N.

S4, S5, S7, S9 to S12, S14 to S16, P12 and P13 (letters: `claims.core.entry`).
"""

import math
from fractions import Fraction

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.double_descent import descents, scaling_norms, wide
from claims.double_descent.descents import DESCENT, SMALL
from claims.double_descent.wide import WIDE

FLUCTUATIONS = (
    entry(
        "S4",
        "The variance of the learned function falls as N^(-1/2) beyond N*.",
        "C, Eq. 10 and Fig. 5",
        Value(Fraction(-1, 2)),
        scaling_norms.variance,
        Accepted(-0.6, -0.35, f"-1/2, not in its asymptotic range yet: {SMALL}"),
        (DESCENT,),
        known="The power goes on falling: it is -0.54 [-0.59, -0.50] from 40 N* to 1,300 N*.",
        figure="fluctuations",
    ),
    entry(
        "S4a",
        "The variance of the learned function has its peak at N*.",
        "C, Fig. 5",
        "at N*",
        scaling_norms.peak_of_variance,
        Accepted(1.0, 2.0, "a factor of two"),
        (DESCENT,),
        figure="fluctuations",
    ),
    entry(
        "S5",
        "The slope of f in its input approaches its limit as N^(-1/4).",
        "C, Fig. 6A",
        Value(Fraction(-1, 4), remark="-0.28 if fitted"),
        scaling_norms.slope_of_f,
        Accepted(-0.35, -0.2, "-1/4, and what the papers' own fit gives"),
        (DESCENT,),
        known="From 10 N* to 1,300 N* the square of the slope follows the variance of f: what"
        " differs between networks adds to the slope of their mean in squares, so that the slope"
        " comes to its limit as the variance does, like N^(-1/2) in place of N^(-1/4).",
        figure="fluctuations",
    ),
    entry(
        "S7",
        "The distance between boundaries is that of f and its mean by the slope of f.",
        "C, Eq. 3, Fig. 6C and 10",
        Value(1, remark="1.1 if fitted"),
        scaling_norms.delta_with_estimate,
        Accepted(0.95, 1.2, "proportional, and what the papers' own fit gives"),
        (DESCENT,),
        figure="fluctuations",
    ),
    entry(
        "S7a",
        "The distance between boundaries follows its estimate over all widths.",
        "C, Fig. 6C and 10",
        "a straight line",
        scaling_norms.correlation_with_estimate,
        Accepted(0.99, 1.0, "all but a straight line of logarithms"),
        (DESCENT,),
        figure="fluctuations",
    ),
    entry(
        "S9",
        "The squared norm of f diverges as (N - N*)^(-2).",
        "C, Fig. 7B",
        Value(-2),
        scaling_norms.diverging_norm,
        Accepted(-2.4, -1.6, "-2 to within a fifth, N* fitted as in the paper"),
        (DESCENT,),
        known="N* and the power make up for each other: -2 goes with an N* of 40 to 100. With the"
        " N* from which on half of the networks fit the power is near -1, at P = 1000 and 2000 as"
        " well, and -1.3 if the norm of the widest networks is taken off. 100,000 steps change"
        " nothing.",
        figure="norm",
    ),
    entry(
        "S9a",
        "The longer the training, the more singular the norm of f.",
        "C, sec. 6 and Fig. 7B",
        "grows",
        scaling_norms.growing_norm,
        Accepted(1.2, math.inf, "it grows by more than its scatter"),
        (DESCENT,),
        figure="norm",
    ),
    entry(
        "S10",
        "The distance to a boundary is that of the linear estimate, in large relu networks.",
        "C, App. B and Fig. 9",
        Value(1),
        scaling_norms.zeros,
        Accepted(0.8, 1.25, "both quartiles of the zeros within a quarter of the estimate"),
        (DESCENT,),
        figure="fluctuations",
    ),
    entry(
        "S14",
        "With a learning rate of h^(-1.5) the number of steps to fit does not depend on h.",
        "C, App. A",
        "independent",
        scaling_norms.steps_of_wide,
        Accepted(1.0, 2.0, "within a factor of two, from h = 100 to 300"),
        (DESCENT,),
        known="It holds as far as this asks: from h = 55 to 300 the number goes like h^0.55.",
        figure="courses",
    ),
    entry(
        "P12",
        "The variance of the learned function falls as 1/h.",
        "D, Eqs. 16 and 17; thesis, chapter 2",
        Value(-1),
        scaling_norms.variance_with_width,
        Accepted(-1.2, -0.7, f"-1, not in its asymptotic range yet: {SMALL}"),
        (DESCENT,),
        known="As S4: the power between the widest networks is nearer to -1.",
        figure="fluctuations",
    ),
    entry(
        "P12a",
        "What averaging takes off the test error is proportional to the variance.",
        "C, Eq. 5; thesis, chapter 2",
        Value(1),
        scaling_norms.excess_with_variance,
        Accepted(0.7, 1.3, "1 to within 0.3"),
        (DESCENT,),
        known="It is proportional to delta^2, the variance by the square of the slope of f (S6,"
        " S7), and the slope falls by a third over these widths (S5): that takes 0.3 off the"
        " power.",
        figure="fluctuations",
    ),
    entry(
        "P13",
        "Any regularisation, such as early stopping, removes the divergence of f at N*.",
        "thesis, chapters 3 and 8",
        "removed",
        descents.stopped_norm,
        Accepted(5.0, math.inf, "a factor that no scatter of the norm would give"),
        (DESCENT,),
        known="Tested with early stopping alone.",
        figure="norm",
    ),
)

START = (
    entry(
        "S11",
        "The tangent kernel fluctuates as h^(-1/2) over initial weights.",
        "C, Eq. 8 and App. C",
        Value(Fraction(-1, 2)),
        wide.kernel_fluctuations,
        Accepted(-0.55, -0.45, "-1/2 to within a tenth of it"),
        (WIDE,),
        figure="wide",
    ),
    entry(
        "S12",
        "At alpha = 1 the tangent kernel moves the less in training, the wider the network.",
        "C, sec. 5; D, sec. 5",
        "1/h (C) or h^(-1/2) (D)",
        wide.kernel_change,
        None,
        (WIDE,),
        known="The two papers give different exponents, from different parametrisations: here it is"
        " that of tangent kernels, with f - f0 learnt.",
        figure="wide",
    ),
    entry(
        "S15",
        "With independent weights the variance of f at the start does not depend on N.",
        "C, sec. 5",
        "constant",
        wide.variance_at_start("independent"),
        Accepted(0.0, 0.1, "within a tenth of its mean"),
        (WIDE,),
        figure="wide",
    ),
    entry(
        "S15a",
        "With orthogonal weights the variance of f at the start does not depend on N either.",
        "C, sec. 5, note 5 and App. A",
        "constant, below 1",
        wide.variance_at_start("orthogonal"),
        Accepted(0.0, 0.1, "within a tenth of its mean"),
        (WIDE,),
        known="Orthogonal weights keep the length of the input, so that each of h neurons has a"
        " square of d/h, and the read-out, of length 1, gives f a variance that falls as 1/h.",
        figure="wide",
    ),
    entry(
        "S16",
        "With the square loss a wide network learns what its kernel at the start says.",
        "C, App. D, Eqs. 16 and 17",
        "to order N^(-1/2)",
        wide.closed_form,
        Accepted(0.0, 0.05, "a twentieth of the function itself"),
        (WIDE,),
        figure="wide",
    ),
)
