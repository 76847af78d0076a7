"""Numbers and codes that stand for persons, told by the column's name: patient_id, customer no., mrn, kundennummer.

One that repeats is the group key: what the split keeps on one side, and what made rows repeat as the real ones do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from synth_ui.tables.personal.name_words import LINKED, NUMBERS, STAFF, SUBJECTS, head_of, is_of_a_thing, words_of


@dataclass(frozen=True)
class Key:
    """What a column's name says of the keys in it.

    Attributes
    ----------
    rank
        Which of several becomes the group key: whom the table is about before their numbers elsewhere, before a bare id, before staff.
    sure
        Whether the name leaves no doubt.
    personal
        Whether it is a number of a person wherever it stands: a national number, a medical record number.
    fewest
        How many different ones there must be, where none of them is large.
    """

    rank: int
    sure: bool = True
    personal: bool = False
    fewest: int = 2


_PERSONAL = re.compile(
    r"(^| )(mrn|uhid|(emr|ehr)( (number|no|id))?|(hospital|chart) (number|no|nr)|medical rec(ord)?( (number|no|nr|id|num))?|nhs( (number|no|id))?|chi number|national (number|id|identifier|identification.*|no|"
    r"nr|insurance.*)|nino|ni number|ssn|social security.*|sin number|social insurance.*|nric|cpf|dni|nie|nif|nss|curp|rfc|bsn|ahv( nr)?|avs|"
    r"svnr|sv nummer|sozialversicherung.*|\w*versicher(ten|ungs) ?(nummer|nr)|rentenversicherung.*|steuer ?(id|nummer|nr)|tax ?(id|number|no)|tin|itin|"
    r"pesel|egn|oib|jmbg|cpr( (number|nr|no))?|cnp|hetu|personnummer|person ?number|personal ?(number|no|nr|id|code|nummer|identification.*)|"
    r"ausweis ?(nummer|nr)|fødselsnummer|fodselsnummer|aadha+r( (number|no))?|pan (number|no|card)|passport( (number|no|nr|id))?|reisepass.*|"
    r"driver s? ?licen[cs]e.*|drivers? licen[cs]e.*|licen[cs]e number|id ?card.*|identity (card|number|no|document).*|health ?(card|insurance) "
    r"?(number|no|id)|insurance (number|no|id)|medicare.*|medicaid.*|hkid|codice fiscale|voter id|matriculation.*|matrikel.*|身份证.*)($| )"
)
"""What numbers of persons are called."""

_CONTACTS = frozenset(["email", "mail", "phone", "mobile", "tel", "telephone", "name", "iban", "ip"])
_HASHED = frozenset(
    ["hash", "hashed", "md5", "sha1", "sha256", "token", "pseudonym", "pseudonymised", "pseudonymized", "encrypted"]
)
"""What personal values are turned into so that they still tell persons apart."""

_FIRST = frozenset(["id", "identifier", "numero", "número", "numéro", "nummer", "code", "ref", "matricule", "uuid", "hash"])
"""Words for a number that stand before whose it is: numéro client, id_patient."""

_NO_NUMBER = re.compile(r"(type|status|class|group|valid|expiry|expires|date|state|country|issued|year)$")

_BARE = (
    "id",
    "pid",
    "uid",
    "sid",
    "cid",
    "uuid",
    "guid",
    "identifier",
    "subjid",
    "usubjid",
    "ptid",
    "hhid",
    "pnr",
    "msisdn",
    "imsi",
    "imei",
)

_ALONE = SUBJECTS - frozenset(
    ["household", "family", "passenger", "guest", "holder", "player", "applicant", "candidate", "personal"]
)
"""Subjects whose column may hold their numbers without a word for number: patient, customer, subject."""


@lru_cache(65_536)
def key_by_name(name: str) -> Key | None:
    """Return what a column called so holds, if it is numbers or codes that stand for persons."""
    words = words_of(name)
    said = " ".join(words)
    if _PERSONAL.search(said) and not _NO_NUMBER.search(said):
        return Key(1, personal=True, fewest=10)
    if _CONTACTS & set(words) and _HASHED & set(words):
        return Key(1, personal=True, fewest=10)
    if is_of_a_thing(words):
        return None
    head = head_of(words)
    numbered = bool(words) and (words[-1] in NUMBERS or (words[0] in _FIRST and words[-1] in SUBJECTS | STAFF | LINKED))
    if numbered and (owner := _owner(words)):
        return owner
    if len(words) == 1 and words[0] in _BARE:
        return Key(3, sure=False, fewest=10)
    if len(words) <= 2 and words[-1:] == [head] and head in _ALONE:
        return Key(0, sure=False, fewest=10)
    return None


def _owner(words: list[str]) -> Key | None:
    """Return the key of the last person, account or the like that is named; words between it and the number do not matter."""
    for word in reversed(words):
        if word in SUBJECTS:
            return Key(0)
        if word in LINKED and words[-1] not in ("code", "key"):
            return Key(2, fewest=10)
        if word in STAFF:
            return Key(4, fewest=10)
    return None


def rank_of(name: str) -> int:
    """Return where a key stands among the candidates for the group key; those not known come last."""
    key = key_by_name(name)
    return 9 if key is None else key.rank
