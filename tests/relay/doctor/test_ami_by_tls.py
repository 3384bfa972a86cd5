"""The way to a PBX: whether it is encrypted, whose certificate it shows, and what crosses it in the clear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from relay.ami.login import AmiAddress
from relay.doctor.asterisk import way
from relay.words import PbxName
from tests.relay.certificates import certificate_for
from tests.relay.doctor.near import Neighbours, on_neighbours, spoil

FAR = AmiAddress(PbxName("lab"), "192.0.2.1", 5038, "relay", "a secret")


def by_tls(near: Neighbours, trusted: Path) -> None:
    spoil(
        near, 'ami_secret_file = "ami"', f'ami_secret_file = "ami"\nami_tls = true\nami_ca_file = "{trusted}"'
    )


def test_one_without_tls(tmp_path: Path) -> None:
    trusted = certificate_for("127.0.0.1", tmp_path / "pbx").ca_file
    (told,) = on_neighbours(tmp_path, lambda near: by_tls(near, trusted), "ami lab", "fault")
    assert told.startswith("does not speak TLS on port ")


@pytest.mark.parametrize(
    ("text", "told"), [("", "no certificates in it"), (None, "No such file or directory")]
)
def test_a_file_of_certificates_that_is_none(tmp_path: Path, text: str | None, told: str) -> None:
    trusted = tmp_path / "trusted.pem"
    if text is not None:
        trusted.write_text(text)
    found = on_neighbours(tmp_path, lambda near: by_tls(near, trusted), "ami lab", "fault")
    assert found == [f"pbx lab: ami_ca_file: {trusted}: {told}"]


def test_a_far_one_without_tls_shows_numbers_and_with_a_plain_login_the_secret() -> None:
    assert [(each.level, each.text.partition(":")[0]) for each in way("ami lab", FAR)] == [
        ("warning", "not encrypted")
    ]
    levels = [each.level for each in way("ami lab", replace(FAR, sends_secret=True))]
    assert levels == ["fault", "warning"]
    assert list(way("ami lab", replace(FAR, host="127.0.0.1", sends_secret=True))) == []
