"""OTRS: login, operations, and what the settings name there; no ticket is made."""

from __future__ import annotations

from pathlib import Path

from tests.relay.doctor.near import Neighbours, on_neighbours, spoil


def test_a_wrong_password(tmp_path: Path) -> None:
    told = on_neighbours(tmp_path, lambda near: setattr(near.otrs, "password", "x"), "otrs", "fault")
    assert told == ["refuses the login"]


def test_a_web_service_of_another_name(tmp_path: Path) -> None:
    told = on_neighbours(
        tmp_path,
        lambda near: spoil(near, 'queue = "Call Center"', 'queue = "Call Center"\nwebservice = "a/b"'),
        "otrs",
        "fault",
    )
    assert told == ["no session: the web service answers with status 404 and nothing of ours"]


def test_a_queue_it_does_not_know(tmp_path: Path) -> None:
    known = frozenset({"Call Center"})
    told = on_neighbours(tmp_path, lambda near: setattr(near.otrs, "queues", known), "otrs", "fault")
    assert told == ["does not know the queue Globex"]


def test_a_queue_without_rights(tmp_path: Path) -> None:
    forbidden = frozenset({"Globex"})
    told = on_neighbours(tmp_path, lambda near: setattr(near.otrs, "forbidden", forbidden), "otrs", "fault")
    assert told == ["the agent may not make tickets in the queue Globex"]


def test_a_state_it_does_not_know(tmp_path: Path) -> None:
    known = frozenset({"open", "closed successful"})
    told = on_neighbours(tmp_path, lambda near: setattr(near.otrs, "states", known), "otrs", "fault")
    assert told == ["does not know the state closed unsuccessful"]


def test_a_field_it_does_not_know(tmp_path: Path) -> None:
    known = frozenset({"CallId"})
    told = on_neighbours(tmp_path, lambda near: setattr(near.otrs, "fields", known), "otrs", "fault")
    assert told == ["the dynamic field RelayKey is missing or of another type"]


def test_a_search_that_finds_strangers(tmp_path: Path) -> None:
    def spoil(near: Neighbours) -> None:
        near.otrs.is_filtering = False
        near.otrs.tickets["1"] = {"Title": "another", "DynamicField": [], "TicketID": "1"}

    told = on_neighbours(tmp_path, spoil, "otrs", "fault")
    assert told == ["a search by RelayKey finds strangers' tickets"]


def test_a_web_service_that_cannot_tell_where_tickets_were_merged_into(tmp_path: Path) -> None:
    told = on_neighbours(tmp_path, lambda near: setattr(near.otrs, "has_history", False), "otrs", "warning")
    assert told == [
        "the web service has no TicketHistoryGet: what agents merge into another ticket is not followed"
    ]
