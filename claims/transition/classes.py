"""The entry of several classes, J24, and its statistic."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from claims.core.entry import entry
from claims.core.register import Accepted, Measured
from claims.core.statistics import no_estimate

HINGE, ENTROPY = "multiclass_hinge", "cross_entropy"


def hinge_or_entropy(results: Mapping[str, Any]) -> Measured:
    """J24: mean difference of the test errors, paired by seed, over its standard error.

    Of the widest networks, at the last step. The interval is that of Student for the difference,
    in the same units.
    """
    found = results["classes"].isel(h=-1)
    lost = [name for name in (HINGE, ENTROPY) if name not in found.loss.values]
    if lost:
        return no_estimate(f"no runs of {lost[0]}")
    hinge, entropy = (100 * found.test_error.sel(loss=name).values for name in (HINGE, ENTROPY))
    pairs = hinge - entropy
    pairs = pairs[np.isfinite(pairs)]
    n = int(pairs.size)
    error = float(pairs.std(ddof=1)) / n**0.5 if n > 1 else 0.0
    if n < 3 or error == 0:
        return no_estimate(f"{n} pairs of runs, where 3 that differ are needed")
    value = float(pairs.mean()) / error
    reach = float(stats.t.ppf(0.975, n - 1))
    text = (
        f"Hinge less cross-entropy, in standard errors; {hinge.mean():.2f} % and"
        f" {entropy.mean():.2f} %, difference {pairs.mean():+.2f} +- {error:.2f} % over seeds"
    )
    return Measured(value, value - reach, value + reach, n, text)


CLASSES = (
    entry(
        "J24",
        "A hinge loss of several classes generalises as well as the cross-entropy.",
        "A, sec. IV",
        "3.61, 3.65 and 3.82 against 3.72 (% error, CIFAR-10)",
        hinge_or_entropy,
        Accepted(-2.0, 2.0, "equal within two standard errors of the difference"),
        ("classes",),
        known="The published network is a Shake-Shake of 26 layers trained for 1800 epochs, and the"
        " errors there agree within 0.3 %; here fully connected networks learn MNIST, all for the"
        " same number of steps. The paper leaves the margin open: at 1/2, no more than the output"
        " of the untrained network, hinges make 9.2 % errors where cross-entropy makes 7.9 %;"
        " at 3, 0.13 +- 0.04 % more, less than published runs differ by.",
        figure="classes",
    ),
)
