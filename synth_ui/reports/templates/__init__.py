"""The pages of reports as Jinja templates, all read in one way."""

from __future__ import annotations

from functools import cache
from typing import Any

from synth_ui.plots import theme
from synth_ui.reports import svg


@cache
def template(name: str) -> Any:
    """Return a template by its file: names from a table are escaped, and what is missing is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("synth_ui.reports")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters.update(number=theme.number, percent=theme.percent, seconds=theme.seconds)
    environment.globals.update(track=svg.track)
    return environment.get_template(name)
