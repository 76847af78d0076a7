"""Texts by a pattern: characters, classes and counts, drawn as bytes so that millions of them take a moment.

A `TextPattern` is written down by hand or read off texts of one length; a `Likeness` (see `text_likeness`) puts several together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.errors import SettingError

_CLASSES = {
    "d": "0123456789",
    "w": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "s": " ",
}
_COUNT = re.compile(r"\{(\d{1,3})(?:,(\d{1,3}))?\}|\?")
_LONGEST = 200
_ENOUGH = 2**62
ALL_SEEN = 20
"""Texts from which the characters seen at a place are taken to be all there are."""


@dataclass(frozen=True)
class TextPattern:
    """The characters of each place, in order; places from `fixed` on within a counted part may be left out.

    Attributes
    ----------
    alphabets
        For each place the characters it may hold.
    counts
        For each part of the pattern: the first of its places, how many it has at least, and at most.
    """

    alphabets: tuple[str, ...]
    counts: tuple[tuple[int, int, int], ...]

    @classmethod
    def read(cls, text: str) -> TextPattern:
        """Read a pattern; raise `SettingError` that says what is not understood."""
        alphabets: list[str] = []
        counts: list[tuple[int, int, int]] = []
        place = 0
        while place < len(text):
            letters, place = _part(text, place)
            found = _COUNT.match(text, place)
            least, most = 1, 1
            if found:
                place = found.end()
                least = int(found[1]) if found[1] else 0
                most = int(found[2] or found[1] or 1)
            if least > most or most == 0:
                raise SettingError(f"The pattern {text!r} has the count {found and found[0]!r}; write {{3}}, {{2,5}} or ?.")
            counts.append((len(alphabets), least, most))
            alphabets += [letters] * most
        if not alphabets or len(alphabets) > _LONGEST:
            raise SettingError(f"The pattern {text!r} makes {len(alphabets)} characters; allowed are 1 to {_LONGEST}.")
        return cls(tuple(alphabets), tuple(counts))

    @classmethod
    def seen(cls, texts: Sequence[str], among: frozenset[str] | None = None) -> TextPattern:
        """Read a pattern off texts of one length: the characters of each place, or all of their class where few texts show them.

        Parameters
        ----------
        among
            The characters of all texts of this sort, where there are enough: a class has no others then.
        """
        places = [frozenset(letters) for letters in zip(*texts, strict=True)]
        if len(texts) < ALL_SEEN:
            places = [_classes(letters) if among is None else _classes(letters) & among for letters in places]
        return cls(tuple("".join(sorted(letters)) for letters in places), tuple((at, 1, 1) for at in range(len(places))))

    def widened(self) -> TextPattern:
        """Return the pattern with all of a class wherever it has several characters of it."""
        wide = (letters if len(letters) == 1 else "".join(sorted(_classes(letters))) for letters in self.alphabets)
        return TextPattern(tuple(wide), self.counts)

    @property
    def certain(self) -> list[int]:
        """The places every text has."""
        return [first + place for first, least, _ in self.counts for place in range(least)]

    @property
    def different(self) -> int:
        """How many texts differ by the places all have; at most 2**62."""
        number = 1
        for place in self.certain:
            number = min(number * len(self.alphabets[place]), _ENOUGH)
        return number

    def draw(self, n: int, rng: np.random.Generator, numbers: NDArray[np.int64] | None = None) -> Any:
        """Draw `n` texts as an Arrow array; different `numbers`, each below `different`, give different texts."""
        places = np.empty((len(self.alphabets), n), dtype=np.uint32)
        for place, letters in enumerate(self.alphabets):
            codes = np.array([ord(letter) for letter in letters], dtype=np.uint32)
            places[place] = codes[rng.integers(0, len(codes), n)] if len(codes) > 1 else codes[0]
        if numbers is not None:
            self._write(places, numbers)
        return _texts(places.T, self._there(n, rng))

    def _write(self, places: NDArray[np.uint32], numbers: NDArray[np.int64]) -> None:
        """Write numbers into the certain places, each alphabet a digit."""
        rest, room = numbers.copy(), _ENOUGH
        for place in reversed(self.certain):
            base = len(self.alphabets[place])
            if base == 1:
                continue
            if room < base:
                break
            codes = np.array([ord(letter) for letter in self.alphabets[place]], dtype=np.uint32)
            places[place] = codes[rest % base]
            rest //= base
            room //= base

    def _there(self, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        there = np.ones((n, len(self.alphabets)), dtype=bool)
        for first, least, most in self.counts:
            if least < most:
                held = rng.integers(least, most, n, endpoint=True)
                there[:, first : first + most] = np.arange(most) < held[:, None]
        return there


def _classes(letters: Iterable[str]) -> frozenset[str]:
    """Return all characters of the classes of some."""
    return frozenset().union(*map(class_of, letters))


@lru_cache(4_096)
def class_of(letter: str) -> frozenset[str]:
    """Return the characters of a letter's or digit's class: those of its sort within its part of Unicode; others stand for themselves."""
    if not letter.isalnum():
        return frozenset(letter)
    sort, block = unicodedata.category(letter), ord(letter) & ~0x7F
    return frozenset(chr(code) for code in range(block, block + 0x80) if unicodedata.category(chr(code)) == sort)


def _part(text: str, place: int) -> tuple[str, int]:
    """Return the characters of the part of a pattern that begins at `place`, and where the next begins."""
    letter = text[place]
    if letter == "\\":
        if place + 1 == len(text):
            raise SettingError(f"The pattern {text!r} ends in a backslash; write \\\\ for the character itself.")
        return _CLASSES.get(text[place + 1], text[place + 1]), place + 2
    if letter == "[":
        end = text.find("]", place + 1)
        letters = _class(text, text[place + 1 : end]) if end > place + 1 else ""
        if not letters:
            raise SettingError(f"The pattern {text!r} has a class in brackets that is empty or not closed; write [A-Z].")
        return letters, end + 1
    if letter in "(){}|*+?.^$":
        raise SettingError(
            f"The pattern {text!r} holds {letter!r}; it takes characters, [classes], \\d, \\w, {{counts}} and ?. "
            f"Write \\{letter} for the character itself."
        )
    return letter, place + 1


def _class(text: str, inside: str) -> str:
    """Return the characters of a class such as A-Z0-9_."""
    letters: list[str] = []
    place = 0
    while place < len(inside):
        if inside[place] == "\\" and place + 1 < len(inside):
            letters += _CLASSES.get(inside[place + 1], inside[place + 1])
            place += 2
        elif inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            first, last = ord(inside[place]), ord(inside[place + 2])
            if first > last or last - first > 5_000:
                raise SettingError(
                    f"The pattern {text!r} has the range {inside[place : place + 3]!r}; write it from low to high."
                )
            letters += [chr(code) for code in range(first, last + 1)]
            place += 3
        else:
            letters.append(inside[place])
            place += 1
    return "".join(dict.fromkeys(letters))


def _texts(codes: NDArray[np.uint32], there: NDArray[np.bool_]) -> Any:
    """Return rows of character codes as an Arrow array of texts."""
    import pyarrow as pa

    n = len(codes)
    if codes.max(initial=0) < 128:
        sizes = there.sum(axis=1)
        offsets = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(sizes, out=offsets[1:])
        data = codes.astype(np.uint8)[there] if not there.all() else np.ascontiguousarray(codes, dtype=np.uint8)
        return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data))
    rows = ["".join(map(chr, row[held])) for row, held in zip(codes, there, strict=True)]
    return pa.array(rows, type=pa.string())


def shuffled(numbers: NDArray[np.int64], below: int, key: int) -> NDArray[np.int64]:
    """Map different numbers below `below` to different numbers below it, in no visible order.

    A Feistel network on the next power of four, walked until it falls inside (Black and Rogaway, Ciphers with arbitrary finite
    domains, CT-RSA 2002); for looks and uniqueness, not for secrecy.
    """
    half = max((int(below - 1).bit_length() + 1) // 2, 1)
    mask = np.uint64((1 << half) - 1)
    out = _feistel(numbers.astype(np.uint64), half, mask, key)
    outside = out >= np.uint64(below)
    while outside.any():
        out[outside] = _feistel(out[outside], half, mask, key)
        outside = out >= np.uint64(below)
    return out.astype(np.int64)


def _feistel(numbers: NDArray[np.uint64], half: int, mask: np.uint64, key: int) -> NDArray[np.uint64]:
    left, right = numbers >> np.uint64(half), numbers & mask
    for turn in range(4):
        salt = np.uint64((key * (2 * turn + 1) * 0x9E3779B97F4A7C15) % 2**64)
        mixed = (right ^ salt) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0x94D049BB133111EB)
        left, right = right, (left ^ (mixed >> np.uint64(32))) & mask
    return (left << np.uint64(half)) | right
