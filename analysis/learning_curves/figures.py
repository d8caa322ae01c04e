"""The figures of the chapter on learning curves, each of a named experiment."""

from analysis.learning_curves import kernel_pca, kernel_regression, learning_curve, stripe
from analysis.plotting.figure import of

FIGURES = (
    of(stripe, "stripe", "learning curves and compression, stripe"),
    of(stripe, "cylinder", "learning curves and compression, cylinder"),
    of(learning_curve, "learning-curve-cnn", "learning curves of a CNN", "curve-cnn"),
    of(kernel_pca, "kernel-pca", "kernel PCA before and after learning, stripe", "stripe"),
    of(kernel_pca, "kernel-pca-cnn", "kernel PCA of a CNN on MNIST", "gram-cnn"),
    *(
        of(kernel_regression, name, f"learning curves of kernel regression, {data}")
        for name, data in (
            ("kernel-regression-mnist", "MNIST"),
            ("kernel-regression-cifar10", "CIFAR-10"),
        )
    ),
)
