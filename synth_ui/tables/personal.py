"""Columns that point at persons: found by what is in them, and by what they are called.

What is in a column decides; a name alone is believed only where the values do not contradict it: "telephone" with the
values yes and none is no phone number, and "city" is no personal value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from synth_ui.tables.values import Values


@dataclass(frozen=True)
class Sort:
    """One sort of personal value: its words, its Faker provider, how its values and its column names look; `few` if values may repeat."""

    words: str
    provider: str
    looks: Callable[[str], bool]
    names: re.Pattern[str] | None = None
    by_content: bool = True
    few: bool = False


def tokens(name: str) -> list[str]:
    """Split a column name into lower-case words: "customerID" gives customer, id."""
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name))
    return [part.lower() for part in re.split(r"[^A-Za-z0-9À-ɏ]+", parts) if part]


def _full(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.fullmatch(text) is not None


def _phone(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    shaped = re.fullmatch(r"\+?[\d\s().\-/]{7,22}(\s?(x|ext\.?)\s?\d{1,6})?", text) is not None
    marked = text.startswith("+") or re.search(r"\d[ \-.)/]+\d{2,}[ \-./]+\d{2,}", text) is not None
    return shaped and marked and 7 <= digits <= 16 and not _decimal(text) and not _dated(text)


def _decimal(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,3}([ .]\d{3})+|[+-]?\d+\.\d+", text) is not None


def _dated(text: str) -> bool:
    return re.match(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}($|[T ])", text) is not None


def _iban(text: str) -> bool:
    compact = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return False
    return int("".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])) % 97 == 1


def _card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{13,19}", digits):
        return False
    doubled = [int(d) if place % 2 == 0 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _ip(text: str) -> bool:
    parts = text.split(".")
    v4 = len(parts) == 4 and all(part.isdigit() and len(part) <= 3 and int(part) <= 255 for part in parts)
    return v4 or (
        text.count(":") >= 2 and re.fullmatch(r"[0-9A-Fa-f:]{3,39}", text) is not None and not re.fullmatch(r"[\d:]{5,8}", text)
    )


_TITLED = re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Master|Rev|Sir)\b\.?")
_STREET = re.compile(
    r"\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|highway|hwy|way|rue|calle|via|platz|weg|stra(?:ss|ß)e|po box)\b|stra(?:ss|ß)e\b|str\.",
    re.IGNORECASE,
)


def _address(text: str) -> bool:
    return any(letter.isdigit() for letter in text) and len(text.split()) >= 2 and _STREET.search(text) is not None


def _titled(text: str) -> bool:
    return _TITLED.search(text) is not None and 2 <= len(text.split()) <= 12


def _word_like(text: str) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 0.6 * len(text) and len(text) <= 90


def _digits(text: str) -> bool:
    return 7 <= sum(letter.isdigit() for letter in text) <= 16 and re.fullmatch(r"[+\d\s().\-/x]+", text) is not None


def _anything(text: str) -> bool:
    return bool(text)


def _named(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(^| ){word}( |$)" for word in words))


_SORTS: tuple[Sort, ...] = (
    Sort("e-mail addresses", "email", _full(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"), _named("e ?mail", "mail")),
    Sort("IBANs", "iban", _iban, _named("iban")),
    Sort("MAC addresses", "mac_address", _full(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"), _named("mac", "mac address")),
    Sort("IP addresses", "ipv4", _ip, _named("ip", "ip address", "ipv4", "ipv6")),
    Sort("web addresses", "url", _full(r"(https?://|www\.)\S+"), _named("url", "website", "homepage")),
    Sort("social security numbers", "ssn", _full(r"\d{3}-\d{2}-\d{4}"), _named("ssn", "social security.*", "national id")),
    Sort("card numbers", "credit_card_number", _card, _named("card", "card number", "credit card.*", "cc number"), by_content=False, few=True),
    Sort("phone numbers", "phone_number", _phone, None),
    Sort("phone numbers", "phone_number", _digits, _named("phone", "telephone", "tel", "mobile", "fax", "cell", "cellphone", "phone number"), by_content=False),
    Sort("addresses", "address", _address, None),
    Sort("addresses", "address", _anything, _named("address", "street", "addr", "street name"), by_content=False),
    Sort("names of persons", "name", _titled, None),
)  # fmt: skip

_FIRST = _named("first name", "firstname", "given name", "forename", "vorname", "prenom", "fi?rst nm", "f ?name")
_LAST = _named("last name", "lastname", "surname", "family name", "nachname", "last nm", "l ?name")
_PERSON = _named(
    "name", "full name", "fullname", "person", "athlete", "player", "patient name", "customer name", "employee", "student name",
    "contact", "author", "user name", "username", "login",
)  # fmt: skip
_THING = _named(
    "company", "supplier", "provider", "hospital", "restaurant", "business", "school", "merchant", "vendor", "brand", "product",
    "station", "centre", "center", "department", "city", "country", "state", "region", "course", "file", "column", "entity",
    "category", "item", "store", "shop", "team", "street", "host", "event", "model", "county", "place", "sheet",
)  # fmt: skip

DIGITS = frozenset(["phone", "telephone", "tel", "mobile", "fax", "cell", "cellphone", "card", "cc", "ssn"])
"""Words in the names of columns whose whole numbers may be personal."""

SENSITIVE = _named(
    "race", "sex", "gender", "religion", "ethnicity", "ethnic", "disability", "disabled", "sexual orientation", "nationality",
    "marital status", "marital", "pregnant", "caste",
)  # fmt: skip
"""Names of attributes that the law protects in many places."""


_CALLED = re.compile("|".join(sort.names.pattern for sort in _SORTS if sort.names is not None))


def called_personal(name: str) -> bool:
    """Whether a column is called as one of the sorts is."""
    return _CALLED.search(" ".join(tokens(name))) is not None


def personal_sort(name: str, values: Values) -> Sort | None:
    """Return the sort of personal values a column of text holds, or None."""
    said = " ".join(tokens(name))
    many = len(values.texts) >= min(20, 0.5 * values.rows)
    for sort in _SORTS:
        fits = values.share(sort.looks, 200)
        called = sort.names is not None and sort.names.search(said) is not None
        if (sort.by_content and fits >= 0.7) or (called and (many or sort.few) and fits >= 0.5):
            return sort
    return _person(said, values) if many else None


def _person(said: str, values: Values) -> Sort | None:
    """Tell names of persons by the column's name, where the values are words and differ a lot."""
    if values.share(_word_like, 200) < 0.9 or _THING.search(said):
        return None
    if _FIRST.search(said):
        return Sort("first names", "first_name", _word_like)
    if _LAST.search(said):
        return Sort("last names", "last_name", _word_like)
    several = len(values.texts) > 0.2 * values.rows
    return Sort("names of persons", "name", _word_like) if _PERSON.search(said) and several else None


def provider_for(name: str, values: Values) -> str:
    """Return the Faker provider for a column its owner calls personal: what it looks like, else words of its name."""
    sort = personal_sort(name, values)
    if sort is not None:
        return sort.provider
    said = " ".join(tokens(name))
    for known in _SORTS:
        if known.names is not None and known.names.search(said):
            return known.provider
    for pattern, provider in (
        (_named("city", "town"), "city"),
        (_named("zip", "zipcode", "postcode", "zip code"), "postcode"),
        (_THING, "company"),
    ):
        if pattern.search(said):
            return provider
    return "name"
