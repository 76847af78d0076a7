"""Slides for a meeting of ten minutes: one HTML file that needs nothing else, walked by keys, clicks or swipes, a slide a page in print.

What it says is what the decision card says. The file holds no real row: the guess on it is about charts, see `synth_ui.reports.quiz`.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from synth_ui.comparison.outcome import Outcome, Weights
from synth_ui.comparison.purposes import purpose_of
from synth_ui.core.choice import Choice
from synth_ui.core.table import Role
from synth_ui.plots import theme
from synth_ui.reports.board import Board
from synth_ui.reports.card import Card, decision_card
from synth_ui.reports.quiz import Round
from synth_ui.reports.raced import Raced
from synth_ui.reports.templates import template

MOST_SHOWN = 6
"""How many candidates stand on the slide of the contest, controls beside them."""

MOST_SAID = 6
"""How many sentences a list on a slide holds; how many more there are is said."""

DETECTABILITY = "detectability"


@dataclass(frozen=True)
class Quiz:
    """The guess: its rounds, and whether they are of charts or of rows."""

    rounds: Sequence[Round]
    kind: str = "charts"

    def solution(self) -> str:
        """Say which side of each round is real, for the printed page."""
        return ", ".join(f"{n} {'A' if one.left_is_real else 'B'}" for n, one in enumerate(self.rounds, 1))


def slides(
    outcome: Outcome,
    raced: Raced,
    quiz: Quiz,
    *,
    purpose: Weights = None,
    choice: Choice | None = None,
    race_id: str | None = None,
    created: str | None = None,
) -> str:
    """Write the slides: question, table, contest, winner and why, the guess, what it is good for and not, what was not tested.

    Parameters
    ----------
    quiz
        Rounds of `synth_ui.reports.quiz.charts` of the candidate that `shown_candidate` names; without rounds there is no guess.
    purpose, choice, race_id, created
        As for `synth_ui.reports.card.decision_card`.

    Returns
    -------
    str
        HTML with a script of its own, the only one its policy allows, and without a reference to anything outside it.
    """
    card = decision_card(outcome, raced, purpose=purpose, choice=choice, race_id=race_id, created=created)
    asked = choice.asked if choice is not None else purpose
    script, name = _script(), shown_candidate(outcome, asked, choice)
    text: str = template("slides.html.j2").render(
        card=card, purpose=purpose_of(asked), most=MOST_SAID, quiz=quiz, classifier=_classifier(outcome, name),
        facts=_facts(raced), kinds=_kinds(raced), roles=_roles(raced), notes=raced.notes, missing=raced.missing, contest=_contest(outcome, card, asked),
        of=_title(outcome, name), script=Markup(script), script_hash=_hash(script),  # nosec B704 # a file of this package
    )  # fmt: skip
    return text


def shown_candidate(outcome: Outcome, purpose: Weights = None, choice: Choice | None = None) -> str | None:
    """Return the candidate the slides are about: the chosen one, else whom the verdict puts first, else the first one; None where nobody has rows."""
    asked = choice.asked if choice is not None else purpose
    board, leader = outcome.leaderboard(asked), outcome.verdict(asked).leader
    done = [str(row["candidate"]) for row in board.to_dict("records") if not row["control"] and row["status"] == "done"]
    if choice is not None and choice.candidate in done:
        return choice.candidate
    if leader in done:
        return leader
    return done[0] if done else None


def _title(outcome: Outcome, name: str | None) -> str:
    return "" if name is None else str(outcome.entries[name]["title"])


def _classifier(outcome: Outcome, name: str | None) -> str:
    """Say how well a classifier guesses; where it was not asked, that."""
    row = outcome.rows.get(DETECTABILITY, {}).get(name or "")
    if name is None or row is None or row["value"] != row["value"]:
        return "How well a classifier does this was not measured."
    return outcome.sentence(name, DETECTABILITY)


def _facts(raced: Raced) -> Mapping[str, str]:
    return {
        "real rows": f"{raced.rows:,}",
        "columns": f"{len(raced.columns):,}",
        "training rows, which generators see": f"{raced.train:,}",
        "unseen rows, which they never see": f"{raced.holdout:,}",
    }


def _kinds(raced: Raced) -> str:
    counts = Counter(column["kind"] for column in raced.columns)
    return ", ".join(f"{kind}: {number}" for kind, number in counts.most_common())


def _roles(raced: Raced) -> Mapping[str, str]:
    """Name the columns that are for something in particular."""
    titles = {
        Role.TARGET: "To predict", Role.SENSITIVE: "Sensitive", Role.GROUP_KEY: "Says whose rows belong together",
        Role.PERSONAL: "Personal: made anew", Role.IGNORED: "Left out",
    }  # fmt: skip
    named = {title: [c["name"] for c in raced.columns if c["role"] == role.value] for role, title in titles.items()}
    return {title: theme.listed(names) for title, names in named.items() if names}


def _contest(outcome: Outcome, card: Card, asked: Weights) -> Mapping[str, Any]:
    board = outcome.leaderboard(asked)
    field, controls = board[~board["control"].astype(bool)], board[board["control"].astype(bool)]
    shown = board[board["candidate"].isin([*field["candidate"].head(MOST_SHOWN), *controls["candidate"]])]
    drawn = Board(outcome, shown, asked, None, card.choice.candidate if card.choice is not None else None)
    return {
        "candidates": len(field),
        "controls": len(controls),
        "more": max(len(field) - MOST_SHOWN, 0),
        "board": Markup(drawn.html()),  # nosec B704 # the board escapes each text itself
    }


def _script() -> str:
    return files("synth_ui.reports").joinpath("templates", "slides.js").read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
