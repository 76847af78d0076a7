"""The language model against a stub endpoint on this machine, faults included; the key is found nowhere afterwards."""

from __future__ import annotations

import json
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, DoesNotApply, SettingError
from synth_ui.core.table import Table
from synth_ui.generators.contract import checks
from synth_ui.generators.language_model._endpoint import KEY, MODEL, URL, Endpoint, hidden
from synth_ui.generators.language_model.llm import LanguageModel, objects
from tests.awkward import AWKWARD

SECRET = "sk-top-secret-4711"
Reply = Callable[[dict[str, Any], int], Any]


class Stub:
    """An endpoint that answers as a test says; `requests` and `keys` are what it was sent."""

    def __init__(self) -> None:
        self.reply: Reply = lambda body, call: rows_for(body)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self.done = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stub.times.append(time.monotonic())
                stub.requests.append(body)
                stub.keys.append(self.headers.get("authorization", ""))
                stub.answer(self, stub.reply(body, len(stub.requests)))

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def answer(self, handler: BaseHTTPRequestHandler, said: Any) -> None:
        if said == "hang":
            self.done.wait(20)
            return
        status, headers, message = said if isinstance(said, tuple) else (200, {}, said)
        if status == 200:
            message = {"role": "assistant", **({"content": message} if isinstance(message, str) else message)}
            finish = message.pop("finish", "stop")
            body: Any = {
                "id": "1", "object": "chat.completion", "created": 1, "model": "stub",
                "choices": [{"index": 0, "finish_reason": finish, "message": message}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
            }  # fmt: skip
        else:
            body = {"error": {"message": message, "type": "error"}}
        content = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2] if headers.get("x-half") else content)


def rows_for(body: dict[str, Any], number: int | None = None, seed: int | None = None) -> str:
    """Rows that fit what was asked, drawn from the seed that was sent."""
    said = body["messages"][1]["content"]
    told = json.loads(said.partition("\n")[2])
    wanted = number or int(said.split()[1])
    rng = np.random.default_rng(body["seed"] if seed is None else seed)
    rows = []
    for _ in range(wanted):
        row = {column["name"]: _value(column, rng) for column in told["columns"]}
        rows.append({**row, **told.get("every row has", {})})
    return json.dumps({"rows": rows})


def _value(column: dict[str, Any], rng: np.random.Generator) -> Any:
    if "one of" in column:
        level = str(rng.choice(column["one of"]))
        return level == "true" if column["kind"] == "boolean" else level
    if column["kind"] == "datetime":
        return column["from"]
    value = rng.uniform(column["from"], column["to"])
    return round(value) if column["kind"] == "integer" else value


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    stub = Stub()
    monkeypatch.setenv(KEY, SECRET)
    monkeypatch.setenv(URL, stub.url)
    monkeypatch.delenv(MODEL, raising=False)
    yield stub
    stub.done.set()
    stub.server.shutdown()
    stub.server.server_close()


def plain() -> Table:
    return AWKWARD["plain"]()


def model(stub: Stub, **settings: Any) -> LanguageModel:
    return LanguageModel(**{"url": stub.url, "model": "stub", "calls_per_minute": 60_000, "retries": 2, **settings})


def test_it_is_off_until_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL, MODEL, KEY):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DoesNotApply, match="no endpoint is configured"):
        LanguageModel().fit(plain(), Context())
    with pytest.raises(DoesNotApply, match="no endpoint is configured"):
        LanguageModel(url="http://localhost:1/v1").fit(plain(), Context())


def test_fitting_sends_nothing(stub: Stub) -> None:
    model(stub).fit(plain(), Context())
    assert not stub.requests


def test_rows_come_in_calls_and_are_counted(stub: Stub) -> None:
    sampler = model(stub).fit(plain(), Context())
    frame = sampler(50, Context(1))
    assert len(frame) == 50
    assert len(stub.requests) == 3
    assert stub.requests[0]["model"] == "stub"
    assert stub.requests[0]["response_format"]["type"] == "json_schema"
    assert "3 calls to stub, 0 of them failed; 300 tokens sent, 150 received" in sampler.notes[0]  # type: ignore[attr-defined]
    assert stub.keys[0] == f"Bearer {SECRET}"


@pytest.mark.parametrize("name", ["plain", "dates", "blanks_in_target"])
def test_it_keeps_the_contract_of_generators(stub: Stub, name: str) -> None:
    name = name if name in AWKWARD else "constant_kept"
    for check in checks(model(stub, rows_per_call=200), AWKWARD[name](), trained=False):
        if "pickled" in str(check) or "conditions are met" not in str(check):
            check()


def test_the_examples_are_masked_unless_told_otherwise(stub: Stub) -> None:
    table = plain()
    real = {tuple(map(str, row)) for row in table.frame.itertuples(index=False)}
    shown: dict[str, Any] = {}
    for way in ("none", "masked", "real"):
        model(stub, examples=way, example_rows=20).fit(table, Context())(5, Context())
        shown[way] = json.loads(stub.requests[-1]["messages"][1]["content"].partition("\n")[2])
    assert "examples" not in shown["none"]
    sent = {way: {tuple(map(str, row.values())) for row in shown[way]["examples"]} for way in ("masked", "real")}
    assert not sent["masked"] & real
    assert all(float(f"{row['income']:.2g}") == row["income"] for row in shown["masked"]["examples"])
    incomes = table.frame["income"].to_numpy()
    assert all(np.isclose(incomes, row["income"]).any() for row in shown["real"]["examples"])
    columns = {column["name"]: column for column in shown["masked"]["columns"]}
    assert columns["income"]["to"] != incomes.max()


def test_keys_and_personal_values_are_made_here_and_never_sent(stub: Stub) -> None:
    table = AWKWARD["personal"]()
    frame = model(stub, examples="real").fit(table, Context())(10, Context())
    sent = json.dumps(stub.requests)
    for column in table.schema:
        if not column.modelled:
            assert column.name not in sent
            assert not any(str(value) in sent for value in table.frame[column.name].dropna().head(30))
    assert list(frame.columns) == table.schema.names


def test_malformed_rows_are_dropped_and_counted(stub: Stub) -> None:
    def reply(body: dict[str, Any], call: int) -> str:
        rows = json.loads(rows_for(body))["rows"]
        if call > 2:
            return json.dumps({"rows": rows})
        rows[0]["age"], rows[1]["city"], rows[2] = "old", "Atlantis", {"age": 3}
        rows[3]["income"], rows[4]["age"] = 1e12, 31.5
        return "```json\n" + json.dumps({"rows": rows}) + "\n```"

    stub.reply = reply
    sampler = model(stub).fit(plain(), Context())
    frame = sampler(30, Context(1))
    assert len(frame) == 30
    assert set(frame["city"].dropna()) <= {"Bern", "Lyon", "Turin", "Graz"}
    assert frame["income"].between(plain().frame["income"].min(), plain().frame["income"].max()).all()
    said = " ".join(sampler.notes)  # type: ignore[attr-defined]
    assert "city: an unknown level" in said or "age: no number" in said


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are made, in seconds, without waiting for them."""
    made: list[float] = []
    monkeypatch.setattr(Endpoint, "_pause", lambda self, seconds: made.append(seconds))
    return made


def test_too_many_requests_are_tried_again_after_the_pause_asked_for(stub: Stub, pauses: list[float]) -> None:
    stub.reply = lambda body, call: (429, {"retry-after": "7"}, "slow down") if call == 1 else rows_for(body)
    sampler = model(stub).fit(plain(), Context())
    assert len(sampler(5, Context())) == 5
    assert 7.0 in pauses
    assert "1 of them failed" in sampler.notes[0]  # type: ignore[attr-defined]


def test_pauses_grow_while_the_endpoint_fails(stub: Stub, pauses: list[float]) -> None:
    stub.reply = lambda body, call: (503, {}, "busy") if call <= 3 else rows_for(body)
    assert len(model(stub, retries=3).fit(plain(), Context())(5, Context())) == 5
    assert [pause for pause in pauses if pause >= 0.5] == [0.5, 1.0, 2.0]


def test_a_silent_endpoint_is_given_up_and_the_reason_said(stub: Stub) -> None:
    stub.reply = lambda body, call: "hang"
    start = time.monotonic()
    with pytest.raises(DoesNotApply, match=r"no answer within 0.2 seconds; 2 calls in a row failed"):
        model(stub, timeout=0.2, retries=1).fit(plain(), Context())(5, Context())
    assert time.monotonic() - start < 15


def test_half_an_answer_is_tried_again(stub: Stub) -> None:
    stub.reply = lambda body, call: (200, {"x-half": "1"}, rows_for(body)) if call == 1 else rows_for(body)
    sampler = model(stub, timeout=1).fit(plain(), Context())
    assert len(sampler(5, Context())) == 5
    assert "1 of them failed" in sampler.notes[0]  # type: ignore[attr-defined]


def test_whole_rows_of_an_answer_that_was_cut_off_are_kept(stub: Stub) -> None:
    stub.reply = lambda body, call: {"content": rows_for(body, 10)[:-25], "finish": "length"}
    frame = model(stub, rows_per_call=10).fit(plain(), Context())(18, Context())
    assert len(frame) == 18
    assert len(stub.requests) == 2


def test_a_refusal_is_shown(stub: Stub) -> None:
    stub.reply = lambda body, call: {"content": None, "refusal": "I cannot make up people."}
    with pytest.raises(DoesNotApply, match=r"3 answers in a row held no usable row.*refused: I cannot make up people"):
        model(stub).fit(plain(), Context())(5, Context())


def test_what_came_before_a_failure_is_kept_with_the_reason(stub: Stub) -> None:
    stub.reply = lambda body, call: rows_for(body) if call <= 2 else (500, {}, "broken")
    sampler = model(stub, retries=0).fit(plain(), Context())
    frame = sampler(100, Context())
    assert len(frame) == 40
    assert "Only 40 of 100 rows were made: the endpoint answered with an error (HTTP 500)" in sampler.notes[-1]  # type: ignore[attr-defined]


def test_a_wrong_key_stops_at_once_and_is_not_repeated(stub: Stub) -> None:
    stub.reply = lambda body, call: (401, {}, f"Incorrect API key provided: {SECRET}")
    with pytest.raises(DoesNotApply) as refused:
        model(stub).fit(plain(), Context())(5, Context())
    assert len(stub.requests) == 1
    assert "did not accept the key (HTTP 401)" in str(refused.value)
    assert SECRET not in str(refused.value)
    assert hidden(f"a {SECRET}") == "a [key]"


def test_the_key_is_sent_to_the_configured_address_alone(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "http://127.0.0.1:9/v1")
    model(stub).fit(plain(), Context())(5, Context())
    assert SECRET not in stub.keys[0]


def test_the_token_budget_ends_the_calls(stub: Stub) -> None:
    sampler = model(stub, most_tokens=1_000, rows_per_call=1).fit(plain(), Context())
    frame = sampler(50, Context())
    assert len(frame) == 7
    assert "the budget of 1,000 tokens is spent" in sampler.notes[-1]  # type: ignore[attr-defined]


def test_calls_keep_to_the_rate(stub: Stub, pauses: list[float]) -> None:
    model(stub, calls_per_minute=1, rows_per_call=1).fit(plain(), Context())(3, Context())
    assert len([pause for pause in pauses if 20 < pause <= 60]) == 2


def test_a_stop_is_heard_while_waiting(stub: Stub) -> None:
    stub.reply = lambda body, call: (429, {"retry-after": "20"}, "slow down")
    asked = iter([False] * 3)
    with pytest.raises(Cancelled):
        model(stub).fit(plain(), Context())(5, Context(cancelled=lambda: next(asked, True)))


def test_conditions_are_asked_for_and_checked(stub: Stub) -> None:
    sampler = model(stub).fit(plain(), Context())
    assert set(sampler(10, Context(), {"city": "Bern"})["city"]) == {"Bern"}
    with pytest.raises(DoesNotApply, match="Atlantis"):
        sampler(10, Context(), {"city": "Atlantis"})


def test_the_key_is_nowhere(stub: Stub) -> None:
    generator = model(stub)
    sampler = generator.fit(plain(), Context())
    sampler(5, Context())
    packed = pickle.dumps(sampler)
    assert SECRET.encode() not in packed
    assert SECRET not in json.dumps(generator.settings()) + repr(generator) + repr(vars(sampler))
    assert len(pickle.loads(packed)(5, Context())) == 5


@pytest.mark.parametrize("url", ["ftp://host/v1", "nothing", "http://me:word@host/v1", "https://host/v1?key=abc"])
def test_a_url_that_carries_a_secret_or_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingError) as refused:
        LanguageModel(url=url)
    assert url not in str(refused.value)


def test_a_declared_table_is_filled_without_a_real_row(stub: Stub) -> None:
    world = model(stub).world(12, Context(2))
    assert len(world.main) == 12
    assert "email" not in json.dumps(stub.requests)
    assert world.main.frame["customer_id"].str.fullmatch(r"C-\d{6}").all()
    assert "examples" not in json.dumps(stub.requests)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"rows": [{"a": 1}, {"a": 2}]}', 2),
        ('[{"a": 1}]', 1),
        ('```json\n{"rows": [{"a": 1}]}\n```', 1),
        ('Here you are: {"rows": [{"a": 1}, {"a": 2}, {"a"', 2),
        ("I cannot do that.", 0),
        ('{"rows": 3}', 0),
        ("", 0),
    ],
)
def test_rows_are_found_in_any_answer(text: str, rows: int) -> None:
    assert len(objects(text)) == rows
