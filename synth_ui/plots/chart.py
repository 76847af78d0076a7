"""What every plotting function returns."""

from __future__ import annotations

from dataclasses import dataclass

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
