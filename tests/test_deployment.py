"""What docs/deployment.md and its files name is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from synth_ui.ui.serve import beyond_this_machine

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "docs" / "deploy"
FILES = [ROOT / "docs" / "deployment.md", *sorted(DEPLOY.iterdir())]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    known = "\n".join(source.read_text(encoding="utf-8") for source in (ROOT / "synth_ui").rglob("*.py"))
    named = set(re.findall(r"SYNTH_UI_[A-Z_]+", path.read_text(encoding="utf-8"))) - {
        "SYNTH_UI_NAME"
    }  # of the compose file alone
    assert {name for name in named if f'"{name}"' not in known} == set()


def test_links_lead_somewhere() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(links) > 8
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_the_image_holds_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", text, re.M) for name in line.split()}
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    kept = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.M)
    assert {name.split("/")[0] for name in kept} == copied


def test_nodes_and_server_are_given_the_same_database_and_folders() -> None:
    services = compose()["services"]
    for name in ("SYNTH_UI_DATABASE", "SYNTH_UI_DATABASE_PASSWORD"):
        assert services["web"]["environment"][name] == services["node"]["environment"][name]
    assert services["web"]["volumes"] == services["node"]["volumes"]
    assert not any("ports" in services[name] for name in services if name != "proxy"), "only the proxy is reached from outside"


def test_the_server_listens_here_alone_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTH_UI_LISTEN", raising=False)
    monkeypatch.delenv("SYNTH_UI_HOSTS", raising=False)
    assert beyond_this_machine() == {}
    monkeypatch.setenv("SYNTH_UI_LISTEN", "0.0.0.0")
    monkeypatch.setenv("SYNTH_UI_HOSTS", "synth.example.org, other.example.org")
    assert beyond_this_machine() == {
        "server.address": "0.0.0.0",
        "server.allowedHosts": ["localhost", "127.0.0.1", "synth.example.org", "other.example.org"],
    }
