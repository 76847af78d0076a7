"""The review says what will happen; a revision is carried out whole or refused whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast, to_source
from synth_ui.core.errors import TableError
from synth_ui.core.table import Kind, Role, Table
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.review import REVIEW_COLUMNS, review_frame, revise, with_columns
from synth_ui.tables.warning import ColumnWarning
from tests.awkward import AWKWARD, table_of


def treatments(table: Table) -> dict[str, str]:
    return review_frame(table).set_index("name")["treatment"].to_dict()


def revised_or_refused(table: Table, edit: dict[str, str]) -> Table | None:
    """Revise; where it is refused, check that the column is named, and return None."""
    try:
        return revise(table, [edit])
    except TableError as refusal:
        said = str(refusal)
    assert repr(edit["name"]) in said
    return None


def test_the_review_has_one_row_per_column_and_its_warnings() -> None:
    table = AWKWARD["plain"]()
    review = review_frame(table, [ColumnWarning("age", "odd"), ColumnWarning("age", "very odd"), ColumnWarning(None, "all")])
    assert list(review.columns) == list(REVIEW_COLUMNS)
    assert review["name"].tolist() == table.schema.names
    assert review["warning"].tolist() == ["odd; very odd", "", "", ""]
    assert review.loc[3, ["kind", "role"]].tolist() == ["boolean", "target"]


@pytest.mark.parametrize(
    ("name", "column", "said"),
    [
        ("plain", "age", "modelled as a whole number"),
        ("plain", "income", "modelled as a number with 2 decimals"),
        ("plain", "city", "modelled as a category with 4 levels"),
        ("plain", "buys", "modelled as yes or no, as the target"),
        ("one_level", "flag", "modelled as a category with 1 level, with its blanks"),
        ("ordinals", "size", "modelled as an ordered category with 3 levels, as the target"),
        ("old_dates", "signed", "modelled as a date, with its blanks"),
        ("constant", "always", "left out: only one value; blank in the synthetic table"),
        ("all_blank", "nothing", "left out: every cell is blank; blank in the synthetic table"),
        ("identifier", "row_id", "numbered anew"),
        ("identifier", "code", "made up anew in the same pattern"),
        ("personal", "email", "made up anew by Faker (e-mail addresses)"),
        ("free_text", "note", "replaced by placeholder words of the same length"),
        ("group_key", "patient_id", "numbered anew, repeating as the real keys do; the split keeps each key on one side"),
        (
            "persons",
            "patient_id",
            "made up anew in the same pattern, repeating as the real keys do; the split keeps each key on one side",
        ),
        (
            "persons",
            "email",
            "made up anew by Faker (e-mail addresses), repeating as the real ones do, the same in all rows of one patient_id",
        ),
        ("persons", "mrn", "numbered anew, repeating as the real ones do, the same in all rows of one patient_id"),
        ("persons", "born", "modelled as a whole number, with its blanks, the same in all rows of one patient_id"),
        ("persons", "doctor", "made up anew by Faker (names), repeating as the real ones do"),
    ],
)
def test_what_will_happen_is_said_in_plain_words(name: str, column: str, said: str) -> None:
    assert treatments(AWKWARD[name]())[column] == said


@pytest.mark.parametrize("name", ["plain", "ordinals", "old_dates", "time_zones", "booleans_as_text", "big_integers", "identifier", "blanks_in_target", "all_blank", "personal"])  # fmt: skip
@pytest.mark.parametrize("kind", list(Kind))
def test_every_change_of_kind_is_refused_in_words_or_gives_a_canonical_table(name: str, kind: Kind) -> None:
    table = AWKWARD[name]()
    for column in table.schema:
        revised = revised_or_refused(table, {"name": column.name, "kind": kind.value})
        if revised is None:
            continue
        frame, notes = cast(revised.frame, revised.schema)
        assert notes == []
        pd.testing.assert_frame_equal(frame, revised.frame)
        back, notes = cast(to_source(revised.frame, revised.schema), revised.schema)
        assert notes == []
        pd.testing.assert_frame_equal(back, revised.frame)


@pytest.mark.parametrize(
    "name", ["plain", "constant", "all_blank", "identifier", "personal", "free_text", "group_key", "one_row"]
)
@pytest.mark.parametrize("role", list(Role))
def test_every_change_of_role_is_refused_in_words_or_made(name: str, role: Role) -> None:
    table = AWKWARD[name]()
    for column in table.schema:
        revised = revised_or_refused(table, {"name": column.name, "role": role.value})
        if revised is None:
            continue
        assert revised.schema[column.name].role is role
        assert (revised.schema[column.name].provider is not None) == (role is Role.PERSONAL)


def test_whole_numbers_as_categories_stand_in_the_order_of_the_numbers() -> None:
    table = table_of(pd.DataFrame({"n": [10, 9, 2, 100] * 20, "v": np.arange(80) / 3}))
    revised = revise(table, [{"name": "n", "kind": "category"}])
    assert revised.schema["n"].levels == ("2", "9", "10", "100")
    assert revise(revised, [{"name": "n", "kind": "integer"}]).frame["n"].tolist() == table.frame["n"].tolist()


def test_words_become_an_order_where_they_have_one() -> None:
    table = table_of(pd.DataFrame({"size": ["small", "large", "medium", "odd"] * 20, "v": np.arange(80) / 3}))
    assert revise(table, [{"name": "size", "kind": "ordinal"}]).schema["size"].levels == ("large", "medium", "odd", "small")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"name": "nobody", "kind": "number"}, "no column 'nobody'; there are age, income, city, buys"),
        ({"name": "age", "kind": "float"}, "'age': kind is 'float'; allowed is one of number, integer"),
        ({"name": "age", "role": "boss"}, "'age': role is 'boss'; allowed is one of feature, target"),
        ({"name": "city", "kind": "number"}, r"'city' cannot be a number: it holds '\w+'\. Correct it in the file"),
        ({"name": "income", "kind": "integer"}, r"'income' cannot be an integer: it holds '[\d.]+'\. Choose number"),
        ({"name": "age", "kind": "boolean"}, "'age' cannot be a boolean: it has 70 different values"),
        ({"name": "city", "kind": "datetime"}, r"'city' cannot be a datetime: it holds '\w+'\. Dates are read as 2024-01-31"),
        ({"name": "age", "role": "target"}, r"There can be one target; 'age' and 'buys' are marked\. Keep one"),
        ({"name": "buys", "kind": "text"}, "'buys' is text; a target is a number"),
    ],
)
def test_refusals_name_column_value_and_remedy(edit: dict[str, str], message: str) -> None:
    table = AWKWARD["plain"]()
    before = table.fingerprint
    with pytest.raises(TableError, match=message):
        revise(table, [{"name": "income", "role": "ignored"}, edit])
    assert Table(table.frame, table.schema).fingerprint == before
    assert table.schema["income"].role is Role.FEATURE


def test_a_target_moves_when_both_rows_are_edited() -> None:
    revised = revise(
        AWKWARD["plain"](), pd.DataFrame({"name": ["buys", "age"], "kind": ["", None], "role": ["feature", "target"]})
    )
    assert revised.schema.target is not None
    assert revised.schema.target.name == "age"


def test_an_untouched_review_changes_nothing() -> None:
    for name in ("plain", "personal", "group_key", "time_zones", "big_integers"):
        table = AWKWARD[name]()
        assert revise(table, review_frame(table)).fingerprint == table.fingerprint


def test_too_many_levels_are_refused() -> None:
    frame = pd.DataFrame({"note": [f"note number {i} of the long table" for i in range(1_500)]})
    with pytest.raises(TableError, match="1,500 different values in 1,500 rows; up to 1,000 are allowed"):
        revise(infer_schema(frame)[0], [{"name": "note", "kind": "category"}])


def test_a_target_needs_two_values() -> None:
    with pytest.raises(TableError, match="'always' has 1 different values; a target needs at least 2"):
        revise(AWKWARD["constant"](), [{"name": "always", "role": "target"}])


def test_a_target_or_group_key_named_takes_the_place_of_the_one_found() -> None:
    table = with_columns(AWKWARD["persons"](), {"mrn": "group key", "age": "target"})
    roles = {column.name: column.role for column in table.schema}
    assert (roles["mrn"], roles["patient_id"]) == (Role.GROUP_KEY, Role.FEATURE)
    assert (roles["age"], roles["buys"]) == (Role.TARGET, Role.FEATURE)
    with pytest.raises(TableError, match=r"'mrn' and 'patient_id'|'patient_id' and 'mrn'"):
        with_columns(AWKWARD["persons"](), {"mrn": "group_key", "patient_id": "Group key"})


def test_columns_left_alone_stay_as_they_are() -> None:
    table = AWKWARD["persons"]()
    assert with_columns(table) is table
    assert with_columns(table, {"age": "feature"}, {}).fingerprint == table.fingerprint


def test_messages_that_ask_for_a_role_name_the_options() -> None:
    for edits, said in (
        ([{"name": "email", "role": "target"}], "--kind email=category, --role email=feature"),
        ([{"name": "age", "role": "target"}], "--role age=feature"),
    ):
        with pytest.raises(TableError, match=said):
            revise(AWKWARD["persons"](), edits)


def swap(table: Table) -> Table:
    return revise(table, [{"name": "city", "role": "personal"}])


@pytest.mark.parametrize(("change", "said"), [(swap, "made up anew, repeating as the real ones do"), (lambda t: revise(t, [{"name": "city", "role": "ignored"}]), "left out; blank in the synthetic table")])  # fmt: skip
def test_a_change_shows_in_the_review(change: Callable[[Table], Table], said: str) -> None:
    revised = change(AWKWARD["plain"]())
    assert treatments(revised)["city"] == said
    assert "by your choice" in revised.schema["city"].why


def test_dates_become_levels_in_the_form_of_their_file() -> None:
    births = [f"0{i % 8 + 1}.05.{30 + i % 40}" for i in range(80)]
    table = infer_schema(pd.DataFrame({"dob": births, "v": range(80)}))[0]
    levels = revise(table, [{"name": "dob", "kind": "category"}]).frame["dob"]
    assert list(levels) == births
