"""The bundled recording, and what its README says a correct reading gives."""

from __future__ import annotations

from pathlib import Path

RECORDING = Path(__file__).parents[2] / "recordings" / "asterisk-22"
TRUTH = [
    ("acme", 19, 17, 13, 8, 3, 62, 13),
    ("globex", 12, 11, 6, 2, 0, 25, 0),
    ("initech", 1, 0, 0, 0, 0, 0, 0),
]
FIGURES = (
    "SELECT company_id, sum(count_incoming), sum(count_queued), sum(count_answered), sum(count_outgoing),"
    " sum(count_successful), sum(incoming_talk_seconds), sum(outgoing_talk_seconds)"
    " FROM agg_call_hour GROUP BY ALL ORDER BY ALL"
)
