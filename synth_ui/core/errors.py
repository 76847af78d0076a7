"""What can go wrong, as one tree.

SynthError                  everything this package raises on purpose
├── ReadError               a source could not be read as a table
├── SettingError            a setting has a value that is not allowed
├── TableError              a table or schema does not fit what was asked of it
├── PluginError             a generator or measure is declared wrongly, twice, or not at all
├── DoesNotApply            a measure or generator has nothing to say here, with the reason
├── Cancelled               the user asked for the work to stop
├── QuotaReached            more rows, runs or disk than one user is given here
└── StoreError              the workspace is missing something, or the disk is full
    ├── NotThere            a table, a race or a run is not in the workspace: it may have been deleted
    └── ArtefactLost        a file of the workspace is gone or damaged: what was in it is not shown, all else is

Every message says what was wrong, where, what is allowed and what to do.
"""

from __future__ import annotations

import re


class SynthError(Exception):
    """The root of all errors this package raises on purpose."""


class ReadError(SynthError):
    """A source could not be read as a table."""


class SettingError(SynthError, ValueError):
    """A setting has a value that is not allowed."""


class TableError(SynthError, ValueError):
    """A table or schema does not fit what was asked of it."""


class PluginError(SynthError):
    """A generator or measure is declared wrongly, declared twice, or unknown."""


class DoesNotApply(SynthError):
    """A measure or generator has nothing to say about this table; the message is the reason.

    Write the reason so that it completes the sentence "does not apply, because …".
    """


class Cancelled(SynthError):
    """The user asked for the work to stop."""


class QuotaReached(SynthError):
    """What was asked for is more than one user is given on this server; nothing was done."""


class StoreError(SynthError):
    """The workspace is missing something, or could not be written."""


class NotThere(StoreError):
    """A table, a race or a run that was asked for is not in the workspace: it may have been deleted; nothing else is affected."""


class ArtefactLost(StoreError):
    """A file of the workspace is gone, or is not what was written there; nothing else is affected."""


# --- what may be printed of a message ---------------------------------------------------------------------------------

_MISTYPED = re.compile(r"([a-z][\w+.-]*(?::/{1,3}|/{1,2})[^\s:/@'\"]*):[^\s'\"]+@", re.IGNORECASE)
"""What has the shape of an address with a user and a password, whether or not it is one."""


def without_password(text: str) -> str:
    """Return a text without the password in whatever looks like an address."""
    return _MISTYPED.sub(r"\1:…@", text)


def printable(text: object) -> str:
    """Return a text on one line, without control characters: a name from elsewhere could forge lines or drive the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))
