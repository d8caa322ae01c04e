"""The figures of the chapter on double descent and scaling with N."""

from analysis.double_descent import (
    averages,
    convolutions,
    courses,
    descent,
    fluctuations,
    norm,
    wide,
)
from analysis.double_descent.axes import opened
from analysis.plotting.figure import Figure

FIGURES = (
    Figure(
        "descent",
        "descent",
        "test error against N, of one network, stopped early, and averaged",
        opened,
        descent.draw,
    ),
    Figure("norm", "descent", "norm of f and its divergence", opened, norm.draw),
    Figure(
        "fluctuations",
        "descent",
        "fluctuations of f, boundaries, and what they do to the error",
        opened,
        fluctuations.draw,
    ),
    Figure("courses", "descent", "errors in time, around jamming", opened, courses.draw),
    Figure(
        "descent-points",
        "descent-points",
        "test error against N / N* for several P",
        opened,
        descent.draw,
    ),
    Figure(
        "descent-depth",
        "descent-depth",
        "test error against N for several depths",
        opened,
        descent.draw,
    ),
    Figure(
        "averages",
        "descent-averages",
        "error of the average of n networks",
        opened,
        averages.draw,
    ),
    Figure(
        "fluctuations-difference",
        "descent-difference",
        "fluctuations where f - f_0 is trained",
        opened,
        fluctuations.draw,
    ),
    Figure(
        "convolutions",
        "descent-cnn",
        "errors of convolutional networks against their channels",
        convolutions.opened,
        convolutions.draw,
    ),
    Figure("wide", "initial", "what initial weights do to wide networks", wide.opened, wide.draw),
)
