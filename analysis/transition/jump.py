"""The jump of N_Delta / N at jamming, and how it and the errors go with the loss.

Left: N_Delta / N against P / N, scattered near the transition, as runs end at different losses.
Middle: against the loss, where all depths fall on one curve that does not go to zero. Right:
misclassified training points, which do vanish with the loss (*The jamming transition as a
paradigm*, 2019, Figs. 6 and 9a-c).
"""

import numpy as np
from matplotlib.ticker import MaxNLocator

from analysis.plotting.style import Figure, panels
from analysis.transition.axes import heading, line_style, some
from analysis.transition.estimates import depths, n_delta
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape

FLOOR = 1e-12  # losses below it, of runs that all but fit, are drawn there


def figure(runs: list[Run]) -> Figure:
    """N_Delta / N against P / N and the loss, and wrong points against the loss.

    Raises:
        BadInput: there is no run.
    """
    some(runs, "run")
    title = heading(runs)
    with panels(1, 3, of=runs, title=title, figsize=(10, 3.2)) as (page, (left, middle, right)):
        for L in depths(runs):
            mine = [run for run in runs if run.job.L == L]
            ratio = np.array([run.trajectory.N / run.job.P for run in mine]) ** -1
            share = np.array([n_delta(run) for run in mine])
            loss = np.array([max(run.trajectory.loss, FLOOR) for run in mine])
            wrong = np.array([run.trajectory.misclassified for run in mine])
            left_over = share > 0
            points = {"ls": "", "alpha": 0.7, "mew": 0, **line_style(runs, L)}
            left.plot(ratio, share, label=f"L = {L}", **points)
            middle.plot(loss[left_over], share[left_over], **points)
            right.plot(loss[left_over], wrong[left_over], **points)
        left.set(xlabel="$P/N$", ylabel=r"$N_\Delta/N$ at the end")
        left.legend()
        for ax in (middle, right):
            ax.set(xscale="log", xlabel="loss at the end   (fitted runs not shown)")
        middle.set_ylabel(r"$N_\Delta/N$ at the end")
        right.set_ylabel("misclassified training points")
        right.yaxis.set_major_locator(MaxNLocator(integer=True))
        right.set_ylim(bottom=-0.5)
    return page
