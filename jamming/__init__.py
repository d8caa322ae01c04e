"""Jamming, double descent, lazy and feature learning of neural networks, in JAX and Flax.

The science is in the modules' names: `networks`, `parametrisation`, `activations`, `predictor`,
`losses`, `dynamics` (a stepper protocol, the papers' gradient flow, optax's optimisers, lanes),
`data`, and on top of them `job`, `trajectory` and `nstar`. None of it is imported here: take
what you need from its module.
"""

from jamming.signals import launched
from jamming.threads import settle

__version__ = "0.1.0"

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
settle()  # before JAX makes its threads
