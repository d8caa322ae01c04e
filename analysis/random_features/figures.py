"""The figures of the chapter on random features, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("random_features")

HALF = "the same at half the size, where more is left of a finite dimension"

FIGURES = (
    of("figure", "random-features", "test error of random features, with the exact curves"),
    of("figure", "random-features-half", HALF),
    of("figure", "random-features-small", "the same of a small dimension, to very wide networks"),
)
