"""The import contracts of pyproject.toml name every chapter: none is forgotten."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]


def chapters(package: str, file: str) -> set[str]:
    return {f"{package}.{path.parent.name}" for path in (ROOT / package).glob(f"*/{file}")}


def test_no_chapter_of_sweeps_may_know_another() -> None:
    (independent,) = (one for one in CONTRACTS if one["type"] == "independence")
    assert set(independent["modules"]) == chapters("sweeps", "commands.py")


def test_no_chapter_of_claims_may_draw() -> None:
    (forbidden,) = (one for one in CONTRACTS if one["type"] == "forbidden")
    assert forbidden["forbidden_modules"] == ["matplotlib"]
    judged = chapters("claims", "*.toml") | {"claims.core"}
    assert set(forbidden["source_modules"]) == judged
