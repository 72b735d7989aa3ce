"""When a run was at work: MLflow shows it as created and duration."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from micfp.engine.run import read_cost


@dataclass(frozen=True)
class Span:
    """Beginning and end, ms since 1970."""

    begin_ms: int
    end_ms: int


def span_of(addresses: Iterable[str]) -> Span | None:
    """The span of what made these results; None where no cost of them is known.

    It ends with the last of them and is as long as all took one after another: those that an
    earlier run has made were begun long before, by which nobody waited.
    """
    ends_ms, work_s = [], 0.0
    for address in addresses:
        cost = read_cost(*address.split("/"))
        ended, wall_s = cost.get("ended"), cost.get("wall_s")
        if isinstance(ended, str) and isinstance(wall_s, float):
            ends_ms.append(round(1000 * _time(ended).timestamp()))
            work_s += wall_s
    return Span(max(ends_ms) - round(1000 * work_s), max(ends_ms)) if ends_ms else None


def _time(written: str) -> datetime:
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
