"""Who has signed in sees the own workspace: by whatever address, cache or file name another's is asked for."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from synth_ui.core.errors import StoreError
from synth_ui.store.people import neighbours
from synth_ui.store.workspace import Workspace
from synth_ui.ui import access
from synth_ui.ui.people import downloads, place, signed_in
from synth_ui.ui.people.signed_in import Account, NotSignedIn
from tests.workshop import small_table

ROOT = Path(__file__).resolve().parents[2]
ISSUER = "https://id.example"
SECRETS = {"auth": {"client_id": "synth", "redirect_uri": "http://localhost:1/oauth2callback", "cookie_secret": "x" * 40}}


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "server"))
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    return tmp_path / "server"


def claims(name: str) -> dict[str, Any]:
    return {"is_logged_in": True, "iss": ISSUER, "sub": name, "email": f"{name}@example.org"}


def app(name: str | None, page: str | None = None, **address: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.secrets.update(SECRETS)
    at.user = claims(name) if name else {"is_logged_in": False}
    for key, value in address.items():
        at.query_params[key] = value
    at.run()
    return at.switch_page(f"pages/{page}.py").run() if page else at


def words(at: AppTest) -> str:
    kinds = (at.title, at.header, at.markdown, at.caption, at.error, at.warning, at.text, at.info)
    return (
        "\n".join(str(element.value) for kind in kinds for element in kind)
        .replace("\\", "")
        .replace("\u2060", "")
        .replace("`", "")
    )


def own(root: Path, name: str) -> Workspace:
    return Workspace.open(neighbours.make_folder(root, ISSUER, name, name))


def test_before_the_sign_in_there_is_nothing_but_the_way_in(server: Path) -> None:
    Workspace.open(server).add_table(small_table())
    for page in (None, "data", "system", "history", "take_away"):
        at = app(None, page)
        assert [title.value for title in at.title] == ["Sign in"]
        assert not at.sidebar.caption
        assert not at.exception
    assert not (server / "people").exists()


def test_who_is_signed_in_is_shown_with_the_way_out() -> None:
    at = app("anna")
    assert not at.exception
    assert "Signed in as **anna@example.org**" in words(at)
    assert "Sign out" in [button.label for button in at.sidebar.button]
    at.sidebar.button(key="sign_out").click().run()
    assert [title.value for title in at.title] == ["Sign in"]


def test_each_user_has_a_workspace_and_the_others_addresses_lead_nowhere(server: Path) -> None:
    anna = own(server, "anna")
    table_id = anna.add_table(small_table(300, seed=5))
    at = app("anna", "data", table=table_id)
    assert "300 rows" in words(at)

    other = app("ben", table=table_id)
    assert not other.exception
    assert f"The table {table_id} of the address is not in this workspace" in words(other)
    assert "300 rows" not in words(other)
    assert anna.tables()["id"].tolist() == [table_id]
    assert table_id not in own(server, "ben").tables()["id"].tolist()


def test_a_tab_that_changes_hands_forgets_what_it_had(server: Path) -> None:
    table_id = own(server, "anna").add_table(small_table(300, seed=5))
    at = app("anna", "data", table=table_id)
    assert at.session_state["synth.table_id"] == table_id
    at.query_params.clear()
    at.user = claims("ben")
    at.run()
    assert not at.exception
    assert at.session_state["synth.table_id"] != table_id
    at.user = {"is_logged_in": False}
    at.run()
    assert [title.value for title in at.title] == ["Sign in"]


def test_a_page_that_stands_alone_gets_no_workspace_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit can be led to run a page without app.py."""
    monkeypatch.setattr(signed_in, "on", lambda: True)
    monkeypatch.setattr(st.user.__class__, "to_dict", lambda self: {"is_logged_in": False})
    for ask in (access.workspace, lambda: access.table("x"), lambda: access.cut("x", 0, 0.5), lambda: access.profile("x")):
        with pytest.raises(NotSignedIn):
            ask()


def test_what_is_kept_in_memory_is_kept_under_its_workspace(server: Path) -> None:
    """The same table in two workspaces: what was computed for one is not what the other is given."""
    homes = {name: own(server, name) for name in ("anna", "ben")}
    ids = {name: ws.add_table(small_table(60, seed=9)) for name, ws in homes.items()}
    assert ids["anna"] == ids["ben"]
    kept = {}
    for name, ws in homes.items():
        with place.at(str(ws.home)):
            kept[name] = [
                access.workspace(), access.table(ids[name]), access.profile(ids[name]), access.cut(ids[name], 0, 0.5), access.table_row(ids[name]),
            ]  # fmt: skip
            assert access.profile(ids[name]) is kept[name][2]
    assert all(one is not other for one, other in zip(kept["anna"], kept["ben"], strict=True))
    assert kept["anna"][0].home != kept["ben"][0].home


CACHES = {"cache_resource", "cache_data"}
OF_THE_SERVER = {("synth_ui/ui/secrets.py", "_section"), ("synth_ui/ui/design/known.py", "_scores")}
"""Kept once for all: settings of the server, and what follows from its arguments alone."""


def unkeyed(path: str, tree: ast.AST) -> list[str]:
    """Return the functions whose results are kept in memory and whose first argument is not the workspace."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            cache in ast.unparse(one) for one in node.decorator_list for cache in CACHES
        ):
            first = node.args.args[0].arg if node.args.args else ""
            if first != "home" and (path, node.name) not in OF_THE_SERVER:
                found.append(f"{path}: {node.name}")
    return found


def opens(path: str, tree: ast.AST) -> list[str]:
    """Return where a page, or what draws one, opens a workspace or asks for its folder without asking who it is."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        said = ast.unparse(node.func)
        wrong = said in ("Workspace.open", "Workspace.at", "Workspace", "default_home") or (
            "SYNTH_UI_HOME" in ast.unparse(node) and "environ" in said
        )
        if wrong and path not in ("synth_ui/ui/access.py", "synth_ui/ui/people/place.py"):
            found.append(f"{path}: {said}")
        if said == "st.download_button" and path != "synth_ui/ui/people/downloads.py":
            found.append(f"{path}: {said}")
    return found


def drawn() -> list[tuple[str, ast.AST]]:
    paths = [*(ROOT / "synth_ui" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def test_there_is_one_way_from_a_session_to_a_workspace() -> None:
    assert [said for path, tree in drawn() for said in opens(path, tree)] == []
    assert opens("pages/x.py", ast.parse("Workspace.open(); os.environ.get('SYNTH_UI_HOME'); st.download_button('x', b'')")) == [
        "pages/x.py: Workspace.open", "pages/x.py: os.environ.get", "pages/x.py: st.download_button",
    ]  # fmt: skip


def test_every_cache_of_the_pages_is_kept_under_a_workspace() -> None:
    assert [said for path, tree in drawn() for said in unkeyed(path, tree)] == []
    assert unkeyed("p.py", ast.parse("@st.cache_resource(max_entries=4)\ndef cut(table_id): ...")) == ["p.py: cut"]


def test_who_it_is_is_never_guessed() -> None:
    assert Account.of(claims("anna")) == Account(ISSUER, "anna", "anna@example.org")
    for wrong in (
        {},
        {"is_logged_in": False, "iss": ISSUER, "sub": "anna"},
        {"is_logged_in": "yes", "iss": ISSUER, "sub": "anna"},
    ):
        with pytest.raises(NotSignedIn):
            Account.of(wrong)
    for lacking in ("iss", "sub"):
        with pytest.raises(StoreError, match="did not say who you are"):
            Account.of({**claims("anna"), lacking: ""})


@pytest.mark.parametrize("subject", ["../../etc", "a/b", "", "\0", "x" * 5_000, "аnna"])
def test_a_folder_is_named_by_nothing_a_user_writes(server: Path, subject: str) -> None:
    home = neighbours.folder_of(server, ISSUER, subject)
    assert home.parent == server / "people"
    assert len(home.name) == 32
    assert home != neighbours.folder_of(server, ISSUER, "anna")
    assert neighbours.folder_of(server, "https://id.example\n", "a") != neighbours.folder_of(server, "https://id.example", "\na")


def test_a_users_folder_is_open_to_the_server_alone(server: Path) -> None:
    home = own(server, "anna").home
    assert [folder.stat().st_mode & 0o777 for folder in (server, server / "people", home)] == [0o700] * 3
    assert '"anna"' in (home / "who.json").read_text(encoding="utf-8")


def test_paths_web_addresses_and_databases_are_off_where_users_sign_in(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth_ui.core.errors import ReadError
    from synth_ui.ui.data import paths

    assert paths.folders() is None
    assert not paths.only_named_databases()
    monkeypatch.setattr(signed_in, "on", lambda: True)
    assert paths.folders() == ()
    assert paths.only_named_databases()
    with pytest.raises(ReadError, match="Upload the file instead"):
        paths.allowed("/etc/passwd")
    monkeypatch.setenv("SYNTH_UI_PATHS", "/srv/tables")
    monkeypatch.setenv("SYNTH_UI_CONNECTIONS", "any")
    assert paths.folders() == (Path("/srv/tables"),)
    assert not paths.only_named_databases()
    monkeypatch.setenv("SYNTH_UI_CONNECTIONS", "named")
    assert paths.only_named_databases()


def test_secrets_that_cannot_be_read_let_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit import config
    from streamlit.runtime import secrets as secret

    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n", encoding="utf-8")
    known = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: [str(broken)] if name == "secrets.files" else known(name))
    monkeypatch.setattr(st, "secrets", secret.Secrets())
    with pytest.raises(StoreError, match="nobody is let in"):
        signed_in.on()
    broken.unlink()
    assert not signed_in.on()
    for word in ("required", "Required", "true", "requird"):  # a slip of the pen lets nobody in
        monkeypatch.setenv("SYNTH_UI_SIGN_IN", word)
        assert signed_in.on(), word
    assert signed_in.providers() == []


def test_a_file_has_an_address_of_its_own_for_each_user() -> None:
    """Streamlit names a file of more than a megabyte by its length and three parts of it: two that differ elsewhere would be one."""
    from streamlit.runtime.memory_media_file_storage import _calculate_file_id

    one, other = (b"a" * 2_000_000 for _ in range(2))
    other = other[:500_000] + b"b" + other[500_001:]
    assert _calculate_file_id(one, "text/csv", "rows.csv") == _calculate_file_id(other, "text/csv", "rows.csv")
    named = {home: f"text/csv{downloads.OF}{downloads.word_of(home)}.1" for home in ("/a", "/b")}
    assert _calculate_file_id(one, named["/a"], "rows.csv") != _calculate_file_id(other, named["/b"], "rows.csv")
    assert downloads.sent_to(named["/a"], "/a")
    assert not downloads.sent_to(named["/a"], "/b")
    assert not downloads.is_marked("image/svg+xml")


def test_a_download_is_written_in_the_workspace_of_who_sees_the_button(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit calls it later, in a thread that has no session."""
    import threading

    anna, got = own(server, "anna"), []
    drawn = []
    monkeypatch.setattr(st, "download_button", lambda label, data, **options: drawn.append((data, options)))
    with place.at(str(anna.home)):
        downloads.button("Rows", lambda: str(access.workspace().home).encode(), file_name="rows.csv", mime="text/csv")
    monkeypatch.setattr(signed_in, "on", lambda: True)
    thread = threading.Thread(target=lambda: got.append(drawn[0][0]()))
    thread.start()
    thread.join()
    assert got == [str(anna.home).encode()]
    assert drawn[0][1]["mime"].startswith("text/csv;of=")


def test_one_database_for_all_users_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in, "on", lambda: True)
    monkeypatch.setattr(signed_in, "person", lambda: Account(ISSUER, "anna", "anna"))
    assert place.here()
    monkeypatch.setenv("SYNTH_UI_DATABASE", "postgresql://host/db")
    with pytest.raises(StoreError, match="names one for all"):
        place.here()


def test_the_page_system_says_nothing_of_how_others_use_the_machine() -> None:
    at = app("anna", "system")
    assert not at.exception
    said = words(at) + "".join(str(one.value) for one in [*at.success, *at.code])
    assert "Your runs and your disk" in said
    for word in ("Memory free", "Disk free", "free_megabytes", "free_bytes", "server_megabytes", "GB are free"):
        assert word not in said


def test_files_and_sessions_are_asked_for_their_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from streamlit import runtime

    from synth_ui.ui.server import guard

    homes = {name: str(neighbours.folder_of(place.server_folder(), ISSUER, name)) for name in ("anna", "ben")}
    files = {
        "a": SimpleNamespace(mimetype=f"text/csv{downloads.OF}{downloads.word_of(homes['anna'])}.1"),
        "logo": SimpleNamespace(mimetype="image/png"),
    }
    sessions = {"s1": SimpleNamespace(session=SimpleNamespace(_user_info=claims("anna")))}
    here = SimpleNamespace(
        media_file_mgr=SimpleNamespace(read_file=files.get), _session_mgr=SimpleNamespace(get_active_session_info=sessions.get)
    )
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: here)
    monkeypatch.setattr(guard, "claims_of", lambda cookies: claims(cookies) if cookies else {})
    asked = [("/media/a.csv", "anna"), ("/media/a.csv", "ben"), ("/media/a.csv", ""), ("/media/logo.png", ""), ("/compare", "")]
    asked += [(f"/_stcore/upload_file/{session}/f", name) for session in ("s1", "none") for name in ("anna", "ben", "")]
    assert not any(guard.refused_to(*one) for one in asked)  # one user
    monkeypatch.setattr(signed_in, "on", lambda: True)
    refused = [one for one in asked if guard.refused_to(*one)]
    assert refused == [
        ("/media/a.csv", "ben"), ("/media/a.csv", ""), ("/_stcore/upload_file/s1/f", "ben"), ("/_stcore/upload_file/s1/f", ""),
        ("/_stcore/upload_file/none/f", ""),
    ]  # fmt: skip


def test_a_cookie_counts_with_its_signature_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    from streamlit.web.server.starlette import starlette_websocket
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    from synth_ui.ui.server import guard

    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: "k" * 40)
    signed = create_signed_value("k" * 40, "_streamlit_user", json.dumps(claims("anna"))).decode()
    forged = create_signed_value("other" * 8, "_streamlit_user", json.dumps(claims("anna"))).decode()
    assert guard.claims_of(f"a=b; _streamlit_user={signed}")["sub"] == "anna"
    assert guard.claims_of(f"_streamlit_user={forged}") == guard.claims_of("_streamlit_user=x") == guard.claims_of("") == {}
