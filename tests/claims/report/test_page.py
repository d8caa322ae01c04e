"""The colours of the page: read, and told apart, by everyone."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from claims.report import report

# Machado, Oliveira and Fernandes 2009, severity 1
DEFICIENT = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def palettes() -> dict[str, dict[str, str]]:
    """The colours by theme, from the style sheet."""
    css = Path(report.__file__).with_name("page.css").read_text()
    blocks = re.findall(r":root \{(.*?)\n *\}", css, re.DOTALL)
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def linear(colour: str) -> np.ndarray:
    """Of sRGB (IEC 61966-2-1)."""
    x = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative, as in WCAG 2."""
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB, white D65."""
    xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ) @ np.clip(rgb, 0, 1)
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_colours_can_be_read_and_told_apart_by_everyone(theme: str) -> None:
    colours = palettes()[theme]
    verdicts = ("reproduced", "not-reproduced", "undecided", "reported", "not-tested")
    for name in ("ink", "quiet", *verdicts):
        one, two = sorted([luminance(colours[name]), luminance(colours["paper"])])
        assert (two + 0.05) / (one + 0.05) >= 4.5, name
    wash = [luminance(colours[name]) for name in ("not-reproduced", "not-reproduced-wash")]
    assert (max(wash) + 0.05) / (min(wash) + 0.05) >= 4.5
    for sight, matrix in DEFICIENT.items():
        seen = [
            lab(np.asarray(matrix) @ linear(colours[name]))
            for name in ("reproduced", "not-reproduced", "undecided", "reported")
        ]
        for one, two in itertools.combinations(seen, 2):
            assert np.linalg.norm(one - two) > 20, sight
        assert np.linalg.norm(seen[0] - seen[1]) > 30, sight
    red, _, blue = linear(colours["not-reproduced"])
    assert red > 3 * blue
