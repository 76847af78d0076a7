"""What is said of usefulness where a column alone tells the target: models learn that column, and most else could be lost unseen."""

from __future__ import annotations

from dataclasses import dataclass

from synth_ui.comparison.words import listed

OF_THE_TARGET = ("tstr", "worth", "augment")
"""Measures of what models learn of the target, which such a column decides almost alone."""

MOST_NAMED = 3
"""How many of the columns are named; of more, the rest is counted."""


@dataclass(frozen=True)
class GivenAway:
    """The target, and the columns each of which alone tells it."""

    target: str
    columns: tuple[str, ...]

    def beside(self, measure: str, said: str) -> str:
        """Return what is said of a measure's score with what that is worth, where it is one of what models learn of the target."""
        return f"{said} (which {self.clause})" if measure in OF_THE_TARGET else said

    @property
    def clause(self) -> str:
        """Say what that does to a claim about usefulness, to continue a sentence."""
        named = self.columns[:MOST_NAMED]
        rest = len(self.columns) - len(named)
        whose = [*named, *([f"{rest} more {'column' if rest == 1 else 'columns'}"] if rest else [])]
        gives = "alone gives" if len(whose) == 1 else "each give"
        return f"says little here: {listed(whose)} {gives} {self.target} away"
