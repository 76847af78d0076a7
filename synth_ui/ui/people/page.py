"""The page before the sign-in, and who is signed in, with the way out."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError

from synth_ui.core.errors import SynthError
from synth_ui.ui.md import md
from synth_ui.ui.people import place, signed_in


def admitted() -> bool:
    """Whether this session may see a workspace; where it may not, draw what has to be done."""
    try:
        if signed_in.on():
            signed_in.person()
            place.keep_apart()
    except signed_in.NotSignedIn:
        _sign_in()
        return False
    except SynthError as error:
        st.error(md(str(error), 600), title="Nobody is let in")
        if st.user.get("is_logged_in"):
            st.button("Sign out", key="sign_out", on_click=st.logout)
        return False
    return True


def _sign_in() -> None:
    st.title("Sign in")
    st.markdown(
        "Each user of this dashboard has a workspace of their own. Nobody else sees what is in yours through the dashboard."
    )
    names = signed_in.providers()
    if not names:
        st.error(
            "Users have to sign in here, and no provider of identities is set up. Whoever runs this server writes the section [auth] into "
            ".streamlit/secrets.toml.",
            title="Nobody can sign in",
        )
    with st.container(horizontal=True):
        for name in names:
            label = f"Sign in with {md(name, 40)}" if name else "Sign in"
            if st.button(label, key=f"sign_in_{name}", type="primary", icon=":material/login:"):
                _begin(name)


def _begin(name: str) -> None:
    """Send the browser to a provider, or say what of the settings is wrong."""
    try:
        st.login(name or None)
    except (StreamlitAuthError, StreamlitMissingAuthlibError) as error:
        st.error(md(str(error), 600), title="The sign-in is not set up")


def who() -> None:
    """Say in the sidebar who is signed in, and draw the way out; nothing where nobody signs in."""
    if not signed_in.on():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="who"):
        st.caption(f"Signed in as **{md(signed_in.person().shown, 60)}**", width="stretch")
        st.button("Sign out", key="sign_out", type="tertiary", on_click=partial(st.logout))
