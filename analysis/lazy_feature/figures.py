"""The figures of the chapter on lazy and feature learning, each of a named experiment."""

from analysis.lazy_feature import (
    frozen,
    gram,
    initial_scales,
    kernel_change,
    loss_curves,
    regimes,
    tolerance,
    variance,
    variants,
)
from analysis.lazy_feature.estimates import opened
from analysis.plotting.figure import Figure
from sweeps.lazy_feature.experiments import OTHER_SETS


def _variants(name: str, about: str) -> Figure:
    return Figure(name, name, about, variants.opened, variants.draw)


FIGURES = (
    Figure("regimes", "regimes", "errors from feature to lazy learning", opened, regimes.draw),
    Figure("kernel-change", "regimes", "change of kernel and weights", opened, kernel_change.draw),
    Figure("loss-curves", "regimes", "learning in time", opened, loss_curves.draw),
    Figure("growth", "regimes-growth", "growth of the output", opened, loss_curves.draw),
    Figure("variance", "regimes", "Var F against width and alpha", opened, variance.draw),
    _variants("regimes-extreme", "feature learning at its far end"),
    Figure(
        "kernel-depths",
        "regimes-depths",
        "change of kernel and weights, L = 2, 3 and 5",
        opened,
        kernel_change.draw,
    ),
    Figure(
        "kernel-relu",
        "regimes-relu",
        "change of kernel and weights, relu",
        opened,
        kernel_change.draw,
    ),
    Figure("frozen", "regimes-kernels", "kernels of start and end", opened, frozen.draw),
    Figure(
        "frozen-resnet",
        "regimes-resnet",
        "kernels of start and end, residual network",
        opened,
        frozen.draw,
    ),
    Figure("variance-lazy", "regimes-lazy", "Var F against width and P", opened, variance.draw),
    *(
        Figure(
            f"variance-lazy-{seed}",
            f"regimes-lazy-{seed}",
            f"Var F against P, set {seed} of other points",
            opened,
            variance.draw,
        )
        for seed in OTHER_SETS
    ),
    _variants("regimes-unsubtracted", "alpha f and alpha (f - f0)"),
    _variants("regimes-bias", "with biases and without"),
    _variants("regimes-deep", "three and nine hidden layers"),
    _variants("regimes-data", "several data sets"),
    _variants("regimes-cnn", "convolutional networks"),
    Figure(
        "initial-scales",
        "initial-scales",
        "gradients and speeds at the start",
        initial_scales.opened,
        initial_scales.draw,
    ),
    Figure("tolerance", "tolerance", "tolerances of the flow", tolerance.opened, tolerance.draw),
    Figure("gram", "gram", "the kernel before and after learning", gram.opened, gram.draw),
    Figure(
        "gram-resnet",
        "gram-resnet",
        "that of a wide residual network",
        gram.opened,
        gram.draw,
    ),
)
