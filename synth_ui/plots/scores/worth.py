"""What synthetic rows are worth beside real ones: the ladder in real rows, every column as a target, what they add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

PURPOSES = {"models": "for training a model", "pairs": "for two-way tables"}
AXES = {"models": "skill kept (% of that with all rows)", "pairs": "likeness of two-way tables (%)"}


def ladder(frame: pd.DataFrame, marks: pd.DataFrame, purpose: str = "models") -> Chart:
    """Draw what more and more real rows give, with each candidate where it stands on that ladder.

    Parameters
    ----------
    frame
        `purpose, rows, score, curve`; one row per size of real subsample.
    marks
        `candidate` (what it is called), `purpose, score, rows, rows_low, rows_high, of`, and where known `number`, see `theme.colour`.
    purpose
        "models" or "pairs".
    """
    rungs = frame[frame["purpose"] == purpose].sort_values("rows") if len(frame) else frame
    placed = marks[marks["purpose"] == purpose].reset_index(drop=True) if len(marks) else marks
    if rungs.empty or placed.empty:
        words = f"There is no ladder {PURPOSES[purpose]}: it has not been measured, or does not apply to this table."
        return Chart(theme.empty(160, words), words.split(":")[0], words, marks)
    drawn = theme.figure(380, top=34, legend=True)
    drawn.add_scatter(
        x=theme.floats(rungs["rows"]), y=theme.floats(100 * rungs["curve"]), mode="lines+markers", name="real rows",
        line={"color": theme.REAL, "width": 2.4}, marker={"size": 6}, hovertemplate="%{x:,.0f} real rows: %{y:.1f}%<extra></extra>",
    )  # fmt: skip
    least = float(rungs["rows"].iloc[0])
    for place, row in enumerate(placed.to_dict("records")):
        at, low, high = (max(row[name], least / 1.6) for name in ("rows", "rows_low", "rows_high"))
        drawn.add_scatter(
            x=theme.floats([at]), y=theme.floats([100 * row["score"]]), mode="markers", name=theme.text(row["candidate"], 28),
            error_x={"type": "data", "symmetric": False, "array": theme.floats([high - at]), "arrayminus": theme.floats([at - low])},
            marker={"color": theme.colour(int(row.get("number", place))), "symbol": theme.SYMBOLS[place % len(theme.SYMBOLS)], "size": 13},
            hovertemplate=f"{theme.text(row['candidate'], 28)}: {_worth(row)}<extra></extra>",
        )  # fmt: skip
    drawn.update_xaxes(theme.axis("real rows (each grid line ten times as many)", type="log", dtick=1, tickformat=",.0f"))
    drawn.update_yaxes(theme.axis(AXES[purpose], nticks=6))
    best = placed.sort_values("rows", ascending=False, kind="stable").iloc[0].to_dict()
    title = f"{PURPOSES[purpose].capitalize()}, {best['candidate']} is worth {_worth(best)}"
    said = "; ".join(f"{row['candidate']} {_worth(row)}" for row in placed.to_dict("records"))
    return Chart(drawn, title, f"{title}. Worth of each candidate in real rows: {said}.", placed)


def _worth(row: dict[str, object]) -> str:
    rows, most = float(row["rows"]), float(row["of"])  # type: ignore[arg-type]
    if rows >= most * 0.9999:
        return f"at least all {most:,.0f} real rows"
    if rows < 1:
        return "no real row"
    digits = 1 - int(np.floor(np.log10(rows)))
    return f"{round(rows, min(digits, 0)):,.0f} of {most:,.0f} real rows"


def all_targets(frame: pd.DataFrame, most: int = 25) -> Chart:
    """Draw how much skill is kept for each column as a target, worst first.

    Parameters
    ----------
    frame
        `column, retained, low, high, reason`; those with a reason are left out.
    """
    own = (
        frame[frame["reason"] == ""].sort_values("retained", kind="stable").head(most).reset_index(drop=True)
        if len(frame)
        else frame
    )
    if own.empty:
        words = "There is no column to predict: none is predictable even from real rows."
        return Chart(theme.empty(160, words), words.split(":")[0], words, frame)
    drawn = theme.figure(84 + 26 * max(len(own), 2), top=8)
    rows = np.arange(len(own))
    drawn.add_shape(type="line", x0=100, x1=100, y0=-0.5, y1=len(own) - 0.5, line={"color": theme.REAL, "width": 2})
    drawn.add_scatter(
        x=theme.floats(100 * own["retained"]), y=theme.floats(rows), mode="markers", marker={"size": 11, "color": theme.SYNTHETIC},
        error_x={
            "type": "data", "symmetric": False, "array": theme.floats(100 * (own["high"] - own["retained"])),
            "arrayminus": theme.floats(100 * (own["retained"] - own["low"])), "color": theme.SYNTHETIC, "thickness": 1.4,
        },
        text=[theme.text(name) for name in own["column"]], hovertemplate="%{text}: %{x:.0f}% kept<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    drawn.update_yaxes(
        theme.axis(tickvals=rows, ticktext=[theme.text(name, 22) for name in own["column"]], range=[len(own) - 0.5, -0.5], showgrid=False)
    )  # fmt: skip
    drawn.update_xaxes(theme.axis("skill kept (% of that with real rows, green line)", rangemode="tozero", nticks=7))
    worst, kept = own.iloc[0], float(own["retained"].mean())
    title = f"{worst['column']} keeps least: {theme.percent(worst['retained'])} of its skill, all columns {theme.percent(kept)} on average"
    said = "; ".join(f"{row['column']} {theme.percent(row['retained'])}" for row in own.head(8).to_dict("records"))
    return Chart(drawn, title, f"{title}. Skill kept per column as target, worst first: {said}.", frame.reset_index(drop=True))


def recipes(frame: pd.DataFrame) -> Chart:
    """Draw what is gained by adding synthetic rows to the real ones, recipe by recipe.

    Parameters
    ----------
    frame
        `recipe, words, real_rows, synthetic_rows, gain, low, high, f1, rarest_recall`.
    """
    own = frame[frame["recipe"] != "real"].reset_index(drop=True) if len(frame) else frame
    if own.empty:
        words = "There is nothing to draw: no synthetic rows were added."
        return Chart(theme.empty(160, words), words.split(":")[0], words, frame)
    drawn = theme.figure(100 + 34 * max(len(own), 2), top=8)
    rows = np.arange(len(own))
    drawn.add_shape(type="line", x0=0, x1=0, y0=-0.5, y1=len(own) - 0.5, line={"color": theme.REAL, "width": 2})
    drawn.add_scatter(
        x=theme.floats(100 * own["gain"]), y=theme.floats(rows), mode="markers", marker={
            "size": 11, "color": [theme.CONTROL if name == "weights" else theme.SYNTHETIC for name in own["recipe"]]
        },
        error_x={
            "type": "data", "symmetric": False, "array": theme.floats(100 * (own["high"] - own["gain"])),
            "arrayminus": theme.floats(100 * (own["gain"] - own["low"])), "thickness": 1.4, "color": theme.CONTROL,
        },
        text=[f"{rows:,} synthetic rows" for rows in own["synthetic_rows"]],
        hovertemplate="%{text}: %{x:+.2f}%<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    labels = [theme.wrapped(words, 26) for words in own["words"]]
    drawn.update_yaxes(theme.axis(tickvals=rows, ticktext=labels, range=[len(own) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis("gain in skill (% of that with the real rows alone, green line)", nticks=7))
    added = own[own["recipe"] != "weights"]
    best = added.loc[added["gain"].idxmax()]
    if best["low"] > 0:
        title = f"The skill grows by {theme.percent(best['gain'])} with {best['words'].replace(' added', '')}"
    elif (added["high"] < 0).all():
        title = f"Adding synthetic rows does harm: the skill shrinks by at least {theme.percent(-best['gain'])}"
    else:
        title = "Adding synthetic rows changes nothing beyond chance"
    said = "; ".join(f"{row['words']} {100 * row['gain']:+.2f}%" for row in own.to_dict("records"))
    return Chart(drawn, title, f"{title}. Gain in skill, {said}.", frame.reset_index(drop=True))


def importances(frame: pd.DataFrame, most: int = 15) -> Chart:
    """Draw how much each column matters to a model trained on real rows and to one trained on synthetic rows.

    Parameters
    ----------
    frame
        `column, real, real_low, real_high, synthetic, synthetic_low, synthetic_high`, the most important first.
    """
    own = frame.head(most).reset_index(drop=True)
    if own.empty:
        words = "There is no importance to draw: no column was shuffled."
        return Chart(theme.empty(160, words), words.split(":")[0], words, frame)
    drawn = theme.figure(96 + 30 * max(len(own), 2), top=34, legend=True)
    rows = np.arange(len(own))
    for side, color, shift in (("real", theme.REAL, -0.14), ("synthetic", theme.SYNTHETIC, 0.14)):
        drawn.add_scatter(
            x=theme.floats(own[side]), y=theme.floats(rows + shift), mode="markers", name=f"trained on {side} rows",
            marker={"size": 10, "color": color}, text=[theme.text(name) for name in own["column"]],
            error_x={
                "type": "data", "symmetric": False, "array": theme.floats(own[f"{side}_high"] - own[side]),
                "arrayminus": theme.floats(own[side] - own[f"{side}_low"]), "color": color, "thickness": 1.2,
            },
            hovertemplate="%{text}: %{x:.3f}<extra></extra>", cliponaxis=False,
        )  # fmt: skip
    drawn.update_yaxes(
        theme.axis(tickvals=rows, ticktext=[theme.text(name, 22) for name in own["column"]], range=[len(own) - 0.5, -0.5], showgrid=False)
    )  # fmt: skip
    drawn.update_xaxes(theme.axis("skill lost when the column is shuffled", nticks=6))
    first = {side: str(frame.loc[frame[side].idxmax(), "column"]) for side in ("real", "synthetic")}
    if first["real"] == first["synthetic"]:
        title = f"{first['real']} matters most to both models"
    else:
        title = f"{first['synthetic']} matters most when trained on synthetic rows, {first['real']} when on real ones"
    said = "; ".join(f"{row['column']} {row['real']:.3f} and {row['synthetic']:.3f}" for row in own.head(6).to_dict("records"))
    return Chart(drawn, title, f"{title}. Skill lost, real and synthetic: {said}.", frame.reset_index(drop=True))


def query_errors(frame: pd.DataFrame) -> Chart:
    """Draw how far off the counts of random filters are.

    Parameters
    ----------
    frame
        `bin_low, bin_high, queries`; errors as shares of rows.
    """
    total = int(frame["queries"].sum()) if len(frame) else 0
    if not total:
        words = "There is no error to draw: no filter was asked."
        return Chart(theme.empty(160, words), words.split(":")[0], words, frame)
    own = frame.loc[: int(np.flatnonzero(frame["queries"])[-1])]
    drawn = theme.figure(300, top=8)
    labels = [f"below {_per_thousand(high)}" if low == 0 else f"{_per_thousand(low)} to {_per_thousand(high)}" for low, high in zip(own["bin_low"], own["bin_high"], strict=True)]  # fmt: skip
    drawn.add_bar(
        x=theme.floats(np.arange(len(own))), y=theme.floats(100 * own["queries"] / total), marker={"color": theme.SYNTHETIC},
        text=labels, textposition="none", hovertemplate="off by %{text} in 1,000 rows: %{y:.1f}% of the filters<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(theme.axis("off by (rows in 1,000)", tickvals=np.arange(len(own)), ticktext=labels, showgrid=False))
    drawn.update_yaxes(theme.axis("share of the filters (%)", nticks=5))
    far = float(frame.loc[frame["bin_low"] >= 0.016 - 1e-9, "queries"].sum()) / total
    title = f"{theme.percent(far)} of the filters are off by more than 16 rows in 1,000"
    return Chart(drawn, title, f"{title}. Distribution of the errors of {total:,} random filters.", frame.reset_index(drop=True))


def _per_thousand(share: float) -> str:
    return f"{1000 * share:g}"


def answers(frame: pd.DataFrame, who: Sequence[str] = (), what: str = "estimate", most: int = 20) -> Chart:
    """Draw the estimates of a question side by side, real and synthetic, with their intervals.

    Parameters
    ----------
    frame
        `term, real, real_low, real_high, synthetic, synthetic_low, synthetic_high, overlap, sign_changed`, and per single copy
        `copy 1`, `copy 2` … where there are several.
    who
        What the copies are called, for the hover.
    what
        The axis title, with the unit.
    """
    own = frame.sort_values("overlap", kind="stable").head(most).reset_index(drop=True) if len(frame) else frame
    if own.empty:
        words = "There is no estimate to draw: the question has no answer."
        return Chart(theme.empty(160, words), words.split(":")[0], words, frame)
    drawn = theme.figure(96 + 36 * max(len(own), 2), top=34, legend=True)
    rows = np.arange(len(own))
    for side, color, shift in (("real", theme.REAL, -0.16), ("synthetic", theme.SYNTHETIC, 0.16)):
        drawn.add_scatter(
            x=theme.floats(own[side]), y=theme.floats(rows + shift), mode="markers", name="unseen real rows" if side == "real" else "synthetic rows",
            marker={"size": 10, "color": color}, text=[theme.text(term, 60) for term in own["term"]], cliponaxis=False,
            error_x={
                "type": "data", "symmetric": False, "array": theme.floats(own[f"{side}_high"] - own[side]),
                "arrayminus": theme.floats(own[side] - own[f"{side}_low"]), "color": color, "thickness": 1.6,
            },
            hovertemplate="%{text}: %{x:.4g}<extra></extra>",
        )  # fmt: skip
    for number, name in enumerate(name for name in own.columns if str(name).startswith("copy ")):
        called = theme.text(who[number], 40) if number < len(who) else str(name)
        drawn.add_scatter(
            x=theme.floats(own[name]), y=theme.floats(rows + 0.34), mode="markers", name="single copies", showlegend=number == 0, legendgroup="copies",
            marker={"size": 6, "color": theme.SYNTHETIC, "symbol": "line-ns-open"}, hovertemplate=f"{called}: %{{x:.4g}}<extra></extra>",
        )  # fmt: skip
    drawn.update_yaxes(
        theme.axis(tickvals=rows, ticktext=[theme.wrapped(term, 30) for term in own["term"]], range=[len(own) - 0.4, -0.6], showgrid=False)
    )  # fmt: skip
    drawn.update_xaxes(theme.axis(theme.text(what, 60), nticks=6))
    title = _answer_finding(frame)
    said = "; ".join(
        f"{row['term']} real {row['real']:.4g}, synthetic {row['synthetic']:.4g}" for row in own.head(6).to_dict("records")
    )
    return Chart(
        drawn,
        title,
        f"{title}. Estimates with 95% intervals, those that differ most first: {said}.",
        frame.reset_index(drop=True),
    )


def _answer_finding(frame: pd.DataFrame) -> str:
    apart, signs, missing = (
        int((frame["overlap"] <= 0).sum()), int(frame["sign_changed"].sum()), int(frame["synthetic"].isna().sum())
    )  # fmt: skip
    total = len(frame)
    parts = [f"{total - apart} of {total} estimates agree within their intervals"]
    if signs:
        parts.append(f"{signs} change sign")
    if missing:
        parts.append(f"{missing} cannot be given")
    return ", ".join(parts)
