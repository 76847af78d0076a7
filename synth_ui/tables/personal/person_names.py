"""Names of persons: told by what the column is called and by what is in it.

A column called full_name, customer or teacher is believed where its values are written as names are; without such a name it takes
known first and last names in most values. A column named for a thing (city, brand, species) is none, whatever its values: Charlotte
is a city there. Known names are those of Faker, which covers some seventy languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from synth_ui.tables.inference.values import Values
from synth_ui.tables.personal.name_words import NAMES, is_of_a_person, is_of_a_thing, words_of


@dataclass(frozen=True)
class Called:
    """What was found: the words for it, its Faker provider (None: new values follow the pattern), and whether there is no doubt."""

    words: str
    provider: str | None
    sure: bool = True


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
_TITLES = _set(
    "mr mrs ms mx miss dr prof herr frau mme mlle m sir rev jr sr ii iii iv phd md mba ing dipl mag msc bsc ba dds dvm sig sra srta don dña dott "
    "pan pani panna paní slečna г-н г-жа г-ца пан пані cô quý ông bà anh chị bay bayan bey hanım drg ir hj shri smt hr fr fru "
    "الأستاذ الأستاذة السيد السيدة الآنسة الدكتور الدكتورة المهندس المهندسة"
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
            sort = (
                Called("names of persons", "name")
                if sort.provider and written.whole_look >= 0.8 and written.whole() >= 0.6
                else sort
            )
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
    """Judge a column whose name says nothing of persons: first and last names in most of its values; names never heard of are a doubt."""
    looks = written.proper >= 0.8 and written.whole_look >= 0.8 and written.different >= 5 and written.company < 0.1
    if looks and written.whole() >= 0.6:
        return Called("names of persons", "name")
    unheard = looks and written.short >= 0.8 and written.different >= 10 and written.surnames() and written.vocabulary() < _COMMON
    return Called("names of persons", "name", sure=False) if unheard else None


_COMMON = 0.35
"""From this share of texts with a word of the vocabulary on, texts in capitals are no names that nobody has heard of."""


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
    short
        Of two or three words.
    """

    texts: tuple[str, ...]
    different: int
    rows: int
    letters: float
    proper: float
    whole_look: float
    single: float
    company: float
    short: float

    @classmethod
    def of(cls, values: Values) -> _Written:
        texts = tuple(text[:_LONGEST] for text in values.sample(200))
        count = max(len(texts), 1)

        def share(test: Callable[[str], bool]) -> float:
            return sum(map(test, texts)) / count

        return cls(
            texts, len(values.texts), values.rows, share(_letters), share(_proper), share(_of_words), share(lambda text: " " not in text),
            share(lambda text: _COMPANY.search(text) is not None), share(lambda text: 2 <= len(_words(text)) <= 3),
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

    def vocabulary(self) -> float:
        """Return the share of texts with a common word, a job, a colour, a place or a part of a company's name in them."""
        known = _vocabulary()
        return sum(not known.isdisjoint(_words(text)) for text in self.texts) / max(len(self.texts), 1)

    def whole(self) -> float:
        """Return the share of texts that are a first name and a last name, in either order."""
        return sum(map(_first_and_last, self.texts)) / max(len(self.texts), 1)


def _letters(text: str) -> bool:
    letters = sum(letter.isalpha() or unicodedata.category(letter)[0] == "M" for letter in text)  # vowels of Hindi are marks
    return letters >= 0.6 * len(text) and len(text) <= 90


def _proper(text: str) -> bool:
    words = [word for word in re.split(r"[\s,.\-'’]+", text) if word]
    small = _PARTICLES | _TITLES
    written = all(
        not word[0].islower() or "\u10d0" <= word[0] <= "\u10ff" or word.lower() in small for word in words
    )  # Georgian has no capitals
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
    if "," in text:
        words = [*words[1:], words[0]]
    surname_first = words[0] not in _OF_PLACES
    orders = [(words[0], words[-1]), *([(words[-1], words[0]), (words[1], words[0])] if surname_first else [])]
    return any(first in firsts and _is_last(last, lasts) for first, last in orders)


_OF_PLACES = frozenset(["san", "santa", "santo", "são", "saint", "sankt", "los", "las", "new", "fort", "port", "mount", "lake", "bad", "north", "south", "east", "west"])  # fmt: skip
_DESCENT = ("sson", "dóttir", "ович", "евич", "овна", "евна", "ична", "івна", "йович")


def _is_last(word: str, lasts: frozenset[str]) -> bool:
    return word in lasts or word.endswith(_DESCENT) or any(part in lasts for part in word.split("-"))


@lru_cache(1)
def _known_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and last names Faker has, of all its languages, in lower case."""
    found: dict[str, set[str]] = {"first": set(), "last": set(), "middle": set()}
    for attribute, held in _held_by("person"):
        kind = re.search(r"(first|last|middle)_(?:kana_|romanized_)?name", attribute)
        if kind is not None:
            found[kind[1]].update(text.casefold() for text in held if isinstance(text, str))
    return frozenset(found["first"]), frozenset(found["last"] | found["middle"])


@lru_cache(1)
def _vocabulary() -> frozenset[str]:
    """Return words of Faker's texts, jobs, colours, places and companies, of all its languages, in lower case."""
    held = (text for of in ("lorem", "job", "color", "address", "company") for _, held in _held_by(of) for text in held)
    return frozenset(word for text in held if isinstance(text, str) for word in re.findall(r"[^\W\d_]{2,}", text.casefold()))


def _held_by(provider: str) -> Iterator[tuple[str, tuple[object, ...] | list[object] | dict[object, object]]]:
    """Yield the lists that a Faker provider draws from, with their names, of all its languages."""
    import pkgutil
    from importlib import import_module

    package = import_module(f"faker.providers.{provider}")
    for module in pkgutil.iter_modules(package.__path__):
        found = getattr(import_module(f"{package.__name__}.{module.name}"), "Provider", object)
        yield from ((name, held) for name, held in vars(found).items() if isinstance(held, tuple | list | dict))
