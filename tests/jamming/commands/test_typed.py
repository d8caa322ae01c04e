"""Commands as typed configs: what a line means, what a file adds, and what is refused."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.commands.typed import LARGEST, Command, Help


@dataclass(frozen=True, kw_only=True)
class Sample(Command):
    """Take options, and do nothing.

    Exit code 7.
    """

    P: Annotated[tuple[int, ...], Help("points")] = (1,)
    alpha_tilde: Annotated[float, Help("of alpha")] = 1.0
    loss: Annotated[str | None, Help("(default: that of each)")] = None
    bias: bool = False
    kernel: bool = True
    batch: int | None = None
    dynamics: Literal["flow", "adam"] = "flow"
    place: Path | None = None

    prog: ClassVar[str] = "sample"
    example: ClassVar[str] = "python -m sample --P 3"
    bare: ClassVar[str] = "P"

    def run(self) -> int:
        """Nothing."""
        return 7


def read(folder: Path, content: str | bytes, *line: str) -> dict[str, object]:
    path = folder / "a.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = Sample.of(["--config", str(path), *line])
    return {name: getattr(found, name) for name in ("P", "alpha_tilde", "loss", "bias")}


# --- lines ---


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("", Sample()),
        ("--P 3 4", Sample(P=(3, 4))),
        ("3 4 --bias", Sample(P=(3, 4), bias=True)),
        ("--P 3 --P 5 6", Sample(P=(5, 6))),
        ("--alpha-tilde=2 --P 3 --alpha_tilde 4", Sample(P=(3,), alpha_tilde=4.0)),
        ("--alpha-tilde -1e-3", Sample(alpha_tilde=-1e-3)),
        ("--alpha-tilde inf", Sample(alpha_tilde=float("inf"))),
        ("--no-kernel --bias", Sample(kernel=False, bias=True)),
        ("--no-kernel --kernel", Sample()),
        ("--loss=-x", Sample(loss="-x")),
        ("--place ~/x", Sample(place=Path.home() / "x")),
        ("--dynamics adam --batch 8", Sample(dynamics="adam", batch=8)),
    ],
)
def test_a_line_means_a_config(line: str, means: Sample) -> None:
    assert Sample.of(line.split()) == means


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--colour red", "--colour"),
        ("--alph 3", "--alph"),
        ("--P 1.5", '--P: "1.5" is no whole number'),
        ("--P 3 x", '--P: "x" is no whole number'),
        ("--P 1e3", '"1e3"'),
        ("--P 0x10", '"0x10"'),
        ("--P 1_0", '"1_0"'),
        ("--P \u0663", "is no whole number"),
        ("--P=--", '"--"'),
        ("--alpha-tilde x", '--alpha-tilde: "x" is no number'),
        ("--alpha-tilde 1,5", '"1,5"'),
        ("--alpha-tilde", "--alpha-tilde"),
        ("--P", "--P"),
        ("--alpha-tilde 1 2", "2"),
        ("--batch none", '"none"'),
        ("--batch=", '""'),
        ("--dynamics sgd", '"flow", "adam"'),
        ("--bias stray", "stray"),
        ("--no-alpha-tilde", "--no-alpha-tilde"),
        ("--place=", "empty name"),
        ("--place ~no-such-user/x", "no-such-user"),
        ("--" + "x" * 400, "..."),
    ],
)
def test_what_is_no_option_or_value_is_one_line(
    line: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Sample.main(line.split(" ")) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("sample: ")
    assert says in said.err
    assert said.err.count("\n") == 1
    assert len(said.err) < 300


SAMPLES = st.builds(
    Sample,
    P=st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=4).map(tuple),
    alpha_tilde=st.floats(allow_nan=False),
    loss=st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    bias=st.booleans(),
    kernel=st.booleans(),
    batch=st.none() | st.integers(0, 99),
    dynamics=st.sampled_from(["flow", "adam"]),
)


@given(SAMPLES)
def test_a_config_is_that_of_its_own_line(config: Sample) -> None:
    if config.loss == "none":  # which is no text where an option may be left out
        return
    assert Sample.of(config.line()) == config


def test_a_command_runs_what_its_line_says_and_help_explains_every_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert Sample.main([]) == Sample.main(Sample().line()) == 7
    assert Sample.main(["--P", "x", "--help"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for word in (
        "--P",
        "--alpha-tilde",
        "--no-kernel",
        "points",
        "Exit code 7",
        "python -m sample",
    ):
        assert word in said.out
    assert "[default: 1.0]" in said.out


# --- files ---

WHOLE = {"P": (2, 3), "alpha_tilde": -1e-9, "loss": "-x", "bias": True}


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["", "with a mark of byte order"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["", "of Windows"])
def test_all_kinds_of_options_are_read(tmp_path: Path, start: bytes, end: bytes) -> None:
    lines = [b"P = [2, 3]", b"alpha-tilde = -1e-9", b'loss = "-x"', b"bias = true"]
    assert read(tmp_path, start + end.join(lines)) == WHOLE


def test_what_is_left_out_on_the_line_may_be_false_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("no-kernel = true\nno-bias = false\n")
    found = Sample.of(["--config", str(tmp_path / "a.toml")])
    assert found == Sample(kernel=False, bias=True, toml=tmp_path / "a.toml")


def test_the_line_wins_and_one_may_stand_for_several(tmp_path: Path) -> None:
    found = read(tmp_path, "P = 5\nalpha_tilde = 3\nbias = false", "--alpha-tilde", "4")
    assert found == {"P": (5,), "alpha_tilde": 4.0, "loss": None, "bias": False}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("P = [1]\nP = [2]", "Cannot overwrite"),
        ("alpha-tilde = 1.0\nalpha_tilde = 1.0", "'alpha_tilde' is there twice"),
        ("[sweep]\nP = 1", "no option 'sweep'"),
        ("[P]\na = 1", "'P' must be text or a number or a list"),
        ("P = [[1]]", "'P' must be text or a number or a list"),
        ("P = [true]", "'P' must be text or a number or a list"),
        ("P = []", "--P"),
        ("P = ['--bias']", "--P"),
        ("no-P = true", "no option 'no-P'"),
        ("loss = 1979-05-27", "'loss' must be text or a number"),
        ("loss = ['a', 'b']", "'loss' must be text or a number"),
        ("loss = true", "'loss' must be text or a number"),
        ("bias = 1", "'bias' is true or false"),
        ("bias = 'yes'", "'bias' is true or false"),
        ("config = 'b.toml'", "no option 'config'"),
        ("help = true", "no option 'help'"),
        ("P = 'x'", '"x" is no whole number'),
        ("P = 1.5", '"1.5" is no whole number'),
        ("alpha-tilde = 'x'", '"x" is no number'),
        ("a" * 10, "cannot read"),
        (b"\xff\xfeP", "cannot read"),
        ("P = " + "[" * 100_000, "nested too deeply"),
        ("P = " + "9" * 5000, "cannot read"),
        (b"#" * (LARGEST + 1), "too large"),
    ],
)
def test_what_is_no_option_is_refused(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, content)
    assert says in str(refused.value)
    assert "a.toml" in str(refused.value)


@pytest.mark.parametrize("name", [".", "missing.toml", "loop"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BadInput, match="cannot read"):
        Sample.of(["--config", str(tmp_path / name)])
