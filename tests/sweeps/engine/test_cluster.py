"""A scheduler that is not there, or goes."""

import asyncio
from concurrent.futures import CancelledError
from types import SimpleNamespace
from typing import Any

import pytest

from jamming.checks.errors import BadInput
from sweeps.engine.execute import cluster

distributed = pytest.importorskip("dask.distributed")


class Client(SimpleNamespace):
    """Of a scheduler in one state or another."""

    def __init__(self, address: str, timeout: int) -> None:
        super().__init__(status="running")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        pass


def lost(monkeypatch: pytest.MonkeyPatch, error: BaseException, status: str) -> None:
    """Work that ends in that error, with a client of that status."""
    monkeypatch.setattr(distributed, "Client", Client)
    with cluster("tcp://a:1") as client:
        client.status = status
        raise error


@pytest.mark.parametrize(
    "error",
    [CancelledError(), asyncio.CancelledError(), TimeoutError(), OSError("closed"), KeyError("a")],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_a_scheduler_that_dies_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with pytest.raises(BadInput, match=r"tcp://a:1' has gone; what had ended is kept"):
        lost(monkeypatch, error, "closed")
    with pytest.raises(type(error)):  # not the scheduler's fault
        lost(monkeypatch, error, "running")


@pytest.mark.parametrize("error", [TimeoutError("two\nlines"), OSError("no"), MemoryError()])
def test_a_scheduler_that_does_not_answer_is_one_line_soon(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def client(address: str, timeout: int) -> None:
        assert timeout < 5
        raise error

    monkeypatch.setattr(distributed, "Client", client)
    with pytest.raises(BadInput, match="no dask scheduler") as said, cluster("tcp://a:1"):
        raise AssertionError
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("error", [BadInput("a job"), KeyboardInterrupt()])
def test_what_has_another_cause_keeps_it(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with pytest.raises(type(error)) as kept:
        lost(monkeypatch, error, "closed")
    assert kept.value is error
