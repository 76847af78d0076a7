"""The decision card as a PNG, drawn here line by line: no browser and no other program is needed for it.

What stands on it is what stands on the card, on white, twice as fine as a screen. Fonts of the system are used where they are found,
else the one that comes with Pillow, which has Latin letters only.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont

from synth_ui.plots import theme

if TYPE_CHECKING:
    from synth_ui.core.choice import Figure
    from synth_ui.reports.card import Card

WIDTH, MARGIN, SCALE = 800, 36, 2
"""Of the page, in units; a unit is `SCALE` pixels."""

INK, PALE, LINE, TINT, GOOD, BAD = "#0f1729", "#515a6b", "#d5dbe5", "#edf3fd", "#166534", "#9a3412"
RAIL, MADE, BAND = "#dfe4ec", "#2f6bd0", "#cfeae0"
FONTS = {False: ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "NotoSans-Regular.ttf"),
         True: ("DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arial Bold.ttf", "NotoSans-Bold.ttf")}  # fmt: skip
MOST_HEIGHT = 4_000
"""A page is never higher; what would be is cut off below."""


@cache
def _font(size: int, bold: bool) -> Any:
    for name in FONTS[bold]:
        try:
            return ImageFont.truetype(name, size * SCALE)
        except OSError:
            continue
    return ImageFont.load_default(size * SCALE)


class _Page:
    """A page written from top to bottom."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, MOST_HEIGHT * SCALE), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.y = float(MARGIN)

    def lines(self, words: str, width: float, size: int, bold: bool) -> list[str]:
        """Break a text into lines of a width; a word that is longer is cut."""
        font, found, line = _font(size, bold), list[str](), ""
        for word in " ".join(words.split()).split(" "):
            while font.getlength(word) > width * SCALE and len(word) > 1:
                kept = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or font.getlength(word[:n]) <= width * SCALE)
                found += [line] if line else []
                found, line, word = [*found, word[:kept]], "", word[kept:]
            tried = f"{line} {word}".strip()
            if font.getlength(tried) > width * SCALE and line:
                found.append(line)
                tried = word
            line = tried
        return [*found, line] if line else found

    def text(
        self,
        words: str,
        x: float = MARGIN,
        width: float = WIDTH - 2 * MARGIN,
        *,
        size: int = 12,
        bold: bool = False,
        ink: str = INK,
    ) -> None:
        """Write a text and go on below it."""
        for line in self.lines(words, width, size, bold):
            self.draw.text((x * SCALE, self.y * SCALE), line, font=_font(size, bold), fill=ink)
            self.y += size * 1.38

    def head(self, words: str, x: float = MARGIN, width: float = WIDTH - 2 * MARGIN) -> None:
        """Write a heading."""
        self.y += 9
        self.text(words, x, width, bold=True)
        self.y += 2

    def points(self, all_words: Sequence[str], x: float = MARGIN, width: float = WIDTH - 2 * MARGIN, ink: str = INK) -> None:
        """Write a list."""
        for words in all_words:
            self.draw.text((x * SCALE, self.y * SCALE), "•", font=_font(12, False), fill=PALE)
            self.text(words, x + 14, width - 14, ink=ink)
            self.y += 1

    def beside(self, *parts: Any) -> None:
        """Write parts side by side; go on below the longest."""
        top, low = self.y, self.y
        for part in parts:
            self.y = top
            part()
            low = max(low, self.y)
        self.y = low

    def png(self) -> bytes:
        """Return the page, cut below what stands on it."""
        height = min(int((self.y + MARGIN) * SCALE), self.image.height)
        written = io.BytesIO()
        self.image.crop((0, 0, WIDTH * SCALE, height)).save(written, "PNG", optimize=True)
        return written.getvalue()


def card_png(card: Card, against: int, tried: int) -> bytes:
    """Return the card as PNG, 1,600 pixels wide; `against` objections and `tried` candidates stand on it at most."""
    page = _Page()
    page.text(f"Decision card · {card.table} · {card.created}", size=11, ink=PALE)
    page.text(card.headline, size=21, bold=True)
    if card.settings:
        page.text(f"{card.title}: {card.settings}", size=10, ink=PALE)
    _verdict(page, card)
    if card.whole:
        _uses(page, card)
    if card.figures:
        page.head("On their scales")
        room = (WIDTH - 2 * MARGIN - 18 * (len(card.figures) - 1)) / len(card.figures)
        page.beside(*(_drawn(page, one, MARGIN + place * (room + 18), room) for place, one in enumerate(card.figures)))
    if card.choice is not None and card.choice.requirements:
        page.head("Required")
        page.points([f"{one.title}: {one.answer}. {one.reason}" for one in card.choice.requirements])
    if card.against:
        page.head("Against it")
        page.points(_cut(card.against, against))
    page.head("What was tried")
    for one in card.tried[:tried]:
        page.beside(*_two(page, one.title, one.said))
    if len(card.tried) > tried:
        page.text(f"And, behind these: {', '.join(one.title for one in card.tried[tried:])}; why is in the report.", size=11)
    page.head("Attacks tried, and what was not tested" if card.attacks or card.unjudged else "What this cannot say")
    page.points([text for text in (card.attacks, *card.unjudged, card.limit) if text])
    page.y += 8
    page.text(
        f"Table {card.table}, {card.rows:,} real rows × {card.columns} columns, fingerprint {card.fingerprint or 'not known'} · {card.train:,} training "
        f"rows, {card.holdout:,} unseen rows, seed {card.seed} · {card.purpose}{f' · race {card.race}' if card.race else ''} · "
        + " · ".join(f"{name} {version}" for name, version in card.versions.items()),
        size=9, ink=PALE,
    )  # fmt: skip
    return page.png()


def _cut(texts: Sequence[str], most: int) -> list[str]:
    more = [f"and {len(texts) - most} more, in the report"] if len(texts) > most else []
    return [*texts[:most], *more]


def _verdict(page: _Page, card: Card) -> None:
    extra = [f"Recorded on {card.chosen_on}{f'. Note: {card.choice.note}' if card.choice.note else ''}"] if card.choice else []
    extra += [f"Since then the verdict has changed: {card.changed}."] if card.changed else []
    width = WIDTH - 2 * MARGIN - 24
    high = 16.6 * (
        len(page.lines(card.finding, width, 12, True))
        + sum(len(page.lines(t, width, 12, False)) for t in [card.sentence, *extra])
    )
    page.y += 6
    box = (MARGIN * SCALE, page.y * SCALE, (WIDTH - MARGIN) * SCALE, (page.y + high + 16) * SCALE)
    page.draw.rounded_rectangle(box, 8 * SCALE, fill=TINT)
    page.y += 7
    page.text(card.finding, MARGIN + 12, width, bold=True)
    for words in [card.sentence, *extra]:
        page.text(words, MARGIN + 12, width)
    page.y += 9


def _uses(page: _Page, card: Card) -> None:
    half = (WIDTH - 2 * MARGIN - 24) / 2
    good = [f"{use.phrase}: {use.said}" for use in card.use_for] + [f"{use.phrase}, though {use.said}" for use in card.behind_for]
    bad = [f"{use.phrase}: {use.said}" for use in card.not_for]

    def write(title: str, texts: Sequence[str], none: str, ink: str, x: float) -> None:
        page.head(title, x, half)
        page.points(texts or [none], x, half, ink if texts else INK)

    page.beside(
        lambda: write("Use it", good, "for none of the purposes that were judged", GOOD, MARGIN),
        lambda: write("Not", bad, "no purpose that was judged rules it out", BAD, MARGIN + half + 24),
    )


def _two(page: _Page, left: str, right: str) -> tuple[Any, Any]:
    return (
        lambda: page.text(left, MARGIN, 168, size=11, bold=True),
        lambda: page.text(right, MARGIN + 180, WIDTH - 2 * MARGIN - 180, size=11),
    )


def _drawn(page: _Page, figure: Figure, x: float, width: float) -> Any:
    def at(position: float) -> float:
        return (x + 8 + (width - 16) * (min(max(position, -0.08), 1.08) + 0.08) / 1.16) * SCALE

    def write() -> None:
        page.text(figure.title, x, width, bold=True)
        ends = (
            "" if figure.low is None or figure.high is None else f" ({theme.number(figure.low)} to {theme.number(figure.high)})"
        )
        page.text(f"{figure.measure} {theme.number(figure.value)}{ends}", x, width, size=10)
        middle = (page.y + 9) * SCALE
        if figure.band is not None:
            page.draw.rectangle((at(figure.band[0]) - 1, middle - 18, at(figure.band[1]) + 1, middle + 18), fill=BAND)
        page.draw.line((at(0), middle, at(1), middle), fill=RAIL, width=6 * SCALE)
        if figure.spread is not None:
            page.draw.line((at(figure.spread[0]), middle, at(figure.spread[1]), middle), fill=MADE, width=3 * SCALE)
        if figure.position is not None:
            page.draw.circle((at(figure.position), middle), 6 * SCALE, fill=MADE)
        page.y += 20
        page.beside(
            lambda: page.text(figure.worst, x, width / 2, size=9, ink=PALE),
            lambda: page.text(
                figure.best, x + width - _font(9, False).getlength(figure.best) / SCALE, width / 2, size=9, ink=PALE
            ),
        )
        page.text(figure.words, x, width, size=10)

    return write
