"""The jamming chapter of the register, J1 to J25 (papers by letter, see `claims.core.entry`)."""

import math

from claims.core.entry import entry, large
from claims.core.published import Range, Several, Value
from claims.core.register import Accepted
from claims.transition import landscape, nstar
from claims.transition.classes import CLASSES
from claims.transition.landscape import DEEP, MNIST, RANDOM, TANH

TRANSITION = (
    entry(
        "J1",
        "Random data are fitted up to P/N* of 2.8 to 2.9, whatever the depth.",
        "A, Fig. 6a; B, Fig. 3B",
        Range(2.8, 2.9),
        landscape.transition_at,
        Accepted(2.3, 3.0, "at N near 500 reference runs of L = 2, 3, 5 gave 2.9, 2.55, 2.3"),
        (RANDOM, DEEP),
        known="A run is jammed above N_Delta = 0.1 N, as in the paper. On a laptop L = 2, 3:"
        " at N = 500 networks of five layers are ten neurons wide and need smaller learning rates"
        " and more steps; at P = 4000, N = 1500 they agree.",
        figure="jump-random",
    ),
    entry(
        "J2",
        "Just inside the jammed phase N_Delta/N is about 0.75.",
        "A, Fig. 6b and sec. VII",
        Several((Value(0.75, remark="text"), Range(0.7, math.inf))),
        landscape.height(RANDOM),
        Accepted(0.60, 0.85, "0.75 with the scatter of networks of 500 weights"),
        (RANDOM,),
        figure="jump-random",
    ),
    entry(
        "J3",
        "At jamming N_Delta/N lies between (N_- - N_c)/N and 1.",
        "A, sec. III; B, Eqs. 9 and 11",
        "0.25 <= N_Delta/N < 1",
        landscape.hypostatic,
        Accepted(1.0, 1.0, "an inequality that all runs obey"),
        (RANDOM, DEEP),
        figure="cusps-random",
    ),
    entry(
        "J4",
        "Few runs end between those that fit and those with N_Delta > 0.4 N.",
        "B, App. B",
        Value(0.04),
        landscape.between,
        Accepted(0.0, 0.2, "5 of 128 runs at N = 7854; smaller networks have a broader transition"),
        (RANDOM, DEEP),
        known="Runs at the transition that have not stopped when the steps end count as between; so"
        " do some that leave 5 to 30 points which no neuron of the last hidden layer sees, so that"
        " their output is the bias alone: narrow networks lose such points for good.",
        figure="jump-random",
    ),
    entry(
        "J5",
        "For random data N* is proportional to P.",
        "A, Fig. 5c; B, Fig. 3A",
        Value(1),
        nstar.exponent_of_random,
        Accepted(0.9, 1.1, "over less than a decade of P"),
        ("nstar-random",),
        known="Networks of these sizes are narrow (4 to 7 neurons at P = 125), and need more"
        " weights a point. Two layers have P/N* = 1.7, 2.0, 2.4 and 2.7 at P = 125 to 1000 and 2.7"
        " at 2000 and 4000, an exponent of 0.97 at last; three layers are narrower still.",
        figure="nstar-random",
    ),
    entry(
        "J6",
        "With cross-entropy N* falls with the learning time and is proportional to P at the end.",
        "A, Fig. 5a; B, Fig. B1",
        Value(1),
        nstar.learning_times,
        Accepted(0.8, 1.2, "three P over a factor of four, 3e4 steps instead of 1e6"),
        ("learning-time",),
        known="Without the batch normalisation of the papers.",
        figure="learning-time",
    ),
    entry(
        "J7",
        "For MNIST N* grows like P^0.75, nearly alike for all depths, and far below random data.",
        "A, Fig. 10; thesis, conclusion",
        Value(0.75),
        nstar.exponent_of_mnist,
        Accepted(0.65, 0.90, "0.75 with the curvature between P = 125 and 2000"),
        ("nstar-mnist", "nstar-random"),
        known="At small P N* of three layers stays above that of one: h is then below d = 10. From"
        " P = 500 to 2000 the exponent is 0.76 for one layer and 0.54 for three; at P = 4000 longer"
        " training brings the depths together.",
        figure="nstar-mnist",
    ),
    entry(
        "J8",
        "N_Delta/N against the loss falls on one curve for all depths.",
        "A, Fig. 6b",
        "almost no scatter",
        landscape.collapse,
        Accepted(0.0, 0.10, "a tenth of the value"),
        (RANDOM, DEEP),
        known="Within a depth 0.11 (L = 2) and 0.07 (L = 3): single runs of 450 weights scatter by"
        " as much, and three layers of twelve neurons lie some percent below two of fifteen.",
        figure="jump-random",
    ),
    entry(
        "J9",
        "The number of misclassified points grows smoothly with the loss from zero.",
        "A, Fig. 6c",
        "monotonic",
        landscape.wrong_with_loss,
        Accepted(0.95, 1.0, "monotonic but for ties"),
        (RANDOM, DEEP),
        figure="jump-random",
    ),
    entry(
        "J10",
        "With tanh N_Delta/N jumps at the transition too.",
        "A, Fig. 6d",
        "a sharp jump",
        landscape.height(TANH, 0.0, 1e-2),
        Accepted(0.3, math.inf, "a jump that no gradual growth from zero would show"),
        (TANH,),
        figure="jump-tanh",
    ),
    entry(
        "J25",
        "The location of the transition depends mildly on the dynamics.",
        "A, sec. V and note 67",
        "mildly",
        nstar.optimisers,
        Accepted(0.8, 1.2, "a fifth"),
        ("nstar-random", "nstar-random-sgd"),
        known="In 100,000 steps SGD of this rate ends next to the transition at losses of 4e-6,"
        " still falling: N* is that of a learning time. At ten times the rate N* at P = 1000 is"
        " 1.7 times that of ADAM, at forty times runs diverge.",
        figure="nstar-sgd",
    ),
)

SPECTRA = (
    entry(
        "J11",
        "The spectrum of H_p collapses in units of the square root of the loss.",
        "A, Fig. 7a and b",
        "collapse",
        landscape.scaling_of_H_p,
        Accepted(1.0, 1.5, "over 1.5 decades of the loss sqrt(L) changes by a factor of 5.6"),
        (RANDOM,),
        known="The statistic is the largest of all factors, over all runs.",
        figure="spectra-random",
    ),
    entry(
        "J12",
        "The spectrum of H_p of relu networks is symmetric, at the start and at the end.",
        "A, App. B",
        Value(0.5),
        landscape.symmetric,
        Accepted(0.47, 0.53, "1/2, give or take what a few networks scatter"),
        (RANDOM, DEEP, MNIST),
        figure="spectra-random",
    ),
    entry(
        "J13",
        "With tanh C_0 = N_-/N of H_p is about 0.43 at jamming.",
        "A, sec. III and Fig. 7e",
        Value(0.43),
        landscape.C_0_of_tanh,
        Accepted(0.38, 0.48, "it falls away from the transition"),
        (TANH,),
        figure="spectra-tanh",
    ),
    entry(
        "J14",
        "H_0 has as many positive eigenvalues as there are unsatisfied constraints.",
        "A, sec. III and Fig. 7c",
        "N_Delta",
        landscape.rank_of_H_0,
        Accepted(0.98, 1.0, "gradients of two constraints may be dependent in narrow networks"),
        (RANDOM, DEEP),
        figure="spectra-random",
    ),
    entry(
        "J15",
        "The Hessian of relu networks keeps negative eigenvalues, about a tenth of N.",
        "A, Fig. 7d",
        Value(0.1),
        landscape.negative(RANDOM),
        Accepted(0.05, 0.20, "about 0.1; reference runs at N near 500 gave 0.14 to 0.15"),
        (RANDOM,),
        figure="spectra-random",
    ),
    entry(
        "J16",
        "The Hessian of tanh networks has next to no negative eigenvalues at the end.",
        "A, sec. V",
        "11 of 2232 after 1e7 steps, 6 after 1e8",
        landscape.negative(TANH),
        Accepted(0.0, 0.01, "a hundredth of N"),
        (TANH,),
        known="Next to the transition 200,000 steps do not bring a run to its minimum; farther"
        " inside, at P/N = 5.3, a reference run had none.",
        figure="spectra-tanh",
    ),
    entry(
        "J17",
        "For MNIST N_Delta/N is about 0.5 at the transition.",
        "A, Fig. 9",
        Value(0.5),
        landscape.height(MNIST),
        Accepted(0.35, 0.65, "0.5 with the scatter of small networks"),
        (MNIST,),
        figure="jump-mnist",
    ),
    entry(
        "J18",
        "For relu gaps are distributed with an exponent gamma of 0.2, and overlaps with theta of "
        "0.3.",
        "A, Fig. 8a and b",
        Value(0.2),
        landscape.exponent_of_gaps(RANDOM),
        Accepted(0.1, 0.3, "gamma to within 0.1"),
        (RANDOM,),
        known="The verdict is that of gamma, from ten runs of 465 weights with some hundred gaps:"
        " other rates and steps gave 0.17 and 0.29, with intervals as wide. Constraints that still"
        " move make gaps small and gamma large; theta needs runs that have converged far more.",
        figure="gaps-random",
    ),
    entry(
        "J19",
        "For tanh gaps are distributed with an exponent gamma of 0.16, and overlaps with theta of "
        "0.2.",
        "A, Fig. 8c and d",
        Value(0.16),
        landscape.exponent_of_gaps(TANH),
        Accepted(0.08, 0.25, "gamma to within 0.1"),
        (TANH,),
        known="The verdict is that of gamma: theta needs runs that have converged far more.",
        figure="gaps-tanh",
    ),
    entry(
        "J20",
        "For MNIST gaps are distributed with an exponent gamma of 0.25.",
        "A, Fig. 9d",
        Value(0.25),
        landscape.exponent_of_gaps(MNIST),
        Accepted(0.15, 0.35, "gamma to within 0.1"),
        (MNIST,),
        known="Ten runs or fewer, of 310 weights: the interval is wide.",
        figure="gaps-mnist",
    ),
    entry(
        "J21",
        "At jamming N_c, about a quarter of N, pre-activations of training points are on the kink.",
        "A, Fig. 12; B, App. A.3",
        Several((Value(0.21), Value(0.25))),
        landscape.cusps_a_parameter,
        Accepted(0.12, 0.30, "reference runs at N near 450 gave 0.15 (L = 2) and 0.25 (L = 3)"),
        (RANDOM,),
        figure="cusps-random",
    ),
    entry(
        "J23",
        "H_p has one zero mode for each hidden neuron, from its symmetry of scale.",
        "A, sec. V",
        Value(1),
        landscape.flat_directions,
        Accepted(0.5, 1.5, "exact only where the gradient vanishes, and cusps take some away"),
        (RANDOM,),
        figure="spectra-random",
    ),
)

LARGE = (
    large(
        "J22",
        "At jamming MNIST is classified with an accuracy above 90 % for P of 1e4 and more.",
        "A, sec. VI; B, App. B",
        Range(0.9, math.inf),
        Accepted(0.9, 1.0, "the claim itself"),
        paper="python -m jamming.find_nstar --dataset mnist10pca --P 10000 --depth 5 --fractional"
        " --steps 2000000 --lr 1e-4 --decay-every 250000 --protocol descend --seeds 3",
        cost="1e16 floating-point operations: an hour of one H200",
    ),
)


CLAIMS = tuple(
    sorted(
        (*TRANSITION, *SPECTRA, *LARGE, *CLASSES), key=lambda claim: int(claim.id.removeprefix("J"))
    )
)
