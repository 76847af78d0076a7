"""Candidates of several races on the same scales: possible where the races cut the same table in the same way, refused where they did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from synth_ui.comparison.families import DECIDING
from synth_ui.comparison.outcome import Outcome
from synth_ui.core.errors import SettingError
from synth_ui.core.score import CONTROLS
from synth_ui.evaluation.calibrate import CALIBRATED
from synth_ui.evaluation.cards import measure_facts
from synth_ui.jobs.races import common_answers, results
from synth_ui.jobs.races.further_measures import everybody
from synth_ui.jobs.races.progress import standing
from synth_ui.store.workspace import Workspace

CAVEAT = (
    "Each candidate stands on the scales of its own race. The cuts differ, so the unseen rows do too: a difference between two races "
    "may come from that alone."
)


def differs(ws: Workspace, race_ids: Sequence[str]) -> str:
    """Say why candidates of races cannot stand on the same scales; an empty text where they can."""
    races = [ws.kept_race(race_id) for race_id in race_ids]
    first, *others = [ws.split_row(race.split_id) for race in races]
    for race, split in zip(races[1:], others, strict=True):
        if race.split_id == races[0].split_id:
            continue
        if split["table_id"] != first["table_id"]:
            return (
                f"“{race.name}” and “{races[0].name}” are about different tables, or about one table with other kinds or another target; "
                "their candidates have no scale in common."
            )
        if (split["seed"], split["share"]) == (first["seed"], first["share"]):
            return (
                f"“{race.name}” was raced on {split['train_rows']:,} training and {split['holdout_rows']:,} unseen rows, “{races[0].name}” on "
                f"{first['train_rows']:,} and {first['holdout_rows']:,}; judged on other unseen rows, their candidates have no scale in common."
            )
        return (
            f"“{race.name}” cut the table with seed {split['seed']} and {split['share']:.0%} training rows, “{races[0].name}” with seed "
            f"{first['seed']} and {first['share']:.0%}; judged on other unseen rows, their candidates have no scale in common."
        )
    return ""


def together(ws: Workspace, race_ids: Sequence[str]) -> Outcome:
    """Return what the candidates of several races come to on the same scales, as one outcome.

    A candidate is called by its own name in the first race and by "name@2" and so on in the others; its title says the race.

    Raises
    ------
    SettingError
        If fewer than two races are named, or they were not cut from the same rows in the same way: it says what differs.
    StoreError
        If there is no such race.
    """
    chosen = list(dict.fromkeys(race_ids))
    if len(chosen) < 2:
        raise SettingError("Name two races or more, each once.")
    reason = differs(ws, chosen)
    if reason:
        raise SettingError(reason)
    titles = race_titles(ws, chosen)
    listed, raw = [], []
    run_ids: dict[str, str] = {}
    pending: dict[str, tuple[str, ...]] = {}
    ended: dict[str, str] = {}
    for place, race_id in enumerate(chosen, start=1):
        names = _Names(place)
        frame = results.candidates(ws, race_id)
        listed.append(_told_apart(frame, names, titles[race_id], place))
        run_ids |= {names(name): str(run) for name, run in zip(frame["candidate"], frame["run_id"], strict=True)}
        scores = ws.raw_scores(race_id)
        raw.append(scores.assign(candidate=scores["candidate"].map(names)))
        now = standing(ws, race_id)
        pending |= {names(name): keys for name, keys in now.pending(again=True).items()}
        ended |= {names(name): words for name, words in now.ended_badly().items()}
    all_scores = pd.concat(raw, ignore_index=True).drop_duplicates(["candidate", "measure", "settings"], ignore_index=True)
    asked = [measure for race_id in chosen for measure in everybody(ws.race(race_id))]
    calibrated = common_answers.calibrated(all_scores, list(dict.fromkeys(asked)))[list(CALIBRATED)]
    candidates = pd.concat(listed, ignore_index=True).drop_duplicates("candidate", ignore_index=True)

    def detail(candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        return results.detail_of(ws, run_ids.get(candidate, ""), measure, name)

    return Outcome(
        calibrated, candidates, measure_facts(), pending=pending, ended=ended, detail=detail,
        given_away=results.given_away(ws, ws.race(chosen[0]).table_id),
    )  # fmt: skip


class _Names:
    """Calls the candidates of a race as all races together do: controls are those of all."""

    def __init__(self, place: int) -> None:
        self.place = place

    def __call__(self, name: Any) -> str:
        return str(name) if name in CONTROLS or self.place == 1 else f"{name}@{self.place}"


def _told_apart(frame: pd.DataFrame, names: _Names, title: str, place: int) -> pd.DataFrame:
    """Make the recipes of a race others than those of the next: two fits of one recipe are no two seeds of one candidate here."""
    plain = ~frame["control"]
    called = frame["generator_title"].where(frame["generator_title"] != "", frame["candidate"])
    return frame.assign(
        candidate=frame["candidate"].map(names),
        generator=frame["generator"].where(~plain, frame["generator"] + f"@{place}"),
        generator_title=frame["generator_title"].where(~plain, called + f" ({title})"),
    )


def race_titles(ws: Workspace, race_ids: Sequence[str]) -> dict[str, str]:
    """Return what to call races side by side: their names, numbered where they are the same."""
    names = [str(ws.race(race_id).name) for race_id in race_ids]
    return {
        race_id: f"{name}, race {place}" if names.count(name) > 1 else name
        for place, (race_id, name) in enumerate(zip(race_ids, names, strict=True), start=1)
    }


def apart(ws: Workspace, race_ids: Sequence[str]) -> pd.DataFrame:
    """Return the candidates of races, each on the scales of its own race; see `CAVEAT`.

    Columns: race, candidate (its title), and the position per deciding family, NaN where it has none.
    """
    rows = []
    for race_id, title in race_titles(ws, race_ids).items():
        board = results.outcome(ws, race_id).ranking()
        for row in board[~board["control"].astype(bool)].to_dict("records"):
            rows.append({"race": title, "candidate": row["title"], **{family: row[f"{family}_position"] for family in DECIDING}})
    return pd.DataFrame(rows, columns=["race", "candidate", *DECIDING])


def comparable(ws: Workspace, race_id: str) -> dict[str, str]:
    """Return the other races of the table of a race, or of one of that name, newest first, with their names."""
    tables = ws.tables().set_index("id")["name"]
    mine = ws.race(race_id).table_id
    races = ws.races()
    alike = (races["table_id"] == mine) | (races["table_id"].map(tables) == tables.get(mine, object()))
    races = races[alike & (races["id"] != race_id)]
    return dict(zip(races["id"].astype(str), races["name"].astype(str), strict=True))
