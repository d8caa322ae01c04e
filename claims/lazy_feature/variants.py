"""Entries of the register about what changes the regimes: f0, biases, depth, data; L17 to L25."""

import math

from claims.core.entry import entry, large
from claims.core.register import Accepted
from claims.lazy_feature import regime_variants
from claims.lazy_feature.regime_errors import REGIMES
from claims.lazy_feature.regime_variants import (
    BIAS,
    CNN,
    DATA,
    DEEP,
    EXTREME,
    GRAM,
    KERNELS,
    RAW,
    RESIDUAL,
    RESIDUAL_KERNELS,
)

_FASHION = "python -m sweeps.lazy_feature regimes --dataset fashion_mnist --P 10000"

VARIANTS = (
    entry(
        "L17a",
        "For alpha up to 1 learning alpha f gives the errors of alpha (f - f0).",
        "D, App. I and Fig. 15",
        "the same",
        regime_variants.uncentred(high=False),
        Accepted(-2.0, 2.0, "two standard errors"),
        (RAW, REGIMES),
        figure="regimes-unsubtracted",
    ),
    entry(
        "L17b",
        "For alpha much above 1 learning alpha f is far worse than alpha (f - f0).",
        "D, App. I and Fig. 15",
        "drastically",
        regime_variants.uncentred(high=True),
        Accepted(0.2, math.inf, "a fifth"),
        (RAW, REGIMES),
        figure="regimes-unsubtracted",
    ),
    entry(
        "L18",
        "Biases change nothing.",
        "D, App. J and Fig. 16",
        "negligible",
        regime_variants.biases,
        Accepted(-2.0, 2.0, "two standard errors"),
        (BIAS, REGIMES),
        figure="regimes-bias",
    ),
    entry(
        "L19a",
        "Kernel learning with the kernel of the end of training has the error of the network.",
        "D, App. A and Fig. 8c",
        "the same, alpha = 1",
        regime_variants.kernel_of_the_end(-1),
        Accepted(0.9, 1.1, "a tenth"),
        (KERNELS,),
        figure="frozen",
    ),
    entry(
        "L19b",
        "So it has where features are learnt.",
        "D, App. A",
        "the same",
        regime_variants.kernel_of_the_end(0),
        Accepted(0.9, 1.1, "a tenth"),
        (KERNELS,),
        known="At alpha = 0.01, which is alpha~ of 0.04 to 0.08.",
        figure="frozen",
    ),
    entry(
        "L19c",
        "So it has for a wide residual network, at every width.",
        "D, App. A and Fig. 8c and d",
        "the same, alpha = 1",
        regime_variants.kernel_of_the_end(-1, RESIDUAL_KERNELS),
        Accepted(0.9, 1.1, "a tenth"),
        (RESIDUAL_KERNELS,),
        known="Of 7 layers on the digits, for the published 25 on CIFAR-10.",
        figure="frozen-resnet",
    ),
    entry(
        "L20a",
        "Learning features makes the tangent kernel larger within classes than between them.",
        "D, App. A and Fig. 8a and b",
        "the kernel inflates, with the structure of the classes",
        regime_variants.classes_in_kernel(GRAM),
        Accepted(1e-3, math.inf, "the contrast of classes rises"),
        (GRAM,),
        known="Of fully connected networks, for the published wide residual network.",
        figure="gram",
    ),
    entry(
        "L20b",
        "So does the tangent kernel of a wide residual network.",
        "D, App. A and Fig. 8a and b",
        "the kernel inflates, with the structure of the classes",
        regime_variants.classes_in_kernel(RESIDUAL),
        Accepted(1e-3, math.inf, "the contrast of classes rises"),
        (RESIDUAL,),
        known="Of 7 layers on the digits, for the published 25 on CIFAR-10.",
        figure="gram-resnet",
    ),
    entry(
        "L21a",
        "Fully connected networks learn MNIST better in the lazy regime.",
        "D, Table 1",
        "lazy",
        regime_variants.regime_of("mnist"),
        Accepted(2.0, math.inf, "ensembles, by two standard errors"),
        (DATA,),
        known="At P = 500, for the 10,000 of the paper: the order of the regimes changes with P.",
        figure="regimes-data",
    ),
    entry(
        "L21b",
        "Fully connected networks learn CIFAR-10 better in the lazy regime.",
        "D, Table 1",
        "lazy",
        regime_variants.regime_of("cifar10", "cifar_30pca"),
        Accepted(2.0, math.inf, "ensembles, by two standard errors"),
        (DATA,),
        known="Of 30 principal components, and at P = 500, for the pixels of 10,000 images.",
        figure="regimes-data",
    ),
    large(
        "L21c",
        "Fully connected networks learn Fashion-MNIST and EMNIST better in the lazy regime.",
        "D, Table 1",
        "lazy",
        Accepted(2.0, math.inf, "ensembles, by two standard errors"),
        paper=f"{_FASHION.replace('fashion_mnist', 'fashion_mnist emnist')} --depth 3 --h 100"
        " --alpha-tilde 1e-3 1e-2 1e-1 1 10 100 1e3 1e4 --steps 1000000 --test-points 50000"
        " --seeds 20 --no-kernel",
        cost="4e16 floating-point operations: 2 hours of one H200",
    ),
    entry(
        "L22a",
        "Ensembles of networks with 9 hidden layers have the errors of those with 3.",
        "D, Sec. 7 and Fig. 7d",
        "very limited effect",
        regime_variants.depths,
        Accepted(0.9, 1.1, "a tenth"),
        (DEEP,),
        figure="regimes-deep",
    ),
    entry(
        "L22b",
        "Single networks are worse with 9 hidden layers than with 3.",
        "D, Sec. 7 and Fig. 7d",
        "decreases",
        regime_variants.single_depths,
        Accepted(0.0, math.inf, "the sign"),
        (DEEP,),
        figure="regimes-deep",
    ),
    large(
        "L23",
        "On 10 principal components of MNIST feature learning is as good as lazy learning or"
        " a little better.",
        "D, Sec. 7, Table 1 and Fig. 7a",
        "feature, slightly",
        Accepted(0.9, 1.02, "ensemble's error of feature by that of lazy learning, P = 10,000"),
        paper="python -m sweeps.lazy_feature regimes --dataset mnist10pca --P 10000 --depth 3 5"
        " --h 100"
        " --alpha-tilde 1e-3 1e-2 1e-1 1 10 100 1e3 1e4 --steps 1000000 --test-points 50000"
        " --seeds 20 --no-kernel",
        cost="3e16 floating-point operations: 2 hours of one H200",
        known="At P = 300 lazy learning wins clearly (L5b): small P says nothing of this. Text"
        " and table of the paper differ in the depth, 3 or 5.",
    ),
    entry(
        "L24a",
        "Ensembles of convolutional networks learn CIFAR-10 better in the feature regime.",
        "D, Sec. 7, Table 1 and Fig. 7b",
        "feature",
        regime_variants.regime_of_cnn,
        Accepted(-math.inf, -2.0, "ensembles, by two standard errors"),
        (CNN,),
        known="ADAM on batches of 32 in the paper, on all points here. At P = 200, for 10,000:"
        " single networks already do better by 2.5 points, ensembles by 0.3, which five networks"
        " do not tell from none.",
        figure="regimes-cnn",
    ),
    entry(
        "L24c",
        "Single convolutional networks learn CIFAR-10 better in the feature regime.",
        "D, Sec. 7 and Fig. 7b",
        "feature",
        regime_variants.single_cnn,
        Accepted(-math.inf, -2.0, "by two standard errors"),
        (CNN,),
        known="ADAM on batches of 32 in the paper, on all points here.",
        figure="regimes-cnn",
    ),
    large(
        "L24b",
        "Convolutional networks learn Fashion-MNIST best in a narrow range of alpha between the"
        " regimes.",
        "D, Sec. 7 and Table 1",
        "unclear",
        Accepted(-2.0, 2.0, "ensembles of both regimes, to within two standard errors"),
        paper=f"{_FASHION} --architecture cnn --depth 4 --h 100 --alpha-tilde 1e-2 1e-1 1 10 100"
        " 1e3 1e4 --loss linear_hinge --dynamics sgd --batch 32 --lr 0.1 --precision float32"
        " --steps 200000 --seeds 20 --no-kernel --kernel-points 0",
        cost="1e17 floating-point operations: 6 hours of one H200",
        known="With batches of 32, by SGD in place of ADAM.",
    ),
    entry(
        "L25",
        "For alpha~ below 1e-4 the variance of the output blows up.",
        "D, Sec. 4",
        "blows up",
        regime_variants.blow_up,
        Accepted(3.0, math.inf, "three times that of feature learning"),
        (EXTREME,),
        known="It rises by half from alpha~ = 1e-2 to 1e-5, where 70 % of the networks fit within"
        " their budget.",
        figure="regimes-extreme",
    ),
)
