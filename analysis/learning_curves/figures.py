"""The figures of the chapter on learning curves, each of a named experiment."""

from analysis.learning_curves.kernel_pca import KERNEL_PCA
from analysis.learning_curves.kernel_regression import KERNEL_REGRESSION
from analysis.learning_curves.learning_curve import LEARNING_CURVES
from analysis.learning_curves.stripe import STRIPE

FIGURES = (*STRIPE, *LEARNING_CURVES, *KERNEL_PCA, *KERNEL_REGRESSION)
