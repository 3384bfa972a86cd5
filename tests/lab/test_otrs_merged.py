"""A real agent's merge in Znuny: the rest of the call's story goes into the other ticket; what it refuses is sorted."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from relay.errors import OutcomeUnknown
from relay.otrs.client import OtrsClient, OtrsServer
from relay.otrs.logins import Logins
from relay.otrs.ticket import Note
from relay.store.schema import ticket
from tests.lab.otrs_site import otrs_site
from tests.lab.place import address
from tests.lab.test_relay_otrs import until_first_answer
from tests.lab.tickets import Desk, log_in
from tests.relay.test_deliveries import two_calls

pytestmark = pytest.mark.lab

MERGE = """
use lib '/usr/share/otrs', '/usr/share/otrs/Kernel/cpan-lib', '/usr/share/otrs/Custom';
use Kernel::System::ObjectManager;
local $Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::System::Log' => { LogPrefix => 'lab' } );
my ( $Merged, $Main ) = @ARGV;
$Kernel::OM->Get('Kernel::System::Ticket')
    ->TicketMerge( MergeTicketID => $Merged, MainTicketID => $Main, UserID => 1 ) || die;
$Kernel::OM->ObjectsDiscard();
"""


def merge(merged: int, main: int) -> None:
    """As the agents' page does it; the web service has no operation for it."""
    root = Path(address("ZNUNY_ROOT")) / "system"
    done = subprocess.run(  # noqa: S603 - our own
        [
            *(
                "/usr/sbin/chroot",
                str(root),
                "/usr/bin/env",
                "-i",
                "HOME=/var/lib/otrs/tmp",
                "PATH=/usr/bin:/bin",
            ),
            *("setpriv", "--reuid=otrs", "--regid=www-data", "--init-groups"),
            *("perl", "-e", MERGE, str(merged), str(main)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_a_call_goes_on_in_the_ticket_it_was_merged_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.otrs.merging.FRESH", timedelta(0))
    desk = log_in("relay", tmp_path)

    async def scenario() -> None:
        main = await asyncio.to_thread(
            lambda: desk.create(uuid.uuid4().hex, title="A question", owner="alice")
        )
        async with otrs_site(tmp_path) as site:
            events = two_calls()
            half = until_first_answer(events)
            await site.asterisk.replay(events[:half], speed=10)
            await site.until(site.has_ticket, 20)
            await site.until_quiet()
            made = {int(row.ticket_id) for row in await site.rows(select(ticket))}
            for each in made:
                await asyncio.to_thread(merge, each, main)
            await site.asterisk.replay(events[half:], speed=50)
            await site.until_quiet()
            stories = [marks for key, marks in (await site.stories()).items() if ids_of(desk, key) & made]
            found = await asyncio.to_thread(desk.read, main)
            marks = [str(each.fields.get("Subject")).rsplit(" ", 1)[-1] for each in found.articles]
            assert stories
            assert all(len(told) >= 3 and set(told) <= set(marks) for told in stories)
            assert len(set(marks)) == len(marks)
            assert (found.field_get("State"), found.field_get("Owner")) == ("new", "alice")
            for each in made:
                (note,) = (await asyncio.to_thread(desk.read, each)).articles
                assert note.fields.get("Subject") == "Ticket Merged"

    asyncio.run(scenario())


def ids_of(desk: Desk, key: str) -> set[int]:
    return set(desk.find(key))


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (Note("a" * 4000, "[m]", "Too long a subject"), "otrs:http:500"),
        (Note("Too long a text [m]", "[m]", "a" * 17_000_000), "otrs:http:413"),
    ],
)
def test_what_is_wrong_with_one_message_is_an_answer_that_says_little(
    tmp_path: Path, note: Note, code: str
) -> None:
    made = log_in("relay", tmp_path).create(uuid.uuid4().hex)
    server = OtrsServer(address("ZNUNY_BASEURL"), "relay", "relay-secret")

    async def scenario() -> None:
        client = OtrsClient(server, Logins())
        with pytest.raises(OutcomeUnknown) as raised:
            await client.update(str(made), note, {})
        assert (raised.value.code, raised.value.was_answered) == (code, True)
        await client.close()

    asyncio.run(scenario())
