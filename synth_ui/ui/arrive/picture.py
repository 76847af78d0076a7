"""The one picture of what this is, as SVG: no chart library is waited for."""

from __future__ import annotations

STEPS = (
    ("Your table", "real rows, half of them hidden"),
    ("Several generators", "each makes rows like it"),
    ("One scale per question", "between known bad and known good rows"),
    ("A decision", "which one, for what, what speaks against it"),
)
"""What happens, in four boxes."""

ALT = "From your table over several generators and one scale per question to a decision: " + "; ".join(
    f"{title}: {said}" for title, said in STEPS
)

REAL, MADE, GOOD = "#64748B", "#3C7BE0", "#15803D"


def svg(ink: str) -> str:
    """Return the picture with its lines in the colour `ink`."""
    drawn = [_table(8), _generators(238), _scale(468, ink), _decision(698)]
    arrows = "".join(f'<path d="M{x} 42h30m-7-6l7 6l-7 6" fill="none" stroke="{ink}" stroke-width="2"/>' for x in (178, 408, 638))
    inside = "".join([*drawn, arrows])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 84" width="880" height="84">{inside}</svg>'


def words() -> str:
    """Return the captions below the picture, as one line each."""
    cells = "".join(f"<li><strong>{title}</strong><br>{said}</li>" for title, said in STEPS)
    return f'<ol class="synth-steps">{cells}</ol>'


def _rect(x: float, y: float, width: float, height: float, colour: str, opacity: float = 1.0) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="2" fill="{colour}" fill-opacity="{opacity}"/>'


def _table(x: int) -> str:
    cells = [
        _rect(x + 10 + 37 * column, 8 + 14 * row, 33, 10, REAL, 0.9 if row == 0 else 0.55 if row < 3 else 0.2)
        for row in range(5) for column in range(4)
    ]  # fmt: skip
    return "".join(cells)


def _generators(x: int) -> str:
    found = []
    for number, opacity in enumerate((0.9, 0.65, 0.4)):
        left = x + 10 + 50 * number
        found += [_rect(left + 20 * column, 10 + 16 * row, 17, 11, MADE, opacity) for row in range(4) for column in range(2)]
    return "".join(found)


def _scale(x: int, ink: str) -> str:
    lines = []
    for number, at in enumerate((0.92, 0.7, 0.3)):
        y = 18 + 24 * number
        lines.append(_rect(x + 120, y - 8, 32, 16, GOOD, 0.3))
        lines.append(f'<path d="M{x + 8} {y}h148" stroke="{ink}" stroke-opacity="0.5" stroke-width="2"/>')
        lines.append(f'<circle cx="{x + 8 + 148 * at:.0f}" cy="{y}" r="7" fill="{MADE}"/>')
    return "".join(lines)


def _decision(x: int) -> str:
    tick = f'<path d="M{x + 14} 42l14 14l26-30" fill="none" stroke="{GOOD}" stroke-width="7" stroke-linecap="round" stroke-linejoin="round"/>'
    lines = [_rect(x + 76, 16 + 18 * row, width, 9, REAL, 0.6) for row, width in enumerate((88, 70, 46))]
    return tick + "".join(lines)
