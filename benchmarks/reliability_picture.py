"""The reliability curves of docs/calibration.md as one small SVG, written by hand-sized code.

`python -m benchmarks.reliability_picture LINES.jsonl... --out docs/calibration.svg`
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from .planted import reliability, stated_of

SIDE, LEFT, TOP = 300.0, 50.0, 16.0
#: Okabe and Ito's, with a shape each, so that colour is not all that tells them apart.
LOOKS = (("#0072B2", "circle"), ("#D55E00", "square"), ("#009E73", "diamond"))


def picture(found: pd.DataFrame) -> str:
    """Return an SVG of how often an edge was planted against the probability stated of it."""
    truth = (found["kind"] != "noise").to_numpy(float)
    parts = [_frame()]
    for place, (name, column) in enumerate(stated_of(found).items()):
        values = column.to_numpy(float)
        known = np.isfinite(values)
        if known.any():
            parts.append(_curve(name, reliability(values[known], truth[known]), place))
    size = f'viewBox="0 0 {LEFT + SIDE + 230:.0f} {TOP + SIDE + 44:.0f}"'
    alternative = "Reliability of stated probabilities; the tables beside it hold its figures"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" '
        f'role="img" aria-label="{alternative}"><title>{alternative}</title>'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _at(x: float, y: float) -> tuple[float, float]:
    return LEFT + SIDE * x, TOP + SIDE * (1.0 - y)


def _frame() -> str:
    out = [f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>']
    (x1, y1), (x2, y2) = _at(0.0, 0.0), _at(1.0, 1.0)
    out.append(f'<path d="M{x1} {y1}L{x2} {y2}" stroke="#888" stroke-dasharray="4 4"/>')
    for tick in (0.0, 0.5, 1.0):
        x, y = _at(tick, tick)
        out.append(f'<text x="{x}" y="{TOP + SIDE + 16}" text-anchor="middle">{tick:g}</text>')
        out.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    middle = LEFT + SIDE / 2
    out.append(f'<text x="{middle}" y="{TOP + SIDE + 36}" text-anchor="middle">stated</text>')
    up = TOP + SIDE / 2
    turned = f'transform="rotate(-90 14 {up})" text-anchor="middle"'
    out.append(f'<text x="14" y="{up}" {turned}>share with an edge</text>')
    return "".join(out)


def _curve(name: str, table: pd.DataFrame, place: int) -> str:
    colour, shape = LOOKS[place % len(LOOKS)]
    points = [_at(*pair) for pair in table[["mean_stated", "true"]].itertuples(index=False)]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    marks = "".join(_mark(x, y, colour, shape) for x, y in points)
    x, y = LEFT + SIDE + 24, TOP + 20 + 22 * place
    legend = f'{_mark(x, y, colour, shape)}<text x="{x + 12}" y="{y + 4}">{name}</text>'
    return f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2"/>{marks}{legend}'


def _mark(x: float, y: float, colour: str, shape: str) -> str:
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    turned = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
    place = f'x="{x - 4.5:.1f}" y="{y - 4.5:.1f}"'
    return f'<rect {place} width="9" height="9" fill="{colour}"{turned}/>'


def main() -> None:
    """Write the picture."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("lines", nargs="+", type=Path)
    options.add_argument("--out", type=Path, default=Path("docs/calibration.svg"))
    given = options.parse_args()
    found = pd.concat([pd.read_json(path, lines=True) for path in given.lines])
    given.out.write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    main()
