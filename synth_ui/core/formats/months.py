"""Names of months and weekdays in twelve languages, so that dates with such names are read, and written back in their language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

ENGLISH = "en"

_NAMES = {
    "en": (
        "January February March April May June July August September October November December", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "Mon Tue Wed Thu Fri Sat Sun",
    ),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember", "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag", "Mo Di Mi Do Fr Sa So",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre", "janv févr mars avr mai juin juil août sept oct nov déc",
        "lundi mardi mercredi jeudi vendredi samedi dimanche", "lun mar mer jeu ven sam dim",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "ene feb mar abr may jun jul ago sep oct nov dic",
        "lunes martes miércoles jueves viernes sábado domingo", "lun mar mié jue vie sáb dom",
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre", "gen feb mar apr mag giu lug ago set ott nov dic",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica", "lun mar mer gio ven sab dom",
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro", "jan fev mar abr mai jun jul ago set out nov dez",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo", "seg ter qua qui sex sáb dom",
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november december", "jan feb mrt apr mei jun jul aug sep okt nov dec",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag", "ma di wo do vr za zo",
    ),
    "da": (
        "januar februar marts april maj juni juli august september oktober november december", "jan feb mar apr maj jun jul aug sep okt nov dec",
        "mandag tirsdag onsdag torsdag fredag lørdag søndag", "man tir ons tor fre lør søn",
    ),
    "sv": (
        "januari februari mars april maj juni juli augusti september oktober november december", "jan feb mar apr maj jun jul aug sep okt nov dec",
        "måndag tisdag onsdag torsdag fredag lördag söndag", "mån tis ons tor fre lör sön",
    ),
    "pl": (
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia", "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "poniedziałek wtorek środa czwartek piątek sobota niedziela", "pon wto śro czw pią sob nie",
    ),
    "ru": (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря", "янв фев мар апр май июн июл авг сен окт ноя дек",
        "понедельник вторник среда четверг пятница суббота воскресенье", "пн вт ср чт пт сб вс",
    ),
    "tr": (
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık", "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
        "Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi Pazar", "Pzt Sal Çar Per Cum Cmt Paz",
    ),
}  # fmt: skip

_OTHERS = {
    "de": {"mrz": "Mar", "jänner": "January", "feber": "February", "sept": "Sep", "sonnabend": "Saturday"},
    "es": {"setiembre": "September", "sept": "Sep"},
}
"""Other names that are read, but never written."""

WORD = re.compile(r"[^\W\d_]{2,}(?:-feira)?")
_NAMED = re.compile(r"[^\W\d_]{3}.*\d|\d.*[^\W\d_]{3}")
_LONGEST = 60


@cache
def names(language: str, letter: str) -> tuple[str, ...]:
    """Return the names of a language for a token: B and b for months, A and a for weekdays from Monday on."""
    return tuple(_NAMES[language]["BbAa".index(letter)].split())


@cache
def _english(language: str, short: bool) -> dict[str, str]:
    """Return the English name for each of a language's, by its small letters; a name that is short and long counts as `short` says."""
    found: dict[str, str] = {word.casefold(): english for word, english in _OTHERS.get(language, {}).items()}
    for letter in "aABb" if short else "aAbB":
        pairs = zip(names(language, letter), names(ENGLISH, letter), strict=True)
        found.update({name.casefold(): english for name, english in pairs})
    return found


@cache
def _months(language: str) -> frozenset[str]:
    known = frozenset(name.casefold() for letter in "bB" for name in names(language, letter))
    return known | frozenset(
        word for word, name in _OTHERS.get(language, {}).items() if name in (*names(ENGLISH, "b"), *names(ENGLISH, "B"))
    )


@cache
def _all_months() -> dict[str, str]:
    """Return for each name of a month in any language the first language that has it."""
    return {name: language for language in reversed(_NAMES) for name in _months(language)}


def language_of(texts: Iterable[str]) -> tuple[str, bool]:
    """Return the language that has the most of the months named in texts, English where none has more, and whether they are short."""
    known = _all_months()
    words = {word.casefold() for text in texts if not text.isdigit() for word in WORD.findall(text[:_LONGEST])}
    named = [word for word in words if word in known]
    if not named:
        return ENGLISH, False
    language = max(_NAMES, key=lambda language: sum(word in _months(language) for word in named))
    long = {name.casefold() for name in names(language, "B")}
    if long.isdisjoint(named) and len(set(named)) < 3:
        language = ENGLISH  # a few short words are hardly months: set, out, mar
    return language, not long.issuperset(word for word in named if word in _months(language))


def in_english(text: str, language: str | None = None, short: bool = False) -> str:
    """Return a text with the months and weekdays named in it in English; None for the language that its month is of.

    A text that names no month is left as it is. A name that is short and long in its language counts as `short` says.
    """
    if len(text) > _LONGEST or not _NAMED.search(text):
        return text
    words = WORD.findall(text)
    known = _all_months()
    if language is None:
        language = next((known[word] for word in map(str.casefold, words) if word in known), None)
    if language in (None, ENGLISH):
        return text
    english = _english(str(language), short)
    return WORD.sub(lambda found: _as_written(english.get(found[0].casefold()), found[0]), text)


def _as_written(name: str | None, word: str) -> str:
    """Return an English name in capitals, or in small letters, as the word in its place is."""
    if name is None:
        return word
    return name.upper() if word.isupper() else name.lower() if word.islower() else name
