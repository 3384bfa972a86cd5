"""What the demo shows of the relay, and how it is stopped: one keystroke, Ctrl-C, or a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from callcenter.cli.front import CommandError
from callcenter.cli.live import LOYMAX_PERSON, Live, live_half, recording_of
from callcenter.cli.serving import Dagster, dagster
from callcenter.settings import Settings

ONCE_SPEED = 60.0  # four minutes in four seconds
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KEYS = frozenset("qQ\r\n")


async def show_once(settings: Settings, checkout: Path) -> None:
    """The recording's calls in seconds, and what came of them."""
    click.echo(
        "\nThe same calls as they happen, in seconds: a PBX rings, the relay tells Loymax and OTRS ..."
    )
    async with live_half(settings, example_of(checkout)) as live:
        await live.replay(recording_of(checkout), ONCE_SPEED)
        await live.until_quiet()
        await live.loymax.settle()
        click.echo("\n".join(told(live)))
    click.echo("Pages to look at, the console, the statistics and Dagster: make demo, without ONCE=1.")


async def show(settings: Settings, checkout: Path) -> None:
    """Until somebody stops it: KeyboardInterrupt where that was a signal; CommandError where a part ended by itself."""
    click.echo("\nStarting the relay, its stand-ins and Dagster ...")
    with _stop() as stop:
        async with live_half(settings, example_of(checkout)) as live:
            home = settings.path.parent / "dagster"
            with dagster(checkout, settings.path, home) as ui:
                calls = asyncio.create_task(live.replay_for_ever(recording_of(checkout)))
                try:
                    await _serve(live, ui, stop)
                finally:
                    calls.cancel()
                    click.echo("Stopping ...")
    if stop.result():
        raise KeyboardInterrupt


async def _serve(live: Live, ui: Dagster, stop: asyncio.Future[bool]) -> None:
    ready = asyncio.create_task(asyncio.to_thread(ui.wait_until_ready))
    for line in addresses(live):
        click.echo(line)
    await asyncio.wait((ready, stop), return_when=asyncio.FIRST_COMPLETED)
    if stop.done():
        return
    await ready
    click.echo(f"  Dagster UI: {ui.url}\n{_how_it_ends()}")
    while not stop.done():
        await asyncio.wait((stop,), timeout=0.5)
        for part in (live, ui):
            if part.process.poll() is not None and not stop.done():
                raise CommandError(part.ended())


def addresses(live: Live) -> list[str]:
    return [
        "Calls of the recording come at their own pace, again and again:",
        f"  the operators' console: {live.relay_url} (sign in as {live.login}, password {live.password})",
        f"  the statistics page: {live.relay_url}statistics (as {live.administrator}, the same password)",
        f"    by rights in Loymax, as who is in no settings: as {LOYMAX_PERSON}, the same password again",
        f"  the live page, of the queues now: {live.relay_url}live",
        f"  Loymax, a page per operator with the pop-ups: {live.loymax_url}",
        f"  OTRS, the tickets: {live.otrs_url}",
        f"  the relay's metrics: {live.metrics_url} (its API: {live.relay_url})",
    ]


def told(live: Live) -> list[str]:
    """What arrived, counted, with one pop-up as an example."""
    kinds = Counter(each["type"] for each in live.loymax.messages.values())
    resolved = [each for each in live.loymax.screens.values() if each.status == 200]
    late = sum(status == 404 for _, status, _ in live.loymax.resolved)
    articles = sum(len(each["Article"]) for each in live.otrs.tickets.values())
    lines = [
        f"Loymax was told: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}",
        f"Operators' pop-ups asked who calls: {len(resolved)} were told; {late} were not, since another had answered",
        f"OTRS has {len(live.otrs.tickets)} tickets, one for each call that waited or rang, with {articles} articles",
    ]
    if resolved:
        shown = resolved[0]
        lines.append(
            f"The first pop-up: {shown.operator} of {shown.answer['company']}, {shown.answer['queue']}"
        )
    return lines


def example_of(checkout: Path) -> str:
    return (checkout / "callcenter.example.toml").read_text("utf-8")


def _how_it_ends() -> str:
    return "Enter or q ends it all." if _is_ours(_stdin()) else "Ctrl-C ends it all."


@contextmanager
def _stop() -> Iterator[asyncio.Future[bool]]:
    """Done when it shall end: True by a signal, False by a key.

    A shell's background jobs are born deaf to Ctrl-C; they hear it here.
    """
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[bool] = loop.create_future()

    def end(*, by_signal: bool) -> None:
        if not stop.done():
            stop.set_result(by_signal)

    for number in STOPS:
        loop.add_signal_handler(number, lambda: end(by_signal=True))
    with _keys(lambda: end(by_signal=False)):
        try:
            yield stop
        finally:
            if not stop.done():
                stop.cancel()
            for number in STOPS:
                loop.remove_signal_handler(number)


@contextmanager
def _keys(pressed: Callable[[], None]) -> Iterator[None]:
    """Calls `pressed` at one of KEYS, without waiting for Enter; nothing where stdin is no terminal of ours."""
    fd = _stdin()
    if not _is_ours(fd):
        yield
        return
    loop, before = asyncio.get_running_loop(), termios.tcgetattr(fd)

    def read() -> None:
        typed = os.read(fd, 64)
        if not typed:
            loop.remove_reader(fd)
        elif KEYS & set(typed.decode("utf-8", "replace")):
            pressed()

    tty.setcbreak(fd)
    loop.add_reader(fd, read)
    try:
        yield
    finally:
        loop.remove_reader(fd)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _stdin() -> int:
    """-1, which is no terminal, where stdin is no file."""
    try:
        return sys.stdin.fileno()
    except (OSError, ValueError):
        return -1


def _is_ours(fd: int) -> bool:
    """A terminal, with us in its foreground: reading it from the background would stop us."""
    try:
        return os.isatty(fd) and os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
