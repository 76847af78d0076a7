"""Who has signed in, where users sign in at all: by Streamlit's own login, at a provider of identities (OpenID Connect)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError

from synth_ui.core.errors import StoreError
from synth_ui.store.people.sign_in import SECTION, SIGN_IN, providers_of


class NotSignedIn(StoreError):
    """Users sign in here, and this session has not."""


@dataclass(frozen=True)
class Account:
    """A user, as the provider of identities vouches for.

    Attributes
    ----------
    issuer, subject
        Who vouches, and how the user is called there; never anybody else's, whatever the address or name becomes.
    shown
        What the user is shown to be signed in as.
    """

    issuer: str
    subject: str
    shown: str

    @classmethod
    def of(cls, claims: dict[str, Any]) -> Account:
        """Return the user of what a provider said.

        Raises
        ------
        NotSignedIn
            If nobody has signed in.
        StoreError
            If the provider did not say who it is: nobody is guessed.
        """
        if claims.get("is_logged_in") is not True:
            raise NotSignedIn("Sign in first: users of this dashboard each have a workspace of their own.")
        issuer, subject = (str(claims.get(name) or "") for name in ("iss", "sub"))
        if not issuer or not subject:
            raise StoreError(
                "The provider of identities did not say who you are (iss and sub are missing), so no workspace can be yours. Tell whoever runs "
                "this server."
            )
        shown = next((str(claims[name]) for name in ("email", "preferred_username", "name") if claims.get(name)), subject)
        return cls(issuer, subject, shown)


def on() -> bool:
    """Whether users sign in: where secrets.toml has the section, or `SYNTH_UI_SIGN_IN` is set.

    Raises
    ------
    StoreError
        If there is a secrets.toml that cannot be read: it may hold the section, and nobody is let in by mistake.
    """
    if os.environ.get(SIGN_IN, "").strip():
        return True
    there = any(Path(path).exists() for path in config.get_option("secrets.files"))
    if not there and getattr(st.secrets, "_secrets", "") is None:
        return False  # nothing was loaded and nothing can be; asked at every step of a page, so it is not tried each time
    try:
        return SECTION in st.secrets
    except StreamlitSecretNotFoundError as error:
        if not there:
            return False
        raise StoreError(
            "secrets.toml cannot be read, so it is not known whether users sign in, and nobody is let in. Check that it is TOML, and who may "
            "read it."
        ) from error


def providers() -> list[str]:
    """Return the providers users choose from, by name; one without a name is an empty text, and none are none."""
    try:
        return providers_of(dict(st.secrets.get(SECTION, {})))
    except StreamlitSecretNotFoundError:
        return []


def person() -> Account:
    """Return who has signed in in this session; raise `NotSignedIn` where nobody has."""
    return Account.of(dict(st.user.to_dict()))
