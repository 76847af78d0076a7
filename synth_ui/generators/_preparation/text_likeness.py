"""New texts like real ones: their separators, lengths and characters, never one of them.

Texts are cut at everything that is neither letter nor digit. Where enough of them have the same separators, each piece between two
of them is drawn by itself: a word that many texts have there (SKU, py, prod) as it is, anything else by the characters seen at
each of its places. Texts of no common build (SMILES, JSON of many shapes, Chinese sentences) are drawn character after character,
each given the one before.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.text_pattern import ALL_SEEN, TextPattern

_LEARNED_FROM = 20_000
"""Texts looked at, at most."""

_MOST_FORMS, _MOST_PIECES, _LONGEST_BUILT, _LONGEST = 30, 60, 200, 10_000
_ENOUGH_LETTERS = 2_000
"""So many letters say nothing of a single text any more, however few the texts."""

_HELD = 3
"""A build fewer texts have is not made again."""

_COMMON = 0.5
"""The share of texts whose builds others have, from which texts are made by their build."""

_FEW_LENGTHS, _ANYWHERE = 12, 0.4
"""Texts of so few lengths are built by their places, where a separator stands at so large a share of these."""

_WORD_HELD, _WORD_SHARE, _MOST_WORDS = 5, 0.01, 50
_PIECE = re.compile(r"[^\W_]+|[\W_]")
_SHAPE = {**dict.fromkeys(range(65, 91), "A"), **dict.fromkeys(range(97, 123), "a"), **dict.fromkeys(range(48, 58), "9")}
_SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
_DIGITS = TextPattern(("0123456789",), ((0, 1, 1),))


@dataclass(frozen=True, eq=False)
class Slot:
    """One piece between separators: words that many texts have, and patterns for the others.

    Attributes
    ----------
    shares
        Of the words, then of the patterns.
    wide
        The slot to draw from once all of this one has been made: its words with digits are patterns too.
    numbers
        For each pattern the numbers in it that stay in the range of the real ones.
    """

    words: tuple[str, ...]
    patterns: tuple[TextPattern, ...]
    shares: NDArray[np.float64]
    wide: Slot | None = None
    numbers: tuple[tuple[NumberInText, ...], ...] = ()

    @classmethod
    def of(cls, pieces: Sequence[str], least: float, among: frozenset[str] | None) -> Slot:
        """Read a slot off the pieces of all texts of one build; `among` are the characters of all texts, where they are many."""
        counts = Counter(pieces)
        words = {word: count for word, count in counts.most_common(_MOST_WORDS) if count >= least}
        lettered = {word: count for word, count in words.items() if not any(letter.isdigit() for letter in word)}
        if sum(words.values()) < 0.95 * len(pieces):
            words = {word: count for word, count in words.items() if not word.isdigit()}
        fixed = len(words) == 1 and len(counts) == 1
        wide = None if fixed else cls._of(pieces, lettered, among).widened()
        return replace(cls._of(pieces, words, among), wide=wide)

    @classmethod
    def _of(cls, pieces: Sequence[str], words: dict[str, int], among: frozenset[str] | None) -> Slot:
        rest = [piece for piece in pieces if piece not in words]
        groups = _alike(rest)
        shares = np.array([*words.values(), *map(len, groups)], dtype=float)
        patterns = tuple(TextPattern.seen(group, among) for group in groups)
        return cls(tuple(words), patterns, shares / shares.sum(), None, tuple(map(_numbers, groups)))

    def widened(self) -> Slot:
        """Return the slot with all characters of a class where it had several."""
        return replace(self, patterns=tuple(pattern.widened() for pattern in self.patterns), numbers=())

    def draw(self, n: int, rng: np.random.Generator, wide: bool) -> NDArray[Any]:
        """Draw `n` pieces."""
        if wide and self.wide is not None:
            return self.wide.draw(n, rng, False)
        out = np.empty(n, dtype=object)
        which = rng.choice(len(self.shares), n, p=self.shares) if len(self.shares) > 1 else np.zeros(n, dtype=np.int64)
        for place, word in enumerate(self.words):
            out[which == place] = word
        for place, pattern in enumerate(self.patterns, len(self.words)):
            rows = np.flatnonzero(which == place)
            if len(rows):
                made = pattern.draw(len(rows), rng).to_numpy(zero_copy_only=False)
                for number in self.numbers[place - len(self.words)] if self.numbers else ():
                    made = number.held(made, rng)
                out[rows] = made
        return out


@dataclass(frozen=True)
class NumberInText:
    """Digits at the same places of all pieces of one shape, and the least and the largest number they are: week 1 to 53, the years."""

    start: int
    end: int
    low: int
    high: int

    def held(self, pieces: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        """Draw the number anew in pieces where it lies outside."""
        known = np.array([int(piece[self.start : self.end]) for piece in pieces], dtype=np.int64)
        outside = np.flatnonzero((known < self.low) | (known > self.high))
        pieces = pieces.astype(object)
        for place, drawn in zip(outside, rng.integers(self.low, self.high, len(outside), endpoint=True).tolist(), strict=True):
            piece = pieces[place]
            pieces[place] = f"{piece[: self.start]}{drawn:0{self.end - self.start}d}{piece[self.end :]}"
        return pieces


def _numbers(pieces: Sequence[str]) -> tuple[NumberInText, ...]:
    """Return the numbers in pieces of one shape; none where there are too few pieces to know their range."""
    shape = pieces[0].translate(_SHAPE)
    if len(pieces) < ALL_SEEN or any(piece.translate(_SHAPE) != shape for piece in pieces):
        return ()
    found = []
    for run in re.finditer(r"9{2,18}", shape):
        known = [int(piece[run.start() : run.end()]) for piece in pieces]
        found.append(NumberInText(run.start(), run.end(), min(known), max(known)))
    return tuple(found)


def _alike(pieces: Sequence[str]) -> list[list[str]]:
    """Group pieces by their sorts of characters (ABC12 is AAA99), or, where those are as good as all different, by length."""
    shaped, sized = defaultdict(list), defaultdict(list)
    for piece in pieces:
        shaped[piece.translate(_SHAPE)].append(piece)
        sized[len(piece)].append(piece)
    largest = sorted(shaped.values(), key=len, reverse=True)[:_MOST_FORMS]
    if sum(map(len, largest)) >= 0.7 * len(pieces) and len(shaped) <= max(len(sized), 0.3 * len(pieces)):
        return largest
    return sorted(sized.values(), key=len, reverse=True)[:_MOST_FORMS]


@dataclass(frozen=True, eq=False)
class Chain:
    """Characters one after the other: at the first, second, next but last and last place, and between, each given the one before.

    Attributes
    ----------
    lengths
        Those of the texts, sorted.
    first
        Running shares of the characters at the first place.
    following
        Per sort of place (second, middle, next but last, last) the running shares given the character before: row i, all raised
        by i, row after row.
    """

    letters: NDArray[np.uint32]
    lengths: NDArray[np.int64]
    first: NDArray[np.float64]
    following: tuple[NDArray[np.float64], ...]

    _MOST_LETTERS = 400
    _FREE = 5.0
    """So many texts' worth of any character of the same place: the one before tells less where few texts have it."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> Chain:
        """Count characters and their followers; the rarest beyond 400 are left out."""
        texts = [text[:_LONGEST] for text in texts]
        known = sorted(ord(letter) for letter, _ in Counter("".join(texts)).most_common(cls._MOST_LETTERS))
        letters, size = np.array(known, dtype=np.uint32), len(known)
        flat = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        kept = np.isin(flat, letters)
        text = np.repeat(np.arange(len(texts)), [len(text) for text in texts])[kept]
        codes = np.searchsorted(letters, flat[kept])
        lengths = np.bincount(text, minlength=len(texts))
        place = np.arange(len(text)) - (np.cumsum(lengths) - lengths)[text]
        after = np.flatnonzero(place)
        at = (_place(place[after], lengths[text[after]]) * size + codes[after - 1]) * size + codes[after]
        counts = np.bincount(at, minlength=4 * size * size).reshape(4, size, size)
        first = np.bincount(codes[place == 0], minlength=size)
        return cls(letters, np.maximum(np.sort(lengths), 1), _running(first[None])[0], tuple(map(cls._given, counts)))

    @classmethod
    def _given(cls, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        anywhere = counts.sum(axis=0)
        shares = anywhere / anywhere.sum() if anywhere.any() else np.full(len(counts), 1 / len(counts))
        rows = _running(counts + cls._FREE * shares)
        return (rows + np.arange(len(rows))[:, None]).ravel()

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[Any]:
        """Draw `n` texts."""
        lengths = rng.choice(self.lengths, n)
        order = np.argsort(-lengths, kind="stable")
        longest = lengths[order]
        codes = np.zeros((n, int(longest[0]) if n else 0), dtype=np.int32)
        size = len(self.letters)
        for place in range(codes.shape[1]):
            rows = int(np.searchsorted(-longest, -place, side="left"))
            chance = rng.random(rows)
            if place == 0:
                codes[:rows, 0] = np.searchsorted(self.first, chance, side="right").clip(max=size - 1)
                continue
            before = codes[:rows, place - 1]
            sort = _place(np.array([place]), longest[:rows])
            for kind in np.unique(sort):
                here = np.flatnonzero(sort == kind)
                found = np.searchsorted(self.following[kind], before[here] + chance[here], side="right") - before[here] * size
                codes[here, place] = found.clip(0, size - 1)
        out = np.empty(n, dtype=object)
        made = self.letters[codes]
        out[order] = [row[:length].tobytes().decode("utf-32-le") for row, length in zip(made, longest, strict=True)]
        return out


def _place(place: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 for the second place, 3 for the last, 2 for the one before it, 1 between."""
    left = length - place
    return np.where(left == 1, 3, np.where(left == 2, 2, np.where(place == 1, 0, 1)))


def _running(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Return running shares along the last axis, the last of them 1."""
    sums = counts.cumsum(axis=1)
    running: NDArray[np.float64] = sums / sums[:, -1:]
    return running


@dataclass(frozen=True, eq=False)
class TextLikeness:
    """How texts are built: by forms (pieces and separators) with their shares, or character after character."""

    forms: tuple[tuple[str | Slot, ...], ...]
    shares: NDArray[np.float64]
    chain: Chain | None = None

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextLikeness:
        """Read off texts, each of which should be given once, how they are built."""
        texts = list(texts[:: -(-len(texts) // _LEARNED_FROM) or 1])
        cut = [_PIECE.findall(text) if len(text) <= _LONGEST_BUILT else [] for text in texts]
        builds: defaultdict[tuple[str, ...], list[list[str]]] = defaultdict(list)
        for pieces in cut:
            if 0 < len(pieces) <= _MOST_PIECES:
                builds[tuple("" if piece[0].isalnum() else piece for piece in pieces)].append(pieces)
        if max(map(len, builds.values()), default=0) < 0.7 * len(texts) and (whole := _of_few_lengths(texts)) is not None:
            return whole
        held = sorted((rows for rows in builds.values() if len(rows) >= _HELD), key=len, reverse=True)[:_MOST_FORMS]
        if sum(map(len, held)) < _COMMON * len(texts):
            if not builds or len(texts) >= ALL_SEEN or sum(map(len, texts)) >= _ENOUGH_LETTERS:
                return cls((), np.empty(0), Chain.of(texts))
            held = list(builds.values())
        least = max(_WORD_HELD, _WORD_SHARE * len(texts))
        among = frozenset("".join(texts)) if len(texts) >= ALL_SEEN else None
        forms = tuple(tuple(_part(column, least, among) for column in zip(*rows, strict=True)) for rows in held)
        shares = np.array([len(rows) for rows in held], dtype=float)
        return cls(forms, shares / max(shares.sum(), 1.0))

    @classmethod
    def code(cls, letters: str, length: int) -> TextLikeness:
        """Texts of one length, any of the letters at each place."""
        pattern = TextPattern((letters,) * length, tuple((place, 1, 1) for place in range(length)))
        return cls(((Slot((), (pattern,), np.ones(1)),),), np.ones(1))

    def draw(self, n: int, rng: np.random.Generator, wider: int = 0) -> NDArray[Any]:
        """Draw `n` texts; for `wider` above 0 any character of its class at each place, above 1 with digits appended."""
        if self.chain is not None:
            out = self.chain.draw(n, rng)
        else:
            out = np.full(n, "", dtype=object)
            which = rng.choice(len(self.shares), n, p=self.shares) if len(self.shares) else np.zeros(n, dtype=np.int64)
            for place, form in enumerate(self.forms):
                rows = np.flatnonzero(which == place)
                pieces = [[part] * len(rows) if isinstance(part, str) else part.draw(len(rows), rng, wider > 0) for part in form]
                out[rows] = ["".join(made) for made in zip(*pieces, strict=True)]
        for _ in range(wider - 1):
            out = out + _DIGITS.draw(n, rng).to_numpy(zero_copy_only=False)
        return out


def _of_few_lengths(texts: Sequence[str]) -> TextLikeness | None:
    """Return the likeness of texts of few lengths whose separators stand anywhere (base64): the characters of each place."""
    groups: defaultdict[tuple[int, str, str], list[str]] = defaultdict(list)
    for text in texts:
        inner = text.strip(_SIGNS)
        first = text.find(inner) if inner else len(text)
        groups[len(text), text[:first], text[first + len(inner) :]].append(text)
    largest = sorted(groups.values(), key=len, reverse=True)[:_MOST_FORMS]
    held = sum(len(group) for group in largest if len(group) >= _HELD)
    if held < 0.95 * len(texts) or len({key[0] for key in groups}) > _FEW_LENGTHS or not _anywhere(largest[0]):
        return None
    among = frozenset("".join(texts)) if len(texts) >= ALL_SEEN else None
    shares = np.array([len(group) for group in largest], dtype=float)
    slot = Slot((), tuple(TextPattern.seen(group, among) for group in largest), shares / shares.sum())
    return TextLikeness(((slot,),), np.ones(1))


def _anywhere(texts: Sequence[str]) -> bool:
    """Tell whether a separator stands at many different places of texts of one length."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for text in texts:
        for place, letter in enumerate(text):
            if not letter.isalnum():
                places[letter].add(place)
    return max(map(len, places.values()), default=0) >= _ANYWHERE * len(texts[0])


def _part(pieces: Sequence[str], least: float, among: frozenset[str] | None) -> str | Slot:
    """Return what stands at one place of a build: its separator, or a slot."""
    return Slot.of(pieces, least, among) if pieces[0][0].isalnum() else pieces[0]
