"""Options of a TOML file: below those of the line, and refused with their name."""

from pathlib import Path

import pytest

from jamming.checks.errors import BadInput
from jamming.commands.command import Parser
from jamming.commands.config_file import LARGEST, parsed


def parser() -> Parser:
    p = Parser(prog="command")
    p.add_argument("--config", type=Path)
    p.add_argument("--P", type=int, nargs="+", default=[1])
    p.add_argument("--alpha-tilde", type=float, default=1.0)
    p.add_argument("--loss")
    p.add_argument("--bias", action="store_true")
    return p


def read(folder: Path, content: str | bytes, *line: str) -> dict[str, object]:
    path = folder / "a.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = vars(parsed(parser(), ["--config", str(path), *line]))
    return {name: found[name] for name in ("P", "alpha_tilde", "loss", "bias")}


WHOLE = {"P": [2, 3], "alpha_tilde": -1e-9, "loss": "-x", "bias": True}


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["", "with a mark of byte order"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["", "of Windows"])
def test_all_kinds_of_options_are_read(tmp_path: Path, start: bytes, end: bytes) -> None:
    lines = [b"P = [2, 3]", b"alpha-tilde = -1e-9", b'loss = "-x"', b"bias = true"]
    assert read(tmp_path, start + end.join(lines)) == WHOLE


def test_the_line_wins_and_one_may_stand_for_several(tmp_path: Path) -> None:
    found = read(tmp_path, "P = 5\nalpha_tilde = 3\nbias = false", "--alpha-tilde", "4")
    assert found == {"P": [5], "alpha_tilde": 4.0, "loss": None, "bias": False}


def test_without_a_file_or_the_option_the_line_alone_counts() -> None:
    assert parsed(parser(), ["--P", "7"]).P == [7]
    assert parsed(Parser(prog="other"), ["--debug"]).debug


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("P = [1]\nP = [2]", "Cannot overwrite"),
        ("alpha-tilde = 1.0\nalpha_tilde = 1.0", "'alpha_tilde' is there twice"),
        ("[sweep]\nP = 1", "no option 'sweep'"),
        ("[P]\na = 1", "'P' must be text or a number or a list"),
        ("P = [[1]]", "'P' must be text or a number or a list"),
        ("P = [true]", "'P' must be text or a number or a list"),
        ("P = ['--bias']", "may begin with a minus"),
        ("loss = 1979-05-27", "'loss' must be text or a number"),
        ("loss = ['a', 'b']", "'loss' must be text or a number"),
        ("loss = true", "'loss' must be text or a number"),
        ("bias = 1", "'bias' is true or false"),
        ("bias = 'yes'", "'bias' is true or false"),
        ("config = 'b.toml'", "no option 'config'"),
        ("help = true", "no option 'help'"),
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


@pytest.mark.parametrize("content", ["P = []", "P = 'x'", "P = 1.5", "alpha-tilde = 'x'"])
def test_a_value_of_another_type_is_refused_as_on_the_line(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        read(tmp_path, content)
    assert left.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", [".", "missing.toml", "loop"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BadInput, match="cannot read"):
        parsed(parser(), ["--config", str(tmp_path / name)])
