"""Names of persons are personal however often they repeat; cities, brands, species and the like stay categories. Both directions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Kind, Role
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.personal.name_words import head_of, is_of_a_person, is_of_a_thing, words_of


def listed(text: str) -> list[str]:
    return text.split(",")


FIRST = listed("Anna,Omar,Grace,Peter,Lucia,Ivan,Maria,Thomas,Aisha,David,Julia,Hassan,Emma,Marco,Sofia,Daniel")
LAST = listed("Fischer,Haddad,Okafor,Novak,Rossi,Petrov,Garcia,Schmidt,Khan,Cohen,Moreau,Demir,Larsen,Silva,Kowalska,Brown")
WHOLE = [f"{first} {last}" for first, last in zip(FIRST, LAST, strict=True)]
UNHEARD = listed("Zorvak Mith,Quillo Brandt,Ithel Corr,Wenna Dost,Brill Vashk,Oona Trell,Jaspi Norr,Kesh Aldo,Ruvo Pinn,Tamsin Ostrog,Velka Dray,Ysolde Marn")  # fmt: skip


def role_of(name: str, texts: list[str], rows: int = 320) -> tuple[Kind, Role, str]:
    """Read a column that repeats its texts over so many rows; return kind, role and what is said."""
    values = [texts[i % len(texts)] for i in np.random.default_rng(0).permutation(rows)]
    table, _, warnings = infer_schema(pd.DataFrame({name: pd.Series(values, dtype=object), "v": np.arange(rows) / 7}))
    column = table.schema[name]
    return column.kind, column.role, "; ".join(warning.text for warning in warnings if warning.column == name)


PERSONS = [
    *((name, WHOLE) for name in ("full_name", "patient_name", "PatientName", "name_of_patient", "customer", "teacher", "approved_by", "Kontakt", "x")),
    *((name, [text.upper() for text in WHOLE]) for name in ("full_name", "x")),
    ("customer name", [text.lower() for text in WHOLE]),
    ("name", WHOLE), ("name", [f"{text.split()[1]}, {text.split()[0]}" for text in WHOLE]), ("store_manager", WHOLE), ("nombre", WHOLE),
    *((name, UNHEARD) for name in ("full_name", "employee_name", "client", "name")),
    ("first_name", FIRST), ("Vorname", FIRST), ("givenName", FIRST[:4]), ("surname", LAST), ("apellido", LAST), ("Lehrer", LAST), ("host_name", FIRST), ("assigned_to", FIRST),
    ("x", [f"pan {text}" for text in WHOLE]), ("x", [" ".join(text.split()[::-1]) for text in WHOLE]), ("Vor- und Nachname", WHOLE),
    *((name, ["Сазонов Арсений Дмитриевич", "Мишин Радим Харитонович", "Устинова Евфросиния Болеславовна", "Волкова Анна Ивановна", "Петров Олег Львович"]) for name in ("x", "клиент")),
    *((name, ["राहुल जैन", "महेश नेपाली", "सागर डंगोल", "जयन्त भुसाल", "विकास कदम"]) for name in ("full_name", "customer", "姓名")), ("full_name", ["অভিষেক পোদ্দার", "প্রদীপ মন্ডল", "বিনা বিশ্বাস"]),
    *((name, ["მამუკა ჭელიძე", "დათო ბურჯანაძე", "ნესტან მგელაძე", "დათო მგელაძე", "მამუკა ბურჯანაძე"]) for name in ("x", "full_name")),
    *((name, UNHEARD) for name in ("x", "A", "col_1", "unnamed", "wer")),
    ("doctor", [f"Dr. {last}" for last in LAST]), ("姓名", ["王伟", "李娜", "张敏", "刘洋", "陈静", "杨强", "赵磊", "黄艳"]), ("ФИО", ["Иванов Иван", "Петрова Анна", "Сидоров Олег", "Волкова Мария"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "texts"), PERSONS, ids=lambda value: value if isinstance(value, str) else "")
def test_names_of_persons_are_personal_at_any_share_of_repeats(name: str, texts: list[str]) -> None:
    for rows in (len(texts), 3 * len(texts) + 4, 1_000):
        kind, role, said = role_of(name, texts, max(rows, 20))
        assert (kind, role) == (Kind.TEXT, Role.PERSONAL), rows
        assert "no real one is kept" in said


CITIES = listed("Charlotte,Austin,Madison,Victoria,Florence,Dallas,Jackson,Lincoln,San Diego,New York,St. Louis,Santa Ana,Fort Worth,Virginia Beach")  # fmt: skip
COUNTRIES = listed("Jordan,Georgia,Chad,Austria,Israel,Cuba,New Zealand,Costa Rica,San Marino,Saint Lucia,South Korea,Sri Lanka")
BRANDS = listed("Mercedes,Porsche,Calvin Klein,Paul Smith,Tom Ford,Hugo Boss,Levi Strauss,Ralph Lauren,Michael Kors,Kate Spade,Marc Jacobs,Ford")  # fmt: skip
SCHOOLS = listed("Abraham Lincoln,Martin Luther King,George Washington,Oak Park High,St. Mary,John F. Kennedy,Booker Washington,Maria Montessori")  # fmt: skip
SPECIES = listed("Canis lupus,Felis catus,Iris virginica,Rosa canina,Erica carnea,Veronica persica,Viola odorata,Homo sapiens")
PRODUCTS = listed("Oak Table,Pine Chair,Steel Lamp,Wool Rug,Glass Vase,Leather Sofa,Marble Desk,Linen Sheet,Copper Pan,Clay Bowl")
JOBS = listed("Sales Manager,Software Engineer,Nurse,Data Analyst,Truck Driver,Head Chef,Dean,Judge,Bishop,Store Clerk,Mason,Baker")  # fmt: skip
FILMS = listed("Annie Hall,Forrest Gump,Jackie Brown,Michael Clayton,Erin Brockovich,Barry Lyndon,Jerry Maguire,Donnie Darko")
COLOURS = listed("Rose Gold,Jade Green,Violet,Olive,Amber,Ruby Red,Dark Blue,Hazel Brown,Ash Gray,Coral Pink")
MONTHS = listed("January,February,March,April,May,June,July,August,September,October,November,December")
DAYS = listed("Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday")

THINGS = [
    *((name, CITIES) for name in ("city", "City", "birth_city", "city_of_birth", "customer_city", "location", "branch", "x", "Wohnort")),
    *((name, CITIES[:6]) for name in ("city", "town", "patient_city", "destination")),
    *((name, COUNTRIES) for name in ("country", "x", "country_name", "native-country", "nationality")),
    *((name, BRANDS) for name in ("brand", "brand_name", "designer_brand", "make")), *((name, SCHOOLS) for name in ("school", "school_name", "college")),
    *((name, SPECIES) for name in ("species", "x", "name", "scientific_name")), *((name, PRODUCTS) for name in ("product", "product_name", "item", "x")),
    *((name, JOBS) for name in ("job_title", "occupation", "x", "position", "customer_job")), *((name, FILMS) for name in ("film", "title", "movie_title")),
    *((name, COLOURS) for name in ("colour", "x", "color_name")), *((name, MONTHS) for name in ("month", "x", "name", "arrival_month")), *((name, DAYS) for name in ("weekday", "x", "name", "day")),
    ("customer", ["New", "Returning", "VIP"]), ("customer", ["Small Business", "Large Enterprise", "Home Office"]), ("contact", ["cellular", "telephone", "unknown"]),
    ("contact_method", ["Email", "Phone", "Letter"]), ("driver", ["Self", "Spouse", "Child"]), ("owner", ["Private", "Company", "State"]), ("user", ["Guest", "Admin", "Member"]),
    ("teacher", ["Mathematics", "Physics", "English"]), ("patient", ["inpatient", "outpatient"]), ("employee", ["full-time", "part-time"]), ("name", ["Adelie", "Gentoo", "Chinstrap"]),
    ("customer_type", ["Transient", "Contract", "Group"]), ("mother_education", ["primary", "secondary", "higher"]), ("address", ["U", "R"]), ("street", ["Pave", "Grvl"]),
    ("host name", ["alpha", "beta", "gamma"]), ("first_class", ["yes, always", "no, never", "seldom"]), ("airport_name", ["Charlotte Douglas", "John Wayne", "Will Rogers World"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "texts"), THINGS, ids=lambda value: value if isinstance(value, str) else "")
def test_names_of_things_stay_categories(name: str, texts: list[str]) -> None:
    kind, role, _ = role_of(name, texts)
    assert kind in (Kind.CATEGORY, Kind.ORDINAL)
    assert role in (Role.FEATURE, Role.SENSITIVE)


@pytest.mark.parametrize(
    ("name", "texts"), [("name", UNHEARD), ("x", UNHEARD), ("name", CITIES[:8]), ("customer", UNHEARD), ("customer", ["Acme Ltd", "Haddad & Co", "Zorvak Inc", "Brill GmbH", "Norr Group"])]
)  # fmt: skip
def test_where_there_is_a_doubt_the_review_asks_and_names_the_options(name: str, texts: list[str]) -> None:
    _, role, said = role_of(name, texts)
    assert role is Role.PERSONAL
    assert said.startswith("may be names")
    assert f"--kind {name}=category --role {name}=feature" in said


def test_names_that_share_few_surnames_are_names_still_but_airports_are_none() -> None:
    crossed = [f"{one.split()[0]} {other.split()[1]}" for one in UNHEARD for other in UNHEARD[:6]]
    assert role_of("name", crossed, 400)[1] is Role.PERSONAL
    assert (
        role_of("name", [f"{one.split()[0]} {other.split()[1]} Airport" for one in UNHEARD for other in UNHEARD[:6]], 400)[1]
        is Role.FEATURE
    )


def test_no_doubt_is_raised_where_names_are_known() -> None:
    assert role_of("name", WHOLE)[2] == "looks like names of persons; they are made anew and no real one is kept"


def test_a_column_of_a_typed_category_is_looked_at_too() -> None:
    frame = pd.DataFrame({"patient_name": pd.Categorical(WHOLE * 10), "city": pd.Categorical(CITIES[:8] * 20)})
    schema = infer_schema(frame)[0].schema
    assert schema["patient_name"].role is Role.PERSONAL
    assert schema["city"].kind is Kind.CATEGORY


@pytest.mark.parametrize(
    ("name", "head", "person", "thing"),
    [
        ("patient_name", "patient", True, False), ("patientName", "patient", True, False), ("kundenname", "kunden", True, False),
        ("name of the patient", "patient", True, False), ("city of birth", "city", False, True), ("store_manager", "manager", True, False),
        ("patient_city", "city", False, True), ("customer segment id", "segment", False, True), ("companies", "companies", False, True),
        ("approved_by", "by", True, False), ("nombre_cliente", "cliente", True, False), ("full name", "", False, False), ("name_2", "", False, False),
    ],
)  # fmt: skip
def test_the_last_word_says_what_a_column_is_of(name: str, head: str, person: bool, thing: bool) -> None:
    words = words_of(name)
    assert head_of(words) == head
    assert (is_of_a_person(words), is_of_a_thing(words)) == (person, thing)
