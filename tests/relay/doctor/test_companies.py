"""Companies that have Loymax's ids: the doctor asks Loymax for them, where there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.relay.doctor.near import Neighbours, on_neighbours, spoil

ACME = {"id": 7, "externalId": "", "name": "ACME"}


def with_id(near: Neighbours, partners: list[object]) -> None:
    near.loymax.companies.partners = partners
    spoil(near, 'id = "acme"', 'id = "acme"\npartner_id = 7')


@pytest.mark.parametrize(
    ("partners", "level", "told"),
    [
        ([ACME], "ok", "Loymax has every partner_id and external_id of the settings"),
        ([], "fault", "company[0].partner_id: Loymax has no Company 7"),
        ([{**ACME, "name": "Another"}], "warning", "company[0].name: Loymax has another"),
        (
            ["x"],
            "warning",
            "Loymax does not list its Companies (partners: Company [0]: needs a whole number `id`, ",
        ),
    ],
)
def test_what_loymax_has_otherwise(tmp_path: Path, partners: list[object], level: str, told: str) -> None:
    (text,) = on_neighbours(tmp_path, lambda near: with_id(near, partners), "companies", level)
    assert text.startswith(told)


def test_without_such_ids_it_does_not_ask(tmp_path: Path) -> None:
    assert (
        on_neighbours(tmp_path, lambda near: near.loymax.companies.partners.append(ACME), "companies", "ok")
        == []
    )


@pytest.mark.parametrize(
    ("permission", "fault", "level", "told"),
    [
        ("", None, "ok", "people of Loymax can sign in: it lists Companies, by any right"),
        ('permission = "R"', None, "ok", "people of Loymax can sign in: it lists Companies, by the right of"),
        (
            'permission = "R"',
            "ValidationError",
            "warning",
            "Loymax does not list Companies by the permission of [loymax.statistics] (result:ValidationError)",
        ),
    ],
)
def test_whether_people_of_loymax_can_sign_in(
    tmp_path: Path, permission: str, fault: str | None, level: str, told: str
) -> None:
    def on(near: Neighbours) -> None:
        with_id(near, [ACME])
        spoil(near, "[relay]", f"[console]\n[loymax.statistics]\n{permission}\n[relay]")
        api = near.loymax.companies
        api.refused = {"R": fault} if fault else {}

    assert on_neighbours(tmp_path, on, "companies", level)[-1].startswith(told)
