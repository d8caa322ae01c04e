"""CONTRIBUTING.md's experiment is one: its code runs, from the sweep to the claim."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
BLOCKS = re.findall(r"<!-- (\S+) -->\n```(?:python|toml)\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages, with what the guide adds to them."""
    root = tmp_path_factory.mktemp("tree")
    for package in ("jamming", "sweeps", "analysis", "claims"):
        shutil.copytree(
            ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "*.png")
        )
    shutil.copy(ROOT / "pyproject.toml", root)
    for name, code in BLOCKS:
        path = root / name
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return root


# `python -m` each of the lines, in one process
LINES = """
import json, runpy, sys
for sys.argv in json.loads(sys.argv[1]):
    print("$", *sys.argv, flush=True)
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        assert not end.code, end
"""


def run(tree: Path, *lines: str) -> list[str]:
    """What each line says."""
    done = subprocess.run(
        [sys.executable, "-c", LINES, json.dumps([line.split() for line in lines])],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done
    said = re.split(r"^\$ .*$", done.stdout, flags=re.MULTILINE)[1:]
    assert len(said) == len(lines)
    return said


def test_the_guide_has_five_steps_and_their_code() -> None:
    assert re.findall(r"^## (\d)\.", GUIDE, re.MULTILINE) == list("12345")
    assert len(BLOCKS) == GUIDE.count("```python") + GUIDE.count("```toml") == 12
    assert [name for name, _ in BLOCKS if name.endswith(".toml")] == [
        "claims/memorising/claims.toml"
    ]


def test_what_the_guide_adds_is_found_and_runs(tree: Path) -> None:
    store = "results/memorising-laptop"
    commands, swept, _, judged = run(
        tree,
        "jamming",
        f"sweeps.memorising --P 4 8 --seeds 2 --out {store}",
        f"analysis memorising.steps {store}",
        "claims --only X99",  # runs what the experiment lacks
    )
    assert "python -m sweeps.memorising " in commands
    assert "memorising.nc" in swept
    assert (tree / store / "steps.png").stat().st_size > 5_000
    assert re.search(r"X99.*reproduced", judged)
    page = (tree / "report" / "index.html").read_text()
    assert "More random labels take longer to be learnt by heart." in page


def test_what_the_guide_adds_is_tested_and_clean(tree: Path) -> None:
    (said,) = run(tree, "pytest -q -p no:cacheprovider tests")
    assert "2 passed" in said
    names = [name for name, _ in BLOCKS if name.endswith(".py")]
    for words in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *words, *names], cwd=tree, check=True)
