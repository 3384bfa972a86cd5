"""From the settings to each Company's tickets."""

from __future__ import annotations

from pathlib import Path

import pytest
from yarl import URL

from callcenter.settings import Settings, SettingsError, load_settings
from relay import parts
from relay.words import CompanyId, OperatorLogin
from tests.relay.site import write_settings

ACME, GLOBEX, NOBODYS = CompanyId("acme"), CompanyId("globex"), CompanyId("unassigned")


def settings_with(folder: Path, otrs: str = "", tickets: str = "") -> Settings:
    """`otrs`: more lines of its table; `tickets`: acme's."""
    written = write_settings(folder, 5038, URL("http://127.0.0.1:1/"), URL("http://127.0.0.1:2/"))
    text = written.path.read_text("utf-8")
    text = text.replace('queue = "Call Center"\n', f'queue = "Call Center"\n{otrs}\n')
    if tickets:
        text = text.replace('id = "acme"', f'tickets = {tickets}\nid = "acme"', 1)
    written.path.write_text(text, "utf-8")
    return load_settings(written.path)


def test_a_company_has_its_own_and_for_the_rest_what_otrs_says(tmp_path: Path) -> None:
    forms = parts.ticket_forms(
        settings_with(
            tmp_path,
            'state = "new"\npriority = "4 high"\ntexts = { held = "Wait", ended = "Over" }',
            '{ language = "ru", closed_state = "closed unsuccessful", texts = { held = "Ждёт" } }',
        )
    )
    acme, globex = forms.of(ACME), forms.of(GLOBEX)
    assert (acme.queue, globex.queue) == ("Call Center", "Globex")
    assert (acme.state, acme.priority, globex.state) == ("new", "4 high", "new")
    assert (acme.closed_state, globex.closed_state) == ("closed unsuccessful", "closed successful")
    assert (acme.text("held"), acme.text("ended"), globex.text("held")) == ("Ждёт", "Over", "Wait")
    assert acme.text("resumed").startswith("Снят")
    assert globex.text("resumed").startswith("Off hold")
    assert (acme.reasons["balance"], globex.reasons["balance"]) == ("Баланс", "Balance")


def test_a_call_of_nobody_gets_the_common_queue(tmp_path: Path) -> None:
    assert parts.ticket_forms(settings_with(tmp_path)).of(NOBODYS).queue == "Call Center"


def test_an_owner_is_an_operator_of_that_company(tmp_path: Path) -> None:
    forms = parts.ticket_forms(settings_with(tmp_path))
    assert forms.owner(OperatorLogin("alice"), ACME) == "alice"
    assert forms.owner(OperatorLogin("alice"), GLOBEX) is None
    assert forms.owner(OperatorLogin("stranger"), ACME) is None


@pytest.mark.parametrize(
    ("otrs", "tickets"),
    [
        ('title = "{name.__class__}"', ""),
        ('title = "{nothing}"', ""),
        ('title = "{company"', ""),
        ('texts = { held = "{operator!r}" }', ""),
        ('texts = { held = "{text:>99}" }', ""),
        ("", '{ title = "{text}" }'),
        ("", '{ texts = { held = "{0}" } }'),
    ],
)
def test_a_template_that_could_not_be_filled_is_refused_with_the_settings(
    tmp_path: Path, otrs: str, tickets: str
) -> None:
    with pytest.raises(SettingsError):
        settings_with(tmp_path, otrs, tickets)
