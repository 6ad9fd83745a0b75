"""The map of the estate: systems on a ring, an arrow from who feeds to who is fed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.insight.landscape import Feed, Station

WIDTH: Final = 900
HEIGHT: Final = 460
_BOX: Final = (132, 44)
_RING: Final = (340, 170)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One system on the map."""

    name: str
    about: str
    x: float
    y: float
    critical: bool
    alone: bool
    """No integration touches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One feed on the map."""

    path: str
    label: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """The whole picture."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


def picture(stations: Sequence[Station], feeds: Sequence[Feed]) -> Map:
    """Return the map; what has most feeds comes first on the ring."""
    busy = sorted(stations, key=lambda each: (not each.integrations, each.type, each.name))
    spots: dict[str, tuple[float, float]] = {}
    boxes = []
    for index, station in enumerate(busy):
        angle = math.tau * index / max(len(busy), 1) - math.pi / 2
        x = WIDTH / 2 + _RING[0] * math.cos(angle)
        y = HEIGHT / 2 + _RING[1] * math.sin(angle)
        spots[station.name] = (x, y)
        boxes.append(
            Box(
                name=station.name,
                about=f"{station.type}, {len(station.integrations)} integrations",
                x=round(x - _BOX[0] / 2, 1),
                y=round(y - _BOX[1] / 2, 1),
                critical=bool(station.critical),
                alone=not station.integrations,
            )
        )
    arrows = [
        _arrow(feed, spots[feed.source], spots[feed.target])
        for feed in feeds
        if feed.source in spots and feed.target in spots
    ]
    return Map(boxes=boxes, arrows=arrows)


def _arrow(feed: Feed, source: tuple[float, float], target: tuple[float, float]) -> Arrow:
    begin, end = _edge(source, target), _edge(target, source)
    # Bent to one side, so that the two directions between two systems are two lines.
    middle = ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)
    bend = (middle[0] + (end[1] - begin[1]) * 0.12, middle[1] - (end[0] - begin[0]) * 0.12)
    count = len(feed.integrations)
    return Arrow(
        path=f"M{_at(begin)}Q{_at(bend)} {_at(end)}",
        label=f"{feed.source} feeds {feed.target}: {', '.join(feed.integrations)}",
        width=round(min(1 + count * 0.5, 5), 1),
    )


def _at(spot: tuple[float, float]) -> str:
    return f"{spot[0]:.1f} {spot[1]:.1f}"


def _edge(source: tuple[float, float], target: tuple[float, float]) -> tuple[float, float]:
    """Return where the line to `target` leaves the box around `source`."""
    dx, dy = target[0] - source[0], target[1] - source[1]
    half = (_BOX[0] / 2 + 4, _BOX[1] / 2 + 4)
    reach = min(half[0] / abs(dx) if dx else math.inf, half[1] / abs(dy) if dy else math.inf, 1.0)
    return source[0] + dx * reach, source[1] + dy * reach
