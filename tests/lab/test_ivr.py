"""The documented dial plan on a real Asterisk: every branch of it, with real key presses and known outcomes."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from aiohttp.test_utils import unused_port
from pyotrs import Article

from callcenter.settings import RelayApi, load_settings, number_key
from lab.asterisk.place import Place
from lab.asterisk.server import command, restart_with_empty_logs
from lab.asterisk.settings import ATTESTED, SOUNDS
from lab.calls.check import EVER, compare
from lab.calls.phone import Manners
from lab.calls.settings_file import settings_text
from lab.calls.truth import Leg
from reports.callbacks import callback_figures
from tests.lab import ivr_members
from tests.lab.conftest import Lab
from tests.lab.ivr_attested import ATTESTED_CALLS
from tests.lab.ivr_branches import (
    ABROAD,
    ABROAD_TOO,
    ALONE,
    ANSWERED,
    BARE,
    BRISK,
    CALM,
    DEAF,
    DID,
    HURRIED,
    MUTE,
    NIGHT,
    NOBODY,
    OVERFLOWED,
    PATIENT,
    PIN,
    QUEUES,
    SLOW,
    STRANGE,
    STRICT,
    SUPPORT,
)
from tests.lab.ivr_pin import BY_PIN, LIMITS
from tests.lab.ivr_services import BY_CARD, RESTARTED
from tests.lab.ivr_site import Scene, Visit, scene
from tests.lab.relay_site import Relay, relay_site
from tests.lab.tickets import log_in
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load import load_new_bytes
from warehouse.load_facts import load_new_facts
from warehouse.publish import publish

pytestmark = pytest.mark.lab

HASTE = {"WAIT": "4", "OVERFLOW_WAIT": "4", "THINK": "1"}
# What Asterisk says of a relay that is down, and of a queue that lets nobody in.
MEANT = r"res_agi\.c: (Connecting to|Couldn't connect)|app_queue\.c: Unable to join queue 'initech-vip'"
SLACK = 0.7  # seconds of a busy machine
OFFERS = "selfservice = {{ balance = true, block_card = true{} }}\n"
COMPANIES = {
    "hooli": OFFERS.format(
        ', factor = "pin", attempts_per_call = 2, attempts_per_number = 3, unit = "bonus"'
    ),
    "umbrella": OFFERS.format(", attempts_per_hour = 1"),
    "wayne": 'route = { hours = ["mon 00:00-00:01"], language = "en" }\n',
    "stark": "callbacks = { enabled = false }\n",
}
DAY = tuple((each,) for each in (*QUEUES, *BY_CARD, *ATTESTED_CALLS, *BY_PIN, *ALONE))


def acme(*, is_open: bool) -> str:
    """Business hours all day, or in an hour that is half a day away; self-service."""
    far = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(hours=12)
    hours = "00:00-24:00" if is_open else f"{far.hour:02}:00-{far.hour:02}:59"
    return f'route = {{ hours = ["mon-sun {hours}"], language = "ru" }}\n' + OFFERS.format("")


async def open_the_company(relay: Relay) -> None:
    """The settings are changed, and taken without a restart."""
    settings = relay.folder / "callcenter.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace(acme(is_open=False), acme(is_open=True)), "utf-8")
    assert relay.process is not None
    relay.process.send_signal(signal.SIGHUP)
    await relay.until(lambda: "settings.taken" in relay.log.read_text("utf-8"), 60)


def plan_of(company: str, queue: str = "", **more: str) -> dict[str, str]:
    """What `[incoming]` says of a number of this Company's."""
    first = f"{company}-{queue or 'support'}"
    return {
        "FIRST": first,
        "SECOND": (queue and first) or f"{company}-overflow",
        "CHANNEL(language)": "ru",
    } | more


async def prepare(around: Scene, agi: int, mute: int) -> None:
    """The numbers of the test, and who answers: Alice one caller, Bob another, whom he has from the second queue."""
    around.relays = {"down": f"127.0.0.1:{unused_port()}", "mute": f"127.0.0.1:{mute}"}
    await around.ami.do("Setvar", Variable="RELAY", Value=f"127.0.0.1:{agi}")
    for number, differs in (
        (HURRIED, HASTE),
        (BRISK, HASTE | {"WAIT": "2", "OVERFLOW_WAIT": "2"}),
        (CALM, HASTE | {"THINK": "3"}),
        (PATIENT, {"WAIT": "4"}),
        (SLOW, {"THINK": "600"}),
        (DEAF, {"RELAY": around.relays["down"]}),
        (MUTE, {"RELAY": around.relays["mute"]}),
    ):
        await around.number(number, differs, f"incoming,{DID}")
    for number, plan, did in (
        (NOBODY, HASTE | plan_of("initech", "vip"), NOBODY),
        (PIN, plan_of("hooli", FACTOR_PROMPT="pin", FACTOR_DIGITS="12"), PIN),
        (STRICT, plan_of("umbrella"), STRICT),
        (ABROAD, plan_of("wayne"), ABROAD),
        (ABROAD_TOO, plan_of("wayne"), ABROAD),
        (BARE, plan_of("stark"), BARE),
        (STRANGE, plan_of("acme") | {"CHANNEL(accountcode)": "acme"}, STRANGE),
    ):
        await around.number(number, plan, f"welcome,{did}")
    around.crew.settle(*(Manners(only=frozenset({each.number})) for each in (ANSWERED, OVERFLOWED)))
    await around.ami.do("QueuePause", Interface="PJSIP/102", Queue=SUPPORT, Paused="true")


def deeds(around: Scene, relay: Relay) -> dict[str, Callable[[Visit], Awaitable[None]]]:
    """What happens beside a call."""
    loymax, card = relay.loymax.members, ivr_members.card_of

    async def loymax_waits(visit: Visit) -> None:
        await relay.until(lambda: card(visit.branch.number) in loymax.waiting, 60)

    async def loymax_goes_on(visit: Visit) -> None:
        """Once Asterisk knows that the caller is gone."""
        await around.ami.wait(lambda event: event.has(Event="Hangup", Channel=visit.channel), visit.seen)
        loymax.held[card(visit.branch.number)].set()

    async def relay_restarts(_visit: Visit) -> None:
        """Once no other caller needs it."""
        await around.others_are_over.wait()
        await relay.stop()
        await relay.start()

    return {
        "loymax-waits": loymax_waits,
        "loymax-goes-on": loymax_goes_on,
        "relay-restarts": relay_restarts,
    }


async def play(around: Scene, relay: Relay) -> None:
    """The night's callers hear that the Company is closed, then it opens, and the day's call."""
    calls = [asyncio.create_task(around.walk(branch)) for branch in NIGHT]
    await relay.until(lambda: len(around.visits) == len(NIGHT), 120)
    await open_the_company(relay)
    first = await around.begin(ANSWERED)
    calls.append(asyncio.create_task(around.go(first)))
    await around.queue_event("QueueCallerJoin", first, SUPPORT)
    last = asyncio.create_task(around.walk(RESTARTED))
    for branches in (*LIMITS, *DAY):
        calls.append(asyncio.create_task(around.walk(*branches)))
        await asyncio.sleep(0.25)  # sixty that ask the relay in one moment would be no test of the dial plan
    await asyncio.gather(*calls)
    await around.crew.rest()
    around.others_are_over.set()
    await last
    await relay.until(lambda: "0 active channels" in command(around.place, "core show channels count"), 60)
    for phone, branch in zip(around.crew.phones, (ANSWERED, OVERFLOWED), strict=False):
        (talk,) = (each for each in phone.calls.values() if each.answered.is_set())
        (truth,) = (each for each in around.truth.calls if each.scenario == branch.name)
        truth.legs.append(Leg(around.crew.operator(phone).login, talk.seconds, is_in_queue=True))


def figures_differ(around: Scene, folder: Path) -> list[str]:
    """What a load of Asterisk's logs says of the calls, where it is not the truth."""
    folder.mkdir()
    for name in ("queue_log", "cdr-csv/Master.csv"):
        shutil.copy(around.place.log / name, folder)
    around.truth.write(folder / "truth.json")
    (folder / "callcenter.toml").write_text(settings_text(around.place, seed=0), "utf-8")
    return compare(folder).differences


def promised(relay: Relay) -> tuple[int, int]:
    """Of the morning's callbacks, by the relay's facts: how many there are, and how many were asked for."""
    for name in ("queue_log", "cdr-csv/Master.csv"):
        shutil.copy(relay.place.log / name, relay.folder)
    api = RelayApi(str(relay.url), relay.folder / "service")
    settings = replace(load_settings(relay.folder / "callcenter.toml"), relay_api=api)
    with open_warehouse(settings) as con:
        load_new_bytes(con, settings)
        load_new_facts(con, settings)
        build_dirty_days(con, settings, number_key(settings))
        publish(con, settings)
    with duckdb.connect(str(settings.warehouse.published), read_only=True) as con:
        figures = callback_figures(con, EVER)["acme"]
    return figures.created, figures.asked


async def callbacks(relay: Relay) -> set[tuple[str, str]]:
    """(call, why) of each in the callback queue."""
    found = (await relay.get("api/v1/callbacks"))["callbacks"]
    assert [each["reason"] == "asked" for each in found] == [each["askedAt"] is not None for each in found]
    return {(each["callId"], each["reason"]) for each in found}


def told(relay: Relay) -> dict[str, tuple[str, ...]]:
    """What Znuny's tickets say beside the call itself, by call."""
    desk = log_in("relay", relay.folder)
    found = dict(relay.rows("SELECT call_id, ticket_id FROM ticket"))
    tickets = desk.client.ticket_get_by_list(list(found.values()), articles=True)
    stories = {str(each.tid): tuple(map(line_of, each.articles[1:])) for each in tickets}
    return {call: stories[ticket] for call, ticket in found.items()}


def line_of(article: Article) -> str:
    """Why the caller was missed, who answered, else what the article is about."""
    last = str(article.fields["Body"]).splitlines()[-1]
    subject = str(article.fields["Subject"]).partition(" [")[0]
    return last.removeprefix("Reason: ") if subject in ("Missed", "Answered") else subject


def waits(around: Scene) -> Iterator[tuple[str, float, float]]:
    """Of each question to the relay: the branch, how long it may take, and how long it took."""
    lines = [event for event in around.ami.events if event.has(Event="Newexten")]
    for visit in around.visits:
        own = [event for event in lines if event["Channel"] == visit.channel]
        for asked, next_line in itertools.pairwise(own):
            if asked["Application"] == "AGI":
                is_quick = asked["AppData"].split(",")[0].endswith(("/route", "/callback"))
                yield visit.branch.name, 1.0 if is_quick else 6.0, next_line.at - asked.at


def complaints(place: Place) -> list[str]:
    """Asterisk's warnings and errors within calls: a prompt that it did not find or could not play is one."""
    text = (place.log / "messages.log").read_text("utf-8", "replace")
    told = re.findall(r"(?:WARNING|ERROR)\[\d+\]\[C-\w+\] (.+)", text)
    return [each for each in told if not re.match(MEANT, each)]


def prompts() -> set[str]:
    """All that are ours, with their language."""
    lines = (SOUNDS / "texts.tsv").read_text("utf-8").splitlines()
    texts = [
        (name.removeprefix("callcenter/"), *texts) for name, *texts in (line.split("\t") for line in lines)
    ]
    return {f"ru {name}" for name, _, _ in texts} | {f"en {name}" for name, _, english in texts if english}


def test_every_branch_is_walked_and_the_figures_equal_the_truth(tmp_path: Path, lab: Lab) -> None:
    place, agi = lab.place(), unused_port()
    restart_with_empty_logs(place)

    async def scenario() -> None:
        listen = f'agi = {{ listen = "127.0.0.1:{agi}" }}'
        companies = COMPANIES | {"acme": acme(is_open=False)}
        attested = f'attested_trunks = ["PJSIP/{ATTESTED[0]}"]\n'
        async with relay_site(tmp_path, place, listen, companies, attested) as relay, scene(place) as around:
            ivr_members.settle(relay.loymax.members)
            around.deeds = deeds(around, relay)
            await prepare(around, agi, mute.getsockname()[1])
            await play(around, relay)
            for visit in around.visits:
                assert visit.heard == visit.branch.heard, visit.branch.name
                assert visit.customer.sound.seconds > 0.3, visit.branch.name
            assert prompts() <= {each for visit in around.visits for each in visit.heard}
            assert complaints(place) == []
            assert [each for each in waits(around) if each[2] > each[1] + SLACK] == []
            assert figures_differ(around, tmp_path / "logs") == []
            branches = {f"lab:{visit.truth.uniqueid}": visit.branch for visit in around.visits}
            entries = {(call, branch.entry) for call, branch in branches.items() if branch.entry}
            assert await callbacks(relay) == entries
            whys = [branch.entry for branch in branches.values() if branch.entry and branch.company == "acme"]
            assert await asyncio.to_thread(promised, relay) == (len(whys), whys.count("asked"))
            await relay.until(relay.is_quiet, 240)
            tickets = {call: branch.ticket for call, branch in branches.items() if branch.ticket}
            assert await asyncio.to_thread(told, relay) == tickets
            assert relay.loymax.members.blocked == ivr_members.BLOCKED

    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes calls, and never says a word
        asyncio.run(scenario())
