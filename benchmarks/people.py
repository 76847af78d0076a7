"""Twenty users at once on one server: each signs in, loads its own table and races two cheap generators; what the clicks take, and what is left.

python benchmarks/people.py --users 20 [--seconds 900] [--out people.json]

A real server is started (`synth-ui serve`, users sign in), and every user is a connection of its own that speaks as a browser does: it runs
the pages, sends a file, ticks boxes, presses buttons, and looks at the board again and again. The sign-in itself is left out: each comes with
the cookie the server gives after it. Afterwards: has every user its table and every score of its race, did any page show a word of another
user's table, what did clicks take, how much memory did the server hold, and what of it once all had left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SECRET = "s" * 40  # nosec B105 # of a server that lives for this measurement
ISSUER = "https://identities.example"
GENERATORS = ("bootstrap", "gaussian_copula")
ROWS = 150
LOOK_SECONDS = 5.0
"""Between two looks of a user at the board."""


class Visitor:
    """One user's tab: a connection that runs pages and takes what they draw."""

    def __init__(self, url: str, number: int) -> None:
        self.url, self.name = url, f"user{number:02d}"
        self.table = f"wages{number:02d}"
        self.elements: dict[tuple[int, ...], Any] = {}
        self.clicks: list[float] = []
        self.seen: set[str] = set()
        self.session = self.page = self.query = ""
        self.kept: dict[str, Any] = {}

    async def connect(self) -> None:
        import websockets
        from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string

        who = {"is_logged_in": True, "origin": self.url, "iss": ISSUER, "sub": self.name, "email": f"{self.name}@example.org"}
        user = create_signed_value(SECRET, "_streamlit_user", json.dumps(who)).decode()
        self.xsrf = generate_xsrf_token_string()
        self.cookies = f"_streamlit_user={user}; _streamlit_xsrf={self.xsrf}"
        self.socket = await websockets.connect(
            self.url.replace("http", "ws") + "/_stcore/stream", origin=self.url, max_size=None, open_timeout=120, ping_timeout=None,
            subprotocols=["streamlit", self.xsrf], additional_headers={"Cookie": self.cookies},
        )  # fmt: skip

    async def run(self, *changed: tuple[str, dict[str, Any]], measured: bool = True) -> None:
        """Run the page with what was changed or pressed, and take all it draws; a click is over when the page stands."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message, begun = BackMsg(), time.perf_counter()
        message.rerun_script.query_string, message.rerun_script.page_script_hash = self.query, self.page
        for key, value in {**self.kept, **dict(changed)}.items():
            state = message.rerun_script.widget_states.widgets.add(id=key)
            for name, said in value.items():
                if name == "file":
                    one = state.file_uploader_state_value.uploaded_file_info.add(file_id=said[0], name=said[1], size=said[2])
                    one.file_urls.CopyFrom(said[3])
                else:
                    setattr(state, name, said)
        self.kept.update({key: value for key, value in changed if "trigger_value" not in value})
        await self.socket.send(message.SerializeToString())
        while True:
            got = ForwardMsg()
            got.ParseFromString(await asyncio.wait_for(self.socket.recv(), 300))
            self.take(got)
            if got.WhichOneof("type") == "script_finished" and got.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                break
        if measured:
            self.clicks.append(time.perf_counter() - begun)

    def take(self, got: Any) -> None:
        kind = got.WhichOneof("type")
        if kind == "new_session":
            self.session, self.page = got.new_session.initialize.session_id or self.session, got.new_session.page_script_hash
            self.elements.clear()
        elif kind == "page_info_changed":
            self.query = got.page_info_changed.query_string
        elif kind == "delta":
            self.elements[tuple(got.metadata.delta_path)] = got.delta
            text = str(got.delta)
            self.seen.update(word for word in (f"wages{number:02d}" for number in range(100)) if word in text)

    def found(self, kind: str, ending: str = "", label: str = "") -> str:
        """Return the id of a widget that stands on the page now."""
        for delta in self.elements.values():
            if delta.WhichOneof("type") == "new_element" and delta.new_element.WhichOneof("type") == kind:
                one = getattr(delta.new_element, kind)
                if one.id.endswith(ending) and label in one.label:
                    return str(one.id)
        raise LookupError(f"{self.name}: no {kind} {ending}{label} on the page")

    async def upload(self) -> None:
        """Send this user's own table, as the browser does."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        widget, asked = self.found("file_uploader"), BackMsg()
        asked.file_urls_request.request_id = uuid.uuid4().hex
        asked.file_urls_request.file_names.append(f"{self.table}.csv")
        await self.socket.send(asked.SerializeToString())
        while True:
            got = ForwardMsg()
            got.ParseFromString(await asyncio.wait_for(self.socket.recv(), 300))
            if got.WhichOneof("type") == "file_urls_response":
                urls = got.file_urls_response.file_urls[0]
                break
        content = self.rows()
        await asyncio.to_thread(self.put, urls.upload_url, content)
        await self.run((widget, {"file": (urls.file_id, f"{self.table}.csv", len(content), urls)}))
        self.kept.pop(widget)

    def rows(self) -> bytes:
        import random

        draw = random.Random(self.name)
        lines = (
            f"{draw.randint(18, 70)},{draw.gauss(40, 12):.1f},{draw.choice('abc')},{draw.choice(['yes', 'no'])}"
            for _ in range(ROWS)
        )
        return ("age,pay,class,member\n" + "\n".join(lines) + "\n").encode()

    def put(self, path: str, content: bytes) -> None:
        edge = uuid.uuid4().hex
        body = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{self.table}.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Cookie": self.cookies,
            "X-Xsrftoken": self.xsrf,
            "Origin": self.url,
        }
        request = urllib.request.Request(self.url + path, body + content + f"\r\n--{edge}--\r\n".encode(), headers, method="PUT")
        with urllib.request.urlopen(request, timeout=300) as answer:
            assert answer.status == 204

    async def work(self, until: float) -> None:
        """Load the table, race, and look at the board until the race is over."""
        await self.run(measured=False)
        await self.upload()
        while self.table not in self.seen and time.monotonic() < until:
            await asyncio.sleep(0.5)  # read by a process of its own, which the page follows
            await self.run(measured=False)
        assert self.table in self.seen, f"{self.name} does not see its table"
        await self.go("generate")
        await self.run((self.found("button", "-pick_none"), {"trigger_value": True}))
        for generator in GENERATORS:
            await self.run((self.found("checkbox", f"-pick-{generator}"), {"bool_value": True}))
        await self.run((self.found("selectbox", "-race_card"), {"string_value": "Leaderboard only"}))
        await self.run((self.found("button", "-start_race_catalogue"), {"trigger_value": True}))
        self.kept.clear()
        home = self.home
        while time.monotonic() < until and not over(home):
            await self.run()
            await asyncio.sleep(LOOK_SECONDS)
        await self.go("compare")

    async def go(self, page: str) -> None:
        from streamlit.util import calc_hash

        self.kept.clear()
        self.page = calc_hash(page)
        await self.run()

    @property
    def home(self) -> Path:
        from synth_ui.store.people import neighbours

        return neighbours.folder_of(Path(os.environ["SYNTH_UI_HOME"]), ISSUER, self.name)


def over(home: Path) -> bool:
    from synth_ui.store.workspace import Workspace

    ws = Workspace.at(home)
    races = ws.races()
    mine = races[~races["example"].astype(bool)]
    return len(mine) > 0 and not ws.under_way()


def state_of(pid: int) -> dict[str, float]:
    import psutil

    process = psutil.Process(pid)
    return {"megabytes": process.memory_info().rss / 2**20, "handles": process.num_fds(), "threads": process.num_threads()}


async def watched(pid: int, ends: Callable[[], bool]) -> float:
    most = 0.0
    while not ends():
        most = max(most, state_of(pid)["megabytes"])
        await asyncio.sleep(0.5)
    return most


async def people(url: str, pid: int, users: int, seconds: float, after: float) -> dict[str, Any]:
    visitors = [Visitor(url, number) for number in range(users)]
    begun = time.monotonic()
    before = state_of(pid)
    await asyncio.gather(*(visitor.connect() for visitor in visitors))
    ended: list[bool] = []
    watching = asyncio.create_task(watched(pid, lambda: bool(ended)))
    works = await asyncio.gather(*(visitor.work(begun + seconds) for visitor in visitors), return_exceptions=True)
    ended.append(True)
    for one in works:
        if one is not None:
            traceback.print_exception(one)
    most, during = await watching, state_of(pid)
    await asyncio.gather(*(visitor.socket.close() for visitor in visitors))
    took = time.monotonic() - begun
    await asyncio.sleep(after)  # a session that is gone is kept for two minutes, for a tab that comes back
    clicks = sorted(click for visitor in visitors for click in visitor.clicks) or [0.0]
    return {
        "users": users, "seconds": took, "clicks": len(clicks), "median": statistics.median(clicks), "p95": clicks[int(0.95 * len(clicks))],
        "slowest": clicks[-1], "failed": [f"{type(one).__name__}: {one}" for one in works if one is not None],
        "saw others": {one.name: sorted(one.seen - {one.table}) for one in visitors if one.seen - {one.table}},
        "before": before, "most megabytes": most, "during": during, "after": state_of(pid), **kept(visitors),
    }  # fmt: skip


def kept(visitors: list[Visitor]) -> dict[str, Any]:
    """Count what is there in the end: tables, races, candidates done, scores."""
    from synth_ui.core.run import RunState
    from synth_ui.store.workspace import Workspace

    found = {"tables": 0, "races": 0, "runs done": 0, "runs not done": 0, "scores": 0}
    for visitor in visitors:
        ws = Workspace.open(visitor.home, hold=False)
        found["tables"] += int((ws.tables()["name"] == visitor.table).sum())
        races = ws.races()
        for race_id in races[~races["example"].astype(bool)]["id"]:
            members = ws.members(str(race_id))
            found["races"] += 1
            found["runs done"] += sum(run.state is RunState.DONE for run in members)
            found["runs not done"] += sum(run.state is not RunState.DONE for run in members)
            found["scores"] += len(ws.raw_scores(str(race_id)))
    return found


def served(folder: Path, port: int) -> Iterator[tuple[str, int]]:
    """Start a server whose users sign in, and end it."""
    url, secrets = f"http://127.0.0.1:{port}", folder / "user" / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "x"\nclient_secret = "x"\n'
        'server_metadata_url = "http://127.0.0.1:1/none"\n',
        encoding="utf-8",
    )
    environment = {**os.environ, "HOME": str(folder / "user"), "OMP_NUM_THREADS": "1"}
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).read()
                break
            except OSError:
                time.sleep(0.2)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--after", type=float, default=150.0)
    parser.add_argument("--port", type=int, default=8987)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="synth-ui-people-"))
    os.environ["SYNTH_UI_HOME"] = str((folder / "server").resolve())
    for url, pid in served(folder, options.port):
        load = os.getloadavg()
        said = asyncio.run(people(url, pid, options.users, options.seconds, options.after))
    said |= {"cores": len(os.sched_getaffinity(0)), "load before": load[0], "load after": os.getloadavg()[0]}
    text = json.dumps(said, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
