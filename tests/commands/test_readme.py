"""The examples of the README and of pages in docs run as they stand; their commands exist."""

import re
import shlex
from pathlib import Path

import jax
import pytest

from analysis.plotting.cli import figures
from claims.__main__ import Claims
from claims.core.entries import refuse_unknown
from sweeps.engine.discover import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = {
    f"{page.stem} {i}": example
    for page in PAGES
    for i, example in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
}
# one that is on two pages runs once
EXAMPLES = {name: example for example, name in {e: n for n, e in WRITTEN.items()}.items()}
# of pages: those of the README are of other modules, too, and stand for the time that they take
LINES = [
    line
    for page in PAGES[1:]
    for line in re.findall(r"^    python -m (.*)$", page.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In JAX's own precision, as where a person runs them."""
    jax.config.update("jax_enable_x64", False)
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLES[name], name, "exec"), {})
    assert capsys.readouterr().out.strip()


def test_every_tutorial_has_an_example() -> None:
    tutorials = {page.stem for page in PAGES if page.parent.name == "tutorials"}
    assert {"README", "start", *tutorials} <= {name.split()[0] for name in WRITTEN}


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("line", LINES)
def test_commands_are_taken_with_their_options(line: str) -> None:
    """Nothing is run, and no data set needs to be there."""
    module, *words = shlex.split(line, comments=True)
    ends = [i for i, word in enumerate(words) if word in ("|", ">")]
    words = words[: ends[0]] if ends else words
    if module == "claims":
        asked = Claims.of(words)
        refuse_unknown(asked.only or (), asked.chapter or ())
    elif module == "analysis":
        assert words[0] in figures()
    else:
        chapter = module.removeprefix("sweeps.").removeprefix("jamming.")
        name, rest = (
            (words[0], words[1:]) if words[:1] and words[0] in COMMANDS else (chapter, words)
        )
        assert module == "jamming.find_nstar" or COMMANDS[name].__module__.startswith(f"{module}.")
        COMMANDS[name].of(rest).config()


def test_links_of_pages_lead_somewhere() -> None:
    """`make docs` makes a few pages and looks at all links, those within pages, too."""
    made = {ROOT / "docs" / f"{name}.md" for name in ("features", "gallery", "register")}
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            target = (page.parent / link).resolve()
            assert target.exists() or target in made or target.suffix == ".ipynb", (page.name, link)
