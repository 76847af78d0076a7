"""What a browser tab remembers, in one typed place.

The truth (tables, races, scores) lies in the workspace; here are only the choices of one tab. Every session key of the app is
declared in this file: those of `State` by their attribute, those of widgets as constants.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, overload

import streamlit as st

from synth_ui.core.rules.constraint import Constraint
from synth_ui.ui.job import Job

T = TypeVar("T")

# Widgets whose value other modules or tests read.
PURPOSE = "purpose"
CANDIDATES = "candidates"
PAIR_FIRST = "first"
PAIR_SECOND = "second"
GENERATE_TAB = "generate_tab"
DATA_TAB = "data_tab"
CHOOSER = "chooser"
SOURCE_TAB = "source_tab"
DESIGN_TAB = "design_tab"

# The two halves of the page on which races are made.
CATALOGUE = "Catalogue"
BOARD = "Board"


def widget(name: str, *parts: object) -> str:
    """Return the key of one of many like widgets: `widget("pick", "cart")` is "pick-cart"."""
    return "-".join([name, *(str(part) for part in parts)])


class Field(Generic[T]):
    """An attribute that lives in the session under the name "synth.<attribute>"."""

    def __init__(self, default: T) -> None:
        self.default = default
        self.key = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = f"synth.{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Field[T] | T:
        if instance is None:
            return self
        value: T = st.session_state.get(self.key, self.default)
        return value

    def __set__(self, instance: object, value: T) -> None:
        st.session_state[self.key] = value


class State:
    """The choices of one tab.

    Attributes
    ----------
    table_id, race_id
        What is being looked at; None until the shell has settled it.
    address
        The race and the table this tab last wrote into its address.
    reading, adding
        The file that is being read as the real table, or as a synthetic one, where that takes more than a moment.
    refusal, file_refusal
        Why the last file, real or synthetic, was refused; shown until the next one is chosen.
    notice
        One sentence about what just happened, shown once.
    uploads
        How many files were taken: a new uploader after each frees the bytes of the last.
    sheets
        The sheets of the uploaded workbook, when there are several to choose from.
    split_seed, split_share
        How the next race cuts the table.
    picked
        The generators that will race; None until the visitor changes what suits the table.
    started
        Whether the last click on "Start race" started one.
    seeds, polish, race_seed, make, card
        How often each generator runs, from which seed, how many rows it makes (None: as many as train), what is measured.
    budget
        Within what time the next race chooses: a key of `synth_ui.ui.race.budget.CHOICES`; empty without a limit.
    undo
        What was deleted last, to be brought back: "table" or "race", its id and its name.
    refused_targets
        The columns proposed as target that are none, with the name of their table.
    reviewed
        The tables whose warnings were read and found to be in order.
    taken
        Whether a table was taken since the page of the table was last drawn.
    refused_edits
        How many edits of the columns were refused: the editor is drawn anew after each.
    design_drafts, design_bases, design_versions, design_names
        The declared columns per editor of the design page: as they are, as the editor began, how often it was begun, the table's name.
    correlations, matrix_version
        The rank correlations of the designed table as (column, column, number), and how often their editor was begun.
    settings
        The settings chosen per generator, where they differ from the defaults.
    searches
        The last search for settings of this tab, by generator and table: its run.
    rules
        The rules the next race keeps, per table.
    rows_drawn
        How often other rows were asked for where real and synthetic ones stand side by side.
    """

    shell: Field[bool] = Field(False)
    goto: Field[str | None] = Field(None)
    table_id: Field[str | None] = Field(None)
    race_id: Field[str | None] = Field(None)
    address: Field[tuple[str | None, str | None]] = Field((None, None))
    reading: Field[Job | None] = Field(None)
    adding: Field[Job | None] = Field(None)
    refusal: Field[str | None] = Field(None)
    file_refusal: Field[str | None] = Field(None)
    notice: Field[str | None] = Field(None)
    uploads: Field[int] = Field(0)
    sheets: Field[tuple[str, ...]] = Field(())
    split_seed: Field[int] = Field(0)
    split_share: Field[float] = Field(0.5)
    picked: Field[tuple[str, ...] | None] = Field(None)
    started: Field[bool] = Field(False)
    seeds: Field[int] = Field(1)
    polish: Field[bool] = Field(False)
    race_seed: Field[int] = Field(0)
    make: Field[int | None] = Field(None)
    card: Field[str] = Field("standard")
    budget: Field[str] = Field("")
    undo: Field[tuple[Any, str, str] | None] = Field(None)
    refused_targets: Field[frozenset[tuple[str, str]]] = Field(frozenset())
    reviewed: Field[frozenset[str]] = Field(frozenset())
    taken: Field[bool] = Field(False)
    refused_edits: Field[int] = Field(0)
    design_drafts: Field[dict[str, list[dict[str, Any]]]] = Field({})
    design_bases: Field[dict[str, list[dict[str, Any]]]] = Field({})
    design_versions: Field[dict[str, int]] = Field({})
    design_names: Field[dict[str, str]] = Field({})
    correlations: Field[tuple[tuple[Any, ...], ...] | None] = Field(None)
    matrix_version: Field[int] = Field(0)
    settings: Field[dict[str, dict[str, Any]]] = Field({})
    searches: Field[tuple[tuple[tuple[str, str], str], ...]] = Field(())
    rules: Field[dict[str, tuple[Constraint, ...]]] = Field({})
    rows_drawn: Field[int] = Field(0)


state = State()
