"""Inputs, generated from a seed: texts of the product's small languages, JSON values, and valid ones that were changed.

Each function takes its randomness as an argument. `random.Random(seed)` makes a million of them in minutes, and the same input again from the
same seed; Hypothesis' own randomness makes few, and shortens what fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

NUMBERS = (
    "0", "1", "-1", "-0", "0.5", "3", "30", "2.50", "1e3", "1e308", "1e309", "-1e400", "1e-320", "nan", "inf", "-inf", "Infinity", "NaN", "0x10", "1_000",
    "1,5", "1.234,5", "9007199254740993", "1" * 400, "9" * 30, "5.", ".5", "--5", "٣", "１２", "½", "1e", "2**53", "12%", "$3",
)  # fmt: skip
DATES = (
    "2024-12-31", "2024-02-30", "0001-01-01", "9999-12-31", "0000-00-00", "12/31/2024", "31.12.2024", "01/02/03", "1-Jan-24", "Feb 2024",
    "2024-01-01T00:00:00+05:30", "2024-01-01T00:00:00+99:00", "24:00", "08:30", "2024-06-30 23:59:60", "202401", "2024-W05", "292277-01-01",
    "2024-03-31 02:30", "1677-01-01", "2263-01-01",
)  # fmt: skip
ODD = (
    "", " ", "\t", "\n", "\r\n", "\0", "\x1b[31m", "\ud800", "\udcff", "\u202e", "\u200b", "\ufeff", "\U0001f642", "e\u0301", "ß", "İ", "ﬁ", "`", "'", '"', "\\", "\\d",
    "{", "}", "[", "]", "(", ")", "<b>", "&amp;", "%00", "%s", "{0}", "$(id)", "../..", "=1+1", "@x", "-", "--", "..", "...", ";", ",", ":", "=", "==", "#",
    "None", "null", "True", "False", "true", "yes", "NA", "__class__", "constructor", "lambda", "import", "A" * 300, "é" * 130,
)  # fmt: skip
ATOMS = (*NUMBERS, *DATES, *ODD)


def one_of(dice: Random, *makers: Callable[[Random], Any]) -> Any:
    """Make what one of several makes."""
    return dice.choice(makers)(dice)


def atom(dice: Random) -> str:
    """A text that is more trouble than most."""
    return dice.choice(ATOMS)


def text(dice: Random, most: int = 12) -> str:
    """A text of odd pieces and odd letters."""
    pieces = [dice.choice(ATOMS) if dice.random() < 0.5 else letter(dice) for _ in range(dice.randrange(most))]
    return "".join(pieces)


def letter(dice: Random) -> str:
    """One letter: mostly of those programs are written in."""
    if dice.random() < 0.8:
        return chr(dice.randrange(32, 127))
    return chr(
        dice.choice(
            [dice.randrange(32), dice.randrange(128, 256), dice.randrange(0x370, 0x3000), dice.randrange(0x1F300, 0x1F600)]
        )
    )


def changed(dice: Random, valid: str, *, times: int = 4) -> str:
    """A text in which some places are cut, doubled, exchanged or filled with something odd."""
    for _ in range(dice.randrange(1, times + 1)):
        start = dice.randrange(len(valid) + 1)
        end = min(len(valid), start + dice.choice([0, 0, 1, 1, 2, 5, 20]))
        middle = dice.choice(
            ["", atom(dice), valid[start:end] * 2, letter(dice), valid[end : end + 9], valid[start:end] * dice.choice([3, 40])]
        )
        valid = valid[:start] + middle + valid[end:]
    return valid


def changed_bytes(dice: Random, valid: bytes, other: bytes = b"") -> bytes:
    """Bytes of which some were flipped, cut, doubled, moved, or taken from another file."""
    content = bytearray(valid)
    for _ in range(dice.choice([1, 1, 1, 2, 3, 8, 30])):
        at = dice.randrange(len(content) + 1)
        size = dice.choice([1, 1, 2, 4, 16, 200])
        how = dice.randrange(8)
        if how == 0 and content:
            content[at % len(content)] ^= 1 << dice.randrange(8)
        elif how == 1 and content:
            content[at % len(content)] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, 10, 13, 34, 44])
        elif how == 2:
            del content[at : at + size]
        elif how == 3:
            content[at:at] = content[at : at + size] * dice.choice([1, 3])
        elif how == 4:
            content[at:at] = dice.randbytes(size)
        elif how == 5 and other:
            where = dice.randrange(len(other))
            content[at : at + size] = other[where : where + size]
        elif how == 6:
            content[at : at + 4] = dice.choice(
                [b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x00"]
            )
        elif dice.random() < 0.3:
            del content[at:]
    return bytes(content)


def value(dice: Random, depth: int = 3) -> Any:
    """A value of JSON, of Python's where JSON has it: numbers beyond float64, NaN, nested lists and objects, half a surrogate."""
    how = dice.randrange(11 if depth else 8)
    if how < 3:
        return text(dice, 4)
    if how == 3:
        return dice.choice([0, 1, -1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**400, dice.randrange(-100, 100)])
    if how == 4:
        return dice.choice([0.0, -0.0, 0.5, 1e308, -1e308, float("nan"), float("inf"), 5e-324, dice.uniform(-1e3, 1e3)])
    if how < 8:
        return dice.choice([None, True, False, "", [], {}, atom(dice)])
    if how < 10:
        return [value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {text(dice, 3): value(dice, depth - 1) for _ in range(dice.randrange(4))}


def json_of(dice: Random, said: Any) -> str:
    """JSON of a value, at times broken, too deep, or with a key twice."""
    written = json.dumps(said, ensure_ascii=dice.random() < 0.5)
    how = dice.random()
    if how < 0.15:
        return changed(dice, written)
    if how < 0.16:
        return "[" * 2_000
    if how < 0.17:
        return '{"a":' * 1_500
    return written


def replaced(dice: Random, valid: Any, words: Sequence[str] = ()) -> Any:
    """A valid JSON value in which something, anywhere in it, is another value, is gone, or stands twice."""
    if not isinstance(valid, dict | list) or not valid or dice.random() < 0.15:
        return dice.choice([value(dice), text(dice, 3), dice.choice(words) if words else None, valid])
    if isinstance(valid, list):
        place = dice.randrange(len(valid))
        how = dice.random()
        if how < 0.15:
            return valid[:place] + valid[place + 1 :]
        if how < 0.25:
            return valid + [valid[place]] * dice.choice([1, 2])
        return [*valid[:place], replaced(dice, valid[place], words), *valid[place + 1 :]]
    name = dice.choice(list(valid))
    how = dice.random()
    if how < 0.15:
        return {key: one for key, one in valid.items() if key != name}
    if how < 0.3:
        return {**valid, (dice.choice(words) if words and dice.random() < 0.7 else text(dice, 3)): value(dice)}
    return {**valid, name: replaced(dice, valid[name], words)}


# --- formulas ---------------------------------------------------------------------------------------------------------

COMPARED = ("<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "=")
RECKONED = ("+", "-", "*", "/", "//", "%", "**", "@", "<<", "&", "|")


def formula(dice: Random, names: Sequence[str], depth: int = 3) -> str:
    """A formula over columns, right more often than not."""
    how = dice.random()
    if how < 0.08:
        return text(dice)
    made = _truth(dice, names, depth)
    return changed(dice, made) if how < 0.35 else made


def _truth(dice: Random, names: Sequence[str], depth: int) -> str:
    how = dice.randrange(10)
    if depth and how < 2:
        return f"{_truth(dice, names, depth - 1)} {dice.choice(['and', 'or'])} {_truth(dice, names, depth - 1)}"
    if depth and how == 2:
        return f"not ({_truth(dice, names, depth - 1)})"
    if how == 3:
        items = ", ".join(_leaf(dice, names) for _ in range(dice.randrange(4)))
        return (
            f"{_leaf(dice, names)} {dice.choice(['in', 'not in'])} {dice.choice(['(%s)', '[%s]', '{%s}', '%s', '(%s,)']) % items}"
        )
    if how == 4:
        return f"{_number(dice, names, depth)} {dice.choice(COMPARED[:4])} {_number(dice, names, depth)} {dice.choice(COMPARED[:4])} {_number(dice, names, depth)}"
    return f"{_number(dice, names, depth)} {dice.choice(COMPARED)} {_number(dice, names, depth)}"


def _number(dice: Random, names: Sequence[str], depth: int) -> str:
    if not depth or dice.random() < 0.5:
        return _leaf(dice, names)
    if dice.random() < 0.15:
        return dice.choice(
            [
                "-%s",
                "+%s",
                "(%s)",
                "~%s",
                "not %s",
                "abs(%s)",
                "sqrt(%s)",
                "min(%s, 2)",
                "max(%s)",
                "log() + %s",
                "exp(*%s)",
                "%s.real",
                "%s[0]",
            ]
        ) % _number(dice, names, depth - 1)
    return f"{_number(dice, names, depth - 1)} {dice.choice(RECKONED[:7] if dice.random() < 0.95 else RECKONED)} {_number(dice, names, depth - 1)}"


def _leaf(dice: Random, names: Sequence[str]) -> str:
    how = dice.random()
    if how < 0.55:
        name = dice.choice(names)
        return name if name.isidentifier() and dice.random() < 0.8 else f"`{name}`"
    if how < 0.75:
        return dice.choice(NUMBERS[:12] if dice.random() < 0.8 else NUMBERS)
    if how < 0.9:
        return repr(dice.choice([*DATES, "Bern", "yes", "3", *ODD]))
    return dice.choice(["True", "False", "None", "x", "1j", "b'x'", "f'{age}'", "...", "()", "[]"])
