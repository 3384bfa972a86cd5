"""The relay over HTTP, for who keeps figures: answers bounded in size and time, asked again where that may help."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from callcenter.secret import read_secret, variable_of
from callcenter.settings import RelayApi

MOST_BYTES = 32 * 1024 * 1024
TRIES = 4
FIRST_WAIT = 0.5  # seconds; doubled from try to try
LONGEST_WAIT = 30.0  # seconds, whatever a Retry-After says
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class RelayFault(Exception):
    """The relay cannot be asked, or does not answer as it should. Says nothing of what was answered."""


@dataclass(slots=True)
class RelayClient:
    """Synchronous, for one run; a context manager."""

    api: RelayApi
    secret: str = field(repr=False)
    first_wait: float = FIRST_WAIT
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _session: aiohttp.ClientSession | None = None

    def __enter__(self) -> Self:
        self._runner.run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._runner.run(self._session.close())
        self._runner.close()

    def get(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a 200. RelayFault where there is none after all tries."""
        return self._runner.run(self._ask("GET", path, params=dict(query)))

    def post(self, path: str, body: Mapping[str, object]) -> bytes:
        """The body of a 200; only for what may be asked twice. RelayFault as `get`."""
        return self._runner.run(self._ask("POST", path, json=dict(body)))

    async def _open(self) -> None:
        timeout = aiohttp.ClientTimeout(total=self.api.timeout_seconds)
        headers = {"Authorization": f"Bearer {self.secret}"}
        self._session = aiohttp.ClientSession(timeout=timeout, headers=headers)

    async def _ask(self, method: str, path: str, **sent: object) -> bytes:
        for nth in range(TRIES):
            answer = await self._try(method, path, **sent)
            if isinstance(answer, bytes):
                return answer
            if nth + 1 == TRIES or not answer.is_worth_another:
                raise RelayFault(f"{self.api.url}: {answer.what}")
            await asyncio.sleep(min(LONGEST_WAIT, max(self.first_wait * 2**nth, answer.after)))
        raise AssertionError  # the last try has said something

    async def _try(self, method: str, path: str, **sent: object) -> bytes | _Refused:
        assert self._session is not None  # noqa: S101 - entered
        url = URL(self.api.url.rstrip("/") + path)
        try:
            async with self._session.request(method, url, allow_redirects=False, **sent) as answer:  # type: ignore[arg-type] # params or json
                if answer.status != 200:
                    return _refusal(answer)
                return await _body(answer)
        except TimeoutError:
            return _Refused(f"no answer within {self.api.timeout_seconds} s", is_worth_another=True)
        except aiohttp.ClientError as fault:
            return _Refused(f"cannot be reached: {type(fault).__name__}", is_worth_another=True)


@dataclass(frozen=True, slots=True)
class _Refused:
    what: str
    is_worth_another: bool = False
    after: float = 0.0  # seconds


def client_of(api: RelayApi) -> RelayClient:
    """SettingsError where there is no secret."""
    secret = read_secret(variable_of("relay api secret"), api.secret_file, "relay_api.secret_file")
    return RelayClient(api, secret, FIRST_WAIT)


def _refusal(answer: aiohttp.ClientResponse) -> _Refused:
    said = answer.headers.get("Retry-After", "")
    after = float(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0.0
    hint = ": is its secret that of a [[service]] of role service?" if answer.status in (401, 403) else ""
    return _Refused(f"answers {answer.status}{hint}", answer.status in _AGAIN, after)


async def _body(answer: aiohttp.ClientResponse) -> bytes | _Refused:
    held = bytearray()
    async for piece in answer.content.iter_chunked(1 << 16):
        held += piece
        if len(held) > MOST_BYTES:
            return _Refused(f"its answer is larger than {MOST_BYTES >> 20} MiB")
    return bytes(held)
