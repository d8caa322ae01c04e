"""Pictures of the gallery: small, of figures that exist, and said where they come from."""

import json
import re
from pathlib import Path

import matplotlib.pyplot as plt

from analysis.figures import FIGURES

ROOT = Path(__file__).parents[2]
HOME = ROOT / "docs" / "pictures" / "gallery"
MADE = json.loads((HOME / "made.json").read_text())


def test_every_picture_is_small_and_of_a_figure_that_exists() -> None:
    assert {path.stem for path in HOME.glob("*.webp")} == set(MADE) <= set(FIGURES)
    for path in HOME.glob("*.webp"):
        assert path.stat().st_size <= 60_000, path
        height, width = plt.imread(path).shape[:2]
        assert min(height, width) > 100


def test_it_is_said_what_made_them() -> None:
    for of in MADE.values():
        assert set(of) == {"command", "commit"}
        assert of["command"].startswith("python -m ")
        assert re.fullmatch(r"[0-9a-f]{40}(\+dirty)?|unknown", of["commit"]), of


def test_the_readme_has_three_pictures_that_are_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", (ROOT / "README.md").read_text())
    assert len(pictures) == 3
    for each in pictures:
        assert (ROOT / each).is_file()
