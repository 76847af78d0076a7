"""Columns that point at persons: found by what is in them, and by what they are called.

What is in a column decides; a name alone is believed only where the values do not contradict it: "telephone" with the
values yes and none is no phone number, and "city" is no personal value. How often values repeat decides nothing: sixty e-mail
addresses in three hundred rows are e-mail addresses. Names of persons are told in `person_names`, their numbers in `keys`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from synth_ui.tables.inference.values import Values
from synth_ui.tables.personal.name_words import tokens
from synth_ui.tables.personal.person_names import Called, names_of_persons


@dataclass(frozen=True)
class Sort:
    """One sort of personal value.

    Attributes
    ----------
    words
        What they are, in the plural.
    provider
        The Faker provider that makes them anew; None where new ones follow the pattern.
    by_content
        Whether values that look so need no name that says so.
    number
        Whether they are numbers one person has alone: where they repeat they tell persons apart.
    """

    words: str
    provider: str | None
    looks: Callable[[str], bool]
    names: re.Pattern[str] | None = None
    by_content: bool = True
    number: bool = False


def _full(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.fullmatch(text) is not None


def _phone(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    shaped = re.fullmatch(r"\+?[\d\s().\-/]{7,22}(\s?(x|ext\.?)\s?\d{1,6})?", text) is not None
    marked = text.startswith("+") or re.search(r"\d[ \-.)/]+\d{2,}[ \-./]+\d{2,}", text) is not None
    book = re.match(r"97[89][- ]", text) is not None and digits == 13
    return shaped and marked and 7 <= digits <= 16 and not book and not _decimal(text) and not _dated(text)


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
    return re.fullmatch(r"\d{13,19}", digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = [int(d) if place % 2 == 0 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _ipv4(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(part.isdigit() and len(part) <= 3 and int(part) <= 255 for part in parts)


def _ipv6(text: str) -> bool:
    return (
        text.count(":") >= 2 and re.fullmatch(r"[0-9A-Fa-f:]{3,39}", text) is not None and not re.fullmatch(r"[\d:]{5,8}", text)
    )


def _ip(text: str) -> bool:
    return _ipv4(text) or _ipv6(text)


_TITLED = re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Master|Rev|Sir)\b\.?")
_STREET = re.compile(
    r"\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|highway|hwy|way|rue|calle|via|platz|weg|stra(?:ss|ß)e|po box)\b|stra(?:ss|ß)e\b|str\.",
    re.IGNORECASE,
)


def _address(text: str) -> bool:
    return any(letter.isdigit() for letter in text) and len(text.split()) >= 2 and _STREET.search(text) is not None


_STREET_THEN_CITY = re.compile(
    r"[^\W\d_][^\d,]+ \d{1,5}[\w/-]{0,6}(?:, (?:[A-Z]{1,2}-)?(?!(?:19|20)\d\d\b)\d{4}|,? (?:[A-Z]{1,2}-)?(?:\d{5,6}|\d{2}-\d{3}|\d{3} \d{2}))(?: [A-Z]{2},?)? (?P<city>[^\W\d_]).+"
)
_NUMBER_FIRST = re.compile(r"\d{1,5}\w?,? [^\d,]+,.* (?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})(?:,.*)?")
_DISTRICT_FIRST = re.compile(r".*[市区县區縣町村郡].*\d+ ?[号號番丁-].*")
_LONGEST_ADDRESS = 200


def _postal(text: str) -> bool:
    """Tell a street with a number, and a city with its postcode: Lindenallee 5, 04155 Leipzig."""
    line = " ".join(text[: _LONGEST_ADDRESS + 1].split())
    if len(line) > _LONGEST_ADDRESS:
        return False
    found = _STREET_THEN_CITY.fullmatch(line)
    told = found is not None and not found["city"].islower()
    return told or _NUMBER_FIRST.fullmatch(line) is not None or _DISTRICT_FIRST.fullmatch(line) is not None


def _titled(text: str) -> bool:
    return _TITLED.search(text) is not None and 2 <= len(text.split()) <= 12


def _digits(text: str) -> bool:
    return 7 <= sum(letter.isdigit() for letter in text) <= 16 and re.fullmatch(r"[+\d\s().\-/x]+", text) is not None


def _place(text: str) -> bool:
    """Tell an address from a word such as urban: it has a number, a comma or several words; and from a number: it has letters."""
    return any(letter.isalpha() for letter in text) and any(letter.isdigit() or letter in ", " for letter in text)


def _weighed(digits: str, weights: str, modulus: int) -> int:
    return sum(int(digit, 36) * int(weight, 36) for digit, weight in zip(digits, weights, strict=True)) % modulus


def _chinese_id(text: str) -> bool:
    return re.fullmatch(r"\d{6}(19|20)\d{2}[01]\d[0-3]\d{4}[\dX]", text) is not None and text[-1] == "10X98765432"[
        _weighed(text[:17], "79A584216379A5842", 11)
    ]  # fmt: skip


def _spanish_id(text: str) -> bool:
    found = re.fullmatch(r"([XYZ]?)(\d{7,8})[- ]?([A-Z])", text)
    if found is None or len(found[1] + found[2]) != 8:
        return False
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(f"{'XYZ'.index(found[1]) if found[1] else ''}{found[2]}") % 23] == found[3]


_NATIONAL = re.compile(
    r"756\.\d{4}\.\d{4}\.\d{2}"  # Switzerland
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}"  # Brazil
    r"|[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"  # Italy
    r"|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # United Kingdom
    r"|[0-3]\d[01]\d{3}[-+A]\d{3}[0-9A-FHJ-NPR-Y]"  # Finland
    r"|\d{2}[01]\d[0-3]\d-[1-4]\d{6}"  # Korea
)


def _swedish_id(text: str) -> bool:
    return re.fullmatch(r"(19|20)?\d{2}[01]\d[0-3]\d[-+]\d{4}", text) is not None and _luhn(re.sub(r"\D", "", text)[-10:])


def _national(text: str) -> bool:
    return _NATIONAL.fullmatch(text) is not None or _spanish_id(text) or _chinese_id(text) or _swedish_id(text)


def _named(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(^| ){word}( |$)" for word in words))


_SORTS: tuple[Sort, ...] = (
    Sort("e-mail addresses", "email", _full(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"), _named("e ?mail", "mail")),
    Sort("IBANs", "iban", _iban, _named("iban")),
    Sort("MAC addresses", "mac_address", _full(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"), _named("mac", "mac address")),
    Sort("IP addresses", "ipv6", _ipv6),
    Sort("IP addresses", "ipv4", _ip, _named("ip", "ip address", "ipv4", "ipv6")),
    Sort("web addresses", "url", _full(r"(https?://|www\.)\S+"), _named("url", "website", "homepage")),
    Sort("social security numbers", "ssn", _full(r"\d{3}-\d{2}-\d{4}"), _named("ssn", "social security.*", "national id"), number=True),
    Sort("national numbers", None, _national, number=True),
    Sort("card numbers", "credit_card_number", _card, _named("card", "card number", "credit card.*", "cc number"), by_content=False),
    Sort("phone numbers", "phone_number", _phone, None),
    Sort("phone numbers", "phone_number", _digits, _named("phone", "telephone", "tel", "mobile", "fax", "cell", "cellphone", "phone number"), by_content=False),
    Sort("addresses", "address", _address, None),
    Sort("addresses", "address", _postal, None),
    Sort("addresses", "address", _place, _named("address", "street", "addr", "adr", "street name", "adresse", "anschrift", "indirizzo", "direcci[oó]n", "endere[cç]o", "住址", "地址", "住所"), by_content=False),
    Sort("names of persons", "name", _titled, None),
)  # fmt: skip

NUMBER = Sort("numbers of persons", None, _national, by_content=False, number=True)
"""What is called a number of persons, however it is written."""

_THING = _named(
    "company", "supplier", "provider", "hospital", "restaurant", "business", "school", "merchant", "vendor", "brand", "product",
    "station", "centre", "center", "department", "store", "shop", "team",
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


def personal_sort(name: str, values: Values) -> Sort | Called | None:
    """Return the sort of personal values a column of text holds, or None."""
    said = " ".join(tokens(name))
    for sort in _SORTS:
        fits = values.share(sort.looks, 200)
        called = sort.names is not None and sort.names.search(said) is not None
        if (sort.by_content and fits >= 0.7) or (called and fits >= 0.5):
            return sort
    return names_of_persons(name, values)


def provider_for(name: str, values: Values) -> str:
    """Return the Faker provider for a column its owner calls personal: what it looks like, else words of its name."""
    sort = personal_sort(name, values)
    if sort is not None and sort.provider is not None:
        return sort.provider
    said = " ".join(tokens(name))
    for known in _SORTS:
        if known.provider is not None and known.names is not None and known.names.search(said):
            return known.provider
    for pattern, provider in (
        (_named("city", "town"), "city"),
        (_named("zip", "zipcode", "postcode", "zip code"), "postcode"),
        (_THING, "company"),
    ):
        if pattern.search(said):
            return provider
    return "name"
