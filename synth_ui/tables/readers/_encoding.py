"""Which characters the bytes of a text file stand for."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterable

from synth_ui.core.errors import ReadError

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip

_SINGLE = ("cp1251", "iso8859_7", "cp1253", "cp1255", "cp1256", "koi8_r", "iso8859_5", "mac_cyrillic", "mac_greek")
"""Alphabets of one byte that a short text may belong to; the first of equals is taken."""

_LATIN = {"cp1250", "cp1252", "cp1254", "cp1257", "iso8859_1", "iso8859_2", "iso8859_15", "latin_1", "mac_roman", "mac_latin2", "cp850", "cp437", "cp1006", "cp858", "iso8859_9", "iso8859_10", "iso8859_13", "iso8859_14", "iso8859_16", "hp_roman8", "cp775", "cp500", "cp037", "cp1026", "cp1140", "mac_iceland", "mac_turkish", "ptcp154", "cp852", "iso8859_3", "iso8859_4", "tis_620", "kz1048", "cp720", "cp1258"}  # fmt: skip
"""Encodings that the detector cannot tell apart in a few accents; Windows-1252 is by far the likeliest."""

_VOWELS = frozenset("αεηιουωάέήίόύώϊϋаеёиоуыэюяіїє")


def decode(content: bytes, name: str) -> tuple[str, str]:
    """Return the text and, where it is not UTF-8, what was assumed.

    Raises
    ------
    ReadError
        If the bytes are no text.
    """
    encoding = _by_mark(content)
    if encoding is None:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            encoding = _guess(content)
            text = content.decode(encoding, errors="replace")
    else:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            text = content.decode(encoding, errors="replace")
    if _binary(text):
        raise ReadError(f"{name} is no text: it holds bytes no text has. Export the table as CSV, Parquet or Excel.")
    said = f"the text is {_spoken(encoding)}" if encoding not in (None, "utf-8-sig") else ""
    lost = text.count("\ufffd") if encoding not in (None, "utf-8-sig") else 0
    return text, f"{said}; {lost:,} characters could not be read" if lost else said


def is_utf8(chunks: Iterable[bytes]) -> bool:
    """Whether bytes, given in parts, are UTF-8 without zero bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_mark(content: bytes) -> str | None:
    """Tell by a byte-order mark, or by where the zero bytes stand."""
    for mark, encoding in sorted(_BOMS, key=lambda pair: -len(pair[0])):
        if content.startswith(mark):
            return encoding
    head = content[:4_000]
    if b"\0" not in head or len(head) < 4:
        return None
    zeros = [head[place::4].count(0) / max(1, len(head[place::4])) for place in range(4)]
    if zeros[1] > 0.7 and zeros[2] > 0.7:
        return "utf-32-le" if zeros[3] > 0.7 and zeros[0] < 0.3 else "utf-32-be" if zeros[0] > 0.7 else None
    if zeros[1] > 0.7 and zeros[3] > 0.7:
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > 0.7 and zeros[2] > 0.7 else None


def _guess(content: bytes) -> str:
    """Ask the detector about the lines that are not ASCII; take Windows-1252 where it sees some Latin alphabet.

    A few words are too little for the detector. Among alphabets of one byte the one is taken in which the words look most like
    words.
    """
    from charset_normalizer import from_bytes

    lines = [line for line in re.split(rb"[\r\n]+", content[:4_000_000]) if not line.isascii()]
    sample = b"\n".join(lines)[:30_000]
    best = from_bytes(sample, steps=5, chunk_size=2_048).best()
    encoding = best.encoding if best is not None else "cp1252"
    if encoding in _SINGLE:
        encoding = min((encoding, *_SINGLE), key=lambda other: _oddness(sample, other))
    if encoding in _LATIN:
        western = "cp1252" if _decodes(content, "cp1252") else "latin-1"
        central = encoding in ("cp1250", "iso8859_2") and _decodes(content, "cp1250")
        return min((western, "cp1250"), key=lambda other: _oddness(sample, other)) if central else western
    return encoding


def _oddness(sample: bytes, encoding: str) -> float:
    """Count capitals and signs inside words and characters that do not exist; Greek and Cyrillic need vowels, too."""
    text = sample.decode(encoding, errors="replace")
    inside = re.findall(r"[^\W\d_](?=[^\W\d_])", text)
    capitals = sum(1 for one, two in itertools.pairwise(text) if one.islower() and two.isupper())
    signs = len(re.findall(r"[£³¹¿¥¯¶±¼¾][^\W\d_]|[^\W\d_][£³¹¥¯¶±¼¾]", text))
    signs += len(re.findall(r"(?![\x00-\x7f])[^\W\d_]\d", text))
    signs += len(re.findall(r"(?<=[^\W\d_])[^\w\s\-'’.,;:!?&/()\"](?=[^\W\d_])", text))
    letters = [letter for letter in text.lower() if letter.isalpha() and not letter.isascii()]
    spoken = [letter for letter in letters if "\u0370" <= letter <= "\u04ff"]
    vowels = sum(letter in _VOWELS for letter in spoken) / len(spoken) if spoken else 1.0
    return (capitals + signs + 5 * text.count("\ufffd")) / max(1, len(inside)) + max(0.0, 0.3 - vowels)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _binary(text: str) -> bool:
    head = text[:20_000]
    odd = sum(1 for letter in head if letter < " " and letter not in "\t\n\r\f\x1f\x1e\x1c")
    return "\0" in head or odd > 0.02 * len(head)


def _spoken(encoding: str | None) -> str:
    names = {
        "cp1252": "Windows-1252 (Western European)",
        "latin-1": "Latin-1 (Western European)",
        "cp1250": "Windows-1250 (Central European)",
    }
    return names.get(str(encoding), str(encoding).upper().replace("_", "-"))
