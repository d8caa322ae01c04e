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
    """N_Delta / N against P / N and the loss, and wrong points against it; TooEarly of no run."""
    title = heading(some(runs, "run"))
    with panels(1, 3, of=runs, title=title, figsize=(10, 3.2)) as (page, (left, middle, right)):
        for L in depths(runs):
            mine = [(run, run.trajectory) for run in runs if run.job.L == L]
            rows = [(run.job.P / e.N, n_delta(run), e.loss, e.misclassified) for run, e in mine]
            ratio, share, loss, wrong = np.array(rows).T
            loss = np.maximum(loss, FLOOR)
            points = {"ls": "", "alpha": 0.7, "mew": 0, **line_style(runs, L)}
            left.plot(ratio, share, label=f"L = {L}", **points)
            middle.plot(loss[share > 0], share[share > 0], **points)
            right.plot(loss[share > 0], wrong[share > 0], **points)
        left.set(xlabel="$P/N$", ylabel=r"$N_\Delta/N$ at the end")
        left.legend()
        for ax, name in ((middle, left.get_ylabel()), (right, "misclassified training points")):
            ax.set(xscale="log", xlabel="loss at the end   (fitted runs not shown)", ylabel=name)
        right.yaxis.set_major_locator(MaxNLocator(integer=True))
        right.set_ylim(bottom=-0.5)
    return page
