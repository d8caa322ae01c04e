"""What `import jamming` shows: every name, its example, and that nothing is imported for it."""

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jamming
import jamming.find_nstar


@pytest.mark.parametrize("name", jamming.__all__)
def test_every_public_name_has_an_example_that_runs(name: str) -> None:
    thing = getattr(jamming, name)
    text = inspect.getdoc(thing)
    assert text
    given = {"jamming": jamming, "jax": jax, "jnp": jnp, "np": np}
    example = doctest.DocTestParser().get_doctest(text, given, name, None, None)
    assert example.examples, f"{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example)
    assert runner.failures == 0


def test_the_example_of_the_package_runs() -> None:
    example = doctest.DocTestParser().get_doctest(jamming.__doc__ or "", {}, "jamming", None, None)
    runner = doctest.DocTestRunner()
    runner.run(example)
    assert example.examples
    assert runner.failures == 0


def test_the_function_and_the_module_of_find_nstar_are_both_there() -> None:
    assert inspect.ismodule(jamming.find_nstar)
    assert callable(jamming.find_nstar)
    assert callable(sys.modules["jamming.find_nstar"].main)


def test_unknown_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="no attribute 'find_star'"):
        jamming.find_star  # noqa: B018
    assert set(jamming.__all__) <= set(dir(jamming))


def test_importing_it_imports_nothing_heavy() -> None:
    said = "import sys, jamming; print(*({'jax', 'flax', 'optax'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
