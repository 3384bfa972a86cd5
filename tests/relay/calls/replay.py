"""Recordings replayed into a tracker, with connections lost and relays restarted in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from callcenter.directory import Directory
from callcenter.settings import Settings, load_settings
from relay.ami.channels import Channel
from relay.ami.events import Connected, Disconnected, Surveyed, parse
from relay.ami.survey import Survey, Surveyor
from relay.ami.wire import GREETING, Framer, event_name
from relay.calls.call import Call, Facts
from relay.calls.effects import body_of, kind_of
from relay.calls.facts import CallFact, Ended, Started, read_fact
from relay.calls.recall import recall
from relay.calls.tracker import Tracker
from relay.standins.asterisk import read_stream
from relay.standins.pbx import Pbx
from relay.words import CallId, LinkedId, PbxName
from tests.repo.repository import ROOT

RECORDINGS = ROOT / "recordings"
BEGUN = datetime(2026, 11, 23, 5, 27, tzinfo=UTC)
A_LITTLE = timedelta(milliseconds=20)


def frames(folder: str, name: str = "ami") -> list[bytes]:
    """Every frame, those that begin a session too."""
    return Framer().feed(read_stream(RECORDINGS / folder, name))


def settings(folder: Path | str) -> Settings:
    path = RECORDINGS / folder / "callcenter.toml"
    return load_settings(path if path.exists() else ROOT / "callcenter.example.toml")


@dataclass(slots=True)
class Replay:
    """A PBX and the relay that listens to it; `facts` are what the store would hold, in order, each key once."""

    settings: Settings
    facts: list[CallFact] = field(default_factory=list)
    pbx: Pbx = field(default_factory=Pbx)
    now: datetime = BEGUN
    tracker: Tracker = field(init=False)
    starts: int = 0  # of Asterisk
    _keys: set[tuple[CallId, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tracker = self._new_tracker()

    def hear(self, these: Iterable[bytes]) -> None:
        for frame in these:
            if frame.startswith(GREETING):
                self._asterisk_starts()
            elif event_name(frame):
                self.pbx.follow(frame)
                if event := parse(frame):
                    self._keep(self.tracker.apply(event, self.now))
                self.now += A_LITTLE

    def miss(self, these: Iterable[bytes]) -> None:
        for frame in these:
            if frame.startswith(GREETING):
                self.pbx.forget()
            elif event_name(frame):
                self.pbx.follow(frame)
                self.now += A_LITTLE

    def lose(self) -> None:
        self._keep(self.tracker.apply(Disconnected(), self.now))

    def restart(self) -> None:
        """A new relay, which knows what the store holds."""
        self.tracker = self._new_tracker()
        self.tracker.know(self.live())

    def connect(self, meanwhile: Sequence[bytes] = (), before: int = 0) -> None:
        """`meanwhile` comes between the log-in and the survey; the survey shows the first `before` of it.

        Where Asterisk starts anew in it, the survey never comes.
        """
        starts = self.starts
        self._keep(self.tracker.apply(Connected(), self.now))
        self.hear(meanwhile[:before])
        survey = _survey(self.pbx)
        self.hear(meanwhile[before:])
        if self.starts == starts:
            self._keep(self.tracker.apply(Surveyed(survey), self.now))

    def live(self) -> list[Call]:
        """As store.calls reads them: the calls begun and not ended, from their facts' bodies."""
        over = {fact.call for fact in self.facts if isinstance(fact, Ended)}
        begun = [fact for fact in self.facts if isinstance(fact, Started) and fact.call not in over]
        return [recall(_begun(each), self._stored(each.call)) for each in begun]

    def open_calls(self) -> set[CallId]:
        return {fact.call for fact in self.facts} - {f.call for f in self.facts if isinstance(f, Ended)}

    def _stored(self, of: CallId) -> list[CallFact]:
        found = (
            read_fact(kind_of(each), each.call, each.at, body_of(each))
            for each in self.facts
            if each.call == of
        )
        return [each for each in found if each]

    def _asterisk_starts(self) -> None:
        self.starts += 1
        self.lose()
        self.pbx.forget()
        self.connect()

    def _new_tracker(self) -> Tracker:
        return Tracker(PbxName("lab"), self.settings.pbxs[0].trunks, Directory.from_settings(self.settings))

    def _keep(self, told: Facts) -> None:
        for fact in told:
            if (fact.call, fact.key) not in self._keys:
                self._keys.add((fact.call, fact.key))
                self.facts.append(fact)


def _begun(started: Started) -> Call:
    channel = Channel(
        started.uniqueid, LinkedId(started.uniqueid), started.channel, started.did, "", started.caller
    )
    return Call(started.call, started.pbx, channel, started.at, started.company)


def _survey(pbx: Pbx) -> Survey:
    surveyor = Surveyor()
    for item in pbx.status():
        surveyor.see_channel(item)
    for item in pbx.queue_status():
        surveyor.see_queue(item)
    return surveyor.survey()
