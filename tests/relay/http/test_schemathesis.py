"""The whole API by its own description: whatever a client sends, the answer is one that is described."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from tests.relay.site import DEFAULT_RELAY, SECRETS, Site, recording, site

PATIENT = DEFAULT_RELAY + "\nrequests_per_second = 1000\n"
TRIED = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A relay with a day of calls in it, served by a thread of its own."""
    ready, over = threading.Event(), threading.Event()
    kept: list[Site] = []

    async def serve() -> None:
        async with site(tmp_path_factory.mktemp("api"), relay=PATIENT) as relay:
            await relay.asterisk.replay(recording(), speed=200)
            await relay.until_recorded("ended", 30)
            kept.append(relay)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60)
    yield kept[0]
    over.set()
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("service", ["service", "desk", "nobody"])
def test_every_answer_is_described(served: Site, service: str) -> None:
    headers = {"Authorization": f"Bearer {SECRETS[service]}"} if service in SECRETS else {}
    url = str(served.url).rstrip("/")
    known = {"Authorization": f"Bearer {SECRETS['service']}"}
    found = requests.get(f"{url}/openapi.json", headers=known, timeout=10).json()
    schema = schemathesis.openapi.from_dict(found)
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) == sum(len(methods) for methods in found["paths"].values())
    for operation in operations:
        if operation.path == "/api/v1/events":  # it goes on for ever; tests of its own read it
            continue
        _try(operation, url, headers)


def _try(operation: Any, url: str, headers: dict[str, str]) -> None:
    # Whether a service may do it is for other tests; a body that is right by its shape can be wrong by its call.
    excluded = [schemathesis.checks.positive_data_acceptance, schemathesis.checks.ignored_auth]

    @TRIED
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        answer = case.call(base_url=url, headers=headers, timeout=20)
        case.validate_response(answer, excluded_checks=excluded, headers=headers)

    run()
