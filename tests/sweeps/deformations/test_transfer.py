"""Networks that begin with what they have learnt of other images: against the same by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.training.classify import train_images
from jamming.training.image_build import initial
from sweeps.deformations.commands import Transfer
from sweeps.deformations.initial import deformed
from sweeps.deformations.transfer import RESULTS, STARTS

TINY = (
    *("--dataset", "digits", "--source", "digits", "--network", "fullconn_l2", "--P", "40"),
    *("--source-P", "60", "--enlarge", "1", "--pad", "8", "--steps", "30", "--batch", "20"),
    *("--lr", "3e-3", "--images", "12", "--seeds", "2"),
)


def test_it_is_what_training_twice_by_hand_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Transfer.main([*TINY, "--out", str(tmp_path / "a")]) == 0
    assert "transfer  fullconn_l2" in capsys.readouterr().out
    assert (tmp_path / "a" / "transfer.png").is_file()
    found = xr.load_dataset(tmp_path / "a" / RESULTS)
    assert found.start.values.tolist() == list(STARTS)
    one = Transfer.of(TINY).config()[1]
    job = replace(one.scratch.job, label="by hand")
    source, scratch = train_images([one.source, one.scratch.job])
    learnt: Any = source.variables
    own = initial(one.scratch.job)
    begun = {"params": learnt["params"] | {"logits": own["params"]["logits"]}}
    (tuned,) = train_images([job], start=lambda job: begun)
    x = jnp.asarray(one.scratch.pictures())
    seen = deformed(x, jax.random.key(one.scratch.job.data_seed), 1.0, 3, "bilinear")
    apply = jax.jit(job.module(10).apply)
    states = {
        ("scratch", "init"): own,
        ("scratch", "trained"): scratch.variables,
        ("transfer", "init"): begun,
        ("transfer", "trained"): tuned.variables,
    }
    for (start, state), w in states.items():
        f, moved, noisy = (np.asarray(apply(w, each)) for each in seen[:3])
        ratio = np.median(((moved - f) ** 2).sum(1)) / np.median(((noisy - f) ** 2).sum(1))
        at = found.sel(start=start, state=state, seed=1).squeeze()
        assert float(at.R) == pytest.approx(ratio, rel=1e-4)
    errors = found.test_error.sel(seed=1).squeeze().values
    np.testing.assert_allclose(errors, [scratch.test_error, tuned.test_error])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--enlarge", "2", "--pad", "0"), "other weights"),
        (("--network", "allcnn", "--pad", "16"), "last layer"),
        (("--source-P", "2000"), "training images"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(more: tuple[str, ...], said: str) -> None:
    command = Transfer.of([*TINY, *more])
    with pytest.raises(BadInput, match=said) as refused:
        command.check(command.config())
    assert "\n" not in str(refused.value)
