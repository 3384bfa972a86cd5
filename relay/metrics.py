"""Figures for Prometheus: each relay has a registry of its own. No label holds a number, a token or a call."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from relay.callbacks.facts import CallbackAttempted, CallbackClosed
from relay.calls.facts import Fact

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600)


@dataclass(slots=True)
class Metrics:
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    events: Counter = field(init=False)
    facts: Counter = field(init=False)
    deliveries: Counter = field(init=False)
    delivery_seconds: Histogram = field(init=False)
    ami_up: Gauge = field(init=False)
    inbox: Gauge = field(init=False)
    ami_lists_refused: Gauge = field(init=False)
    resolutions: Counter = field(init=False)
    otrs_duplicates: Counter = field(init=False)
    otrs_completed: Counter = field(init=False)
    outbox_rows: Gauge = field(init=False)
    outbox_oldest: Gauge = field(init=False)
    neighbour_up: Gauge = field(init=False)
    worker_deaths: Gauge = field(init=False)
    loop_lag: Histogram = field(init=False)
    erased: Counter = field(init=False)
    callbacks_open: Gauge = field(init=False)
    callbacks_oldest: Gauge = field(init=False)
    callbacks_closed: Counter = field(init=False)
    callback_attempts: Counter = field(init=False)
    reconciled: Counter = field(init=False)
    sessions: Gauge = field(init=False)
    listeners: Gauge = field(init=False)
    sign_ins: Counter = field(init=False)
    sign_ins_refused: Counter = field(init=False)
    agi_requests: Counter = field(init=False)
    agi_seconds: Histogram = field(init=False)
    settings_refused: Gauge = field(init=False)
    selfservice: Counter = field(init=False)

    def __post_init__(self) -> None:
        kept = self.registry
        self.events = Counter("relay_ami_events", "Events the tracker was given", ["pbx"], registry=kept)
        self.facts = Counter("relay_facts", "Facts recorded", ["pbx"], registry=kept)
        self.deliveries = Counter(
            "relay_deliveries", "Outbox rows settled", ["target", "kind", "state"], registry=kept
        )
        self.delivery_seconds = Histogram(
            "relay_delivery_seconds",
            "From the event to the delivery",
            ["target", "kind"],
            buckets=_SECONDS,
            registry=kept,
        )
        self.ami_up = Gauge("relay_ami_up", "1 while events flow", ["pbx"], registry=kept)
        self.inbox = Gauge("relay_ami_inbox", "Events waiting for the tracker", ["pbx"], registry=kept)
        self.resolutions = Counter(
            "relay_token_resolutions", "Attempts to resolve a token", ["outcome"], registry=kept
        )
        self.otrs_duplicates = Counter(
            "relay_otrs_duplicates", "Tickets that OTRS made a second time, closed", registry=kept
        )
        self.otrs_completed = Counter(
            "relay_otrs_completed", "Tickets that OTRS had left half made, completed", registry=kept
        )
        self.erased = Counter("relay_erased", "What was old and is erased", ["what"], registry=kept)
        self.callbacks_closed = Counter(
            "relay_callbacks_closed", "Callbacks closed", ["company", "outcome"], registry=kept
        )
        self.callback_attempts = Counter(
            "relay_callback_attempts", "Customers called back", ["company", "result"], registry=kept
        )
        self.reconciled = Counter(
            "relay_reconciled", "Calls of the PBXs' logs told to the relay", ["result"], registry=kept
        )
        self._sampled(kept)
        self._of_the_console(kept)
        self._of_the_dial_plan(kept)
        ProcessCollector(registry=kept)

    def _sampled(self, kept: CollectorRegistry) -> None:
        """What observing.py looks at every few seconds."""
        self.outbox_rows = Gauge(
            "relay_outbox_rows", "Rows not yet settled, and dead ones", ["target", "state"], registry=kept
        )
        self.outbox_oldest = Gauge(
            "relay_outbox_oldest_seconds", "Age of the oldest row not yet settled", ["target"], registry=kept
        )
        self.neighbour_up = Gauge("relay_part_up", "1 while the part is well", ["part"], registry=kept)
        self.ami_lists_refused = Gauge(
            "relay_ami_lists_too_long",
            "Lists of Asterisk that were longer than the relay takes, since the start",
            ["pbx"],
            registry=kept,
        )
        self.worker_deaths = Gauge(
            "relay_worker_deaths", "Deaths of a worker since the start", ["worker"], registry=kept
        )
        self.loop_lag = Histogram(
            "relay_loop_lag_seconds", "How late the event loop is", buckets=_SECONDS, registry=kept
        )

        self.callbacks_open = Gauge(
            "relay_callbacks_open", "Callbacks that are not closed", ["company"], registry=kept
        )
        self.callbacks_oldest = Gauge(
            "relay_callbacks_oldest_seconds", "How long the oldest of them waits", ["company"], registry=kept
        )

    def called_back(self, company: str, fact: Fact) -> None:
        """Told of every fact that is new."""
        if isinstance(fact, CallbackClosed):
            self.callbacks_closed.labels(company, fact.outcome).inc()
        elif isinstance(fact, CallbackAttempted):
            self.callback_attempts.labels(company, fact.result).inc()

    def _of_the_console(self, kept: CollectorRegistry) -> None:
        self.sessions = Gauge(
            "relay_console_sessions", "Operators' sessions that are not over", registry=kept
        )
        self.listeners = Gauge("relay_event_streams", "Connections to /api/v1/events", registry=kept)
        self.sign_ins = Counter("relay_console_sign_ins", "Sign-ins", ["how"], registry=kept)
        self.sign_ins_refused = Counter(
            "relay_console_sign_ins_refused", "Sign-ins that were refused", ["why"], registry=kept
        )

    def _of_the_dial_plan(self, kept: CollectorRegistry) -> None:
        self.agi_requests = Counter(
            "relay_agi_requests",
            "What dial plans asked over FastAGI",
            ["pbx", "script", "outcome"],
            registry=kept,
        )
        self.agi_seconds = Histogram(
            "relay_agi_seconds", "How long a call waited for it", ["script"], buckets=_SECONDS, registry=kept
        )
        self.settings_refused = Gauge(
            "relay_settings_refused",
            "1 while the settings' file has faults, and routes are as before",
            registry=kept,
        )

        self.selfservice = Counter(
            "relay_selfservice",
            "What callers asked of the IVR, and what came of it",
            ["company", "service", "outcome"],
            registry=kept,
        )

    def self_served(self, company: str, service: str, outcome: str) -> None:
        self.selfservice.labels(company, service, outcome).inc()

    def asked_by_agi(self, pbx: str, script: str, outcome: str, seconds: float) -> None:
        self.agi_requests.labels(pbx, script, outcome).inc()
        if script:
            self.agi_seconds.labels(script).observe(seconds)

    def settings_read(self, is_refused: bool) -> None:
        self.settings_refused.set(is_refused)

    def settled(self, target: str, kind: str, state: str, seconds: float) -> None:
        self.deliveries.labels(target, kind, state).inc()
        if state == "delivered":
            self.delivery_seconds.labels(target, kind).observe(seconds)

    def expired(self, count: int) -> None:
        """Pop-ups that the recorder expired: their calls were answered elsewhere, or are over."""
        if count:
            self.deliveries.labels("loymax", "call.offered", "expired").inc(count)
