"""The experiments on phase diagrams: by SGD, by the flow, and what networks are stable to."""

from sweeps.engine.experiment import Experiment, h200
from sweeps.phase_diagram.commands import PhaseDiagram, SgdAxis

# fmt: off
EXPERIMENTS = (
    Experiment(
        "sgd-axis", "sgd_axis.nc", 5.0, h200("5e16", "5 hours"),
        SgdAxis(dataset="mnist10pca", P=300, h=(3, 4, 6, 8, 32), lr=(0.5,), steps=40_000),
        SgdAxis(dataset="mnist10pca", P=5000, h=(6, 8, 11, 16, 23, 32, 64, 128),
            alpha_tilde=(0.01, 0.1, 1.0, 10.0, 100.0, 1e3), batch=(512, 64, 8), lr=(0.2, 0.5),
            seeds=15, steps=1_000_000, flow_steps=100_000, refine=2.0),
    ),
    Experiment(
        "phase-digits", "phase_diagram.nc", 13.0, h200("9e16", "5 hours"),
        PhaseDiagram(h=(3, 4, 5, 6, 8, 12, 24, 40, 64),
            alpha_tilde=(0.01, 0.1, 1.0, 10.0, 100.0, 1e3), seeds=4, sets=5, steps=5000,
            whiten=True, label_noise=0.1),
        PhaseDiagram(dataset="mnist10pca", P=(5000,), h=(4, 6, 8, 11, 16, 23, 32, 45, 64, 90, 128),
            seeds=3, sets=5, steps=100_000),
    ),
    *(
        Experiment(
            f"observed-{architecture}", "phase_diagram.nc", minutes, h200(*cost),
            PhaseDiagram(dataset=few, P=(P,), h=h, architecture=architecture,
                alpha_tilde=(0.1, 1.0, 10.0, 100.0, 1e3), seeds=1, sets=5, kernel_points=100,
                refine=1.0, kernel=False, observe="R_f"),
            PhaseDiagram(dataset="mnist", P=(5000,), h=(*h, 2 * h[-1], 4 * h[-1]),
                architecture=architecture, seeds=1, sets=15, steps=100_000, refine=1.0,
                kernel=False, observe="R_f"),
        )
        for architecture, few, P, minutes, cost, h in (
            ("fc", "mnist", 500, 4.0, ("1e17", "6 hours"), (8, 16, 32, 64)),
            ("cnn", "digits", 300, 2.0, ("1e18", "50 hours"), (4, 8, 16, 32)),
        )
    ),
)
