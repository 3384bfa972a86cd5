"""What Asterisk reads: the files of `etc` as they are, and etc/lab with what differs from lab to lab."""

from __future__ import annotations

import shutil
from urllib.parse import unquote, urlsplit

from lab.asterisk.chamber import run_inside
from lab.asterisk.companies import COMPANIES, COPIES, ETC
from lab.asterisk.place import PEER_SOUND, SOUND, LabError, Place

SOUNDS = ETC.with_name("sounds")
_VOICES = {
    "en": "en_US_f_Allison",
    "ru": "ru_RU_f_IvrvoiceRU",
}  # Debian's folders, to which en and ru are links
ATTESTED = ("trunk-attested", "127.0.0.2")  # a trunk whose numbers are vouched for, and its address
TRUNKS = {"trunk": 0, "trunk-ok": 1, "trunk-busy": 2, "trunk-na": 3}
DRIVER, RELAY = ("driver", "driver-of-the-lab"), ("relay", "relay-of-the-lab")
_MODULES = {"cdr_custom": "cdr_custom.so", "cel_custom": "cel_custom.so", "pgsql": "res_config_pgsql.so"}


def write_settings(place: Place) -> None:
    """All of /lab/etc, and our sounds beside Debian's. Raises LabError where an option cannot be understood."""
    lab = place.etc / "lab"
    shutil.rmtree(place.etc, ignore_errors=True)
    shutil.copytree(ETC, place.etc)
    for folder in ("log/cdr-csv", "log/cdr-custom", "log/cel-custom", "db", "run", "spool"):
        (place.state / folder).mkdir(parents=True, exist_ok=True)
    lab.mkdir()
    for name, text in _generated(place).items():
        (lab / name).write_text(text, "utf-8")
    for language, voice in _VOICES.items():
        sounds = place.root / "usr/share/asterisk/sounds" / voice
        shutil.copytree(SOUNDS / language, sounds, dirs_exist_ok=True)


def make_certificate(place: Place) -> None:
    """For the manager's TLS port, where the settings were written: by itself, for 127.0.0.1."""
    key, made = "/lab/etc/lab/manager.key", "/lab/etc/lab/manager.pem"
    made_by = run_inside(
        place,
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "3650", "-subj", "/CN=lab", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", key, "-out", made),
    )
    if made_by.returncode:
        raise LabError(f"openssl cannot make the manager's certificate: {made_by.stderr.strip()}")


def _generated(place: Place) -> dict[str, str]:
    first_sound, sounds = place.peer_port + SOUND, PEER_SOUND - SOUND
    return {
        "pjsip.conf": _pjsip(place),
        "queues.conf": "\n".join(company.dial_plan("queues") for company in COPIES),
        "incoming.conf": "\n".join(company.dial_plan("incoming") for company in COPIES),
        "agents.conf": "\n".join(company.dial_plan("agents") for company in COPIES),
        "manager.conf": _manager(place),
        "rtp.conf": f"rtpstart = {first_sound}\nrtpend = {first_sound + sounds - 1}\n",
        "cel.conf": "[general](+)\nenable = yes\n" if place.has_cel else "",
        "modules.conf": _modules(place),
        "extconfig.conf": "queue_log => pgsql,general,queue_log\n" if place.queue_log_database else "",
        "res_pgsql.conf": _database(place.queue_log_database) if place.queue_log_database else "",
    }


def _pjsip(place: Place) -> str:
    parts = [f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{place.sip_port}\n"]
    for name, number in TRUNKS.items():
        contact = f"sip:out@127.0.0.1:{place.trunk_port(number)}"
        parts.append(f"[{name}](outside)\naors = {name}\n[{name}]\ntype = aor\ncontact = {contact}\n")
    parts.append(f"[{ATTESTED[0]}](outside)\n")
    for trunk, address in (("trunk", "127.0.0.1"), ATTESTED):
        parts.append(f"[{trunk}]\ntype = identify\nendpoint = {trunk}\nmatch = {address}\n")
    for company in COMPANIES:
        for operator in company.operators:
            phone = operator.extension
            contact = f"sip:{phone}@127.0.0.1:{place.phone_port(phone)}"
            parts.append(
                f"[{phone}](phone)\naors = {phone}\naccountcode = {company.id}\n"
                f"[{phone}]\ntype = aor\ncontact = {contact}\n"
            )
    return "\n".join(parts)


def _manager(place: Place) -> str:
    """The lab's port and secrets, and a user with all rights who drives the calls."""
    return (
        f"[general](+)\nport = {place.ami_port}\n"
        f"tlsenable = yes\ntlsbindaddr = 127.0.0.1:{place.ami_tls_port}\n"
        "tlscertfile = /lab/etc/lab/manager.pem\ntlsprivatekey = /lab/etc/lab/manager.key\n"
        f"[relay](+)\nsecret = {RELAY[1]}\n"
        f"[driver]\nsecret = {DRIVER[1]}\nread = all\nwrite = all\nwritetimeout = 5000\n"
    )


def _modules(place: Place) -> str:
    wanted = {
        "cdr_custom": place.has_cdr_linkedid,
        "cel_custom": place.has_cel,
        "pgsql": bool(place.queue_log_database),
    }
    return "".join(f"noload = {_MODULES[name]}\n" for name, is_wanted in wanted.items() if not is_wanted)


def _database(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname or not parts.path.strip("/"):
        raise LabError("--queue-log-database: postgresql://USER:PASSWORD@127.0.0.1:PORT/DATABASE is expected")
    fields = {
        "dbhost": parts.hostname,
        "dbport": str(parts.port or 5432),
        "dbname": parts.path.strip("/"),
        "dbuser": unquote(parts.username or ""),
        "dbpass": unquote(parts.password or ""),
    }
    if any(character in value for value in fields.values() for character in "\r\n;"):
        raise LabError(
            "--queue-log-database: a line break or a semicolon cannot stand in Asterisk's settings"
        )
    return "".join(f"{key} = {value}\n" for key, value in fields.items() if value)
