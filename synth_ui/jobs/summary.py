"""What a race came to, in a line: worked out once and kept, so that a list of many races is there at once."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from synth_ui.store import history

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome
    from synth_ui.store.workspace import Workspace

PURPOSE = "balanced"
"""For which purpose a race is summed up where nobody chose one."""


FORM = 1
"""Of what is kept: a summary kept in another form is worked out anew."""


@dataclass(frozen=True)
class Summary:
    """What a race came to.

    Attributes
    ----------
    leader
        The title of the candidate that stands first; empty where none does.
    finding
        The verdict in a sentence, for all purposes alike.
    panels
        The families that were measured: panel, title, left, right, band_low, band_high, reason, see `synth_ui.comparison.tracks`.
    rows
        The candidates, best first: title, and per panel position, low, high (None where unknown) and words where there is no position.
    """

    leader: str = ""
    finding: str = ""
    panels: tuple[dict[str, Any], ...] = ()
    rows: tuple[dict[str, Any], ...] = ()

    @classmethod
    def kept(cls, kept: dict[str, Any]) -> Summary:
        """Return a summary as it was kept with a race."""
        return cls(str(kept["leader"]), str(kept["finding"]), tuple(kept["panels"]), tuple(kept["rows"]))


def summary(ws: Workspace, race_id: str, kept: dict[str, Any], *, compute: bool = True) -> Summary | None:
    """Return what a race came to; None where nothing is scored yet, or where it would have to be computed and may not.

    Parameters
    ----------
    kept
        The summary kept with the race, see `synth_ui.store.history.races_with_counts`.
    """
    now = f"{FORM}/{history.stamp(ws, race_id)}"
    if kept.get("stamp") == now:
        return Summary.kept(kept)
    if not compute:
        return None
    from synth_ui.jobs.races.results import outcome

    came = outcome(ws, race_id)
    if came.candidates is None or not len(came.scores) or not len(came.panels):
        return None
    said = came.verdict(PURPOSE)
    leader = str(came.entries[said.leader]["title"]) if said.leader is not None and said.leader in came.entries else ""
    found = Summary(leader, said.finding, _panels(came), _rows(came))
    if not ws.read_only:
        history.keep_summary(ws, race_id, {"stamp": now, **asdict(found)})
    return found


def _panels(came: Outcome) -> tuple[dict[str, Any], ...]:
    wanted = ["panel", "title", "left", "right", "band_low", "band_high", "reason"]
    return tuple({name: _plain(value) for name, value in row.items()} for row in came.panels[wanted].to_dict("records"))


def _rows(came: Outcome) -> tuple[dict[str, Any], ...]:
    tracks = came.tracks()
    tracks = tracks[~tracks["control"].astype(bool)]
    found: list[dict[str, Any]] = []
    for _, own in tracks.groupby("candidate", sort=False):
        scores = {
            row["panel"]: {name: _plain(row[name]) for name in ("position", "low", "high", "reason", "signs", "sign")}
            for row in own.to_dict("records")
        }
        found.append({"title": str(own["title"].iloc[0]), "scores": scores})
    return tuple(found)


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: no number that is none."""
    if isinstance(value, str):
        return value
    return float(value) if math.isfinite(value) else None
