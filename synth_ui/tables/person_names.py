"""Names of persons: told by what the column is called and by what is in it.

A column called full_name, customer or teacher is believed where its values are written as names are; without such a name it takes
known first and last names in most values. A column named for a thing (city, brand, species) is none, whatever its values: Charlotte
is a city there. Known names are those of Faker, which covers some seventy languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from synth_ui.tables.values import Values
from synth_ui.tables.words import NAMES, is_of_a_person, is_of_a_thing, words_of


@dataclass(frozen=True)
class Called:
    """What was found: the words for it, its Faker provider (None: new values follow the pattern), and whether there is no doubt."""

    words: str
    provider: str | None
    sure: bool = True


def _named(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(^| ){word}( |$)" for word in words))


_FIRST = _named(
    "first ?name", "given ?names?", "forenames?", "christian name", "middle name", "nick ?name", "vornamen?", "pr[eé]nom", "voornaam", "fornavn",
    "f[oö]rnamn", "imi[eę]", "fi?rst nm", "f ?name",
)  # fmt: skip
_LAST = _named(
    "last ?name", "surname", "family ?name", "maiden name", "nachname", "familienname", "geburtsname", "nom de famille", "apellidos?", "cognome",
    "sobrenome", "achternaam", "etternavn", "efternavn", "efternamn", "nazwisko", "příjmení", "soyad[ıi]?", "фамилия", "last nm", "l ?name",
)  # fmt: skip
_LOGIN = _named(
    "user ?names?",
    "login( name)?",
    "screen ?name",
    "account name",
    "handle",
    "twitter",
    "instagram",
    "nutzername",
    "benutzername",
)
_WHOLE = _named(
    "full ?name", "contact( name| person)?", "legal name", "birth name", "signature", "next of kin", "emergency contact", "фио", "姓名", "氏名", "성명",
    "nombre completo", "nome completo", "nom complet", "ad soyad", "ansprechpartner",
)  # fmt: skip

_COMPANY = re.compile(
    r"\w.*[ ,](ltd|limited|inc|llc|llp|plc|corp|corporation|company|co|gmbh|ag|kg|ohg|sa|sarl|srl|spa|bv|nv|oy|ab|as|group|holdings?|partners|bros|sons"
    r"|associates|industries|international|solutions|services|systems|consulting|bank|shop|store)\b\.?$",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "y",
        "e",
        "und",
        "zu",
        "zur",
        "af",
        "av",
        "ter",
        "ten",
        "st",
        "mc",
        "mac",
        "o",
        "d",
        "l",
    ]
)
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "sir", "rev", "jr", "sr", "ii", "iii", "iv", "phd", "md"]
)
_HAN = re.compile(
    r"[\u4e00-\u9fff]{2,4}|[\u3040-\u30ff\u4e00-\u9fff]{1,6}[ \u3000][\u3040-\u30ff\u4e00-\u9fff]{1,6}|[\uac00-\ud7a3]{2,4}"
)
_MANY = 20
_LONGEST = 100
"""Nothing longer is a name; what is looked for takes the square of a text's length."""


def names_of_persons(name: str, values: Values) -> Called | None:
    """Return what sort of names of persons a column of text holds, or None."""
    words = words_of(name)
    said = " ".join(words)
    if is_of_a_thing(words):
        return None
    written = _Written.of(values)
    if written.letters < 0.9:
        login = _LOGIN.search(said) and len(values.texts) >= 5 and written.single >= 0.9
        return Called("user names", None) if login else None
    for pattern, sort in ((_LOGIN, Called("user names", None)), (_FIRST, Called("first names", "first_name")), (_LAST, Called("last names", "last_name"))):  # fmt: skip
        if pattern.search(said):
            return sort if written.proper >= 0.8 or written.many or written.known() >= 0.5 else None
    named = bool(NAMES & set(words))
    if _WHOLE.fullmatch(said) or (named and is_of_a_person(words) and "host" not in words):  # a host may be a machine
        return _believed(written, sure=True)
    if is_of_a_person(words):
        return _believed(written, sure=False)
    return _doubted(written) if named and set(words) <= _PLAIN else _unasked(written)


_PLAIN = NAMES | frozenset(
    ["person", "display", "short", "long", "preferred", "all", "persons", "people", "player", "athlete", "official", "1", "2"]
)
"""A column called no more than this is a name of something, be it of a person or not."""


def _believed(written: _Written, *, sure: bool) -> Called | None:
    """Judge a column that its name calls persons (patient name, teacher): its values must not contradict."""
    if written.proper < 0.8 and written.known() < 0.5:
        return None
    if written.company >= 0.3:
        return Called("names of customers or companies", "company", sure=False)
    alone = written.whole_look < 0.5 and written.proper >= 0.8
    if sure or written.whole() >= 0.3 or (alone and written.known() >= 0.6):
        return Called("names of persons", "name")
    doubtful = (written.whole_look >= 0.5 and written.different >= 10 and written.surnames()) or written.many
    return Called("names of persons", "name", sure=False) if doubtful else None


def _doubted(written: _Written) -> Called | None:
    """Judge a column called "name" and no more."""
    if written.whole_look >= 0.5 and written.whole() >= 0.3:
        return Called("names of persons", "name")
    looks = written.proper >= 0.8 and (
        (written.whole_look >= 0.5 and written.different >= 10 and written.surnames())
        or (written.whole_look < 0.5 and written.known() >= 0.5)
    )
    return Called("names of persons", "name", sure=False) if looks or written.many else None


def _unasked(written: _Written) -> Called | None:
    """Judge a column whose name says nothing of persons: first and last names in most of its values."""
    looks = written.proper >= 0.8 and written.whole_look >= 0.8 and written.different >= 5 and written.company < 0.1
    return Called("names of persons", "name") if looks and written.whole() >= 0.6 else None


@dataclass(frozen=True, eq=False)
class _Written:
    """How the different values are written: shares of them.

    Attributes
    ----------
    letters
        Of letters, for the most part.
    proper
        As names are: words in capitals, no digits.
    whole_look
        Of two to five words.
    """

    texts: tuple[str, ...]
    different: int
    rows: int
    letters: float
    proper: float
    whole_look: float
    single: float
    company: float

    @classmethod
    def of(cls, values: Values) -> _Written:
        texts = tuple(text[:_LONGEST] for text in values.sample(200))
        count = max(len(texts), 1)

        def share(test: Callable[[str], bool]) -> float:
            return sum(map(test, texts)) / count

        return cls(
            texts, len(values.texts), values.rows, share(_letters), share(_proper), share(_of_words), share(lambda text: " " not in text),
            share(lambda text: _COMPANY.search(text) is not None),
        )  # fmt: skip

    @property
    def many(self) -> bool:
        """Whether values hardly repeat."""
        return self.different >= min(_MANY, 0.5 * self.rows) and self.different > 0.2 * self.rows

    def known(self) -> float:
        """Return the share of texts with a first or last name in them."""
        firsts, lasts = _known_names()
        return sum(any(word in firsts or word in lasts for word in _words(text)) for text in self.texts) / max(len(self.texts), 1)

    def surnames(self) -> bool:
        """Tell whether the last words differ, as surnames do and "Airport" or "Street" does not."""
        lasts = {words[-1] for text in self.texts if (words := _words(text))}
        return len(lasts) >= 0.06 * len(self.texts)

    def whole(self) -> float:
        """Return the share of texts that are a first name and a last name, in either order."""
        return sum(map(_first_and_last, self.texts)) / max(len(self.texts), 1)


def _letters(text: str) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 0.6 * len(text) and len(text) <= 90


def _proper(text: str) -> bool:
    words = [word for word in re.split(r"[\s,.\-'’]+", text) if word]
    written = all(word[0].isupper() or not word[0].islower() or word.lower() in _PARTICLES for word in words)
    return bool(words) and len(words) <= 7 and written and not any(letter.isdigit() or letter in "&/:;()+%" for letter in text)


def _of_words(text: str) -> bool:
    return 2 <= len(_words(text)) <= 5 or _HAN.fullmatch(text) is not None


def _words(text: str) -> list[str]:
    words = (word.strip("'’") for word in re.split(r"[\s,.]+", text.casefold()))
    return [word for word in words if len(word) > 1 and word not in _TITLES and word not in _PARTICLES]


def _first_and_last(text: str) -> bool:
    firsts, lasts = _known_names()
    if _HAN.fullmatch(text):
        return any(text.startswith(text[:size]) and text[:size] in lasts for size in (1, 2, 3))
    words = _words(text)
    if len(words) < 2:
        return False
    first, last = (words[1], words[0]) if "," in text else (words[0], words[-1])
    return first in firsts and (last in lasts or any(part in lasts for part in last.split("-")))


@lru_cache(1)
def _known_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and last names Faker has, of all its languages, in lower case."""
    import pkgutil
    from importlib import import_module

    from faker.providers import person

    found: dict[str, set[str]] = {"first_name": set(), "last_name": set()}
    for module in pkgutil.iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{module.name}").Provider
        for attribute, held in vars(provider).items():
            if isinstance(held, tuple | list | dict) and attribute.startswith(tuple(found)):
                found[attribute[: attribute.index("_name") + 5]].update(text.casefold() for text in held if isinstance(text, str))
    return frozenset(found["first_name"]), frozenset(found["last_name"])
