"""The figures of the chapter on learning curves, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("learning_curves")

FIGURES = (
    of("stripe", "stripe", "learning curves and compression, stripe"),
    of("stripe", "cylinder", "learning curves and compression, cylinder"),
    of("alignment", "alignment", "alignment of the first layer, stripe", "stripe"),
    of("learning_curve", "learning-curve-cnn", "learning curves of a CNN", "curve-cnn"),
    of("kernel_pca", "kernel-pca", "kernel PCA before and after learning, stripe", "stripe"),
    of("kernel_pca", "kernel-pca-cnn", "kernel PCA of a CNN on MNIST", "gram-cnn"),
)
