"""Whether groups are there as they are, and whether models trained on synthetic rows treat them as models of real rows do."""

from __future__ import annotations

import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart
from synth_ui.plots.dots import Series, lines

MOST = 20
"""So many groups are drawn, the worst ones; all are in the data to download."""


def _labels(frame: pd.DataFrame) -> list[str]:
    return [f"{column}: {group}" for column, group in zip(frame["column"], frame["group"], strict=True)]


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the worst groups, given worst first, in the one order that all pictures share: by column, then by group."""
    return frame.head(MOST).sort_values(["column", "group"], key=lambda names: names.astype(str), kind="stable")


def _nothing(words: str, frame: pd.DataFrame) -> Chart:
    return Chart(theme.empty(160, f"{words}."), words, f"{words}.", frame)


def shares(frame: pd.DataFrame) -> Chart:
    """Draw how often each group occurs, in the real table and in the synthetic one, groups in the one order of all pictures.

    Parameters
    ----------
    frame
        `column, group, real_share, synthetic_share, ratio, …`: the detail "groups" of `groups`.
    """
    if frame.empty:
        return _nothing("No group has enough rows", frame)
    folded = frame["ratio"].clip(lower=1e-9)
    own = frame.assign(off=folded.where(folded >= 1, 1 / folded))
    own = own.sort_values("off", ascending=False, kind="stable", ignore_index=True)
    printed = pd.DataFrame({name: own[name].map(theme.percent) for name in ("real_share", "synthetic_share")})
    apart, own = own[printed["real_share"] != printed["synthetic_share"]], _in_order(own)
    series = [
        Series("real (unseen rows)", theme.REAL, own["real_share"], symbol="square", shift=-0.1),
        Series("synthetic", theme.SYNTHETIC, own["synthetic_share"], shift=0.1),
    ]
    title = "Every group has its real share, to the percent shown"
    if len(apart):
        worst = apart.iloc[0]
        made, real = printed.loc[worst.name, ["synthetic_share", "real_share"]]
        title = f"Furthest from its real share is {worst['column']} {worst['group']}: {made} instead of {real}"
    return Chart(lines(_labels(own), series, "share of rows (%)"), title, f"{title}. Shares per group.", frame)


def fidelity(frame: pd.DataFrame) -> Chart:
    """Draw how like the real rows of its group each group's synthetic rows are, with what training rows reach.

    Parameters
    ----------
    frame
        `column, group, fidelity, low, high, train_fidelity, …`: the detail "groups" of `groups`.
    """
    if frame.empty:
        return _nothing("No group has enough rows", frame)
    own = frame.sort_values("fidelity", kind="stable")
    worst, own = own.iloc[0], _in_order(own)
    series = [
        Series("training rows of the group", theme.REAL, own["train_fidelity"], symbol="square", shift=-0.1),
        Series("synthetic", theme.SYNTHETIC, own["fidelity"], own["low"], own["high"], shift=0.1),
    ]
    title = (
        f"Least like its group is {worst['column']} {worst['group']}: {worst['fidelity']:.3f}, training rows of the group reach "
        f"{worst['train_fidelity']:.3f}"
    )
    drawn = lines(_labels(own), series, "likeness to unseen real rows of the group (1 = equal)", percent=False, zero=False)
    return Chart(drawn, title, f"{title}. Likeness per group.", frame)


def rates(frame: pd.DataFrame) -> Chart:
    """Draw how often each group has a class of the target, real and synthetic.

    Parameters
    ----------
    frame
        `column, group, class, real_rate, synthetic_rate, gap, low, high`: the detail "rates" of `groups`.
    """
    if frame.empty:
        return _nothing("There is no target whose rates could be compared", frame)
    mean = bool((frame["class"] == "mean").all())
    worst = frame.loc[frame["gap"].abs().idxmax()]
    own = frame[frame["class"] == worst["class"]]
    own = _in_order(own.loc[own["gap"].abs().sort_values(ascending=False, kind="stable").index])
    series = [
        Series("real (unseen rows)", theme.REAL, own["real_rate"], symbol="square", shift=-0.1),
        Series("synthetic", theme.SYNTHETIC, own["synthetic_rate"], shift=0.1),
    ]
    values = [theme.number(worst[name]) if mean else theme.percent(worst[name]) for name in ("synthetic_rate", "real_rate")]
    title = f"Furthest off is {worst['column']} {worst['group']}: {'mean target' if mean else worst['class']} {values[0]} instead of {values[1]}"
    axis = "mean of the target" if mean else f"share of the group with {worst['class']} (%)"
    return Chart(lines(_labels(own), series, theme.text(axis, 70), percent=not mean, zero=not mean), title, f"{title}.", frame)


def skill(frame: pd.DataFrame) -> Chart:
    """Draw how well models do on each group's unseen rows: trained on real rows, and trained on the candidate.

    Parameters
    ----------
    frame
        `column, group, skill_real, skill_synthetic, …`: the detail "groups" of `groups`.
    """
    known = frame[frame["skill_real"].notna() & frame["skill_synthetic"].notna()] if len(frame) else frame
    if known.empty:
        return _nothing("No model could be tested group by group", frame)
    lost = (known["skill_real"] - known["skill_synthetic"]).astype(float)
    own = known.loc[lost.sort_values(ascending=False, kind="stable").index]
    worst, own = own.iloc[0], _in_order(own)
    series = [
        Series("trained on real rows", theme.REAL, own["skill_real"], symbol="square", shift=-0.1),
        Series("trained on synthetic rows", theme.SYNTHETIC, own["skill_synthetic"], shift=0.1),
    ]
    title = f"Most skill is lost for {worst['column']} {worst['group']}: {worst['skill_synthetic']:.3f} instead of {worst['skill_real']:.3f}"
    drawn = lines(_labels(own), series, "AUC or R² on the group's unseen rows", percent=False, zero=False)
    return Chart(drawn, title, f"{title}. Skill per group.", frame)


def picked(frame: pd.DataFrame, gaps: pd.DataFrame) -> Chart:
    """Draw how often each group's rows with the outcome are picked, by the model of real rows and by the one of synthetic rows.

    Parameters
    ----------
    frame
        `column, outcome, group, rows, trained_on, picked, hit_rate, false_alarm_rate`: the detail "picked" of `fair_models`.
    gaps
        `column, outcome, real_odds, synthetic_odds, …`: the detail "gaps"; its first line says which column and outcome are drawn.
    """
    if frame.empty or gaps.empty:
        return _nothing("No model's decisions could be compared", frame)
    worst = gaps.iloc[0]
    own = frame[(frame["column"] == worst["column"]) & (frame["outcome"] == worst["outcome"])]
    groups = sorted(dict.fromkeys(own["group"].astype(str)))[:MOST]
    by_side = {side: part.set_index("group").reindex(groups) for side, part in own.groupby("trained_on")}
    series = [
        Series(f"{what}, {name}", color, by_side[side][column], symbol=symbol, shift=shift)
        for what, column, symbol in (("rightly picked", "hit_rate", "circle"), ("wrongly picked", "false_alarm_rate", "x"))
        for name, side, color, shift in (("real", "real", theme.REAL, -0.12), ("synthetic", "synthetic", theme.SYNTHETIC, 0.12))
    ]
    title = (
        f"Between groups of {worst['column']} the models differ by up to {100 * worst['synthetic_odds']:.0f} points when trained on synthetic "
        f"rows, by {100 * worst['real_odds']:.0f} when trained on real ones"
    )
    drawn = lines(groups, series, "picked, of the group's rows with and without the outcome (%)")
    return Chart(drawn, title, f"{title}. Outcome: {worst['outcome']}.", frame)
