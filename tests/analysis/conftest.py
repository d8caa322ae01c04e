"""What a figure shows is read from its artists: few tests need its picture, laid out and fine."""

from typing import Any

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of figures have few dots per inch, and axes where they were put at first."""
    savefig = Figure.savefig

    def quick(figure: Figure, *where: Any, **more: Any) -> None:
        figure.set_layout_engine("none")
        savefig(figure, *where, **{"dpi": 80} | more)

    monkeypatch.setattr(Figure, "savefig", quick)
