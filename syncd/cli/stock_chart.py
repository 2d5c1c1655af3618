"""Drift over time as a drawing: one line an outlet, in SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape

from syncd.cli.screen import quantity
from syncd.domain.ids import OutletId
from syncd.store.stock_report import Point

WIDTH, HEIGHT = 900, 260  # of the drawing, in its own units
LEFT, RIGHT, TOP, BOTTOM = 60, 170, 16, 28  # around the lines: the scale, the names, the dates
GRID_LINES = 4
COLOURS = ("#2864c7", "#c7502b", "#2a8a4a", "#8a3fb0", "#b58a00", "#0f8f95", "#c22f6b", "#5c6675")
DASHES = ("", "6 3", "2 3")  # beyond eight outlets the colours come again
NAME_HEIGHT = 15


def chart(points: Sequence[Point], names: Mapping[OutletId, str]) -> str:
    """The lines of these outlets; words instead while there is only one moment."""
    lines: dict[OutletId, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for point in points:
        if point.outlet in names:
            lines[point.outlet].append((point.at, point.missing + point.surplus))
    moments = sorted({at for line in lines.values() for at, _ in line})
    if len(moments) < 2:
        return '<p class="quiet">The chart begins with the second hour in which stock was compared.</p>\n'
    drawing = _Drawing(moments[0], moments[-1], max((value for line in lines.values() for _, value in line), default=0))
    order = sorted(lines, key=lambda outlet: (-lines[outlet][-1][1], names[outlet]))
    parts = [*drawing.grid(), *(drawing.line(lines[one], names[one], n) for n, one in enumerate(order))]
    height = max(HEIGHT, TOP + NAME_HEIGHT * (len(order) + 1))
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Drift by outlet">{"".join(parts)}</svg>\n'


class _Drawing:
    """Where a moment and a quantity are on the paper."""

    def __init__(self, first: datetime, last: datetime, largest: Decimal | int) -> None:
        self._first, self._last = first, last
        self._span = (last - first) // timedelta(seconds=1)
        self._largest = max(Decimal(largest), Decimal(1))

    def x(self, at: datetime) -> int:
        return LEFT + (at - self._first) // timedelta(seconds=1) * (WIDTH - LEFT - RIGHT) // self._span

    def y(self, value: Decimal) -> int:
        return HEIGHT - BOTTOM - int(value * (HEIGHT - TOP - BOTTOM) / self._largest)

    def grid(self) -> list[str]:
        parts = []
        for step in range(GRID_LINES + 1):
            value = self._largest * step / GRID_LINES
            y = self.y(value)
            parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#e7eaf0"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{quantity(round(value, 1))}</text>')
        for at, anchor in ((self._first, "start"), (self._last, "end")):
            said = f"{at:%Y-%m-%d %H:%M}"
            parts.append(f'<text x="{self.x(at)}" y="{HEIGHT - 8}" text-anchor="{anchor}">{said}</text>')
        return parts

    def line(self, values: Sequence[tuple[datetime, Decimal]], name: str, number: int) -> str:
        """A line, and its name with the newest value beside the drawing."""
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
        places = " ".join(f"{self.x(at)},{self.y(value)}" for at, value in values)
        y = TOP + NAME_HEIGHT * (number + 1)
        words = escape(f"{name}: {quantity(values[-1][1])}")
        stroke = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        return (
            f'<polyline points="{places}" {stroke}><title>{words}</title></polyline>'
            f'<line x1="{WIDTH - RIGHT + 12}" y1="{y - 4}" x2="{WIDTH - RIGHT + 30}" y2="{y - 4}" {stroke}/>'
            f'<text x="{WIDTH - RIGHT + 36}" y="{y}">{words}</text>'
        )
