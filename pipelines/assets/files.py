"""What others write: the PBX's logs, the relay's facts, and the administrator's settings."""

from dagster import AssetSpec

LOGS = [
    AssetSpec(
        "queue_log_files",
        group_name="files",
        kinds={"asterisk", "file"},
        owners=["team:telephony"],
        description="Asterisk's queue_log, its rotated and gzipped files too: `queue_log` of each [[pbx]];"
        " or the table of `queue_log_database`.",
    ),
    AssetSpec(
        "cdr_files",
        group_name="files",
        kinds={"asterisk", "csv"},
        owners=["team:telephony"],
        description="Asterisk's CDR as CSV: `cdr_csv` of each [[pbx]]; or the table of `cdr_database`.",
    ),
]

RELAY = AssetSpec(
    "relay_feed",
    group_name="files",
    kinds={"http"},
    owners=["team:call-center"],
    description="The relay's feed of facts, `GET /api/v1/facts`: `[relay_api]` of the settings.",
)

SETTINGS = AssetSpec(
    "callcenter_toml",
    group_name="files",
    kinds={"file"},
    owners=["team:call-center"],
    description="The settings: Companies, their DIDs, queues and account codes, operators, PBXs.",
)
