"""How finely numbers are written: decimals, significant digits, rounding to either at any magnitude, and figures for people.

A column of prices has two decimals; a column of concentrations has three significant digits, from 1.2e-11 to 4.5e3. Both are read
off the values relative to their size, between 1e-300 and 1e300.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_DIGITS = 15
"""Decimal digits that every float64 keeps."""

MOST_DECIMALS = 300
"""Beyond so many decimals a step between two numbers is no float64 of full precision."""

_EXACT = float(2**53)
_EXACT_POWER = 22
"""Powers of ten up to this one are exact in float64."""
_CLOSE = 1e-9
_OF_A_STEP = 1e-4
_OF_THE_RANGE = 1e-6
_NOISE = 16 * float(np.finfo(float).eps)
_FIRST_LOOK = 64
_AT_ONCE = 20_000
_MOST_PLAIN = 6
_ROOM = 10
_ROOMY = 0.25


def precision(values: Any) -> tuple[int | None, int | None]:
    """Return the decimals and the significant digits that limit how finely numbers are written.

    Parameters
    ----------
    values
        Numbers; NaN and infinities are left out. What a float leaves behind a decimal number (0.1 + 0.2), relative to the number or
        to the column's middle, counts as nothing.

    Returns
    -------
    tuple
        Decimals, None for full precision or where they would exceed what a float64 holds; and digits, None where decimals alone
        say it all: they limit a column whose large values are no finer, relative to their size, than its small ones.
    """
    known = np.asarray(values, dtype=float)
    sizes = np.unique(np.abs(known[np.isfinite(known) & (known != 0)]))
    if not len(sizes):
        return 0, None
    quickly = _plain_decimals(sizes)
    if quickly is not None:
        return quickly, None
    noise = _noise(sizes)
    decimals = _decimals(sizes, noise)
    if decimals is not None and not _roomy(sizes, decimals):
        return decimals, None
    digits = _digits(sizes[sizes > noise])
    if decimals is None and digits is not None and (np.abs(rounded(sizes, None, digits) - sizes) > _told_apart(sizes)).any():
        return None, None
    return decimals, digits if digits is not None and _limited(sizes, decimals, digits) else None


def _plain_decimals(sizes: Floats) -> int | None:
    """Return the decimals of numbers of usual size of which a large one uses the last; None where it takes more to tell.

    Then digits limit nothing: that one has as many as decimals leave room for.
    """
    largest = float(sizes[-1])
    if not (largest < 1e9 and sizes[0] > max(1e-6, 1e-5 * sizes[len(sizes) // 2])):
        return None
    told_apart = _told_apart(sizes)
    for decimals in range(_MOST_PLAIN + 1):
        steps = sizes * 10.0**decimals
        whole = np.rint(steps)
        if (np.abs(steps - whole) <= np.minimum(np.minimum(_CLOSE * steps, _OF_A_STEP), told_apart * 10.0**decimals)).all():
            top = whole[whole >= 10.0 ** _place(float(whole[-1]))]
            return decimals if (top % 10).any() else None
    return None


def _told_apart(sizes: Floats) -> float:
    """Return how far a number may be moved: a millionth of the range they lie in, for 1.0000000001 and 1.0000000002 are two; what
    floats leave behind counts as nothing all the same."""
    return max(_OF_THE_RANGE * float(sizes[-1] - sizes[0]), _NOISE * float(sizes[-1]))


def _noise(sizes: Floats) -> float:
    """Return the size up to which numbers are what sums of others left behind; 0 if any so small was written with few digits."""
    noise = _NOISE * float(sizes[len(sizes) // 2])
    small = sizes[: np.searchsorted(sizes, noise, side="right")]
    return 0.0 if len(small) and _needed(_some(small)) is not None else noise


def _place(size: float) -> int:
    """Return the power of ten of a number's first digit."""
    return int(f"{size:e}".rpartition("e")[2])


def _places(sizes: Floats) -> npt.NDArray[np.int64]:
    """Return the power of ten of each number's first digit."""
    places = np.floor(np.log10(sizes)).astype(np.int64)
    mantissas = _scaled(sizes, -places)
    return places + (mantissas >= 10.0) - (mantissas < 1.0)


def _scaled(values: Floats, powers: npt.NDArray[np.int64] | int) -> Floats:
    """Multiply by powers of ten, in two parts so that none overflows."""
    half = np.asarray(powers, dtype=np.int64) // 2
    rest = np.asarray(powers, dtype=np.int64) - half
    return _times(_times(values, half), rest)


def _times(values: Floats, powers: npt.NDArray[np.int64]) -> Floats:
    tens = 10.0 ** np.abs(powers).astype(float)
    product: Floats = values * np.where(powers >= 0, tens, 1.0) / np.where(powers < 0, tens, 1.0)
    return product


def _decimals(sizes: Floats, noise: float) -> int | None:
    """Return the fewest decimals that all numbers have, up to what a float holds of the largest."""
    largest = _place(float(sizes[-1]))
    asked = np.arange(max(0, -largest), max(0, MOST_DIGITS - largest - 1) + 1)
    apart = _told_apart(sizes)
    for decimals in asked[_fits(_some(sizes)[None, :], asked[:, None], noise, apart).all(axis=1)]:
        if _fits(sizes, decimals, noise, apart).all():
            return int(decimals)
    return None


def _some(sizes: Floats) -> Floats:
    """Return a few of the numbers, evenly spread: most answers are decided by them."""
    return sizes if len(sizes) <= _FIRST_LOOK else sizes[np.linspace(0, len(sizes) - 1, _FIRST_LOOK).astype(int)]


def _fits(sizes: Floats, decimals: Any, noise: float, apart: float = math.inf) -> npt.NDArray[np.bool_]:
    """Tell which numbers are whole once multiplied by a power of ten, but for what floats leave and less than `apart`."""
    steps = _scaled(sizes, decimals)
    off = np.abs(steps - np.rint(steps))
    most = np.minimum(_OF_A_STEP, _scaled(np.array(apart), decimals) if math.isfinite(apart) else apart)
    allowed = np.maximum(np.minimum(_CLOSE * steps, most), 2 * np.spacing(steps))
    left: npt.NDArray[np.bool_] = off <= np.maximum(allowed, np.minimum(_scaled(np.array(noise), decimals), _OF_A_STEP))
    return left


def _roomy(sizes: Floats, decimals: int) -> bool:
    """Tell whether the largest numbers all leave the last decimal free: only then may digits limit them."""
    largest = sizes[np.searchsorted(sizes, 10.0 ** _place(float(sizes[-1]))) :]
    return bool(_fits(largest, decimals - 1, 0.0).all())


def _digits(sizes: Floats) -> int | None:
    """Return the most significant digits that any of the numbers has; None beyond what every float keeps."""
    if len(sizes) > _FIRST_LOOK and _needed(_some(sizes)) is None:
        return None
    return _needed(sizes)


_TENS = 10.0 ** np.arange(MOST_DIGITS - 1)


def _needed(sizes: Floats) -> int | None:
    most = 1
    for part in np.array_split(sizes, range(_AT_ONCE, len(sizes), _AT_ONCE)):
        steps = _scaled(part, -_places(part))[None, :] * _TENS[most - 1 :, None]
        off = np.abs(steps - np.rint(steps))
        fit = (off <= np.maximum(np.minimum(_CLOSE * steps, _OF_A_STEP), 8 * np.spacing(steps))).all(axis=1)
        if not fit.any():
            return None
        most += int(np.argmax(fit))
    return most


def _limited(sizes: Floats, decimals: int | None, digits: int) -> bool:
    """Tell whether digits limit the numbers: decimals alone would leave many of them room for more, and none uses it.

    Zeros that all numbers end in, as multiples of ten do, are no room.
    """
    if decimals is None or _place(float(sizes[-1])) + 1 + decimals > MOST_DIGITS:
        return True
    finest = decimals
    while finest > decimals - MOST_DIGITS and _fits(sizes, finest - 1, 0.0).all():
        finest -= 1
    room = np.maximum(_places(sizes) + 1 + finest - digits, 0)
    return bool(room.sum() >= _ROOM and (room > 0).mean() >= _ROOMY)


def unit(values: Floats) -> float:
    """Return what to divide numbers by before they are squared: 1, but for those whose squares are no float64."""
    largest = float(np.abs(values).max(initial=0.0))
    return largest if largest and not 1e-100 < largest < 1e100 else 1.0


def spread(values: Floats) -> float:
    """Return the standard deviation of numbers of any size; 0 for none."""
    return float((values / unit(values)).std()) * unit(values) if len(values) else 0.0


def told_apart(values: Floats) -> tuple[float, float]:
    """Return what to subtract from a number and what to divide it by, so that float32, which trees see, tells values apart.

    0 and 1 where float32 does so as they are: not for seconds since 1970 with fractions, nor for numbers around 1e-40 or 1e40.
    """
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    largest = max(abs(low), abs(high))
    if largest == 0 or (1e-30 < largest < 1e30 and high - low > 1e-3 * largest):
        return 0.0, 1.0
    spread = high - low
    return (low, spread) if 0 < spread < np.inf else (0.0, largest)


# --- rounding ----------------------------------------------------------------------------------------------------


def rounded(values: Any, decimals: int | None, digits: int | None = None) -> Floats:
    """Round to decimals and significant digits, each where it is given; the result is the float64 nearest to the decimal number."""
    out = np.array(values, dtype=float)
    if decimals is not None:
        out = _to_decimals(out, np.full(out.shape, decimals))
    if digits is not None:
        there = np.isfinite(out) & (out != 0)
        out[there] = _to_decimals(out[there], digits - 1 - _places(np.abs(out[there])))
    return out


def _to_decimals(values: Floats, decimals: npt.NDArray[np.int64]) -> Floats:
    """Round each number to its own decimals; negative ones are places before the point."""
    out = values.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        steps = _scaled(values, decimals)
        fits = np.isfinite(steps) & (np.abs(steps) < _EXACT)
    exact = fits & (np.abs(decimals) <= _EXACT_POWER)
    whole, power = np.rint(steps[exact]), decimals[exact]
    tens = 10.0 ** np.abs(power).astype(float)
    out[exact] = whole * np.where(power < 0, tens, 1.0) / np.where(power >= 0, tens, 1.0)
    far = fits & ~exact
    out[far] = [round(value, int(power)) for value, power in zip(values[far].tolist(), decimals[far], strict=True)]
    return out + 0.0


# --- for people --------------------------------------------------------------------------------------------------


def figure(value: float, digits: int = MOST_DIGITS) -> str:
    """Write a number for people: thousands apart, at most `digits` significant digits, very small and large ones as 1.2e-11."""
    if not math.isfinite(value):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e15:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{_trimmed(mantissa)}e{int(power)}"
    decimals = max(0, digits - 1 - (_place(value) if value else 0))
    return _trimmed(f"{value + 0.0:,.{decimals}f}")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def enough_digits(low: float | None, high: float | None, least: int = 6) -> int:
    """Return how many significant digits tell apart numbers that lie a thousandth of their range from each other."""
    if low is None or high is None or not math.isfinite(high - low) or high <= low:
        return least
    return min(max(_place(max(abs(low), abs(high))) - _place(high - low) + 4, least), MOST_DIGITS)


def column_figure(value: float, decimals: int | None, digits: int | None = None) -> str:
    """Write a number of a column for people: as finely as the column is, with ten digits where it has full precision."""
    return figure(value, MOST_DIGITS if decimals is not None or digits is not None else 10)
