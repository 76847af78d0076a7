"""JSON that a user writes: whatever Python's parser makes of a text beyond its grammar is an error of the text, too."""

from __future__ import annotations

import json
from typing import Any

MOST_DIGITS = 300
"""Digits of a whole number: one of more is beyond every number that is reckoned with."""


def read_json(text: str) -> Any:
    r"""Return what a JSON text says.

    Raises
    ------
    ValueError
        With what is wrong, if it is no JSON, is nested too deeply, or holds a whole number or half a letter that nothing else can hold.

    Examples
    --------
    >>> read_json('{"age": [20, 30]}')
    {'age': [20, 30]}
    >>> read_json('"' + chr(92) + 'ud800"')
    Traceback (most recent call last):
        ...
    ValueError: it holds half a letter, such as \ud800
    """
    try:
        said = json.loads(text, parse_int=_whole_number)
        if "\\u" in text:  # an escape may stand for half a letter, which no file and no page can hold
            json.dumps(said, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg}, line {error.lineno}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError(f"it holds half a letter, such as {error.object[error.start]!a}".replace("'", "")) from error
    return said


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"it holds a whole number of {len(digits):,} digits")
    return int(digits)
