"""Dates from text, at any year: pandas reads them fast from 1678 to 2262, the rest is read here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def parse_dates(texts: Sequence[Any], format: str | None = None) -> NDArray[np.datetime64]:
    """Read texts as dates.

    Parameters
    ----------
    texts
        The texts; None and NaN are blanks.
    format
        A strftime pattern; None reads any ISO-like way of writing.

    Returns
    -------
    numpy.ndarray of datetime64[us]
        In UTC where a zone is written; NaT where a text is no date of the years 1 to 9999, or a blank.
    """
    series = pd.Series(texts, dtype=object)
    parsed = pd.to_datetime(series, errors="coerce", format=format or "mixed", utc=True)
    dates: NDArray[np.datetime64] = parsed.dt.tz_localize(None).dt.as_unit("us").to_numpy().copy()
    lost = np.flatnonzero(np.isnat(dates) & series.notna().to_numpy())
    if len(lost):
        dates[lost] = _any_year(series.iloc[lost], format)
    return dates


_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def _any_year(series: pd.Series[Any], format: str | None) -> NDArray[np.datetime64]:
    """Read what pandas could not, and keep only the years beyond its reach: within it, what it refuses is no date."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array([str(value) for value in series], type=pa.string())
    dates = np.full(len(series), np.datetime64("NaT", "us"))
    for pattern in (format,) if format else _ISO:
        plain = pattern.replace(".%f", "").replace("%z", "")
        found = pc.strptime(texts, format=plain, unit="us", error_is_null=True).to_numpy(zero_copy_only=False)
        dates = np.where(np.isnat(dates), found.astype("datetime64[us]"), dates)
    years = dates.astype("datetime64[Y]").astype("int64") + 1970
    dates[((years >= 1678) & (years <= 2261)) | (years < 1) | (years > 9999)] = np.datetime64("NaT", "us")
    return dates
