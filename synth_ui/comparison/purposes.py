"""What the synthetic table is for, as weights of the families."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synth_ui.core.errors import SettingError


@dataclass(frozen=True)
class Purpose:
    """A use of the synthetic table.

    Attributes
    ----------
    title
        What the user chooses, such as "Train models inside the company".
    phrase
        The same inside a sentence: "to train models inside the company".
    weights
        Per family, summing to 1.
    outside
        Whether the table leaves the company: then a candidate with a measurable leak is never recommended.
    """

    key: str
    title: str
    phrase: str
    weights: Mapping[str, float]
    outside: bool = False


PURPOSES: Mapping[str, Purpose] = {
    purpose.key: purpose
    for purpose in (
        Purpose("balanced", "All three alike", "all in all", {"fidelity": 1 / 3, "utility": 1 / 3, "privacy": 1 / 3}),
        Purpose("train", "Train models inside the company", "to train models inside the company",
                {"fidelity": 0.3, "utility": 0.6, "privacy": 0.1}),
        Purpose("explore", "Explore and report inside the company", "to explore and report inside the company",
                {"fidelity": 0.7, "utility": 0.2, "privacy": 0.1}),
        Purpose("share", "Share outside", "to share outside", {"fidelity": 0.25, "utility": 0.25, "privacy": 0.5}, outside=True),
    )
}  # fmt: skip
"""The purposes offered, by key."""


def purpose_of(weights: Mapping[str, float] | str | None) -> Purpose:
    """Return the purpose of a key, of the user's own weights, or the balanced one.

    Raises
    ------
    SettingError
        If the key is unknown, a family is unknown, or the weights are negative or all zero.
    """
    if weights is None:
        return PURPOSES["balanced"]
    if isinstance(weights, str):
        if weights not in PURPOSES:
            raise SettingError(f"There is no purpose {weights!r}; there are {', '.join(PURPOSES)}.")
        return PURPOSES[weights]
    known = PURPOSES["balanced"].weights
    unknown = [family for family in weights if family not in known]
    total = float(sum(weights.values()))
    if unknown or not total > 0 or min(weights.values()) < 0:
        raise SettingError(f"Weights are {dict(weights)}; allowed are numbers from 0 for {', '.join(known)}, not all 0.")
    return Purpose("own", "Your own weights", "under your weights", {f: weights.get(f, 0.0) / total for f in known})
