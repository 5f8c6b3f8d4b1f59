"""Sealed records open in their own place, unchanged, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import threading

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.errors import RecordTampered
from privacy_assistant.vault import seal

KEY = bytes(range(32))
PLACE = seal.aad("msg", "ab" * 16, 7, 1)
few = settings(max_examples=60, deadline=None)


@few
@given(plaintext=st.binary(max_size=3000), place=st.binary(max_size=40))
def test_what_was_sealed_comes_back_byte_for_byte(plaintext: bytes, place: bytes) -> None:
    """Every plaintext, empty or ending in zeros, survives padding and sealing."""
    assert seal.unseal(KEY, seal.seal(KEY, plaintext, place), place) == plaintext


def test_a_plaintext_that_looks_like_padding_comes_back() -> None:
    """Zero bytes at the end belong to the text, not to the padding."""
    assert seal.unseal(KEY, seal.seal(KEY, b"\0" * 300, PLACE), PLACE) == b"\0" * 300


@few
@given(data=st.data())
def test_a_single_flipped_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    """Version, nonce, ciphertext and tag: each bit counts."""
    sealed = bytearray(seal.seal(KEY, b"the words", PLACE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(RecordTampered):
        seal.unseal(KEY, bytes(sealed), PLACE)


@few
@given(length=st.integers(0, 284))
def test_a_record_that_was_cut_is_noticed(length: int) -> None:
    """A prefix of a record of any length does not open."""
    sealed = seal.seal(KEY, b"the words", PLACE)
    assert len(sealed) == 285
    with pytest.raises(RecordTampered):
        seal.unseal(KEY, sealed[:length], PLACE)


def test_a_record_moved_to_another_place_does_not_open() -> None:
    """The same key and another sequence number: the record was swapped or replayed."""
    with pytest.raises(RecordTampered):
        seal.unseal(KEY, seal.seal(KEY, b"the words", PLACE), seal.aad("msg", "ab" * 16, 8, 1))


def test_another_key_does_not_open_a_record_and_the_message_is_static() -> None:
    """The error tells nothing of the record and keeps no cause with data in it."""
    with pytest.raises(RecordTampered) as caught:
        seal.unseal(bytes(32), seal.seal(KEY, b"the words", PLACE), PLACE)
    assert "the words" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.hint


def test_a_record_of_a_later_version_is_refused() -> None:
    """The version byte is looked at first, and it is authenticated too."""
    sealed = seal.seal(KEY, b"the words", PLACE)
    assert sealed[0] == seal.RECORD_VERSION
    with pytest.raises(RecordTampered):
        seal.unseal(KEY, b"\2" + sealed[1:], PLACE)
    nonce, framed = bytes(12), (3).to_bytes(4, "big") + b"new" + bytes(249)
    later = b"\2" + nonce + AESGCM(KEY).encrypt(nonce, framed, b"\2" + PLACE)
    with pytest.raises(RecordTampered):
        seal.unseal(KEY, later, PLACE)


def test_two_seals_of_one_text_have_nothing_in_common() -> None:
    """The nonce is fresh for each record."""
    first, second = seal.seal(KEY, b"the words", PLACE), seal.seal(KEY, b"the words", PLACE)
    assert first[1:13] != second[1:13]
    assert first[13:] != second[13:]


@few
@given(shorter=st.integers(0, 200_000), more=st.integers(0, 5000))
def test_padding_hides_the_length_within_an_eighth(shorter: int, more: int) -> None:
    """Padded lengths grow with the text, come in whole buckets and cost at most an eighth and a bucket."""
    padded = seal.padded_length(shorter)
    assert padded % seal.BUCKET_BYTES == 0
    assert shorter + 4 <= padded <= (shorter + 4 + seal.BUCKET_BYTES) * 9 // 8
    assert seal.padded_length(shorter + more) >= padded


def test_short_texts_all_have_one_length() -> None:
    """ "yes" and a sentence of 250 bytes look the same."""
    assert len(seal.seal(KEY, b"", PLACE)) == len(seal.seal(KEY, b"x" * 252, PLACE)) == 1 + 12 + 256 + 16
    assert len(seal.seal(KEY, b"x" * 253, PLACE)) == 1 + 12 + 512 + 16


def test_a_forged_length_inside_a_record_is_noticed() -> None:
    """A record by the key's owner whose frame claims more than there is does not read past its end."""
    framed = seal.wrap_key(KEY, (2**31).to_bytes(4, "big") + bytes(28), PLACE)
    with pytest.raises(RecordTampered):
        seal.unseal(KEY, framed, PLACE)


def test_associated_data_is_a_path_without_two_readings() -> None:
    """A part can be neither empty nor hold the separator."""
    assert seal.aad("msg", "c0", 7, 1) == b"pa1|msg|c0|7|1"
    for part in ("", "a|b", "|"):
        with pytest.raises(ValueError, match="associated data"):
            seal.aad("msg", part)


def test_a_wrapped_key_comes_back_and_only_whole() -> None:
    """Keys are wrapped without padding, and nothing but a whole key is taken."""
    inner = seal.new_key()
    wrapped = seal.wrap_key(KEY, inner, PLACE)
    assert len(wrapped) == seal.WRAPPED_KEY_BYTES
    assert seal.unwrap_key(KEY, wrapped, PLACE) == inner
    with pytest.raises(RecordTampered):
        seal.unwrap_key(KEY, wrapped + b"\0", PLACE)
    with pytest.raises(ValueError, match="32 bytes"):
        seal.wrap_key(KEY, b"short", PLACE)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_only_keys_of_32_bytes_are_taken(length: int) -> None:
    """AES-128 and AES-192 are never used by accident."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal.seal(bytes(length), b"", PLACE)
    with pytest.raises(ValueError, match="32 bytes"):
        seal.unseal(bytes(length), bytes(300).replace(b"\0", b"\1", 1), PLACE)


def test_the_mac_is_hmac_sha256() -> None:
    """Against the standard library, and compared in constant time."""
    assert seal.mac(KEY, b"data") == hmac.new(KEY, b"data", hashlib.sha256).digest()
    assert seal.is_same(seal.mac(KEY, b"data"), seal.mac(KEY, b"data"))
    assert not seal.is_same(seal.mac(KEY, b"data"), seal.mac(KEY, b"date"))


def test_the_subkey_is_hkdf_sha256() -> None:
    """RFC 5869, test case 1 (IKM 22 bytes of 0x0b, salt 00..0c, info f0..f9, 42 bytes)."""
    derived = seal.subkey(b"\x0b" * 22, bytes(range(0xF0, 0xFA)), salt=bytes(range(13)), length=42)
    assert derived.hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


def test_two_parties_agree_on_a_secret_and_a_weak_public_key_is_refused() -> None:
    """X25519: both sides compute one secret; an all-zero point is not a key."""
    a_private, a_public = seal.new_exchange_key()
    b_private, b_public = seal.new_exchange_key()
    assert seal.agree(a_private, b_public) == seal.agree(b_private, a_public)
    with pytest.raises(RecordTampered):
        seal.agree(a_private, bytes(32))


def test_several_threads_may_stretch_a_passphrase_at_once() -> None:
    """Two derivations in OpenSSL's pool of threads wait for each other for ever, so they take turns."""
    made: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: made.append(seal.stretch(b"x", salt=bytes(16), memory_kib=64, passes=1, lanes=4)),
            daemon=True,
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(made) == 8
    assert len(set(made)) == 1
