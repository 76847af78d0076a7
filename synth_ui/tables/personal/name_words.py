"""What the words of a column's name say: of persons, of things, of numbers that name them.

The last word counts: a patient_city is a city, a store_manager is a person, a customer_type is neither.
"""

from __future__ import annotations

import re
from functools import lru_cache


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUBJECTS = _set(
    """person patient customer client subject participant respondent proband member user student pupil citizen individual donor guest
    passenger visitor tenant borrower applicant candidate employee worker volunteer player athlete subscriber policyholder insured
    beneficiary resident voter holder cardholder taxpayer consumer buyer shopper debtor inmate offender learner enrollee attendee
    recipient survivor victim panelist panellist traveller traveler pat cust emp mbr subj household family hh
    kunde kunden kundin patienten patientin personen mitglied mitglieds mitglieder mitarbeiter versicherte versicherten versicherter schüler
    schueler studenten probanden teilnehmer nutzer benutzer käufer kaeufer mieter haushalt haushalts
    personne adhérent adherent assuré assure élève eleve étudiant etudiant salarié salarie utilisateur abonné abonne foyer
    cliente paciente persona pessoa usuario usuário empleado alumno aluno estudiante socio hogar paziente utente dipendente klant persoon"""
)
"""Whom a table's rows are about: patients, customers, members, households; also abbreviated, and in other languages."""

STAFF = _set(
    """doctor physician surgeon nurse gp therapist clinician consultant teacher tutor instructor professor lecturer trainer coach manager
    supervisor agent seller salesperson salesman representative advisor adviser operator technician officer inspector engineer attendant
    cashier clerk staff author reviewer editor owner judge lawyer attorney referee pilot captain driver rider caller contact actor actress
    singer artist composer writer speaker presenter leader assignee reporter creator approver requester requestor sender signatory witness
    guardian relative nominee host interviewer investigator carer caregiver caretaker landlord broker assessor examiner handler director mother
    father parent spouse child kin arzt ärztin lehrer lehrerin verkäufer berater médecin medecin médico medico profesor docente"""
)
"""Whom rows name beside the one they are about."""

LINKED = _set(
    "account acct card policy membership subscription konto vertrag licence license passport loyalty compte cuenta conta"
)
"""What one person holds: its number stands for the person."""

NUMBERS = _set(
    """id ids no nr nbr num number nummer numero número numéro key code identifier uuid guid ref reference hash token pseudonym
    kennung ident"""
)
"""Words for a number or code that names one of many."""

NAMES = _set("name names nm fullname nombre nome nom naam navn namn имя фио 姓名 名前 氏名 이름 성명 nama isim jméno")

THINGS = _set(
    """company supplier provider hospital clinic ward restaurant business school university college institute faculty merchant vendor brand
    product station centre center department division unit city town village municipality country state region province county district
    borough neighbourhood neighborhood area zone place location site venue destination origin airport port course class file folder path
    column field variable feature parameter metric table sheet dataset database entity category item article sku store shop market team club
    league street road route line server event model make series type kind group segment cluster cohort level grade rank tier band class
    status state stage phase step reason cause source channel medium campaign plan package service tariff contract offer program programme
    project task job occupation profession role position title skill major degree topic tag keyword label theme genre film movie song album
    track book journal paper show game band species genus breed variety cultivar strain plant animal crop drug medicine medication
    ingredient recipe dish wine beer food fruit disease diagnosis disorder condition symptom procedure test assay gene protein compound
    chemical element material mineral star planet ship vessel aircraft vehicle car truck train engine device machine sensor instrument tool
    asset equipment colour color pattern size shape style language currency religion party ethnicity race nationality sex gender age branch
    office bank insurer hotel room property building house island river lake mountain park sea month weekday day week quarter season year
    date time period hour browser platform app application os system domain page url website segment attribute disposition admission
    discharge payment shipping delivery warehouse stadt ort land firma ville pays ciudad pais país cidade città kategorie"""
)
"""What a column may name that is no person."""

_BY = _set("by to durch par por")


def tokens(name: str) -> list[str]:
    """Split a column name into lower-case words: "customerID" gives customer, id."""
    return list(_tokens(name))


@lru_cache(65_536)
def _tokens(name: str) -> tuple[str, ...]:
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name))
    return tuple(part.lower() for part in re.split(r"[\W_]+", parts) if part)


def words_of(name: str) -> list[str]:
    """Split a column name into words, joined ones too: "patientid" gives patient, id; "kundennummer" kunden, nummer."""
    return [word for token in _tokens(name) for word in _cut(token)]


@lru_cache(65_536)
def _cut(token: str) -> tuple[str, ...]:
    if token in SUBJECTS or token in STAFF or token in THINGS:
        return (token,)
    for end in range(len(token) - 2, 2, -1):
        first, second = token[:end], token[end:]
        if second in _ENDINGS and (first in SUBJECTS or first in STAFF or first in LINKED):
            return first, second
    return (token,)


_ENDINGS = (NUMBERS | NAMES) - _set("ref hash token")


def is_of_a_thing(words: list[str]) -> bool:
    """Tell whether the name is that of a thing or a class: the last word that is no "name" or "id" says it."""
    head = head_of(words)
    return bool(THINGS & {head, head.removesuffix("s"), head.removesuffix("es"), re.sub("ies$", "y", head)})


def is_of_a_person(words: list[str]) -> bool:
    """Tell whether the name is that of a person: patient_name, store_manager, approved_by."""
    head = head_of(words)
    return head in SUBJECTS or head in STAFF or (len(words) > 1 and words[-1] in _BY)


def head_of(words: list[str]) -> str:
    """Return the word that says what is named: the last one, or the last before an "of"; "" where none does."""
    for place, word in enumerate(words):
        before = _telling(words[:place])
        if word in _OF and before:
            return before[-1]
    return next(iter(_telling(words)[::-1]), "")


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if not (word in NAMES or word in NUMBERS or word in _QUALIFIERS or word.isdigit())]


_OF = _set("of de du des von di da do")
_QUALIFIERS = _OF | _set("full legal preferred display short long official complete original the a la el del der")
