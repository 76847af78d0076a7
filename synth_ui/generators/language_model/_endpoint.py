"""Talking to an OpenAI-compatible endpoint: rate limit, retries with back-off, time-out, tokens counted, the key never kept.

The key is read from the environment at the moment of a call, and is in no setting, no sampler, no message.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, SettingError

KEY, URL, MODEL = "SYNTH_UI_LLM_KEY", "SYNTH_UI_LLM_URL", "SYNTH_UI_LLM_MODEL"
"""The environment variables an endpoint is configured by; URL and model can also be settings, the key cannot."""

_LONGEST_PAUSE = 30.0


class EndpointError(Exception):
    """The endpoint gave no answer worth having; the message says why, without the key."""


@dataclass(frozen=True)
class Reply:
    """One answer: its text, and what was said instead of rows."""

    text: str
    refusal: str = ""


@dataclass
class RowTally:
    """What asking has cost so far."""

    calls: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def tokens(self) -> int:
        """All tokens, as the endpoint counts them."""
        return self.tokens_in + self.tokens_out


@dataclass
class Endpoint:
    """An endpoint with its limits.

    Attributes
    ----------
    timeout
        Seconds without a byte after which a call is given up.
    retries
        How often a call that failed for a passing reason is made again.
    calls_per_minute
        Calls are spaced by this rate.
    """

    url: str
    model: str
    timeout: float
    retries: int
    calls_per_minute: int
    context: Context
    tally: RowTally = field(default_factory=RowTally)
    _last: float = field(default=float("-inf"))

    def ask(self, messages: list[dict[str, str]], **options: Any) -> Reply:
        """Send messages and return the answer; passing failures are tried again after a growing pause.

        Raises
        ------
        EndpointError
            If it still fails after all retries, or for a reason that will not pass.
        Cancelled
            If the user asked to stop meanwhile.
        """
        import openai

        for attempt in range(self.retries + 1):
            self._keep_rate()
            self.tally.calls += 1
            try:
                return self._call(messages, options)
            except (openai.RateLimitError, openai.APIConnectionError, openai.InternalServerError) as error:
                self.tally.failed += 1
                if attempt == self.retries:
                    raise EndpointError(f"{self._said(error)}; {attempt + 1} calls in a row failed") from error
                self._pause(_asked_pause(error) or min(0.5 * 2.0**attempt, _LONGEST_PAUSE))
            except openai.APIStatusError as error:
                self.tally.failed += 1
                raise EndpointError(self._said(error)) from error
        raise EndpointError("no call was made")

    def _call(self, messages: list[dict[str, str]], options: dict[str, Any]) -> Reply:
        import openai

        key = key_for(self.url) or "none"
        with openai.OpenAI(base_url=self.url, api_key=key, timeout=self.timeout, max_retries=0) as client:
            said: Any = messages
            made: Any = client.chat.completions.create(model=self.model, messages=said, **options)
        used = getattr(made, "usage", None)
        self.tally.tokens_in += int(getattr(used, "prompt_tokens", 0) or 0)
        self.tally.tokens_out += int(getattr(used, "completion_tokens", 0) or 0)
        if not getattr(made, "choices", None):
            return Reply("")
        choice = made.choices[0]
        refusal = getattr(choice.message, "refusal", None) or ("filtered" if choice.finish_reason == "content_filter" else "")
        return Reply(choice.message.content or "", hidden(str(refusal)))

    def _keep_rate(self) -> None:
        wait = self._last + 60.0 / self.calls_per_minute - time.monotonic()
        if wait > 0:
            self._pause(wait)
        self._last = time.monotonic()

    def _pause(self, seconds: float) -> None:
        """Wait, and look meanwhile whether the user asked to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.context.step("waiting for the endpoint")
            time.sleep(min(left, 0.1))

    def _said(self, error: Any) -> str:
        import openai

        if isinstance(error, openai.APITimeoutError):
            return f"the endpoint gave no answer within {self.timeout:g} seconds"
        status = getattr(error, "status_code", None)
        if status is None:
            return "the endpoint could not be reached, or closed the connection in the middle of its answer"
        words = {
            401: "did not accept the key",
            403: "does not allow this",
            404: "knows no such model or address",
            429: "asks for fewer calls",
        }
        return f"the endpoint {words.get(status, 'answered with an error')} (HTTP {status}): {hidden(str(error.message))[:200]}"


def _asked_pause(error: Any) -> float | None:
    """Return the pause the endpoint asked for, within reason."""
    response = getattr(error, "response", None)
    said = response.headers.get("retry-after", "") if response is not None else ""
    try:
        return min(max(float(said), 0.0), _LONGEST_PAUSE)
    except ValueError:
        return None


def key_for(url: str) -> str:
    """Return the key, but only for the address it was configured with: whoever types another one must not be sent it."""
    ours, asked = urlsplit(os.environ.get(URL, "")), urlsplit(url)
    same = (ours.scheme, ours.netloc) == (asked.scheme, asked.netloc)
    return os.environ.get(KEY, "") if same else ""


def hidden(text: str) -> str:
    """Return a text without the key, should an endpoint repeat it."""
    key = os.environ.get(KEY)
    return text.replace(key, "[key]") if key else text


def configured(url: str, model: str, why: str) -> tuple[str, str]:
    """Return URL and model from the settings, else from the environment; raise `DoesNotApply` while either is missing."""
    url, model = url or os.environ.get(URL, ""), model or os.environ.get(MODEL, "")
    if not url or not model:
        raise DoesNotApply(
            f"no endpoint is configured, so no rows are asked for; {why}. Give url and model as settings or as {URL} and {MODEL}; where it "
            f"needs a key, give that as {KEY}, which is sent to the address in {URL} alone"
        )
    return check_url(url), model


def check_url(url: str) -> str:
    """Return a URL; refuse one that is none, or carries a secret into settings and reports.

    Raises
    ------
    SettingError
        That does not repeat the URL: it may hold a password.
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise SettingError("llm: url is no web address; write one such as http://localhost:11434/v1.")
    if parts.username or parts.password or parts.query:
        raise SettingError(f"llm: url holds a user, a password or a query; settings are kept and shown. Put the key into {KEY}.")
    return url
