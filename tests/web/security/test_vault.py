"""The vault: what opens where, and the key ring through its life."""

from __future__ import annotations

import base64
import json
import os
import stat

import pytest

from web import cases
from web.cases.models import Case
from web.security.vault import BLOCK, KeyRing, KeyRingError, Vault, VaultError

PLACE = {"table": "statements", "column": "text_sealed", "row_id": "row-1"}


@pytest.fixture
def wrapped(vault):
    return vault.new_data_key("case-1")


def test_what_is_sealed_opens_in_its_place(vault, wrapped):
    for text in ("", "Hei", "æøå 😀 \x00", "x" * 20_000):
        assert vault.open(wrapped, vault.seal(wrapped, text, **PLACE), **PLACE) == text


@pytest.mark.parametrize("change", [{"table": "messages"}, {"column": "other"}, {"row_id": "row-2"}])
def test_it_opens_in_no_other_place(vault, wrapped, change):
    sealed = vault.seal(wrapped, "hemmeleg", **PLACE)
    with pytest.raises(VaultError):
        vault.open(wrapped, sealed, **{**PLACE, **change})


def test_it_opens_with_no_other_case_key(vault, wrapped):
    sealed = vault.seal(wrapped, "hemmeleg", **PLACE)
    with pytest.raises(VaultError):
        vault.open(vault.new_data_key("case-2"), sealed, **PLACE)
    with pytest.raises(VaultError):
        vault.open(vault.new_data_key("case-1"), sealed, **PLACE)


def test_a_wrapped_key_cannot_be_given_to_another_case(vault, wrapped):
    with pytest.raises(VaultError):
        vault.for_case("case-2", wrapped)
    renamed = wrapped.replace(".case-1.", ".case-2.")
    with pytest.raises(VaultError):
        vault.for_case("case-2", renamed)


def test_places_cannot_be_confused(vault, wrapped):
    sealed = vault.seal(wrapped, "x", table="ab", column="c", row_id="1")
    with pytest.raises(VaultError):
        vault.open(wrapped, sealed, table="a", column="bc", row_id="1")


def test_one_changed_bit_is_noticed(vault, wrapped):
    sealed = vault.seal(wrapped, "hemmeleg", **PLACE)
    head, _, value = sealed.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(value))
    for position in (0, 12, len(raw) // 2, len(raw) - 1):
        changed = bytearray(raw)
        changed[position] ^= 1
        with pytest.raises(VaultError):
            vault.open(wrapped, f"{head}.{base64.urlsafe_b64encode(changed).decode()}", **PLACE)
    for broken in (
        "",
        "v1",
        "v1.x",
        "v1.x.y.z",
        "v1.x.é",
        f"{head}.",
        sealed.replace("v1.", "v2.", 1),
        f"{head}.!!!!",
    ):
        with pytest.raises(VaultError):
            vault.open(wrapped, broken, **PLACE)


def test_envelope_and_length(vault, wrapped):
    short, longer = (
        vault.seal(wrapped, text, **PLACE) for text in ("ja", "nei, ikkje i dag, kanskje i morgon")
    )
    assert short.startswith("v1.")
    assert len(short.split(".")) == 3
    assert len(short) == len(longer)
    assert len(vault.seal(wrapped, "x" * BLOCK, **PLACE)) > len(short)
    assert vault.seal(wrapped, "ja", **PLACE) != short


def test_errors_and_reprs_hold_no_secrets(vault, wrapped):
    key = base64.urlsafe_b64encode(next(iter(vault.keyring.keys.values()))).decode()
    shown = repr(vault) + repr(vault.keyring) + repr(vault.for_case("case-1", wrapped))
    assert key not in shown
    assert "b'" not in shown
    with pytest.raises(VaultError) as caught:
        vault.open(wrapped, "v1.hemmeleg.tekst", **PLACE)
    assert "hemmeleg" not in str(caught.value)


def test_keys_are_for_the_owner_only(tmp_path):
    directory = tmp_path / "keys"
    before = os.umask(0)
    try:
        KeyRing.create(directory)
        KeyRing.load(directory).with_new_key()
    finally:
        os.umask(before)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [path.name for path in directory.iterdir()] == ["keyring.json"]
    assert stat.S_IMODE((directory / "keyring.json").stat().st_mode) == 0o600


def test_a_ring_is_never_overwritten(tmp_path):
    ring = KeyRing.create(tmp_path)
    with pytest.raises(KeyRingError, match="already"):
        KeyRing.create(tmp_path)
    assert KeyRing.load(tmp_path).keys == ring.keys


def test_missing_damaged_and_open_rings_are_refused_with_what_to_do(tmp_path):
    with pytest.raises(KeyRingError, match="keys create"):
        KeyRing.load(tmp_path)
    KeyRing.create(tmp_path)
    path = tmp_path / "keyring.json"
    path.chmod(0o644)
    with pytest.raises(KeyRingError, match="chmod 600"):
        KeyRing.load(tmp_path)
    path.chmod(0o600)
    good = path.read_text()
    stored = json.loads(good)
    for broken in (
        good[:40],
        "[]",
        json.dumps({**stored, "current": "another"}),
        json.dumps({**stored, "secrets": {}}),
        json.dumps({**stored, "keys": {stored["current"]: "AAAA"}}),
    ):
        path.write_text(broken)
        with pytest.raises(KeyRingError, match="damaged"):
            KeyRing.load(tmp_path)


def test_rotation_keeps_cases_readable_and_the_old_key_can_go(session, config, vault, clock, new_case):
    sent = [new_case() for _ in range(3)]
    ids = [cases.send_case(session, vault, clock, new).case_id for new in sent]
    version = session.get(Case, ids[0]).version
    old = vault.keyring.current

    with pytest.raises(KeyRingError, match="rotate"):  # it is the current one
        Vault(KeyRing.load(config.keys_dir).with_new_key()).retire(session, old)
    vault = Vault(KeyRing.load(config.keys_dir))
    assert vault.rotate(session) == 3
    assert vault.keyring.current != old
    assert vault.rewrap_all(session) == 0
    session.expire_all()
    assert session.get(Case, ids[0]).version == version

    vault.retire(session, old)
    fresh = Vault(KeyRing.load(config.keys_dir))
    assert old not in fresh.keyring.keys
    for case_id, new in zip(ids, sent, strict=True):
        view = cases.open_with_code(session, fresh, clock, new.return_code)
        assert view is not None
        assert (view.id, view.statements[0].text) == (case_id, new.statements[0][1])


def test_a_running_portal_follows_a_rotation(session, config, vault, clock, new_case):
    new = new_case()
    cases.send_case(session, vault, clock, new)
    elsewhere = Vault(KeyRing.load(config.keys_dir))
    elsewhere.rotate(session)
    elsewhere.retire(session, vault.keyring.current)
    session.expire_all()
    # `vault` is the running portal: it has the old ring in memory.
    assert cases.open_with_code(session, vault, clock, new.return_code) is not None
    later = new_case()
    case_id = cases.send_case(session, vault, clock, later).case_id
    assert session.get(Case, case_id).wrapped_key.startswith(f"v1.{elsewhere.keyring.current}.")


def test_without_the_key_nothing_opens(session, vault, clock, new_case, tmp_path):
    new = new_case()
    cases.send_case(session, vault, clock, new)
    stranger = Vault(KeyRing.create(tmp_path / "other"))
    assert cases.open_with_code(session, stranger, clock, new.return_code) is None  # another pepper
    with pytest.raises(VaultError):
        stranger.for_case("x", session.query(Case).one().wrapped_key.replace("old", "x"))


def test_drafts_need_both_the_server_and_the_token(vault, tmp_path):
    sealed = vault.seal_draft("token-a", "utkast")
    assert vault.open_draft("token-a", sealed) == "utkast"
    with pytest.raises(VaultError):
        vault.open_draft("token-b", sealed)
    with pytest.raises(VaultError):
        Vault(KeyRing.create(tmp_path / "other")).open_draft("token-a", sealed)
    assert "token-a" not in vault.draft_id("token-a")
    assert vault.draft_id("token-a") != vault.draft_id("token-b")
