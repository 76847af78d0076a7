"""Whether what the environment and secrets.toml ask for can be: a server that lets nobody in, or refuses every table, is not ready."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.jobs.execution.cluster.dask_cluster import check_named
from synth_ui.jobs.execution.machine import SLOTS, named_slots
from synth_ui.store.people.quotas import Quotas
from synth_ui.store.people.sign_in import SECTION, SIGN_IN, providers_of
from synth_ui.store.server.address import NAMED as ONE_DATABASE
from synth_ui.tables.databases.named import secret_files


def limits() -> tuple[str, str]:
    """Say which limit is no number, or that the address of a cluster is none (empty where all are), and what is said where all are fine."""
    try:
        check()
    except SettingError as error:
        return str(error), ""
    return "", f"Quotas and {SLOTS} are numbers, and the cluster has an address, where they are set."


def check() -> None:
    """Look at what the environment sets before any work: quotas, slots, the address of a cluster.

    Raises
    ------
    SettingError
        If a number is none, or the address cannot be one of a scheduler.
    """
    Quotas.of()
    named_slots()
    check_named()


def sign_in() -> tuple[str, str]:
    """Say why nobody can sign in where users have to (empty where they can, or need not), and what is said where that is fine."""
    asked, section = bool(os.environ.get(SIGN_IN, "").strip()), None
    for path in secret_files():
        if path.is_file():
            try:
                section = tomllib.loads(path.read_text(encoding="utf-8")).get(SECTION, section)
            except (OSError, ValueError) as error:
                return (
                    f"{path} cannot be read ({type(error).__name__}), so it is not known whether users sign in, and nobody is let in. Check "
                    "that it is TOML, and who may read it.",
                    "",
                )
    if not asked and section is None:
        return "", "Nobody signs in: there is one user, of this machine."
    if not providers_of(_sections(section)):
        why = f"{SIGN_IN} is set" if asked else f"secrets.toml has the section [{SECTION}]"
        return (
            f"Users have to sign in ({why}), and no provider of identities is set up, so nobody is let in. Write client_id and the rest into "
            f"[{SECTION}] of .streamlit/secrets.toml, see docs/people.md.",
            "",
        )
    if os.environ.get(ONE_DATABASE, "").strip():
        return (
            f"Users who sign in have a database each, and {ONE_DATABASE} names one for all. Unset it, or let nobody sign in.",
            "",
        )
    return "", "Users sign in at a provider of identities that is set up."


def _sections(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
