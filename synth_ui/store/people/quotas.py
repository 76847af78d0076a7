"""How much one user is given: rows, upload, runs, disk; each named by a variable of the server's environment, and none by default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from synth_ui.core.errors import QuotaReached, SettingError


def _named(variable: str, what: str) -> Any:
    return field(default=None, metadata={"variable": variable, "what": what})


@dataclass(frozen=True)
class Quotas:
    """What one user, that is one workspace, is given. None is without a limit.

    Attributes
    ----------
    rows
        Of a table that is taken, and of a table that is made.
    upload_megabytes
        Of a file that is uploaded.
    running
        Runs at work at once.
    waiting
        Runs in the queue and at work together.
    disk_megabytes
        Of everything the workspace keeps.

    Examples
    --------
    >>> Quotas.of({"SYNTH_UI_MAX_ROWS": "1000"}).check_rows(1_001, "The table")
    Traceback (most recent call last):
        ...
    synth_ui.core.errors.QuotaReached: The table has 1,001 rows; a table may have 1,000 rows here (SYNTH_UI_MAX_ROWS). Take a sample of its rows.
    """

    rows: int | None = _named("SYNTH_UI_MAX_ROWS", "rows of a table, taken or made")
    upload_megabytes: int | None = _named("SYNTH_UI_MAX_UPLOAD_MB", "megabytes of an uploaded file")
    running: int | None = _named("SYNTH_UI_MAX_RUNNING", "runs of one user at work at once")
    waiting: int | None = _named("SYNTH_UI_MAX_WAITING", "runs of one user queued and at work together")
    disk_megabytes: int | None = _named("SYNTH_UI_MAX_DISK_MB", "megabytes of one user's workspace")

    @classmethod
    def of(cls, environment: Mapping[str, str] | None = None) -> Quotas:
        """Return the quotas an environment names, by default that of this process.

        Raises
        ------
        SettingError
            If one of them is no whole number above zero: a limit that was meant must not be none.
        """
        found = os.environ if environment is None else environment
        return cls(**{one.name: _number(one.metadata["variable"], found) for one in fields(cls)})

    @staticmethod
    def variables() -> dict[str, str]:
        """Return the variables, and what each limits."""
        return {one.metadata["variable"]: one.metadata["what"] for one in fields(Quotas)}

    def check_rows(self, rows: int, what: str, do: str = "Take a sample of its rows.") -> None:
        """Raise `QuotaReached` if a table of so many rows is more than is given; `what` begins the sentence, `do` says what helps."""
        if self.rows is not None and rows > self.rows:
            raise QuotaReached(f"{what} has {rows:,} rows; a table may have {self.rows:,} rows here (SYNTH_UI_MAX_ROWS). {do}")

    def check_upload(self, size: int, name: str) -> None:
        """Raise `QuotaReached` if a file of so many bytes is more than may be uploaded."""
        if self.upload_megabytes is not None and size > self.upload_megabytes << 20:
            raise QuotaReached(
                f"{name} has {size / 2**20:,.1f} MB; {self.upload_megabytes:,} MB may be uploaded here (SYNTH_UI_MAX_UPLOAD_MB). Upload "
                "fewer rows or columns, or a compressed file."
            )

    def check_runs(self, active: int, more: int) -> None:
        """Raise `QuotaReached` if so many more runs would be more than may be queued and at work together."""
        if self.waiting is not None and active + more > self.waiting:
            there = f"{active:,} of yours are queued or at work" if active else "none of yours is queued"
            raise QuotaReached(
                f"This needs {more:,} {'run' if more == 1 else 'runs'}, and {there}; {self.waiting:,} may be together here "
                "(SYNTH_UI_MAX_WAITING). Wait for some, cancel some, or ask for fewer candidates."
            )

    def check_disk(self, used: int, more: int = 0) -> None:
        """Raise `QuotaReached` if a workspace of so many bytes, with so many more, takes more than is given."""
        if self.disk_megabytes is not None and used + more > self.disk_megabytes << 20:
            raise QuotaReached(
                f"Your workspace takes {used / 2**20:,.0f} MB{f', and this needs about {more / 2**20:,.0f} MB' if more else ''}; "
                f"{self.disk_megabytes:,} MB are given here (SYNTH_UI_MAX_DISK_MB). Delete tables or races on the page History, and empty the bin "
                "(synth-ui history --empty-bin)."
            )


def _number(variable: str, environment: Mapping[str, str]) -> int | None:
    said = environment.get(variable, "").strip()
    if not said:
        return None
    if not said.isascii() or not said.isdigit() or int(said) == 0:
        raise SettingError(f"{variable} is {said!r}; it has to be a whole number above zero, or not be set at all.")
    return int(said)
