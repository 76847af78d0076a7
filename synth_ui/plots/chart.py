"""What every plotting function returns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Chart:
    """A figure with what it says.

    Attributes
    ----------
    figure
        Takes the width it is given; its height is fixed by what it shows. It holds no title: the page draws `title`.
    title
        The finding, as a sentence without a full stop. It may quote column names, not escaped.
    alt
        The same for someone who does not see the figure, with the main numbers.
    data
        The tidy frame behind the figure, for download.
    """

    figure: go.Figure
    title: str
    alt: str
    data: pd.DataFrame

    def saying(self, sentence: str) -> Chart:
        """Return the chart with a measure's own sentence as its finding, so that chart and card say the same."""
        finding = sentence.rstrip(".")
        return replace(self, title=finding, alt=f"{finding}. {self.alt.removeprefix(f'{self.title}. ')}")
