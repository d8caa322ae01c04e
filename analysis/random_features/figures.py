"""The figures of the chapter on random features, each of a named experiment."""

from analysis.random_features.figure import FIGURES

__all__ = ["FIGURES"]
