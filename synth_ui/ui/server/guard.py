"""Whose a file or a session of the server is, asked before Streamlit answers: where users sign in, an address alone is no key to either."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from synth_ui.core.errors import StoreError
from synth_ui.store.people import neighbours
from synth_ui.ui.people import downloads, place, signed_in

FILES = "/media/"
UPLOADS = "/_stcore/upload_file/"

NOT_YOURS = "There is nothing here for you. Open the dashboard and sign in."


def refused_to(path: str, cookies: str) -> str:
    """Return why a path of the server is not for who asks, known by the cookies alone; empty where it is, or where nobody signs in."""
    part = FILES if FILES in path else UPLOADS if UPLOADS in path else ""
    try:
        if not part or not signed_in.on():
            return ""
        named = path.split(part, 1)[1]
        fits = _sent(named, cookies) if part == FILES else _uploads(named, _who(cookies))
    except StoreError:
        return NOT_YOURS
    return "" if fits else NOT_YOURS


def _who(cookies: str) -> signed_in.Account:
    return signed_in.Account.of(claims_of(cookies))


def claims_of(cookies: str) -> dict[str, Any]:
    """Return what the provider said of a user, from the cookie Streamlit signed; empty without one."""
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
    from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

    try:
        found: Mapping[str, str] = {name: one.value for name, one in SimpleCookie(cookies).items()}
        signed = _get_signed_cookie_with_chunks(dict(found), USER_COOKIE_NAME)
        read = json.loads(signed) if signed else {}
    except (CookieError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _sent(named: str, cookies: str) -> bool:
    """Whether a file is there for who asks, or for everybody, as the program's own pictures are; where there is none Streamlit says so."""
    from streamlit import runtime

    if not runtime.exists():
        return False
    found = runtime.get_instance().media_file_mgr.read_file(posixpath.splitext(named)[0])
    if found is None or not downloads.is_marked(found.mimetype):
        return True
    who = _who(cookies)
    return downloads.sent_to(found.mimetype, str(neighbours.folder_of(place.server_folder(), who.issuer, who.subject)))


def _uploads(named: str, who: signed_in.Account) -> bool:
    """Whether a session into which a file is put is the user's own."""
    from streamlit import runtime

    if not runtime.exists():
        return False
    found = runtime.get_instance()._session_mgr.get_active_session_info(named.split("/")[0])
    if found is None:
        return True  # Streamlit refuses it
    try:
        owner = signed_in.Account.of(dict(found.session._user_info))
    except StoreError:
        return False
    return (owner.issuer, owner.subject) == (who.issuer, who.subject)
