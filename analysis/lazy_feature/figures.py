"""The figures of the chapter on lazy and feature learning, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("lazy_feature")

CHANGE = "change of kernel and weights"

FIGURES = (
    of("regimes", "regimes", "errors from feature to lazy learning"),
    of("kernel_change", "kernel-change", CHANGE, "regimes"),
    of("loss_curves", "loss-curves", "learning in time", "regimes"),
    of("loss_curves", "growth", "growth of the output", "regimes-growth"),
    of("variance", "variance", "Var F against width and alpha", "regimes"),
    of("variants", "regimes-extreme", "feature learning at its far end"),
    of("kernel_change", "kernel-depths", f"{CHANGE}, L = 2, 3 and 5", "regimes-depths"),
    of("kernel_change", "kernel-relu", f"{CHANGE}, relu", "regimes-relu"),
    of("kernel_change", "kernel-mfp", f"{CHANGE}, mfp", "regimes-mfp"),
    of("frozen", "frozen", "kernels of start and end", "regimes-kernels"),
    of("frozen", "frozen-resnet", "kernels of start and end, residual network", "regimes-resnet"),
    of("variance", "variance-lazy", "Var F against width and P", "regimes-lazy"),
    of("variants", "regimes-unsubtracted", "alpha f and alpha (f - f0)"),
    of("variants", "regimes-bias", "with biases and without"),
    of("variants", "regimes-deep", "three and nine hidden layers"),
    of("variants", "regimes-data", "several data sets"),
    of("variants", "regimes-cnn", "convolutional networks"),
    of("initial_scales", "initial-scales", "gradients and speeds at the start"),
    of("tolerance", "tolerance", "tolerances of the flow"),
    of("gram", "gram", "the kernel before and after learning"),
    of("gram", "gram-resnet", "that of a wide residual network"),
)
