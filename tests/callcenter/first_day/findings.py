"""What was found, made of a few lines of logs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from callcenter.first_day.cdr_rows import survey_cdr
from callcenter.first_day.findings import Found
from callcenter.first_day.places import Places
from callcenter.first_day.queue_lines import survey_queue_log
from callcenter.first_day.zone import infer_zone


def cdr_line(call: str, **fields: str) -> str:
    """A stock row of a call in through the trunk, but for the fields named."""
    row = {
        "accountcode": "",
        "src": "79160010001",
        "dst": "5551000",
        "dcontext": "incoming",
        "clid": "x",
        "channel": "PJSIP/trunk-00000001",
        "dstchannel": "",
        "lastapp": "Queue",
        "lastdata": "support,t",
        "start": "2026-11-23 05:27:03",
        "answer": "",
        "end": "2026-11-23 05:27:09",
        "duration": "6",
        "billsec": "0",
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "uniqueid": call,
        "userfield": "",
    }
    return ",".join(f'"{value}"' for value in {**row, **fields}.values())


def found_in(queue_log: Iterable[str] = (), cdr: Iterable[str] = (), **more: Any) -> Found:
    seen = survey_cdr(cdr)
    places = Places(
        Path("/etc/asterisk"), Path("/var/log/asterisk/queue_log"), Path("/var/log/asterisk/Master.csv")
    )
    zone = infer_zone([*seen.samples.values()], [])
    return Found(places, survey_queue_log(queue_log), seen, zone, **more)
