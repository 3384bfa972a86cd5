"""What others write: the PBX's logs, and the administrator's settings."""

from dagster import AssetSpec

LOGS = [
    AssetSpec(
        "queue_log_files",
        group_name="files",
        kinds={"asterisk", "file"},
        owners=["team:telephony"],
        description="Asterisk's queue_log, its rotated and gzipped files too: `queue_log` of each [[pbx]].",
    ),
    AssetSpec(
        "cdr_files",
        group_name="files",
        kinds={"asterisk", "csv"},
        owners=["team:telephony"],
        description="Asterisk's CDR as CSV: `cdr_csv` of each [[pbx]].",
    ),
]

SETTINGS = AssetSpec(
    "callcenter_toml",
    group_name="files",
    kinds={"file"},
    owners=["team:call-center"],
    description="The settings: Companies, their DIDs, queues and account codes, operators, PBXs.",
)
