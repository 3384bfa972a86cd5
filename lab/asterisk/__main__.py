"""`lab/asterisk/up` and `lab/asterisk/down`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lab.asterisk import place as defaults
from lab.asterisk.place import LabError, Place, saved_place
from lab.asterisk.server import bring_down, bring_up


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return _up(options) if options.verb == "up" else _down(options)
    except LabError as error:
        print(f"{options.verb}: {error}", file=sys.stderr)
        return 1


def _up(options: argparse.Namespace) -> int:
    place = Place(
        root=options.root.resolve(),
        state=options.state.resolve(),
        cache=options.cache.resolve(),
        sip_port=options.sip_port,
        ami_port=options.ami_port,
        peer_port=options.sip_port + 940 if options.peer_port is None else options.peer_port,
        has_cel=options.cel,
        has_cdr_linkedid=options.cdr_linkedid,
        queue_log_database=options.queue_log_database,
    )
    bring_up(place)
    print(
        f"Asterisk is up: SIP 127.0.0.1:{place.sip_port}, manager 127.0.0.1:{place.ami_port}, logs {place.log}"
    )
    return 0


def _down(options: argparse.Namespace) -> int:
    root, state = options.root.resolve(), options.state.resolve()
    bring_down(saved_place(root, state) or Place(root, state), is_purged=options.purge)
    print(f"Asterisk is down{' and its folders are gone' if options.purge else ''}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab/asterisk", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="build (where absent) and start")
    down = verbs.add_parser("down", help="stop")
    for verb in (up, down):
        verb.add_argument("--root", type=Path, default=defaults.ROOT, help="its Debian (default %(default)s)")
        verb.add_argument(
            "--state", type=Path, default=defaults.STATE, help="logs, settings (default %(default)s)"
        )
    up.add_argument(
        "--cache", type=Path, default=defaults.CACHE, help="the built Debian (default %(default)s)"
    )
    up.add_argument("--sip-port", type=int, default=15060, help="of 127.0.0.1 (default %(default)s)")
    up.add_argument("--ami-port", type=int, default=15038, help="of 127.0.0.1 (default %(default)s)")
    up.add_argument(
        "--peer-port", type=int, help="first of 4000 for phones and sound (default: SIP port + 940)"
    )
    up.add_argument("--cel", action="store_true", help="channel events to log/cel-custom/Master.csv")
    up.add_argument(
        "--cdr-linkedid", action="store_true", help="a CDR with linkedid: log/cdr-custom/linkedid.csv"
    )
    up.add_argument("--queue-log-database", default="", metavar="DSN", help="queue_log to PostgreSQL, too")
    down.add_argument("--purge", action="store_true", help="also remove root and state; the cache stays")
    return parser


if __name__ == "__main__":
    sys.exit(main())
