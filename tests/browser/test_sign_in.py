"""Two users sign in at a provider of identities on this machine: each finds an own workspace, and nothing of the other's by any address."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from synth_ui.store.people import neighbours
from synth_ui.store.workspace import Workspace
from tests.browser.conftest import Server, free_port, start

PROVIDER = "oidc_provider_mock"
if not all(map(find_spec, (PROVIDER, "authlib"))):
    pytest.skip("oidc-provider-mock and Authlib are not installed: pip install -e '.[test]'", allow_module_level=True)

SHOWN_MS = 90_000
"""A page of a server that was just started, with the browser and the provider of identities beside it."""

PICTURES = os.environ.get("SYNTH_UI_PICTURES")
"""A folder to look at: what the pages look like is written there."""


@contextmanager
def identities() -> Iterator[str]:
    """Run a provider of identities: in a process of its own, as its parts warn of one another."""
    port = free_port()
    users = [json.dumps({"sub": name, "email": f"{name}@example.org"}) for name in ("anna", "ben")]
    command = [sys.executable, "-W", "ignore", "-m", PROVIDER, "--port", str(port), *(f"--user-claims={user}" for user in users)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://localhost:{port}/jwks", timeout=2):
                break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    with identities() as issuer:
        secrets = tmp_path / "user" / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir(parents=True)
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{"k" * 40}"\nclient_id = "synth-ui"\n'
            f'client_secret = "s"\nserver_metadata_url = "{issuer}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        server = start(tmp_path / "server", port, HOME=str(tmp_path / "user"), SYNTH_UI_WARM="0", SYNTH_UI_SIGN_IN="required")
        yield server
        server.stop()


def sign_in(browser: Browser, server: Server, name: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(SHOWN_MS)
    expect.set_options(timeout=SHOWN_MS)
    page.goto(f"{server.url}/data?table=somebody-elses")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    picture(page, "sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_text("Signed in as")).to_contain_text(name)
    return context, page


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(1_500)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def status(url: str, cookies: str = "", *, data: bytes | None = None) -> int:
    method = "GET" if data is None else "PUT"
    request = urllib.request.Request(url, data=data, headers={"Cookie": cookies, "Origin": url.split("/media")[0]}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def cookies_of(context: BrowserContext) -> str:
    return "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())


def test_two_users_sign_in_and_neither_sees_the_others_table(browser: Browser, signed: Server) -> None:
    anna, page = sign_in(browser, signed, "anna")
    picture(page, "signed-in")
    homes = sorted((signed.home / "people").iterdir())
    assert homes == [neighbours.folder_of(signed.home, json.loads((homes[0] / "who.json").read_text())["issuer"], "anna")]
    page.locator("input[type=file]").first.set_input_files(
        {
            "name": "wages.csv",
            "mimeType": "text/csv",
            "buffer": b"age,wage\n" + b"".join(b"%d,%d\n" % (20 + i, 1000 + i) for i in range(60)),
        }
    )
    expect(page.get_by_role("heading", name="wages")).to_be_visible(timeout=SHOWN_MS)
    table = page.url.split("table=")[1].split("&")[0]
    assert table in Workspace.at(homes[0]).tables()["id"].tolist()

    ben, other = sign_in(browser, signed, "ben")
    other.goto(f"{signed.url}/data?table={table}")
    expect(other.get_by_text("is not in this workspace")).to_be_visible()
    assert "wages" not in other.inner_text("body")
    assert len(list((signed.home / "people").iterdir())) == 2

    page.goto(f"{signed.url}/history?table={table}")
    page.get_by_text("Export or import").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/media/" in request.url else None)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export the workspace").click()
    address = download.value.url if "/media/" in download.value.url else asked[-1]
    everybody = [cookies_of(anna), cookies_of(ben), "", "_streamlit_user=forged"]
    assert [status(address, cookies) for cookies in everybody] == [200, 403, 403, 403]
    assert download.value.suggested_filename == "synth-ui-workspace.zip"

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/*end_session*")  # the provider ends its own session too
    page.goto(signed.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    anna.close()
    ben.close()
