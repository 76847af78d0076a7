"""What every generator owes its users, as checks that authors of generators can run on their own.

    from synth_ui.generators.contract import checks, class_checks

    @pytest.mark.parametrize("check", [*class_checks(Mine), *checks(Mine(), table)], ids=str)
    def test_contract(check):
        check()

A check passes silently or raises `AssertionError` with what was found. A generator may refuse a table with `DoesNotApply`; then
the reason is checked, the other checks of that table pass, and the generator must learn a plain table (`plain_table`) instead, for
one that refuses every table keeps every other promise. A network trained for one pass, to save a test's time, has learned
no shares yet: `trained=False` leaves out how many blanks it draws and how many rows meet a condition.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled, DoesNotApply, SettingError
from synth_ui.core.formats.numbers import rounded
from synth_ui.core.persons import person_codes, person_columns, same_within
from synth_ui.core.table import Column, Kind, Role, Schema, Table, TableSize, fingerprint
from synth_ui.core.tunable import Tunable, TunableKind
from synth_ui.generators.base import FAMILIES, Generator, Sampler

FIT_SEED, SEED, OTHER_SEED = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Check:
    """One check: call it to run it; its text is its name."""

    name: str
    run: Callable[[], None]

    def __call__(self) -> None:
        self.run()

    def __str__(self) -> str:
        return self.name


def _error(kind: type[Exception], action: Callable[[], object]) -> str | None:
    """Return what an expected error says, or None if it was not raised."""
    try:
        action()
    except kind as error:
        return str(error)
    return None


# --- the declaration ----------------------------------------------------------------------------------------------


def class_checks(generator: type[Generator]) -> Iterator[Check]:
    """Yield the checks of what a generator says about itself and of its settings."""
    yield Check("says what it is", lambda: _says_what_it_is(generator))
    yield Check("presets are allowed", lambda: _presets_are_allowed(generator))
    yield Check("cost is a number", lambda: _cost_is_a_number(generator))
    yield Check("unknown settings are refused", lambda: _refuses(generator, {"no such setting": 1}))
    for name, tunable in generator.settings_spec().items():
        for value in bad_values(tunable):
            yield Check(f"{name} refuses {value!r}", lambda name=name, value=value: _refuses(generator, {name: value}))  # type: ignore[misc]


def bad_values(tunable: Tunable) -> list[Any]:
    """Return values a setting must refuse."""
    if tunable.kind in (TunableKind.INTEGER, TunableKind.NUMBER):
        assert tunable.low is not None
        assert tunable.high is not None
        beyond = [tunable.low - 1, tunable.high + 1, math.nan, math.inf, "many", None, True]
        return [*beyond, tunable.low + 0.5] if tunable.kind is TunableKind.INTEGER else beyond
    if tunable.kind is TunableKind.CHOICE:
        return ["no such choice", None, 1]
    if tunable.kind is TunableKind.RANGE:
        assert tunable.low is not None
        assert tunable.high is not None
        backwards = (tunable.high, tunable.low)
        return [
            tunable.low - 1,
            tunable.high + 1,
            backwards,
            (tunable.low, tunable.high, tunable.high),
            math.nan,
            "many",
            None,
            True,
        ]
    return ["perhaps", 2, None] if tunable.kind is TunableKind.FLAG else []


def _says_what_it_is(generator: type[Generator]) -> None:
    for name in ("title", "summary", "good_at", "cannot", "reference", "licence", "key"):
        said = getattr(generator, name)
        assert isinstance(said, str), f"{name} is no text"
        assert said, f"{name} is empty"
    for name in ("summary", "good_at", "cannot"):
        assert getattr(generator, name).endswith("."), f"{name} is no sentence"
    assert generator.family in FAMILIES, f"the family {generator.family!r} is none of {FAMILIES}"
    for name, tunable in generator.settings_spec().items():
        assert tunable.help, f"the setting {name} has no help"


def _presets_are_allowed(generator: type[Generator]) -> None:
    for preset in ["balanced", *generator.presets]:
        generator.from_settings(preset=preset)


def _cost_is_a_number(generator: type[Generator]) -> None:
    for preset in ["balanced", *generator.presets]:
        small, large = (
            generator.from_settings(preset=preset).cost(TableSize(rows, 15, 100, 42), rows) for rows in (1_000, 1_000_000)
        )
        for cost in (small, large):
            assert math.isfinite(cost.seconds), "seconds is no number"
            assert cost.seconds > 0, "seconds is not positive"
            assert cost.megabytes >= 0, "megabytes is negative"
        assert large.seconds >= small.seconds, "a thousand times the rows are said to take less time"


def _refuses(generator: type[Generator], settings: dict[str, Any]) -> None:
    said = _error(SettingError, lambda: generator.from_settings(settings))
    assert said is not None, f"{settings} is accepted"
    assert said, "the refusal says nothing"


# --- one table ----------------------------------------------------------------------------------------------------


class _Fitted:
    """A generator and a table, fitted and drawn from once, when first asked."""

    def __init__(self, generator: Generator, table: Table) -> None:
        self.generator = generator
        self.table = table
        self.before = fingerprint(table.frame, table.schema)
        self.refused = ""
        self._sampler: Sampler | None = None
        self._frame: pd.DataFrame | None = None
        self.reports: list[Progress] = []

    @property
    def sampler(self) -> Sampler | None:
        """The sampler, or None when the generator refused the table."""
        if self._sampler is None and not self.refused:
            try:
                self._sampler = self.generator.fit(self.table, Context(FIT_SEED, on_progress=self.reports.append))
            except DoesNotApply as reason:
                self.refused = str(reason) or "(no reason)"
        return self._sampler

    @property
    def frame(self) -> pd.DataFrame | None:
        """As many drawn rows as the table has, at least 100."""
        if self._frame is None and self.sampler is not None:
            self._frame = self.sampler(max(len(self.table), 100), Context(SEED, on_progress=self.reports.append))
        return self._frame


def checks(generator: Generator, table: Table, trained: bool = True) -> Iterator[Check]:
    """Yield the checks of a generator on one table; it is fitted once, by the first check that is run."""
    fitted = _Fitted(generator, table)
    yield Check("a refusal gives its reason", lambda: _refusal(fitted))
    yield Check("learns a plain table", lambda: _learns_a_plain_table(fitted))
    yield Check("leaves the real table alone", lambda: _leaves_alone(fitted))
    yield Check("a cancelled fit stops", lambda: _cancelled_fit(fitted))

    def on_frame(name: str, check: Callable[[pd.DataFrame, Table], None]) -> Check:
        return Check(name, lambda: None if fitted.frame is None else check(fitted.frame, table))

    yield on_frame("columns and dtypes are the real ones", _shape)
    yield on_frame("levels are the real ones", _levels)
    yield on_frame("numbers lie within the bounds", _bounds)
    yield on_frame("numbers lie on the grid", _grid)
    if not generator.formal_privacy:  # one with a guarantee does not read off the rows that dates hold days only
        yield on_frame("dates hold days only where the real ones do", _days)
    yield on_frame("blanks are where the real ones are", _blanks)
    if trained:
        yield on_frame("blanks are as frequent", _blank_share)
    yield on_frame("constant columns stay constant", _constants)
    yield on_frame("nothing personal is copied", _copies_nothing)
    yield on_frame("identifiers are unique", _unique)
    if not generator.formal_privacy:  # one with a guarantee does not read off the rows who is behind them
        yield on_frame("personal values repeat as the real ones do", _repeats)
        yield on_frame("what is the same within a person stays so", _persons)

    def on_sampler(name: str, check: Callable[[Sampler, _Fitted], None]) -> Check:
        return Check(name, lambda: None if fitted.sampler is None else check(fitted.sampler, fitted))

    yield on_sampler("the same seed gives the same rows", _same_seed)
    yield on_sampler("another seed gives other rows", _other_seed)
    yield on_sampler("any number of rows can be asked for", _any_number)
    yield on_sampler("the sampler can be pickled", _pickles)
    yield on_sampler("cancelled sampling stops", _cancelled_sampling)
    yield on_sampler("progress is a fraction", _progress)
    yield on_sampler("conditions are met", _conditions if trained else _conditions_or_reason)
    yield on_sampler("impossible conditions are refused", _impossible)


def _refusal(fitted: _Fitted) -> None:
    if fitted.sampler is None:
        assert fitted.refused != "(no reason)", "it refuses the table without a reason"
        assert not fitted.refused.endswith("."), "the reason completes a sentence and ends without a full stop"
    else:
        assert fitted.sampler.keeps, "the sampler does not say what it keeps"


def plain_table() -> Table:
    """Return a table that no generator has a reason to refuse: 200 rows of a number, an integer, a category and a yes-or-no."""
    rng = np.random.default_rng(1)
    years = rng.integers(18, 90, 200)
    city = pd.Categorical.from_codes(rng.integers(0, 3, 200), categories=["Bern", "Graz", "Lyon"])
    pay = np.round(rng.normal(100.0, 20.0, 200) + years, 1)
    frame = pd.DataFrame({"years": years, "pay": pay, "city": city, "member": rng.random(200) < 0.4})
    columns = (
        Column("years", Kind.INTEGER, low=float(years.min()), high=float(years.max()), decimals=0, dtype="int64"),
        Column("pay", Kind.NUMBER, low=float(pay.min()), high=float(pay.max()), decimals=1, dtype="float64"),
        Column("city", Kind.CATEGORY, levels=("Bern", "Graz", "Lyon")),
        Column("member", Kind.BOOLEAN, Role.TARGET, dtype="bool"),
    )
    return Table(frame, Schema(columns), "plain")


def _learns_a_plain_table(fitted: _Fitted) -> None:
    """Where the table was refused, a plain one must not be; one that asks a service elsewhere may have none to ask."""
    generator = fitted.generator
    if fitted.sampler is not None or not generator.models_tables or generator.sends:
        return
    plain = plain_table()
    said = _error(DoesNotApply, lambda: _shape(generator.fit(plain, Context(FIT_SEED))(20, Context(SEED)), plain))
    assert said is None, f"it refuses a plain table, too: {said}"


def _leaves_alone(fitted: _Fitted) -> None:
    _ = fitted.frame
    assert fingerprint(fitted.table.frame, fitted.table.schema) == fitted.before, "the real table was changed"


def _cancelled_fit(fitted: _Fitted) -> None:
    if fitted.sampler is None:
        return
    said = _error(Cancelled, lambda: fitted.generator.fit(fitted.table, Context(FIT_SEED, cancelled=lambda: True)))
    assert said is not None, "a cancelled fit went on to its end"


def _cancelled_sampling(sampler: Sampler, fitted: _Fitted) -> None:
    said = _error(Cancelled, lambda: sampler(20, Context(SEED, cancelled=lambda: True)))
    assert said is not None, "cancelled sampling went on to its end"


def _shape(frame: pd.DataFrame, table: Table) -> None:
    assert list(frame.columns) == table.schema.names, f"columns are {list(frame.columns)}"
    assert isinstance(frame.index, pd.RangeIndex), "rows are not numbered from 0"
    for column in table.schema.modelled:
        found, wanted = frame[column.name].dtype, table.frame[column.name].dtype
        assert found == wanted, f"{column.name} is {found}, not {wanted}"


def _modelled(table: Table, *kinds: Kind) -> list[Column]:
    return [column for column in table.schema.modelled if column.kind in kinds]


def _levels(frame: pd.DataFrame, table: Table) -> None:
    for column in _modelled(table, Kind.CATEGORY, Kind.ORDINAL):
        new = set(frame[column.name].dropna()) - set(table.frame[column.name].dropna())
        assert not new, f"{column.name} has levels the real table lacks: {sorted(new)[:3]}"


def _bounds(frame: pd.DataFrame, table: Table) -> None:
    for column in _modelled(table, Kind.NUMBER, Kind.INTEGER, Kind.DATETIME):
        made, real = frame[column.name].dropna(), table.frame[column.name].dropna()
        made, real = made[~made.isin([np.inf, -np.inf])], real[~real.isin([np.inf, -np.inf])]
        if len(made):
            assert len(real), f"{column.name} has values, the real one has none"
            assert made.min() >= real.min(), f"{column.name} goes down to {made.min()}, the real one to {real.min()}"
            assert made.max() <= real.max(), f"{column.name} goes up to {made.max()}, the real one to {real.max()}"


def _grid(frame: pd.DataFrame, table: Table) -> None:
    for column in _modelled(table, Kind.NUMBER):
        if column.decimals is not None:
            values = frame[column.name].dropna().to_numpy()
            off = np.abs(rounded(values, column.decimals) - values) > 4 * np.spacing(np.abs(values))
            assert not off.any(), f"{column.name} has more than {column.decimals} decimals: {values[off][:3]}"


def _days(frame: pd.DataFrame, table: Table) -> None:
    for column in _modelled(table, Kind.DATETIME):
        real = table.frame[column.name].dropna()
        if len(real) and (real == real.dt.normalize()).all():
            made = frame[column.name].dropna()
            assert (made == made.dt.normalize()).all(), f"{column.name} has times of day, the real one has days only"


def _blanks(frame: pd.DataFrame, table: Table) -> None:
    for column in table.schema.modelled:
        made, real = frame[column.name].isna().mean(), table.frame[column.name].isna().mean()
        if real == 0 or real == 1:
            assert made == real, f"{column.name} has {made:.1%} blanks, the real one {real:.1%}"


def _blank_share(frame: pd.DataFrame, table: Table) -> None:
    for column in table.schema.modelled:
        made, real = frame[column.name].isna().mean(), table.frame[column.name].isna().mean()
        if real * len(frame) >= 10:
            assert made > 0, f"{column.name} has no blanks, the real one {real:.1%}"
        spread = math.sqrt(real * (1 - real) * (1 / len(frame) + 1 / len(table)))
        assert abs(made - real) <= 5 * spread + 0.03, f"{column.name} has {made:.1%} blanks, the real one {real:.1%}"


def _constants(frame: pd.DataFrame, table: Table) -> None:
    for column in table.schema.modelled:
        real = table.frame[column.name]
        if real.notna().all() and real.nunique() == 1:
            assert (frame[column.name] == real.iloc[0]).all(), f"{column.name} is not constant"


def _made_anew(table: Table) -> list[Column]:
    keyed = (Role.PERSONAL, Role.GROUP_KEY)
    return [c for c in table.schema if (not c.kind.learnable and c.role is not Role.IGNORED) or c.role in keyed]


def _copies_nothing(frame: pd.DataFrame, table: Table) -> None:
    for column in _made_anew(table):
        if column.kind.numeric or column.kind is Kind.BOOLEAN:
            continue
        shared = set(frame[column.name].dropna().astype(object)) & set(table.frame[column.name].dropna().astype(object))
        assert not shared, f"{column.name} repeats {len(shared)} real values, such as {sorted(map(str, shared))[0]!r}"


def _unique(frame: pd.DataFrame, table: Table) -> None:
    for column in table.schema:
        if column.kind is Kind.IDENTIFIER and column.role not in (Role.IGNORED, Role.GROUP_KEY):
            real, made = table.frame[column.name].dropna(), frame[column.name].dropna()
            assert made.is_unique or not real.is_unique, f"{column.name} repeats itself, the real one does not"


def _repeats(frame: pd.DataFrame, table: Table) -> None:
    for column in _made_anew(table):
        real, made = table.frame[column.name].dropna(), frame[column.name].dropna()
        if len(real) >= 100 and 1 < real.nunique() <= len(real) / 2 and len(made):
            rows = len(made) / made.nunique() / (len(real) / real.nunique())
            assert 0.5 <= rows <= 2, f"a value of {column.name} has {rows:.2f} times as many rows as a real one"


def _persons(frame: pd.DataFrame, table: Table) -> None:
    names = person_columns(table.frame, table.schema)
    if not names:
        return
    columns = [column.name for column in table.schema if column.role is not Role.IGNORED and column.name not in names]
    persons = person_codes(frame, names)
    for name in same_within(table.frame, person_codes(table.frame, names), columns):
        differ = frame[name].astype(object).groupby(persons).nunique(dropna=False)
        assert (differ[differ.index >= 0] == 1).all(), f"{name} is not the same in all rows of a person"


def _same_seed(sampler: Sampler, fitted: _Fitted) -> None:
    pd.testing.assert_frame_equal(sampler(30, Context(SEED)), sampler(30, Context(SEED)))
    again = fitted.generator.fit(fitted.table, Context(FIT_SEED))
    pd.testing.assert_frame_equal(sampler(30, Context(SEED)), again(30, Context(SEED)))


def _other_seed(sampler: Sampler, fitted: _Fitted) -> None:
    real = fitted.table.frame[[column.name for column in fitted.table.schema.modelled]]
    if len(real.drop_duplicates()) < 10:
        return
    first, second = sampler(50, Context(SEED)), sampler(50, Context(OTHER_SEED))
    assert not first.equals(second), "two seeds gave the same rows"


def _any_number(sampler: Sampler, fitted: _Fitted) -> None:
    for n in (0, 1, 7):
        frame = sampler(n, Context(SEED))
        assert len(frame) == n, f"{len(frame)} rows instead of {n}"
        _shape(frame, fitted.table)


def _pickles(sampler: Sampler, fitted: _Fitted) -> None:
    copy = pickle.loads(pickle.dumps(sampler))  # nosec B301 # packed in this very line
    pd.testing.assert_frame_equal(sampler(20, Context(SEED)), copy(20, Context(SEED)))


def _progress(sampler: Sampler, fitted: _Fitted) -> None:
    _ = fitted.frame
    assert fitted.reports, "no progress was reported"
    for report in fitted.reports:
        assert report.phase, "a report has no phase"
        assert report.fraction is None or 0 <= report.fraction <= 1, f"a fraction is {report.fraction}"


def _conditions(sampler: Sampler, fitted: _Fitted) -> None:
    for column in fitted.table.schema.modelled:
        if column.kind.discrete and fitted.table.frame[column.name].notna().any():
            value = fitted.table.frame[column.name].mode().iloc[0]
            frame = sampler(15, Context(SEED), {column.name: value})
            assert len(frame) == 15, f"{len(frame)} rows instead of 15"
            assert (frame[column.name] == value).all(), f"{column.name} is not always {value!r}"
            _shape(frame, fitted.table)
            return


def _conditions_or_reason(sampler: Sampler, fitted: _Fitted) -> None:
    assert _error(DoesNotApply, lambda: _conditions(sampler, fitted)) != "", "the refusal gives no reason"


def _impossible(sampler: Sampler, fitted: _Fitted) -> None:
    wrong: list[dict[str, Any]] = [{"no such column": 1}]
    wrong += [{column.name: "no such level"} for column in _modelled(fitted.table, Kind.CATEGORY)[:1]]
    for where in wrong:
        said = _error(DoesNotApply, lambda where=where: sampler(5, Context(SEED), where))  # type: ignore[misc]
        assert said is not None, f"{where} was accepted"
        assert said, "the refusal gives no reason"


def without_rows(table: Table) -> Table:
    """Return the table without its rows, which every generator that needs real data refuses with `DoesNotApply`."""
    return replace(table, frame=table.frame.iloc[:0])
