"""What a browser tab remembers, in one typed place.

The truth (tables, races, scores) lies in the workspace; here are only the choices of one tab. Every session key of the app is
declared in this file: those of `TabState` by their attribute, those of widgets as constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import streamlit as st

from synth_ui.core.rules.constraint import Constraint
from synth_ui.ui.job import Job

if TYPE_CHECKING:
    from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable
    from synth_ui.tables.databases.opened import ListedTable

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
BOARD = "Leaderboard"


def widget(name: str, *parts: object) -> str:
    """Return the key of one of many like widgets: `widget("pick", "cart")` is "pick-cart"."""
    return "-".join([name, *(str(part) for part in parts)])


class StateField(Generic[T]):
    """An attribute that lives in the session under the name "synth.<attribute>"."""

    def __init__(self, default: T) -> None:
        self.default = default
        self.key = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = f"synth.{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> StateField[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> StateField[T] | T:
        if instance is None:
            return self
        value: T = st.session_state.get(self.key, self.default)
        return value

    def __set__(self, instance: object, value: T) -> None:
        st.session_state[self.key] = value


class TabState:
    """The choices of one tab.

    Attributes
    ----------
    table_id, race_id
        What is being looked at; None until the shell has settled it.
    address, addresses_left
        The race and the table this tab last wrote into its address, and those it wrote before.
    reading, adding
        The file that is being read as the real table, or as a synthetic one, where that takes more than a moment.
    refusal, file_refusal
        Why the last file, real or synthetic, was refused; shown until the next one is chosen.
    rows_refused
        Why more rows were not made, or not entered into the race, to be said once beside the button.
    database, database_schemas, database_tables
        The database this tab has opened, with its password, in memory alone; its schemas, and the tables of those that were looked at.
    database_preview, database_refusal
        The first rows of a table, with the table; why a database gave nothing.
    looking
        A question to the database that is not answered yet, `synth_ui.ui.data.database.DatabaseLook`.
    writing, written
        Rows that are being written to a database, and what was said when they were.
    notice
        One sentence about what just happened, shown once.
    uploads
        How many files were taken: a new uploader after each frees the bytes of the last.
    sheets, workbook
        The sheets of the workbook that was read last, when there are several to choose from; what reads another of them, and its key.
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
    looked, arrived
        Whether this tab has drawn a page, and whether the one it draws now follows an address; see `synth_ui.ui.links`.
    drawn, refused, known, carried
        The widgets of this page that stand in the address, those for which the address held nonsense, how values of those carried from page to page stand there, and what of them
        the address held.
    missed
        What the page that is being drawn could not show and has not said yet, and why.
    proposed
        What widgets that follow a proposal were last given, by their key; see `follow`.
    strange, said_at
        What of the address is not here, in sentences, and where the page says so.
    """

    shell: StateField[bool] = StateField(False)
    goto: StateField[str | None] = StateField(None)
    table_id: StateField[str | None] = StateField(None)
    race_id: StateField[str | None] = StateField(None)
    address: StateField[tuple[str | None, str | None]] = StateField((None, None))
    addresses_left: StateField[tuple[tuple[str | None, str | None], ...]] = StateField(())
    reading: StateField[Job | None] = StateField(None)
    adding: StateField[Job | None] = StateField(None)
    refusal: StateField[str | None] = StateField(None)
    file_refusal: StateField[str | None] = StateField(None)
    database: StateField[DatabaseAddress | None] = StateField(None)
    database_schemas: StateField[tuple[str, ...]] = StateField(())
    database_tables: StateField[dict[str, list[ListedTable]]] = StateField({})
    database_preview: StateField[tuple[DatabaseTable, list[dict[str, object]]] | None] = StateField(None)
    database_refusal: StateField[str | None] = StateField(None)
    looking: StateField[Any] = StateField(None)
    writing: StateField[Job | None] = StateField(None)
    written: StateField[str | None] = StateField(None)
    notice: StateField[str | None] = StateField(None)
    rows_refused: StateField[str | None] = StateField(None)
    uploads: StateField[int] = StateField(0)
    sheets: StateField[tuple[str, ...]] = StateField(())
    workbook: StateField[Any] = StateField(None)
    split_seed: StateField[int] = StateField(0)
    split_share: StateField[float] = StateField(0.5)
    picked: StateField[tuple[str, ...] | None] = StateField(None)
    started: StateField[bool] = StateField(False)
    seeds: StateField[int] = StateField(1)
    polish: StateField[bool] = StateField(False)
    race_seed: StateField[int] = StateField(0)
    make: StateField[int | None] = StateField(None)
    card: StateField[str] = StateField("standard")
    budget: StateField[str] = StateField("")
    undo: StateField[tuple[Any, str, str] | None] = StateField(None)
    refused_targets: StateField[frozenset[tuple[str, str]]] = StateField(frozenset())
    reviewed: StateField[frozenset[str]] = StateField(frozenset())
    taken: StateField[bool] = StateField(False)
    refused_edits: StateField[int] = StateField(0)
    design_drafts: StateField[dict[str, list[dict[str, Any]]]] = StateField({})
    design_bases: StateField[dict[str, list[dict[str, Any]]]] = StateField({})
    design_versions: StateField[dict[str, int]] = StateField({})
    design_names: StateField[dict[str, str]] = StateField({})
    correlations: StateField[tuple[tuple[Any, ...], ...] | None] = StateField(None)
    matrix_version: StateField[int] = StateField(0)
    settings: StateField[dict[str, dict[str, Any]]] = StateField({})
    searches: StateField[tuple[tuple[tuple[str, str], str], ...]] = StateField(())
    rules: StateField[dict[str, tuple[Constraint, ...]]] = StateField({})
    looked: StateField[bool] = StateField(False)
    arrived: StateField[bool] = StateField(False)
    drawn: StateField[frozenset[str]] = StateField(frozenset())
    refused: StateField[frozenset[str]] = StateField(frozenset())
    known: StateField[dict[str, Any]] = StateField({})
    carried: StateField[dict[str, tuple[str, ...]]] = StateField({})
    strange: StateField[tuple[str, ...]] = StateField(())
    said_at: StateField[Any] = StateField(None)
    missed: StateField[dict[str, str]] = StateField({})
    proposed: StateField[dict[str, Any]] = StateField({})


state = TabState()


def follow(key: str, proposal: Any, *, keep: bool = False) -> bool:
    """Let a widget show what is proposed now, until the visitor chooses otherwise; say whether it was changed.

    A widget keeps its first value, whatever its default becomes: of a race under way it would show who led when the page was opened.
    With `keep` it stays as it is, because the address says what it shows.
    """
    held, last = st.session_state.get(key), state.proposed.get(key)
    state.proposed = {**state.proposed, key: proposal}
    if keep or held is None or held == proposal or held != last:
        return False
    st.session_state[key] = proposal
    return True
