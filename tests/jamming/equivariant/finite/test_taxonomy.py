"""The table of published networks, and its check on finite groups."""

import numpy as np
import pytest

from jamming.equivariant.finite.kernels import dimensions
from jamming.equivariant.finite.taxonomy import TABLE, StandIn, check


def test_there_are_the_networks_of_the_table() -> None:
    papers = [paper for row in TABLE for paper in row.papers]
    assert len(papers) == len(set(papers)) == 26
    assert [row.G for row in TABLE if row.about()] == ["R^2 x| (R+, *)"] * 2


@pytest.mark.parametrize("name", ["p4", "p4m", "p6"])
def test_layers_of_regular_fields_have_a_weight_for_each_element(name: str) -> None:
    """A kernel of regular fields is any function on the group."""
    one, two = StandIn(name, 2, "regular", "regular").fields()
    counts, off = check(one, two)
    assert set(counts.values()) == {len(one.cosets.group)}
    assert off < 1e-13
    # of scalars it is any function on the pixels
    one, two = StandIn(name, 2, "trivial", "regular").fields()
    assert check(one, two)[0] == dimensions(one, two) == dict.fromkeys(dimensions(one, two), 4)


def test_zonal_kernels_on_a_cube_are_of_three_rings() -> None:
    """The face itself, those beside it, the opposite one."""
    one, two = StandIn("O", 0, "trivial", "trivial").fields()
    assert one.shape == (6, 1)
    assert set(check(one, two)[0].values()) == {3}


def test_a_map_that_does_not_commute_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = StandIn("p4", 2, "regular", "regular").fields()
    rng = np.random.default_rng(0)
    Phi = rng.standard_normal((16, 16))
    monkeypatch.setattr("jamming.equivariant.finite.taxonomy.random_map", lambda *_: Phi)
    assert check(one, two)[1] > 0.1
