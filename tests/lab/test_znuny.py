"""The real Znuny by PyOTRS: what the relay builds on, and what it must be ready for."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotrs
import pytest
from pyotrs.lib import TICKET_CONNECTOR_CONFIG_DEFAULT, APIError, HTTPError

from tests.lab.place import address, must_run
from tests.lab.tickets import Desk, log_in

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Desk:
    return log_in("relay", folder)


@pytest.fixture
def key() -> str:
    """One that no ticket has yet."""
    return uuid.uuid4().hex


# What the relay does with a ticket.


def test_a_ticket_keeps_what_it_was_made_with(relay: Desk, key: str) -> None:
    about = {"CallerNumber": "+74955550100", "CallQueue": "acme-support", "CallStart": "2026-01-02 03:04:05"}
    ticket = relay.create(key, title="Звонок – Zoë ✓", body="Grüße\n2nd line ✓", fields=about)
    made = relay.read(ticket)
    assert (made.field_get("Title"), made.field_get("Queue"), made.field_get("State")) == (
        "Звонок – Zoë ✓",
        "ACME",
        "new",
    )
    assert {name: made.dynamic_field_get(name).value for name in [*about, "RelayKey"]} == about | {
        "RelayKey": key
    }
    assert [article.field_get("Body") for article in made.articles] == ["Grüße\n2nd line ✓"]


def test_a_search_by_key_finds_that_ticket_alone_and_at_once(relay: Desk, key: str) -> None:
    assert relay.find(key) == []
    relay.create(uuid.uuid4().hex)
    ticket = relay.create(key)
    relay.create(uuid.uuid4().hex)
    assert relay.find(key) == [ticket]


def test_a_token_in_the_title_is_found(relay: Desk, key: str) -> None:
    ticket = relay.create(key, title=f"Call [#{key[:12]}]")
    assert relay.find_title(f"*{key[:12]}*") == [ticket]


def test_the_story_of_a_call(relay: Desk, key: str) -> None:
    """The owner when an operator answers, articles as it goes on, closed at its end, still found then."""
    ticket = relay.create(key)
    relay.client.ticket_update(ticket, Owner="alice", State="open")
    relay.add(ticket, "Alice answered.")
    relay.client.ticket_update(ticket, dynamic_fields=[pyotrs.DynamicField("CallOutcome", "answered")])
    relay.client.ticket_update(ticket, State="closed successful")
    relay.client.ticket_update(ticket, State="closed successful")
    closed = relay.read(ticket)
    assert (closed.field_get("Owner"), closed.field_get("StateType")) == ("alice", "closed")
    assert closed.dynamic_field_get("CallOutcome").value == "answered"
    assert [article.field_get("Body") for article in closed.articles] == ["It rang.", "Alice answered."]
    assert relay.find(key) == [ticket]


@pytest.mark.parametrize("queue", ["ACME", "Globex", "Initech", "Call Center"])
def test_each_company_has_a_queue(relay: Desk, key: str, queue: str) -> None:
    assert relay.read(relay.create(key, queue=queue)).field_get("Queue") == queue


def test_a_ticket_moves_to_another_company(relay: Desk, key: str) -> None:
    ticket = relay.create(key, queue="ACME")
    relay.client.ticket_update(ticket, Queue="Globex")
    assert relay.read(ticket).field_get("Queue") == "Globex"


# Who may do what.


def test_an_owner_may_be_given_at_creation(relay: Desk, key: str) -> None:
    assert relay.read(relay.create(key, owner="bob")).field_get("Owner") == "bob"


def test_an_owner_of_another_company_is_taken_and_sees_the_ticket(
    relay: Desk, folder: Path, key: str
) -> None:
    """Znuny lets an owner do everything, whatever the queue: the operator's Company is for the relay to check."""
    ticket = relay.create(key, queue="ACME")
    dave = log_in("dave", folder)
    assert "TicketGet.AccessDenied" in refused(lambda: dave.read(ticket))
    relay.client.ticket_update(ticket, Owner="dave")
    assert dave.read(ticket).field_get("Owner") == "dave"


def test_agents_see_their_companys_tickets_only(relay: Desk, folder: Path, key: str) -> None:
    ticket = relay.create(key, queue="ACME")
    assert log_in("alice", folder).find(key) == [ticket]
    assert log_in("carol", folder).find(key) == []


def test_the_watcher_reads_and_changes_nothing(relay: Desk, folder: Path, key: str) -> None:
    ticket, watcher = relay.create(key), log_in("watcher", folder)
    assert watcher.find(key) == [ticket]
    assert "TicketUpdate.AccessDenied" in refused(lambda: watcher.add(ticket, "no"))
    assert "TicketCreate.AccessDenied" in refused(lambda: watcher.create(uuid.uuid4().hex))


def test_without_rw_a_ticket_is_lost_when_it_gets_an_owner(folder: Path, key: str) -> None:
    """The clerk has every right but rw, the relay rw alone. Whoever creates a ticket owns it, and may do everything
    until somebody else does.
    """
    clerk = log_in("clerk", folder)
    ticket = clerk.create(key)
    clerk.add(ticket, "Alice is called.")
    clerk.client.ticket_update(ticket, Owner="alice")
    assert "TicketUpdate.AccessDenied" in refused(lambda: clerk.add(ticket, "Alice answered."))


def test_a_queue_without_rights_takes_nothing(relay: Desk, key: str) -> None:
    assert "TicketCreate.AccessDenied" in refused(lambda: relay.create(key, queue="Forbidden"))
    ticket = relay.create(key)
    with pytest.raises(HTTPError, match="could not be updated"):  # an answer 500, not a refusal
        relay.client.ticket_update(ticket, Queue="Forbidden")
    assert relay.read(ticket).field_get("Queue") == "ACME"


# Refusals: nothing is made.


def refused(call: Callable[[], object]) -> str:
    """What Znuny refused it with."""
    with pytest.raises(APIError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue": "No such queue"},
        {"owner": "nobody"},
        {"fields": {"NoSuchField": "x"}},
        {"fields": {"CallStart": "yesterday"}},
    ],
    ids=str,
)
def test_what_znuny_does_not_know_is_refused(relay: Desk, key: str, wrong: dict[str, object]) -> None:
    title = f"Refused {key}"
    assert "TicketCreate.InvalidParameter" in refused(lambda: relay.create(key, title=title, **wrong))  # type: ignore[arg-type]
    assert relay.find_title(title) == []


def test_a_wrong_password_is_refused(folder: Path) -> None:
    wrong = "not-the-secret"
    assert "SessionCreate.AuthFail" in refused(lambda: log_in("relay", folder, password=wrong))


def test_a_dead_session_is_told_apart(relay: Desk, folder: Path, key: str) -> None:
    ticket, other = relay.create(key), log_in("relay", folder)
    other.client.session_id_store.value = "x" * 32
    assert "TicketGet.AuthFail" in refused(lambda: other.read(ticket))


# Traps.


def test_a_search_on_pyotrs_own_route_finds_strangers(folder: Path, relay: Desk, key: str) -> None:
    """Why the web service has POST /TicketSearch: Znuny ignores a field's filter in a query string."""
    stranger = relay.create(uuid.uuid4().hex)
    other = log_in("relay", folder, routes=TICKET_CONNECTOR_CONFIG_DEFAULT)
    assert other.find(key) != []
    assert stranger in other.find(key)


def test_a_long_title_is_cut_without_a_word(relay: Desk, key: str) -> None:
    made = relay.read(relay.create(key, title=key * 10))
    assert made.field_get("Title") == (key * 10)[:255]


def test_an_empty_article_is_given_a_text_by_pyotrs(relay: Desk, key: str) -> None:
    assert relay.read(relay.create(key, body="")).articles[0].field_get("Body") == "API created Article Body"


def test_znuny_holds_no_key_to_one_ticket(relay: Desk, key: str) -> None:
    tickets = [relay.create(key), relay.create(key)]
    assert relay.find(key) == tickets


def test_a_creation_that_fails_may_leave_half_a_ticket(relay: Desk, key: str) -> None:
    """Not atomic: the row, then the fields, then the article. Only the title is in the row."""
    with pytest.raises(HTTPError, match="500"):
        relay.create(key, title=key, fields={"CallId": "x" * 5000})
    [half] = relay.find_title(key)
    assert relay.find(key) in ([], [half])
    assert relay.read(half).articles == []


# Faults of the server.


@pytest.fixture
def fault() -> Iterator[Callable[[str], str]]:
    """Makes the server misbehave; it is whole again afterwards."""
    root = address("ZNUNY_ROOT")
    yield lambda name: must_run("znuny/fault", name, "--root", root)
    must_run("znuny/fault", "database-up", "--root", root)
    must_run("znuny/fault", "up", "--root", root)


@pytest.fixture
def hasty(relay: Desk, folder: Path) -> Desk:
    """The relay with a patience of a second."""
    return log_in("relay", folder, seconds=1)


def reason(call: Callable[[], object]) -> str:
    """The exception of the network behind PyOTRS's HTTPError."""
    with pytest.raises(HTTPError) as caught:
        call()
    return type(caught.value.__context__).__name__


def eventually(check: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (held := check()) and time.monotonic() < end:
        time.sleep(0.2)
    return held


def test_a_stalled_server_makes_the_ticket_after_all(
    relay: Desk, hasty: Desk, key: str, fault: Callable[[str], str]
) -> None:
    """So whoever tries again without waiting and searching gets two."""
    fault("stall")
    assert reason(lambda: hasty.create(key)) == "ReadTimeout"
    assert reason(lambda: hasty.create(key)) == "ReadTimeout"
    fault("continue")
    assert eventually(lambda: len(relay.find(key)) == 2)


def test_without_its_database_znuny_fails_and_heals(
    relay: Desk, key: str, fault: Callable[[str], str]
) -> None:
    fault("database-down")
    assert reason(lambda: relay.create(key)) != "NoneType"
    fault("database-up")
    ticket = relay.create(key)  # in the same session
    assert relay.find(key) == [ticket]


def test_a_server_that_is_down_is_told_at_once(relay: Desk, key: str, fault: Callable[[str], str]) -> None:
    fault("down")
    begun = time.monotonic()
    assert reason(lambda: relay.create(key)) == "ConnectionError"
    assert time.monotonic() - begun < 2
    fault("up")
    ticket = relay.create(key)  # in the same session
    assert relay.find(key) == [ticket]


def test_what_waited_for_killed_workers_is_done_by_new_ones(
    relay: Desk, hasty: Desk, key: str, fault: Callable[[str], str]
) -> None:
    fault("stall")
    assert reason(lambda: hasty.create(key)) == "ReadTimeout"
    fault("crash")
    fault("continue")  # Apache itself, which makes the new ones
    assert eventually(lambda: answers(relay) and len(relay.find(key)) == 1)


def answers(desk: Desk) -> bool:
    try:
        return isinstance(desk.find("0"), list)
    except HTTPError:
        return False


def test_up_heals_everything(relay: Desk, key: str, fault: Callable[[str], str]) -> None:
    fault("database-down")
    fault("stall")
    must_run("znuny/fault", "database-up", "--root", address("ZNUNY_ROOT"))
    fault("up")
    assert relay.find(key) == []
