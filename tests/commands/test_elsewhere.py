"""Data that are not downloaded: commands say in a line what to put where."""

from pathlib import Path

import pytest

from sweeps.engine.discover import COMMANDS


@pytest.mark.parametrize(
    ("command", "dataset", "said"),
    [
        ("scattering", "imagenet", "put them into arrays [P, height, width, C]"),
        ("phase_collapse", "ImageNet", "put them into arrays [P, height, width, C]"),
        ("deformations", "imagenet", "put them into arrays [P, height, width, C]"),
        ("shapes", "shrec17", "put vertices, triangles, vertex_counts"),
        ("solids", "SHREC17", "put vertices, triangles, vertex_counts"),
        ("solids", "cath", "put places of C-alpha atoms in angstrom as positions"),
        ("molecules", "qm7", "put R as positions, Z as charges"),
    ],
)
def test_the_line_says_what_to_put_where(
    command: str, dataset: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--dataset", dataset, "--out", str(tmp_path / "out")]
    assert COMMANDS[command].main(line) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
