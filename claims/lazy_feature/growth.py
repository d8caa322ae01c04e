"""Entries of the register about how far and how fast features are learnt: L6 to L15, L26 and X3."""

import math

from claims.core.entry import entry
from claims.core.published import Range, Value
from claims.core.register import Accepted
from claims.lazy_feature import feature_growth, learning_scales
from claims.lazy_feature.feature_growth import DEPTHS, EARLY, ORDER_OF_ONE, RELU
from claims.lazy_feature.learning_scales import SCALES, TOLERANCE
from claims.lazy_feature.regime_errors import REGIMES

# Table 2 of D, with what its Eq. 24 and App. B predict: powers of alpha~ with their sign turned
_POWERS = (
    ("a", "kernel_change", "kernel grows", 2, "4/3", Value(1.25, remark="1.33"), 1.2, 1.45),
    ("b", "kernel_change", "kernel grows", 3, "3/2", Value(1.3, remark="1.5"), 1.35, 1.6),
    ("c", "kernel_change", "kernel grows", 5, "5/3", Value(1.7, remark="1.66"), 1.55, 2.0),
    ("d", "weight_change", "weights move", 2, "1/3", Value(0.35, remark="0.333"), 0.31, 0.38),
    ("e", "weight_change", "weights move", 3, "1/4", Value(0.23, remark="0.25"), 0.22, 0.29),
    ("f", "weight_change", "weights move", 5, "1/6", Value(0.23, remark="0.166"), 0.15, 0.26),
)

GROWTH = (
    entry(
        "L6a",
        "In lazy learning the kernel changes like 1/alpha~.",
        "D, Fig. 5a",
        Value(-1),
        feature_growth.lazy_power("kernel_change"),
        Accepted(-1.1, -0.9, "-1 to within 0.1"),
        (REGIMES,),
        figure="kernel-change",
    ),
    entry(
        "L6b",
        "The kernel changes by its own norm at the crossover, alpha~ = O(1) for every width.",
        "D, Fig. 5a",
        "O(1)",
        feature_growth.kernel_crossing,
        Accepted(*ORDER_OF_ONE, "reference runs at P = 300 gave 15 to 30: O(1) hides a factor"),
        (REGIMES,),
        figure="kernel-change",
    ),
    *(
        entry(
            f"L7{letter}",
            f"In feature learning with L = {L} the {what} like a power of 1/alpha~ near {near}.",
            "D, Table 2" if L != 3 else "D, Sec. 5 and App. B",
            published,
            feature_growth.feature_power(name, L),
            Accepted(low, high, "measured and predicted powers, and those of reference runs"),
            (DEPTHS,),
            known="From alpha~ of 1e-3 to 1e-1.",
            figure="kernel-depths",
        )
        for letter, name, what, L, near, published, low, high in _POWERS
    ),
    entry(
        "L10a",
        "In lazy learning the weights move like 1/alpha.",
        "D, Eq. 29",
        Value(-1),
        feature_growth.lazy_power("weight_change"),
        Accepted(-1.05, -0.95, "-1 to within 0.05"),
        (REGIMES,),
        figure="kernel-change",
    ),
    entry(
        "L10b",
        "In feature learning sqrt(h) |w - w0|/|w0| is one function of alpha~.",
        "D, Eq. 30 and Fig. 9",
        "one curve",
        feature_growth.rescaled_weights,
        Accepted(1.0, 2.0, "a factor of 2: |w0| is proportional to h only for h >> d"),
        (REGIMES,),
        figure="kernel-change",
    ),
    entry(
        "L14",
        "With relu there is a regime between both in which the kernel changes like alpha~^(-1/2).",
        "D, App. F and Fig. 12",
        "-0.5",
        feature_growth.intermediate,
        Accepted(1.0, math.inf, "a decade of alpha~ with a local power of -0.35 to -0.65"),
        (RELU,),
        figure="kernel-relu",
    ),
    entry(
        "X3a",
        "F is the same in mfp with alpha sqrt(h) as in ntp with alpha, in h times the time.",
        "Geiger's thesis, Sec. 8",
        "an identity",
        learning_scales.reparametrised,
        Accepted(0.0, 1e-10, "rounding"),
    ),
    entry(
        "X3b",
        "In mfp the crossover is at one alpha of O(1) for all widths.",
        "Geiger's thesis, Sec. 8",
        Value(1, about=True),
        feature_growth.crossing_of_mfp,
        Accepted(1.0, 2.0, "a factor of 2"),
        (REGIMES,),
        known="From runs in ntp, by the identity X3a.",
        figure="kernel-change",
    ),
)

TIMES = (
    entry(
        "L8",
        "In feature learning the loss halves in a time proportional to alpha~.",
        "D, Eq. 19 and Fig. 5c",
        "a plateau",
        feature_growth.half_times,
        Accepted(0.0, 0.2, "a fifth, over all widths from 30 on and two decades of alpha~"),
        (EARLY,),
        known="The plateau begins below alpha~ = 1e-2: from there to 1e-3 the ratio rises by 7 %,"
        " from 0.1 by 27 %; widths differ by 5 %.",
        figure="growth",
    ),
    entry(
        "L9a",
        "In lazy learning the time in which the loss of a network halves does not depend on alpha.",
        "D, Fig. 5b and c",
        "independent",
        feature_growth.lazy_half_times,
        Accepted(0.0, 0.03, "3 %, from alpha~ of 1e3 on, each network with itself"),
        (EARLY,),
        figure="growth",
    ),
    entry(
        "L9b",
        "In lazy learning alpha^2 L(t) of a network is one curve for all alpha.",
        "D, Fig. 5b",
        "one curve",
        feature_growth.lazy_curves,
        Accepted(0.0, 0.03, "3 % of the loss at the start"),
        (EARLY,),
        known="From alpha~ of 1e3 on, each network with itself.",
        figure="growth",
    ),
    entry(
        "L9c",
        "Nor does the time in which the loss halves depend on the width.",
        "D, Fig. 5b and c",
        "independent",
        feature_growth.half_times_by_width,
        Accepted(0.0, 0.03, "3 %, as reference runs on all pixels: 36.0 for h = 30, 36.4 for 100"),
        (EARLY,),
        known="It falls with h, by a third: a hundred networks each have 14.1 +- 0.8, 10.5 +- 0.2"
        " and 9.3 +- 0.2 at h = 30, 60 and 120, near 8.0 + 150/h (medians 12.1, 10.1, 9.1). The"
        " kernel of ten inputs scatters by a third at h = 30, and slow kernels weigh more in a mean"
        " of times; but the inverse of the mean rate falls as well, 11.7, 9.9, 8.9. On all pixels"
        " the reference runs see none of it.",
        figure="growth",
    ),
    entry(
        "L11a",
        "In feature learning the output grows linearly in time at first.",
        "D, Eq. 32 and Fig. 10",
        Value(1),
        feature_growth.linear_growth,
        Accepted(0.9, 1.1, "1 to within 0.1, up to 0.3 of the time in which the loss halves"),
        (EARLY,),
        known="By the papers' Euler steps, which are small at first: the stabilised flow strides"
        " over most of that time in one.",
        figure="growth",
    ),
    entry(
        "L11b",
        "When the loss halves the output of f has grown to a size proportional to sqrt(h).",
        "D, Fig. 10b",
        "sqrt(h)",
        feature_growth.grown_output,
        Accepted(1.0, 1.5, "a factor of 1.5"),
        (REGIMES,),
        known="Of f - f0 on the training points, which is sqrt(h) times larger than f0.",
        figure="loss-curves",
    ),
    entry(
        "L12",
        "At the start pre-activations move at a speed of 1/(sqrt(h) alpha) in every layer.",
        "D, Eq. 22 and Fig. 11",
        "-0.5",
        learning_scales.initial_speeds,
        Accepted(-0.1, 0.1, "-1/2 to within 0.1"),
        (SCALES,),
        figure="initial-scales",
    ),
    entry(
        "L13",
        "At the start df/dW is O(h^(-1/2)) in the first and last layer and O(1/h) between.",
        "D, Eq. 20",
        "-0.5 and -1",
        learning_scales.initial_gradients,
        Accepted(-0.1, 0.1, "to within 0.1"),
        (SCALES,),
        figure="initial-scales",
    ),
    entry(
        "L15a",
        "A tolerance of the gradient a hundred times smaller changes the outputs by under 1e-3.",
        "D, App. G and Fig. 13a",
        Range(-math.inf, 1e-3),
        learning_scales.tolerance_of_outputs,
        Accepted(0.0, 1e-3, "the claim itself, for alpha~ of 1 and more"),
        (TOLERANCE,),
        known="True from alpha~ = 10 on, where outputs change by 7e-4 and less; at 1 they change by"
        " 1.4e-3, as features move and errors along the way add up.",
        figure="tolerance",
    ),
    entry(
        "L15b",
        "It about doubles the time of computation.",
        "D, App. G and Fig. 13c",
        Value(2),
        learning_scales.tolerance_of_cost,
        Accepted(1.5, 4.0, "gradients, not seconds, on data that are fitted in fewer steps"),
        (TOLERANCE,),
        known="The tolerance bounds the square of a change, so that Euler's steps are ten times as"
        " short where nothing else bounds them: 5 to 8 times as many gradients over the whole run."
        " The paper counts seconds, of 10,000 points, and does not say why they are so few.",
        figure="tolerance",
    ),
    entry(
        "L26",
        "The time to fit does not depend on alpha as it becomes large.",
        "D, Sec. 2",
        "independent",
        feature_growth.lazy_ends,
        Accepted(0.0, 0.1, "a tenth, from alpha~ of 1e3 to 1e6"),
        (REGIMES,),
        figure="loss-curves",
    ),
)
