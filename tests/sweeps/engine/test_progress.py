"""What a search shows while it works."""

import io
import re
import time

import numpy as np
import pytest

from jamming.execution.pool import IdleTime
from jamming.fits.logistic import Estimate
from jamming.nstar.search import Transition, Width
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.progress import Bar, Counted, Work


def run(N: int, unsatisfied: int) -> Trajectory:
    """A made-up end."""
    result = "OUT_OF_BUDGET" if unsatisfied else "FITTED"
    return Trajectory(result, N, N, 9, 8.0, 0.1, unsatisfied, 0, 0.5, (1,), (1.0,), (9,), 0.1)


class Stream(io.TextIOWrapper):
    """A text file in memory, or something that says it is a terminal."""

    name, mode = "memory", "w"

    def __init__(self, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        """All that was written."""
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


def show(stream: Stream, jobs: int = 3) -> None:
    """Two transitions, the first with two widths."""
    bar = Bar(2, stream)
    for h, left in ((4.0, (10, 0, 25)), (5.0, (0, 0, 0))):
        N = int(10 * h)
        bar.width(120, 2, h, N, jobs, 300)
        for _ in range(3):
            bar.ticks(100)
        bar.width_done(120, 2, Width(h, N, tuple(run(N, u) for u in left)))
    estimate = Estimate(44.7, 41.2, 49.1, np.zeros(3))
    bar.transition_done(Transition(120, 2, (), estimate, 5.0))
    bar.width(240, 2, 4.0, 40, jobs, 300)
    bar.width_done(240, 2, Width(4.0, 40, (run(40, 40),)))
    bar.transition_done(Transition(240, 2, (), why="no width that was tried fits"))


def test_a_file_gets_one_whole_line_for_each_width_and_transition() -> None:
    stream = Stream()
    show(stream)
    lines = stream.text().splitlines()
    assert len(lines) == 5
    assert "\r" not in stream.text()
    assert lines[0].startswith("[1/2] P=120 L=2 h=4 N=40 P/N=3.00: 1/3 fitted")
    assert lines[0].endswith("0.25 0.62")
    assert "3/3 fitted" in lines[1]
    assert "N_Delta" not in lines[1]
    assert lines[2] == "[1/2] P=120 L=2: N* = 45 [41, 49]"
    assert lines[3].startswith("[2/2] P=240")
    assert "not bracketed" in lines[4]
    assert "no width that was tried fits" in lines[4]


def test_a_terminal_gets_a_bar_that_moves_and_goes_away() -> None:
    stream = Stream(terminal=True)
    show(stream)
    shown = stream.text()
    assert "gradients" in shown
    assert "at most" in shown
    assert "P=120 L=2 h=4 N=40 x 3" in shown
    plain = Stream()
    show(plain)
    for line in plain.text().splitlines():
        assert line in shown


@pytest.mark.parametrize("stream", [Stream(), Stream(terminal=True)])
def test_a_width_from_the_store_has_a_line_but_no_bar(stream: Stream) -> None:
    bar = Bar(1, stream)
    bar.width(120, 2, 4.0, 40, 0, 0)
    bar.width_done(120, 2, Width(4.0, 40, (run(40, 0),)))
    assert stream.text().splitlines() == ["[1/1] P=120 L=2 h=4 N=40 P/N=3.00: 1/1 fitted"]


def test_without_a_stream_it_writes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(1)
    bar.transition_done(Transition(120, 2, (), why="because"))
    said = capsys.readouterr()
    assert said.out == ""
    assert "because" in said.err


def test_work_says_how_far_it_is_and_how_long_it_will_take() -> None:
    stream = Stream()
    work = Work(stream, every=0.0)  # says something each time
    jobs = [Job("digits10pca", 10, (h,), init_seed=s) for h in (2, 4) for s in range(2)]
    work.begin(jobs)
    work.ticks(5)
    assert "0/4 trajectories" in stream.text()
    assert "unknown time left" in stream.text()
    work.ended(jobs[0], run(20, 0))
    last = stream.text().splitlines()[-1]
    assert "1/4 trajectories" in last
    assert re.search(r"\d+ gradients/s, (\d+ (s|min)|unknown time) left, last h=2", last)
    for job in jobs[1:]:
        work.ended(job, run(20, 0))
    assert "4/4 trajectories" in stream.text().splitlines()[-1]
    assert ", 0 s left" in stream.text().splitlines()[-1]
    work.close(IdleTime(possible=200, spent=150))
    assert "4 trajectories, 5 gradients" in stream.text().splitlines()[-1]
    assert "25.0% of ticks idle" in stream.text().splitlines()[-1]


def test_what_is_counted_has_a_bar_or_a_line_from_time_to_time() -> None:
    terminal, file, silent = Stream(terminal=True), Stream(), Stream()
    for stream, every in ((terminal, 0.0), (file, 0.0), (silent, 60.0)):
        with Counted("measured", 4, "kernels", stream, every) as bar:
            for _ in range(4):
                time.sleep(0.001)
                bar.update()
    lines = file.text().splitlines()
    assert [line.split(",")[0] for line in lines] == [f"measured: {n}/4 kernels" for n in (1, 2, 3)]
    assert all(re.fullmatch(r"[^,]*, [\d.e+]+ a minute, \d+ s left", line) for line in lines)
    assert "4/4" in terminal.text()
    assert silent.text() == ""
    with Counted("3 networks", None, "steps", file, 0.0) as bar:
        bar.update(50)
    assert file.text().splitlines()[-1].startswith("3 networks: 50 steps, ")


def test_progress_that_cannot_be_written_stops_nothing() -> None:
    class Full(Stream):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    work = Work(stream=Full())
    work.begin([Job("digits", 20, (4,))])
    work.close()
    Bar(1, Full()).width_done(20, 1, Width(1.0, 5, (run(5, 0),)))
