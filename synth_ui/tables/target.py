"""Which column a model would predict: a proposal with its reasons, and none where it would be a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass

from synth_ui.core.table import Column, Kind, Role, Table

NAMED_SO = frozenset(
    [
        "target",
        "targets",
        "label",
        "labels",
        "class",
        "classes",
        "y",
        "outcome",
        "response",
        "dependent",
        "groundtruth",
        "ziel",
        "zielvariable",
        "zielgroesse",
        "klasse",
        "cible",
        "classe",
        "objetivo",
        "clase",
        "etiqueta",
        "alvo",
        "obiettivo",
    ]
)
"""Names that say that a column is the target."""

OUTCOMES = frozenset(
    [
        "churn",
        "churned",
        "attrition",
        "exited",
        "left",
        "default",
        "defaulted",
        "fraud",
        "fraudulent",
        "survived",
        "survival",
        "diagnosis",
        "disease",
        "species",
        "income",
        "price",
        "saleprice",
        "value",
        "quality",
        "approved",
        "approval",
        "approve",
        "accepted",
        "subscribed",
        "converted",
        "conversion",
        "purchased",
        "bought",
        "readmitted",
        "readmission",
        "died",
        "death",
        "deceased",
        "dead",
        "mortality",
        "malignant",
        "spam",
        "click",
        "clicked",
        "revenue",
        "salary",
        "cost",
        "charges",
        "grade",
        "result",
        "rating",
        "delayed",
        "delay",
        "cancelled",
        "canceled",
        "failure",
        "failed",
        "risk",
        "won",
        "winner",
        "success",
        "loan_status",
        "hired",
        "promoted",
        "bankrupt",
        "recidivism",
        "satisfaction",
        "returned",
        "refunded",
        "repaid",
        "renewed",
        "responded",
        "retained",
        "lapsed",
    ]
)
"""Words of names that outcomes often have."""

NO_OUTCOMES = frozenset(
    [
        "id",
        "key",
        "code",
        "index",
        "number",
        "no",
        "nr",
        "zip",
        "postcode",
        "postal",
        "phone",
        "year",
        "month",
        "day",
        "date",
        "time",
        "sex",
        "gender",
        "race",
        "ethnicity",
        "age",
        "nationality",
        "religion",
        "country",
        "state",
        "city",
        "region",
        "county",
        "address",
        "lat",
        "lon",
        "latitude",
        "longitude",
        "name",
        "first",
        "last",
        "fold",
        "split",
        "train",
        "test",
    ]
)
"""Words of names that describe a row rather than what became of it."""

LEAST, AHEAD = 3.0, 1.0
"""What the reasons for a column must weigh, and by how much more than those for any other."""

FEW_LEVELS = 10


@dataclass(frozen=True)
class Proposal:
    """A column proposed as target, and why.

    Attributes
    ----------
    name
        The column.
    reasons
        Why, each to be read after "it": "is the last column".
    """

    name: str
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The reasons in one sentence, the name not in it."""
        *first, last = self.reasons
        return f"It {', '.join(first)} and {last}." if first else f"It {last}."


def propose_target(table: Table) -> Proposal | None:
    """Return the column a model would predict as far as its name, its place and its values tell, or None.

    Nothing is proposed where the table has a target, where no column has reasons enough, or where another one has nearly as good ones.
    """
    if table.schema.target is not None or len(table.schema) < 2:
        return None
    found = []
    for place, column in enumerate(table.schema):
        if column.kind.learnable and column.role in (Role.FEATURE, Role.SENSITIVE):
            reasons = _reasons(table, column, place)
            found.append((sum(weight for weight, _ in reasons), place, column.name, tuple(words for _, words in reasons)))
    found.sort(key=lambda one: (-one[0], one[1]))
    if not found or found[0][0] < LEAST or (len(found) > 1 and found[0][0] - found[1][0] < AHEAD):
        return None
    return Proposal(found[0][2], found[0][3])


def _reasons(table: Table, column: Column, place: int) -> list[tuple[float, str]]:
    """Return what speaks for a column, with what it weighs; nothing for one that cannot be predicted."""
    distinct = int(table.frame[column.name].nunique())
    if distinct < 2 or (column.kind.discrete and distinct > max(FEW_LEVELS, len(table) // 20)):
        return []
    words = _words(column.name)
    found: list[tuple[float, str]] = []
    if "".join(words) in NAMED_SO or set(words) & (NAMED_SO - {"y", "class", "left"}):
        found.append((4.0, "is named as targets are"))
    elif set(words) & OUTCOMES:
        found.append((2.0, "is named as outcomes often are"))
    elif set(words) & NO_OUTCOMES:
        return []
    if distinct == 2:
        found.append((1.5, "has two values"))
    elif column.kind.discrete and distinct <= FEW_LEVELS:
        found.append((0.5, f"has {distinct} levels"))
    if place == len(table.schema) - 1 and column.kind is not Kind.DATETIME:
        found.append((1.5, "is the last column"))
    elif place == 0:
        found.append((0.5, "is the first column"))
    return found


def _words(name: str) -> list[str]:
    """Split a name at signs, at capitals and before digits: "loanStatus_2" is loan, status."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^a-z]+", apart.lower()) if word]
