"""Which pictures the report shows of a candidate, each with its finding as title and its text alternative."""

from __future__ import annotations

from typing import Any

import pandas as pd

from synth_ui.comparison.choice.pareto import PARETO_COLUMNS
from synth_ui.comparison.outcome import Detail as Details
from synth_ui.comparison.outcome import Outcome
from synth_ui.core.table import Kind
from synth_ui.plots import theme
from synth_ui.plots.columns_and_pairs import columns, pairs
from synth_ui.plots.scores import privacy, tradeoff, utility
from synth_ui.reports import svg

MOST_COLUMNS = 6
_NUMBERS = (Kind.NUMBER, Kind.INTEGER, Kind.DATETIME)
FEWEST_ROWS = 10
"""A level that fewer real rows hold is not named in the report."""


def trade_off_picture(frame: pd.DataFrame) -> dict[str, Any] | None:
    """Return the scatter of quality against leakage, or None where no candidate has both."""
    if frame.empty or frame["control"].all():
        return None
    said = tradeoff.trade_off(frame[list(PARETO_COLUMNS)])
    titles = (
        tradeoff.LEAKAGE.get(str(frame["leakage_measure"].iloc[0]), "leakage"),
        tradeoff.QUALITY.get(str(frame["quality_measure"].iloc[0]), "quality"),
    )
    return {"title": said.title, "picture": svg.trade_off(frame, said.alt, *titles)}


def of_candidate(name: str, outcome: Outcome, holdout: int) -> list[dict[str, Any]]:
    """Return the parts of a candidate's section, in order: `title`, `picture` (markup) or `pictures` (several), `words`."""
    parts: list[dict[str, Any]] = [{"title": "Scores in words", "list": _sentences(name, outcome)}]
    for build, measure in ((_columns, ""), (_pairs, ""), (_roc, ""), (_nearness, "dcr_share"), (_copies, "copies")):
        part = build(name, outcome.detail, holdout)
        if part is not None:
            parts.append(part | ({"title": outcome.sentence(name, measure).rstrip(".")} if measure else {}))
    return parts


def _sentences(name: str, outcome: Outcome) -> list[str]:
    own = [key for key, rows in outcome.rows.items() if key in outcome.facts and name in rows]
    return [f"{outcome.facts[key].title}: {outcome.sentence(name, key)}" for key in own]


def _columns(name: str, details: Details, holdout: int) -> dict[str, Any] | None:
    scored, bins = details(name, "margins", "columns"), details(name, "margins", "bins")
    if scored is None or bins is None or scored.empty:
        return None
    worst = scored.sort_values("score", kind="stable").head(MOST_COLUMNS)
    pictures = []
    for column, kind in zip(worst["column"], worst["kind"], strict=True):
        own = without_rare(bins[bins["column"] == column], holdout)
        said = columns.distribution(own, column, kind)
        ordered = own.sort_values("order")
        drawn = svg.distribution(ordered, said.alt) if kind in _NUMBERS else svg.levels(ordered)
        pictures.append({"title": said.title, "picture": drawn})
    return {
        "title": columns.column_scores(scored).title,
        "pictures": pictures,
        "words": "The columns that differ most, cell by cell.",
    }


def without_rare(bins: pd.DataFrame, holdout: int) -> pd.DataFrame:
    """Put levels that fewer than ten real rows hold together, so that the report names nobody."""
    rare = (
        bins["lower"].isna()
        & (bins["real_share"] * holdout < FEWEST_ROWS - 0.5)
        & ~bins["bin"].isin(["other levels", "unknown levels", "blank"])
    )
    if not rare.any():
        return bins
    shares = ["real_share", "synthetic_share"]
    together = (
        bins[rare]
        .iloc[:1]
        .assign(bin=f"levels of fewer than {FEWEST_ROWS} rows", **{name: bins.loc[rare, name].sum() for name in shares})
    )
    return pd.concat([bins[~rare], together]).sort_values("order", ignore_index=True)


def _pairs(name: str, details: Details, holdout: int) -> dict[str, Any] | None:
    frame = details(name, "dependence", "associations")
    if frame is None or frame.empty:
        return None
    change = frame["synthetic"].abs() - frame["real"].abs()
    worst = frame.assign(change=change).loc[change.abs().sort_values(ascending=False, kind="stable").index[:8]]
    names = [f"{first} and {second}" for first, second in zip(worst["first"], worst["second"], strict=True)]
    shown = [f"real {row['real']:.2f}, synthetic {row['synthetic']:.2f}" for row in worst.to_dict("records")]
    return {"title": pairs.associations(frame).title, "picture": svg.bars(names, list(worst["change"].abs()), shown)}


def _roc(name: str, details: Details, holdout: int) -> dict[str, Any] | None:
    frame = details(name, "tstr", "roc")
    if frame is None or frame.empty:
        return None
    said = utility.roc(frame)
    one = said.data[said.data["class"] == said.data["class"].iloc[0]]
    return {"title": said.title, "picture": svg.roc(one, said.alt)}


def _nearness(name: str, details: Details, holdout: int) -> dict[str, Any] | None:
    frame = details(name, "dcr_share", "distances")
    if frame is None or frame.empty:
        return None
    said = privacy.distances(frame)
    return {"title": said.title, "picture": svg.nearness(frame, said.alt)}


def _copies(name: str, details: Details, holdout: int) -> dict[str, Any] | None:
    frame = details(name, "copies", "kinds")
    if frame is None or frame.empty:
        return None
    said = privacy.copies(frame, most=5)
    names = [f"{row['kind']}{': ' if row['column'] else ''}{row['column'] or ''}" for row in said.data.to_dict("records")]
    shown = [
        f"training {theme.percent(row['train_share'])}, unseen {theme.percent(row['holdout_share'])}"
        for row in said.data.to_dict("records")
    ]
    return {"title": said.title, "picture": svg.bars(names, list(said.data["train_share"]), shown)}
