"""What is released: dependencies are declared, papers are cited, versions agree."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from claims.core.discover import CHAPTERS, CLAIMS

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
PACKAGES = ("jamming", "sweeps", "analysis", "claims")
# what is imported under another name than it is installed by, or comes with what is declared
DISTRIBUTIONS = {
    **{"sklearn": "scikit-learn", "dask": "distributed", "jaxlib": "jax"},
    **{"cycler": "matplotlib", "markupsafe": "jinja2"},
}
EXTRAS = {"distributed", "dask-jobqueue", "tensorflow", "s2fft", "e3nn-jax", "torch"}

ENDS = r"(?:,| and | &| et al\.|(?= \d{4}))"  # of the first author of a source


def names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[\w-]+", each) for each in requirements)
    return {each[0].replace("_", "-").lower() for each in found if each}


def imported() -> dict[str, str]:
    """What the packages import that is not theirs nor Python's, and where."""
    found = {}
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            found |= {name.split(".")[0]: str(path) for name in modules}
    return {k: v for k, v in found.items() if k not in {*PACKAGES, *sys.stdlib_module_names}}


def test_all_that_is_imported_is_declared() -> None:
    declared = names(PROJECT["project"]["dependencies"])
    for name, path in imported().items():
        found = DISTRIBUTIONS.get(name, name).replace("_", "-").lower()
        assert found in declared | EXTRAS, f"{name} of {path}"
    extras = PROJECT["project"]["optional-dependencies"]
    assert names([each for of in extras.values() for each in of]) >= EXTRAS


def test_every_extra_is_documented() -> None:
    page = (ROOT / "docs" / "start.md").read_text()
    for name in PROJECT["project"]["optional-dependencies"]:
        assert f"`{name}`" in page, name


def test_python_is_that_of_the_classifiers_and_of_the_page() -> None:
    known = [
        each.rpartition(" ")[2]
        for each in PROJECT["project"]["classifiers"]
        if each.startswith("Programming Language :: Python :: 3.")
    ]
    assert PROJECT["project"]["requires-python"] == f">={known[0]}"
    assert f"Python {known[0]} to {known[-1]}" in (ROOT / "docs" / "start.md").read_text()


def test_the_last_heading_of_the_changelog_is_the_version_without_git() -> None:
    last = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "docs" / "changelog.md").read_text(), re.M)
    assert last is not None
    assert last[1] == PROJECT["tool"]["setuptools_scm"]["fallback_version"]
    assert last[1] == CITATION["version"]
    assert metadata.version("jamming")


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_paper_of_every_claim_is_cited(claim: Any) -> None:
    for source in claim.source.split("; "):
        if "thesis" in source:
            assert any(one["type"] == "thesis" for one in CITATION["references"])
            continue
        said = re.match(
            r"(?P<who>[^,&]+?)(?:,| and | &| et al\.|(?= \d{4})).*?(?P<year>\d{4})", source
        )
        assert said is not None, source
        assert any(
            said["who"] == one["authors"][0]["family-names"] and int(said["year"]) == one["year"]
            for one in CITATION["references"]
        ), source


def test_chapters_are_those_of_the_suite() -> None:
    chapters = {name.replace("-", "_") for name in CHAPTERS}
    assert {name for one in CITATION["references"] for name in one["keywords"]} <= chapters
    for one in CITATION["references"]:
        assert 1900 < one["year"] < 2030
        assert re.fullmatch(r"10\.\d+/\S+", one.get("doi", "10.1/x"))
