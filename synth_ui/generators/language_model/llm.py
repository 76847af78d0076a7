"""Rows asked of a language model: any OpenAI-compatible endpoint the user names; off until one is configured."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.cast import cast_column, level_text
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.dates import parse_dates
from synth_ui.core.rules.condition import Condition, all_meet
from synth_ui.core.table import Column, Kind, Table, TableSize
from synth_ui.core.tunable import choice, integer, number, text
from synth_ui.generators._preparation.prepare import PreparedLayout, check_conditions, prepare
from synth_ui.generators.base import Cost, Generator, Sampler
from synth_ui.generators.from_nothing.blueprint import Blueprint, outward
from synth_ui.generators.from_nothing.drawing import as_table, draw, make_table
from synth_ui.generators.from_nothing.schema import EXAMPLE
from synth_ui.generators.from_nothing.source import World, check_rows
from synth_ui.generators.language_model._endpoint import Endpoint, EndpointError, Reply, check_url, configured

_EMPTY_ANSWERS = 3
"""After so many answers in a row without one usable row, no more are asked for."""

_MOST_LEVELS = 200


@dataclass(frozen=True)
class LanguageModel(Generator):
    """Ask a language model for rows as JSON, check each against the schema, and keep those that hold.

    Off until a URL and a model are named. The key comes from the environment variable SYNTH_UI_LLM_KEY or from Streamlit's secrets and is
    kept nowhere. Keys, personal values and free text are made here and never sent. What was asked, what it cost and what was refused is
    said beside the candidate; when the endpoint fails, the rows there are so far are kept.
    """

    key = "llm"
    title = "Language model"
    summary = "Asks a language model of your choice for rows, and keeps those that fit the schema."
    family = "language model"
    requires = ("openai",)
    reference = "Borisov et al., Language models are realistic tabular data generators, ICLR 2023"
    licence = "MIT; the model's own terms apply"
    needs_real_data = False
    sends = (
        "This one sends data to the address you name: names, kinds, ranges and levels of the learned columns, and a few example rows. By "
        "default the examples are masked: values of different rows are mixed, numbers and dates rounded. Keys, personal values and free "
        "text are never sent."
    )
    good_at = "Plausible rows where there is hardly any real data, from what the model knows of the world."
    cannot = "It does not learn your table's distributions, costs tokens, and may repeat what the model once read."

    url: str = text("", title="Address of the endpoint", help="An OpenAI-compatible address such as http://localhost:11434/v1.")
    model: str = text("", help="The model's name at that endpoint.")
    examples: str = choice(
        "masked",
        options={"none": "none", "masked": "masked", "real": "real rows"},
        help="What the model is shown besides the schema; real rows leave the machine as they are.",
    )
    example_rows: int = integer(5, low=1, high=50, help="How many examples.")
    rows_per_call: int = integer(20, low=1, high=200, help="Rows asked for at once.")
    most_tokens: int = integer(
        200_000, low=1_000, high=100_000_000, log=True, help="No call is made beyond so many tokens, as the endpoint counts them."
    )
    temperature: float = number(1.0, low=0, high=2, help="How freely the model writes.", advanced=True)
    timeout: float = number(60.0, low=0.1, high=600, help="Seconds after which a silent call is given up.", advanced=True)
    retries: int = integer(4, low=0, high=10, help="How often a failed call is made again, after growing pauses.", advanced=True)
    calls_per_minute: int = integer(
        60, low=1, high=60_000, log=True, help="How many calls are made a minute at most.", advanced=True
    )
    form: str = choice(
        "json_schema",
        options={"json_schema": "a JSON schema", "json_object": "JSON", "none": "asked for in words"},
        help="How the endpoint is told to answer; not all know every way.",
        advanced=True,
    )
    declaration: str = text("", help="A schema as JSON, for rows without a real table.", advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_url(self.url)

    def fit(self, table: Table, context: Context) -> Sampler:
        """Take the schema and a few examples of a table; nothing is sent yet.

        Raises
        ------
        DoesNotApply
            If no endpoint is configured, or the table has no rows or no column worth asking for.
        """
        url, model = configured(self.url, self.model, "a language model gets rows only from an address you name")
        layout, _ = prepare(table, context, lookups=False)
        if not layout.columns:
            raise DoesNotApply("no column of its rows is worth asking a language model for")
        names = [column.name for column in layout.columns]
        asked = tuple(_Asked.of(table.frame[name], table.schema[name], self.examples != "real") for name in names)
        shown = _examples(table, asked, self, context)
        context.step("learning", 1.0)
        return LanguageModelSampler(replace(self, url=url, model=model), asked, shown, layout, dict(table.frame.dtypes))

    def world(self, rows: int, context: Context) -> World:
        """Ask for `rows` rows of the declared table; see `MakesTables`."""
        check_rows(self.key, rows)
        blueprint = Blueprint.from_json(self.declaration or EXAMPLE)
        sampler = replace(self, examples="none").fit(make_table(blueprint, 200, context.named("schema")), context)
        assert isinstance(sampler, LanguageModelSampler)
        frame = sampler(rows, context)
        anew = draw(blueprint, max(len(frame), 1), context).iloc[: len(frame)]
        for column in blueprint.schema:
            if not column.modelled:
                frame[column.name] = anew[column.name]
        return World({blueprint.name: as_table(frame, blueprint.schema, blueprint.name)}, notes=sampler.notes)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Guess: a twentieth of a second per row and column, which is the endpoint's and not this machine's."""
        return Cost(1.0 + 0.004 * rows * max(size.columns, 1), 80 + 1e-4 * rows * size.columns)


@dataclass(frozen=True)
class _Asked:
    """One column as the model is told of it, and how its answers are checked."""

    column: Column
    blank: bool
    low: Any = None
    high: Any = None
    said_low: Any = None
    said_high: Any = None
    levels: tuple[str, ...] = ()

    @classmethod
    def of(cls, series: pd.Series[Any], column: Column, rounded: bool) -> _Asked:
        there, blank = series.dropna(), bool(series.isna().any())
        if column.kind is Kind.BOOLEAN:
            return cls(column, blank, levels=("true", "false"))
        if column.kind.discrete:
            return cls(column, blank, levels=tuple(str(level) for level in there.cat.remove_unused_categories().cat.categories))
        low, high = there.min(), there.max()
        if column.kind is Kind.DATETIME:
            low, high = (pd.Timestamp(end).tz_localize(None) for end in (low, high))
            return cls(
                column, blank, low, high, *((f"{low.year}-01-01", f"{high.year}-12-31") if rounded else (str(low), str(high)))
            )
        low, high = float(low), float(high)
        said = (outward(low, down=True), outward(high, down=False)) if rounded else (low, high)
        return cls(column, blank, low, high, *said)

    def told(self) -> dict[str, Any]:
        """Return what the model is told."""
        out: dict[str, Any] = {"name": self.column.name, "kind": str(self.column.kind)}
        if self.levels:
            out["one of"] = list(self.levels[:_MOST_LEVELS])
        else:
            out |= {"from": self.said_low, "to": self.said_high}
        if self.column.kind is Kind.NUMBER and self.column.decimals is not None:
            out["decimals"] = self.column.decimals
        if self.blank:
            out["may be null"] = True
        return out

    def form(self) -> dict[str, Any]:
        """Return the JSON schema of its values."""
        kind = self.column.kind
        plain: dict[str, Any] = {"type": "integer" if kind is Kind.INTEGER else "number" if kind is Kind.NUMBER else "string"}
        if kind is Kind.BOOLEAN:
            plain = {"type": "boolean"}
        elif self.levels and len(self.levels) <= _MOST_LEVELS:
            plain = {"type": "string", "enum": list(self.levels)}
        return {"anyOf": [plain, {"type": "null"}]} if self.blank else plain

    def read(self, value: Any) -> Any:
        """Return a value in the column's own form, None for a blank; raise `ValueError` with what is wrong with it."""
        if value is None or (isinstance(value, str) and value.strip().lower() in ("", "null", "none", "nan")):
            if not self.blank:
                raise ValueError("a blank where there are none")
            return None
        kind = self.column.kind
        if self.levels:
            level = str(value).lower() if kind is Kind.BOOLEAN else level_text(value)
            if level not in self.levels:
                raise ValueError("an unknown level")
            return level == "true" if kind is Kind.BOOLEAN else level
        if kind is Kind.DATETIME:
            return self._moment(value)
        if isinstance(value, bool):
            raise ValueError("no number")
        figure = float(value)
        if not math.isfinite(figure) or not self.said_low <= figure <= self.said_high:
            raise ValueError("out of range")
        if kind is Kind.INTEGER and not figure.is_integer():
            raise ValueError("no whole number")
        return min(max(figure, self.low), self.high)

    def _moment(self, value: Any) -> Any:
        moment = parse_dates([str(value)])[0]
        if np.isnat(moment):
            raise ValueError("no date")
        stamp = pd.Timestamp(moment)
        if not pd.Timestamp(self.said_low) <= stamp <= pd.Timestamp(self.said_high) + pd.Timedelta(1, "D"):
            raise ValueError("out of range")
        return min(max(stamp, self.low), self.high)


def _examples(table: Table, asked: tuple[_Asked, ...], settings: LanguageModel, context: Context) -> tuple[dict[str, Any], ...]:
    """Return the examples the model is shown: none, real rows, or rows of mixed and rounded values."""
    if settings.examples == "none":
        return ()
    rng = context.rng("examples")
    size = min(settings.example_rows, len(table))
    rows = [{} for _ in range(size)]  # type: list[dict[str, Any]]
    same = rng.choice(len(table), size, replace=False)
    for one in asked:
        places = same if settings.examples == "real" else rng.choice(len(table), size, replace=False)
        for row, value in zip(rows, table.frame[one.column.name].iloc[places].astype(object), strict=True):
            row[one.column.name] = _shown(value, one.column.kind, settings.examples == "masked")
    return tuple(rows)


def _shown(value: Any, kind: Kind, masked: bool) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if kind is Kind.DATETIME:
        return f"{value.year:04d}-{value.month:02d}-01" if masked else value.isoformat()
    if kind in (Kind.NUMBER, Kind.INTEGER):
        figure = float(f"{float(value):.2g}") if masked else float(value)
        return int(figure) if kind is Kind.INTEGER else figure
    return bool(value) if kind is Kind.BOOLEAN else str(value)


class LanguageModelSampler(Sampler):
    """Asks for rows until there are enough, the budget is spent, or the endpoint fails.

    Attributes
    ----------
    notes
        Of the last draw: calls, tokens, rows refused, and why fewer rows came than were asked for.
    """

    def __init__(
        self,
        settings: LanguageModel,
        asked: tuple[_Asked, ...],
        shown: tuple[dict[str, Any], ...],
        layout: PreparedLayout,
        dtypes: Mapping[str, Any],
    ) -> None:
        self.settings = settings
        self.asked = asked
        self.shown = shown
        self.layout = layout
        self.dtypes = dict(dtypes)
        self.notes: tuple[str, ...] = ()
        what = {"none": "no example", "masked": f"{len(shown)} masked examples", "real": f"{len(shown)} real rows"}
        self.keeps = f"names, kinds, ranges and levels of the columns, and {what[settings.examples]}"

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return `n` rows, or as many as came before the endpoint failed; see `notes`.

        Raises
        ------
        DoesNotApply
            If not a single row came, with the reason; or a condition is on a column that is not asked for.
        """
        conditions = check_conditions(self.layout, where or {})
        context.step("asking", 0.0)
        asking = _Asking(self, n, tuple(one for one in conditions if one.column not in self.layout.constants), context)
        rows = list(asking.rows()) if n else []
        self.notes = asking.said(len(rows)) if n else ()
        for note in self.notes:
            context.notes.add(note)
        if n and not rows:
            raise DoesNotApply(f"the language model gave no usable row: {asking.stopped or 'none fitted the schema'}")
        learned = {one.column.name: self._series(one.column, [row[one.column.name] for row in rows]) for one in self.asked}
        for name, value in self.layout.constants.items():
            learned[name] = value.take(np.zeros(len(rows), dtype=int)).reset_index(drop=True)
        frame = self.layout.complete(learned, len(rows), context)
        context.step("asking", 1.0)
        return frame

    def _series(self, column: Column, values: list[Any]) -> pd.Series[Any]:
        series, _ = cast_column(pd.Series(values, dtype=object), column)
        known = next(one for one in self.layout.columns if one.name == column.name)
        return known.restore(known.encode(series.astype(self.dtypes[column.name])))


@dataclass
class _Asking:
    """One draw on its way: what is still wanted, what was refused, why it stopped."""

    sampler: LanguageModelSampler
    wanted: int
    conditions: tuple[Condition, ...]
    context: Context

    def __post_init__(self) -> None:
        s = self.sampler.settings
        self.endpoint = Endpoint(s.url, s.model, s.timeout, s.retries, s.calls_per_minute, self.context)
        self.stopped = ""
        self.refusals: list[str] = []
        self.wrong: dict[str, int] = {}
        self.seen = 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Ask, check and yield rows until there are enough or it is no use."""
        found = useless = 0
        while found < self.wanted:
            if self.endpoint.tally.tokens >= self.sampler.settings.most_tokens:
                self.stopped = f"the budget of {self.sampler.settings.most_tokens:,} tokens is spent"
                return
            try:
                answer = self._ask(min(self.sampler.settings.rows_per_call, self.wanted - found))
            except EndpointError as error:
                self.stopped = str(error)
                return
            kept = [row for row in map(self._checked, objects(answer.text)) if row is not None][: self.wanted - found]
            if answer.refusal:
                self.refusals.append(answer.refusal)
            yield from kept
            found += len(kept)
            useless = 0 if kept else useless + 1
            self.context.step(f"asking, {found:,} of {self.wanted:,} rows", found / self.wanted)
            if useless == _EMPTY_ANSWERS:
                self.stopped = f"{useless} answers in a row held no usable row{self._why()}"
                return

    def _ask(self, number: int) -> Reply:
        s = self.sampler.settings
        place = self.endpoint.tally.calls
        options: dict[str, Any] = {"temperature": s.temperature, "seed": self.context.integer_seed(f"call {place}")}
        if s.form == "json_object":
            options["response_format"] = {"type": "json_object"}
        elif s.form == "json_schema":
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "rows", "strict": True, "schema": self._form()},
            }
        return self.endpoint.ask(self._messages(number), **options)

    def _form(self) -> dict[str, Any]:
        names = {one.column.name: one.form() for one in self.sampler.asked}
        row = {"type": "object", "properties": names, "required": list(names), "additionalProperties": False}
        rows = {"rows": {"type": "array", "items": row}}
        return {"type": "object", "properties": rows, "required": ["rows"], "additionalProperties": False}

    def _messages(self, number: int) -> list[dict[str, str]]:
        told: dict[str, Any] = {"columns": [one.told() for one in self.sampler.asked]}
        if self.sampler.shown:
            told["examples"] = list(self.sampler.shown)
        if self.conditions:
            told["every row has"] = {one.column: _told(one) for one in self.conditions}
        system = (
            "You make up rows of a table for testing software. Rows are plausible, varied and none repeats an example. Answer with JSON "
            'only: {"rows": [{"column": value, …}, …]}. Every row has every column. Dates are written 2026-01-31.'
        )
        return [
            {"role": "system", "content": system},
            {"role": "user", "content": f"Make {number} rows of this table:\n{json.dumps(told, ensure_ascii=False)}"},
        ]

    def _checked(self, row: Any) -> dict[str, Any] | None:
        """Return a row in the columns' own form, or None, counting what was wrong."""
        self.seen += 1
        out = {}
        for one in self.sampler.asked:
            name = one.column.name
            try:
                if name not in row:
                    raise ValueError("missing")
                out[name] = one.read(row[name])
            except (ValueError, TypeError, OverflowError) as error:
                said = str(error) if type(error) is ValueError and len(str(error)) < 40 else "no number"
                self.wrong[f"{name}: {said}"] = self.wrong.get(f"{name}: {said}", 0) + 1
                return None
        if self.conditions and not self._meets(out):
            self.wrong["the condition is not met"] = self.wrong.get("the condition is not met", 0) + 1
            return None
        return out

    def _meets(self, row: dict[str, Any]) -> bool:
        frame = pd.DataFrame(
            {one.column.name: self.sampler._series(one.column, [row[one.column.name]]) for one in self.sampler.asked}
        )
        return bool(all_meet(self.conditions, frame)[0])

    def _why(self) -> str:
        worst = sorted(self.wrong.items(), key=lambda item: -item[1])[:3]
        said = [f"{what} ({count:,})" for what, count in worst]
        if self.refusals:
            said.append(f"refused: {self.refusals[-1][:120]}")
        return f" ({'; '.join(said)})" if said else ""

    def said(self, found: int) -> tuple[str, ...]:
        """Return what is to be known of the draw."""
        tally = self.endpoint.tally
        notes = [
            f"{tally.calls:,} calls to {self.sampler.settings.model}, {tally.failed:,} of them failed; {tally.tokens_in:,} tokens sent, "
            f"{tally.tokens_out:,} received.",
            f"{self.seen - sum(self.wrong.values()):,} of {self.seen:,} rows received fitted the schema{self._why()}.",
        ]
        if self.refusals:
            notes.append(f"The model refused {len(self.refusals):,} times; it said: {self.refusals[-1][:200]}")
        if found < self.wanted:
            notes.append(f"Only {found:,} of {self.wanted:,} rows were made: {self.stopped}.")
        return tuple(notes)


def _told(condition: Condition) -> Any:
    """Return a condition as the model is told it: the value, where there is one, else in words."""
    value = condition.values[0] if len(condition.values) == 1 else condition.text
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def objects(text: str) -> list[dict[str, Any]]:
    """Return the rows in an answer: also from a fenced block, a bare list, or an answer cut off in the middle of a row."""
    try:
        said = json.loads(text.strip().removeprefix("```json").removeprefix("```").removesuffix("```"))
    except json.JSONDecodeError:
        return _complete(text)
    rows = said.get("rows", [said]) if isinstance(said, dict) else said
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _complete(text: str) -> list[dict[str, Any]]:
    """Return the objects that are whole, the innermost where one holds a list of them."""
    decoder, found, place = json.JSONDecoder(), [], text.find("[")
    place = text.find("{", max(place, 0))
    while place >= 0:
        try:
            value, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            end = place + 1
        else:
            found.append(value)
        place = text.find("{", end)
    return found
