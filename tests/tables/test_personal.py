"""Columns that point at persons are found by content first, by name where the content agrees."""

from __future__ import annotations

import pandas as pd
import pytest

from synth_ui.core.table import Kind, Role
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.inference.values import factor
from synth_ui.tables.personal.personal_values import provider_for, tokens

N = 40
EMAILS = [f"ann.m{i}@example.org" for i in range(N)]
PHONES = [f"(718) 326-{i:04d}" for i in range(N)]
IBANS = ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606", "CH9300762011623852957"] * 10
NAMES = [f"Br{'aeiou'[i % 5]}{'lmnrst'[i % 6]}d, Mr. Owen {chr(65 + i % 26)}." for i in range(N)]
PLAIN_NAMES = [
    f"{a} {b}er"
    for a in ("Ana", "Ben", "Cleo", "Dov", "Eva")
    for b in ("Mull", "Web", "Fish", "Bak", "Park", "Hunt", "Mill", "Tann")
]
STREETS = [f"{i + 1} Main Street, Springfield" for i in range(N)]


@pytest.mark.parametrize(
    ("name", "values", "provider"),
    [
        ("x", EMAILS, "email"),
        ("contact", EMAILS[:30] + ["none"] * 10, "email"),
        ("x", PHONES, "phone_number"),
        ("x", [f"+3188554433{i:02d}" for i in range(N)], "phone_number"),
        ("phone", [str(7_183_260_000 + i * 37) for i in range(N)], "phone_number"),
        ("mobile", [7_183_260_000 + i * 37 for i in range(N)], "phone_number"),
        ("x", [f"192.168.{i}.{i * 3}" for i in range(N)], "ipv4"),
        ("x", [f"2001:db8::{i:x}:8a2e" for i in range(N)], "ipv6"),
        ("x", [f"00:1B:44:11:3A:{i:02X}" for i in range(N)], "mac_address"),
        ("x", IBANS, "iban"),
        ("x", [f"https://example.org/{i}" for i in range(N)], "url"),
        ("x", [f"123-45-{i:04d}" for i in range(N)], "ssn"),
        ("credit_card", ["4111111111111111", "5500005555555559", "340000000000009", "30000000000004"] * 10, "credit_card_number"),
        ("x", STREETS, "address"),
        ("street", [f"Hauptplatz {i}" for i in range(N)], "address"),
        *(("x", [form.format(i + 3) for i in range(N)], "address") for form in (
            "Lindenring {}/5, 04155 Leipzig", "Am Anger {}a, A-1010 Wien", "ul. Polna {}, 00-238 Warszawa", "Storgatan {}, 114 55 Stockholm",
            "{} Elm Grove, Springfield, OR 97403", "{} Elm Grove, London SW1A 1AA", "北京市朝阳区建国路{}号",
        )),
        ("x", NAMES, "name"),
        ("name", PLAIN_NAMES, "name"),
        ("customerName", PLAIN_NAMES, "name"),
        ("surname", [f"{b}er" for b in ["Mull", "Web", "Fish", "Bak", "Park", "Hunt", "Mill", "Tann", "Dru", "Coop", "Bark", "Gard", "Turn", "Walk", "Carp", "Barb", "Port", "Butl", "Forst", "Kell", "Brew"]] * 2, "last_name"),
    ],
)  # fmt: skip
def test_personal_values_are_found(name: str, values: list[object], provider: str) -> None:
    table, _, warnings = infer_schema(pd.DataFrame({name: values, "n": range(len(values))}))
    column = table.schema[name]
    assert (column.kind, column.role, column.provider) == (Kind.TEXT, Role.PERSONAL, provider)
    assert any(w.column == name and "no real one is kept" in w.text for w in warnings)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("telephone", ["yes", "none"] * 20),
        ("city", ["New York", "Boston", "Austin", "Dallas"] * 10),
        ("address_type", ["home", "work"] * 20),
        ("product_name", [f"Widget {i}" for i in range(N)]),
        ("restaurant_name", PLAIN_NAMES),
        ("amount", [f"{i * 13 % 97}.{i:02d}" for i in range(N)]),
        ("version", ["1.2.3", "1.2.4"] * 20),
        ("book", [f"978-3-16-1484{i:02d}-0" for i in range(N)]),
        ("date", [f"2020-01-{i % 28 + 1:02d}" for i in range(N)]),
        ("big", [f"{i},{i * 7 % 900 + 100},000" for i in range(1, N + 1)]),
        ("time", ["08:30:00", "17:45:10"] * 20),
        ("ratio", ["1:2", "3:4"] * 20),
        ("adr", [f"{i * 7 % 90 + 40}.{i:02d}" for i in range(N)]),
        ("mail_address", [f"-{i}.5" for i in range(N)]),
        ("street", [f"1,{i:03d}.50" for i in range(N)]),
        ("x", [f"Phone S {i}, 2019 Edition" for i in range(N)]),
        ("x", [f"Box {i}, 5000 pieces" for i in range(N)]),
        ("x", [f"Section {i} 1000 Words and more" for i in range(N)]),
    ],
)
def test_other_values_are_not_taken_for_personal(name: str, values: list[str]) -> None:
    table, _, _ = infer_schema(pd.DataFrame({name: values, "n": range(len(values))}))
    assert table.schema[name].role is not Role.PERSONAL


def test_names_are_cut_into_words() -> None:
    assert tokens("customerID") == ["customer", "id"]
    assert tokens("IPAddress_v4 (home)") == ["ip", "address", "v4", "home"]


@pytest.mark.parametrize(
    ("name", "values", "provider"),
    [("who", EMAILS, "email"), ("town", ["A", "B"], "city"), ("zip", ["1010", "8010"], "postcode"), ("supplier", ["A", "B"], "company"), ("e_mail", ["a", "b"], "email"), ("x", ["a", "b"], "name")],
)  # fmt: skip
def test_a_provider_is_found_for_what_its_owner_calls_personal(name: str, values: list[str], provider: str) -> None:
    assert provider_for(name, factor(pd.Series(values))) == provider


def test_every_provider_is_one_of_faker() -> None:
    from faker import Faker

    from synth_ui.tables.personal.personal_values import _SORTS

    fake = Faker()
    for provider in {sort.provider for sort in _SORTS if sort.provider} | {
        "first_name",
        "last_name",
        "name",
        "city",
        "postcode",
        "company",
    }:
        assert isinstance(getattr(fake, provider)(), str)
