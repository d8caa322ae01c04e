"""The exact statements of the register, U1 to U8: identities that need no training."""

import math

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.identities import units

_CLOSE = "rounding in double precision"

CLAIMS = (
    entry(
        "U1",
        "N counts the weights without the biases.",
        "B, App. B; C, Fig. 9; thesis, chapter 1",
        "7854, 938, 13623, 6414815, 243",
        units.counted,
        accepted=Accepted(0.0, 0.0, "a count"),
    ),
    entry(
        "U2",
        "A softplus with beta = 5 has unit second moment after a factor of 1.404.",
        "D, sec. 3",
        Value(1.404),
        units.prefactor,
        accepted=Accepted(1.403, 1.405, "the printed digits"),
    ),
    entry(
        "U3",
        "Margin and last layer times s multiply Delta by s and the loss by s^2, and leave N_Delta.",
        "A, note 63",
        "exact",
        units.rescaled,
        accepted=Accepted(0.0, 1e-12, _CLOSE),
    ),
    entry(
        "U4",
        "At the start F is zero and alpha^2 times the loss is softplus_20(1) for every alpha.",
        "D, sec. 3",
        "exact",
        units.at_the_start,
        accepted=Accepted(0.0, 1e-12, _CLOSE),
    ),
    entry(
        "U5",
        "The flow of F under a frozen kernel does not depend on alpha.",
        "D, App. A",
        "exact",
        units.frozen,
        accepted=Accepted(0.0, 1e-10, f"{_CLOSE}, over 200 steps"),
    ),
    entry(
        "U6",
        "The Hessian is H_0 + H_p with H_0 positive and of rank at most N_Delta.",
        "A, sec. III; B, Eq. 6",
        "exact",
        units.split_hessian,
        accepted=Accepted(0.0, 1e-10, _CLOSE),
    ),
    entry(
        "U7",
        "The effective number of parameters of relu networks is that of all less one a neuron.",
        "A, App. A and Fig. 11; B, App. A.1",
        "parameters - hidden neurons",
        units.neurons_lost,
        accepted=Accepted(-1.0, 1.0, "the rank of a matrix in double precision, give or take one"),
        experiments=("effective",),
        figure="effective",
        known="Biases are set so that no neuron is silent on nearly all data; at zero biases and"
        " widths of 5 to 10 silent neurons take up to 12 more out of the count.",
    ),
    entry(
        "U8",
        "A linear network has at most d + 1 effective parameters, one without signal has one.",
        "A, sec. IV",
        "at most d + 1; 1",
        units.linear_dimension,
        accepted=Accepted(-math.inf, 0.0, "an upper bound"),
    ),
)
