"""Learning curves: of a CNN, P5, with an invariance, P6 to P9, and of kernels of images, P10.

The review is Geiger, Petrini and Wyart, *Landscape and training regimes in deep learning* (2021);
the paper that it summarises there, Paccolat, Petrini, Geiger, Tyloo and Wyart, *Geometric
compression of invariant manifolds in neural nets* (2020).
"""

import math
from fractions import Fraction

from claims.core.entry import entry
from claims.core.published import Value
from claims.core.register import Accepted
from claims.learning_curves import compression
from claims.learning_curves.compression import CIFAR, CURVE, CYLINDER, IMAGES, MNIST, STRIPE

_REVIEW = "Geiger, Petrini and Wyart 2021, Landscape and training regimes"
_PAPER = "Paccolat et al. 2020, Geometric compression of invariant manifolds"
_SPIGLER = "Spigler, Geiger and Wyart 2020, Asymptotic learning curves of kernels"
_FOUR = "The published network has 16 layers (Paccolat et al. 2020); the deepest here has four."

CNN = (
    entry(
        "P5",
        "The error of a CNN on MNIST falls as P^-beta with a larger beta where features are learnt"
        " than in lazy training.",
        f"D, sec. 8; {_REVIEW}, Fig. 8",
        "1/2 - 1/3",
        compression.exponents_apart,
        Accepted(0.05, math.inf, "a difference of the exponents beyond the error of a fit"),
        (CURVE,),
        known=_FOUR,
        figure="learning-curve-cnn",
    ),
    entry(
        "P5b",
        "In lazy training its error falls as P^(-1/3).",
        f"D, sec. 8; {_REVIEW}, Fig. 8",
        Value(Fraction(1, 3)),
        compression.exponent_of_cnn("lazy"),
        Accepted(0.25, 0.42, "1/3 to within 0.09"),
        (CURVE,),
        known=_FOUR,
        figure="learning-curve-cnn",
    ),
    entry(
        "P5c",
        "Where features are learnt its error falls as P^(-1/2).",
        f"D, sec. 8; {_REVIEW}, Fig. 8",
        Value(Fraction(1, 2)),
        compression.exponent_of_cnn("feature"),
        Accepted(0.4, 0.6, "1/2 to within 0.1"),
        (CURVE,),
        known=_FOUR,
        figure="learning-curve-cnn",
    ),
    entry(
        "P5a",
        "Such a CNN does better where features are learnt than in lazy training, at every P.",
        f"D, sec. 8; {_REVIEW}, Fig. 8",
        "better",
        compression.feature_by_lazy,
        Accepted(0.0, 1.0, "the order, at each P"),
        (CURVE,),
        known=_FOUR,
        figure="learning-curve-cnn",
    ),
)

INVARIANCE = (
    entry(
        "P6a",
        "Where labels depend on few coordinates, the test error of lazy training falls as P^-beta"
        " with beta = d/(3d-2).",
        f"{_REVIEW}, sec. 5; {_PAPER}",
        "0.385 (d = 5), 0.357 (d = 10)",
        compression.exponent(STRIPE, "lazy"),
        Accepted(-0.06, 0.06, "the prediction to within 0.06"),
        (STRIPE,),
        known="The exponent is of P beyond 10^4: between P = 512 and 4096 local exponents fall from"
        " 0.6 to 0.45, and the last decade has 0.493 [0.443, 0.542]. The kernel is that of infinite"
        " width.",
        figure="stripe",
    ),
    entry(
        "P6b",
        "With a planar boundary the error of feature learning falls as P^-beta with"
        " beta = (d + d_perp/2)/(3d-2).",
        f"{_REVIEW}, sec. 5; {_PAPER}",
        "0.538 (d = 5), 0.518 (d = 10)",
        compression.exponent(STRIPE, "feature"),
        Accepted(-0.08, 0.08, "the prediction to within 0.08"),
        (STRIPE,),
        known="The abstract of the paper has (2d-1)/(3d-2) for planes, 0.692 for d = 5, which the"
        " interval holds. How much of P is fitted matters as much: four octaves have 0.614, three"
        " 0.730; local exponents scatter between 0.6 and 0.8."
        " The error rises again while the last points are fitted, at widths of 256 and of 1024"
        " alike.",
        figure="stripe",
    ),
    entry(
        "P6c",
        "With a cylindrical boundary the error of feature learning falls as P^-beta with"
        " beta = (d + d_perp/2)/(3d-2).",
        f"{_REVIEW}, sec. 5; {_PAPER}",
        "0.5",
        compression.exponent(CYLINDER, "feature"),
        Accepted(-0.08, 0.08, "the prediction to within 0.08"),
        (CYLINDER,),
        known="Above the prediction by little more than the error of the fit; the last decade of P"
        " has 0.61 [0.52, 0.69].",
        figure="cylinder",
    ),
    entry(
        "P7",
        "Learning features compresses the uninformative directions by Lambda = W_par/W_perp, which"
        " grows as the square root of P.",
        f"{_REVIEW}, sec. 5",
        Value(0.5),
        compression.compression,
        Accepted(0.4, 0.6, "the exponent to within 0.1"),
        (STRIPE,),
        known="Of the largest Lambda on the way, when the compression ends: it falls again while"
        " the last points at the boundary are fitted. The review does not say when.",
        figure="stripe",
    ),
    entry(
        "P8",
        "The kernel of lazy training on (x_par, x_perp/Lambda) has nearly the error of feature"
        " learning.",
        f"{_REVIEW}, Fig. 9",
        "the curves are similar",
        compression.compressed_kernel,
        Accepted(0.8, 1.2, "a fifth, at each P"),
        (STRIPE,),
        known="Networks come near to the kernel as P grows: the ratio falls from 2.6 at P = 128 to"
        " 0.9 at P = 4096. Lambda is that of all neurons at the end of training; with the"
        " largest on the way the kernel is six times better than the networks.",
        figure="stripe",
    ),
    entry(
        "P9",
        "Learning features makes the top eigenvectors of the tangent kernel more informative of"
        " the labels, which project more on them.",
        f"{_REVIEW}, Fig. 10 A and C",
        "large after learning",
        compression.informative_kernel(STRIPE),
        Accepted(1.3, math.inf, "more by 30 %, of the information and of the projection"),
        (STRIPE,),
        figure="kernel-pca",
    ),
    entry(
        "P9a",
        "So it does in convolutional networks that learn MNIST.",
        f"{_REVIEW}, Fig. 10 B and D",
        "large after learning",
        compression.informative_kernel(IMAGES),
        Accepted(1.3, math.inf, "more by 30 %, of the information and of the projection"),
        (IMAGES,),
        figure="kernel-pca-cnn",
    ),
    entry(
        "P10a",
        "On MNIST the error of the Laplace and the Gaussian kernel falls as P^-beta with beta of"
        " about 0.4.",
        f"{_REVIEW}, sec. 5; {_SPIGLER}",
        Value(0.4),
        compression.exponent_of_images(MNIST, 0.4),
        Accepted(0.3, 0.5, "0.4 to within 0.1"),
        (MNIST,),
        figure="kernel-regression-mnist",
    ),
    entry(
        "P10b",
        "On CIFAR-10 the error of the Laplace and the Gaussian kernel falls as P^-beta with beta of"
        " about 0.1.",
        f"{_REVIEW}, sec. 5; {_SPIGLER}",
        Value(0.1),
        compression.exponent_of_images(CIFAR, 0.1),
        Accepted(0.05, 0.15, "0.1 to within 0.05"),
        (CIFAR,),
        known="Of the Gaussian kernel; the Laplace kernel has 0.07, and 0.10 of the share of wrong"
        " points. The Gaussian one has a mean square error between 1.03 and 0.88 here, so that its"
        " power is one of learning next to nothing; how wide it was is not stated.",
        figure="kernel-regression-cifar10",
    ),
    entry(
        "P10c",
        "The images of MNIST lie in an intrinsic dimension of about 14.",
        f"{_REVIEW}, sec. 5; {_SPIGLER}",
        Value(14),
        compression.dimension(MNIST, 14.0),
        Accepted(10.0, 18.0, "14 to within 4"),
        (MNIST,),
        known="From the distance to the nearest of P points, over the last decade of P.",
        figure="kernel-regression-mnist",
    ),
    entry(
        "P10d",
        "The images of CIFAR-10 lie in an intrinsic dimension of about 30.",
        f"{_REVIEW}, sec. 5; {_SPIGLER}",
        Value(30),
        compression.dimension(CIFAR, 30.0),
        Accepted(22.0, 38.0, "30 to within 8"),
        (CIFAR,),
        known="From the distance to the nearest of P points, over the last decade of P.",
        figure="kernel-regression-cifar10",
    ),
)

CLAIMS = (*CNN, *INVARIANCE)
