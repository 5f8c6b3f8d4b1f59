"""Where model files are fetched from, and to where an answer may lead on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.hub import HUB, STORES, Place, first_place, hub_of, may_lead_to, next_place, place_of
from privacy_assistant.core.model_card import Card, CardFile, Maker, ModelRole, Tier
from privacy_assistant.errors import SettingsError

PIECES = st.sampled_from(
    [
        *("https://", "http://", "//", "/", "\\", "@", ":", "?", "#", "%", ".", "..", "[", "]", " ", "\t", "\n", "\0"),
        *("huggingface.co", "evil.example", "127.0.0.1", "::1", "localhost", "443", "0", "99999", "xn--", "é", "%2e"),
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


def card(*, repository: str = "owner/name", revision: str = "main", url: str = "", path: str = "a b/x.gguf") -> Card:
    """A card of one file."""
    file = CardFile(path, url=url)
    return Card("m", ModelRole.LLM, Maker.LLAMA_CPP, Tier.GOOD, (file,), "MIT", ("*",), repository, revision)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://huggingface.co/a/b", "huggingface.co", 443, "/a/b"),
        ("HTTPS://HuggingFace.CO:8443", "huggingface.co", 8443, "/"),
        ("https://cas-bridge.xethub.hf.co/x?sig=1&y=%20", "cas-bridge.xethub.hf.co", 443, "/x?sig=1&y=%20"),
        ("http://127.0.0.1:8080/x#part", "127.0.0.1", 8080, "/x"),
        ("http://[::1]:8080/x", "::1", 8080, "/x"),
        ("https://[2001:db8::1]/x", "2001:db8::1", 443, "/x"),
        ("https://host:/x", "host", 443, "/x"),
    ],
)
def test_an_address_of_a_file_is_read(url: str, host: str, port: int, target: str) -> None:
    """Host in small letters, the usual port where none is named, no fragment."""
    place = place_of(url)
    assert (place.address.host, place.address.port, place.target) == (host, port, target)
    assert place_of(place.url) == place


@pytest.mark.parametrize(
    "url",
    [
        *("", "huggingface.co/x", "ftp://huggingface.co/x", "file:///etc/passwd", "https://", "https:///x", "https:/x"),
        *("http://huggingface.co/x", "http://localhost/x", "http://192.168.1.2/x", "http://[::ffff:127.0.0.1]/x"),
        *("https://huggingface.co@evil.example/x", "https://a:b@huggingface.co/x", "https://@huggingface.co/x"),
        *("https://huggingface.co\\@evil.example/x", "https://huggingface.co\\.evil.example", "https:\\\\evil.example"),
        *("https://hugging\tface.co/x", "https://huggingface.co/\nx", " https://huggingface.co/x", "https://h o/x"),
        *("https://hüggingface.co/x", "https://huggingface。co/x", "https://huggingface.co%2eevil.example/x"),
        *("https://huggingface.co:99999/x", "https://huggingface.co:0/x", "https://huggingface.co:x/x"),
        *("https://[::1/x", "https://[huggingface.co]/x", "https://[v1.a]/x", "https://[fe80::1%25eth0]/x"),
        *("https://-a.example/x", "https://a.example./x", "https://a_b.example/x", "https://" + "a" * 254 + "/x"),
        *("https://127.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://0177.0.0.1/x", "https://a.0x/x"),
        "https://huggingface.co/" + "a" * 8192,
    ],
)
def test_what_is_no_clear_address_is_none(url: str) -> None:
    """Other schemes, names in clear, persons in the host, other ways to write a number, what parsers disagree about."""
    with pytest.raises(ValueError, match=r"."):
        place_of(url)


@given(HOSTILE)
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    """An address that is understood is understood in the same way when it is written anew."""
    try:
        place = place_of(text)
    except ValueError:
        return
    assert place_of(place.url) == place
    assert place.address.is_sealed or place.address.is_loopback
    assert not set(place.address.host) & set("@/\\?#%[] \t\n\0")
    assert place.target.startswith("/")


def test_a_query_is_shown_nowhere() -> None:
    """It may hold a signature."""
    place = place_of("https://store.hf.co/x?signature=secret")
    assert "secret" not in place.shown + repr(place)
    assert place.shown == "https://store.hf.co/x"
    assert "secret" in place.url


# ---------------------------------------------------------------- the hub


@pytest.mark.parametrize("endpoint", ["https://mirror.example/hub/", "http://127.0.0.1:8080", "https://m.example:8443"])
def test_a_mirror_is_named_with_or_without_a_slash(endpoint: str) -> None:
    """It may lie below a path."""
    hub = hub_of(endpoint)
    assert hub == endpoint.rstrip("/")
    assert first_place(card(), CardFile("x.gguf"), hub).url == f"{hub}/owner/name/resolve/main/x.gguf"


def test_without_a_mirror_it_is_the_known_hub() -> None:
    """An empty variable is none."""
    assert hub_of("") == HUB


@pytest.mark.parametrize(
    "endpoint", ["http://mirror.example", "mirror.example", "https://m.example?x", "https://m.example/#a", "file:///x"]
)
def test_what_is_no_hub_is_said_without_its_value(endpoint: str) -> None:
    """A key may have been pasted into the variable."""
    with pytest.raises(SettingsError) as caught:
        hub_of(endpoint)
    assert caught.value.key == "HF_ENDPOINT"
    assert "example" not in caught.value.message


def test_a_file_is_asked_for_at_its_revision() -> None:
    """A branch with a slash and a path with a blank are quoted; a path of folders is not."""
    place = first_place(card(revision="refs/pr/1"), CardFile("a b/x.gguf"), HUB)
    assert place.url == "https://huggingface.co/owner/name/resolve/refs%2Fpr%2F1/a%20b/x.gguf"


def test_a_card_with_an_address_is_asked_for_there() -> None:
    """Whatever the hub is; an address that is none is a value error."""
    file = CardFile("x.gguf", url="https://elsewhere.example/x.gguf")
    assert first_place(card(), file, HUB).address.host == "elsewhere.example"
    with pytest.raises(ValueError, match="address"):
        first_place(card(), CardFile("x", url="https://a@b/x"), HUB)


# ---------------------------------------------------------------- where it may lead


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://cdn-lfs.hf.co/x?s=1", "https://cdn-lfs.hf.co/x?s=1"),
        ("/api/x", "https://huggingface.co/api/x"),
        ("y", "https://huggingface.co/a/y"),
        ("//cdn-lfs.hf.co/x", "https://cdn-lfs.hf.co/x"),
        (" https://cdn-lfs.hf.co/x ", "https://cdn-lfs.hf.co/x"),
    ],
)
def test_an_answer_leads_on(location: str, url: str) -> None:
    """Whole addresses, and those from here."""
    assert next_place(place_of("https://huggingface.co/a/x"), location).url == url


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://huggingface.co/x",
            "http://127.0.0.1/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://0.0.0.0/",
        ),
        *("https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://localhost/x"),
        *("https://x.localhost/", "https://192.168.0.1/x", "https://10.0.0.1/", "https://169.254.169.254/latest"),
        *("https://[fe80::1]/", "https://[fd00::1]/", "https://100.64.0.1/", "https://127.1/", "https://2130706433/"),
        *("", "   ", "ht\ttps://cdn-lfs.hf.co/x", "https://cdn-lfs.hf.co/\r\nx", "https://cdn-lfs.hf.co/é", "data:,x"),
        *("javascript:1", "file:///etc/passwd", "https://user@cdn-lfs.hf.co/x", "\\\\evil.example\\x", "https://["),
    ],
)
def test_an_answer_leads_to_no_place_in_clear_nor_into_ones_own_network(location: str) -> None:
    """From https to http, to this machine in any way to write it, to a private network, to no address at all."""
    with pytest.raises(ValueError, match=r"."):
        next_place(place_of("https://huggingface.co/a/x"), location)


def test_a_hub_on_this_machine_leads_to_this_machine() -> None:
    """As those of tests do; and one of one's own network stays there."""
    place = next_place(place_of("http://127.0.0.1:1/x"), "http://127.0.0.1:2/y")
    assert place.url == "http://127.0.0.1:2/y"
    assert next_place(place_of("https://10.0.0.1/x"), "https://10.0.0.2/y").address.host == "10.0.0.2"
    with pytest.raises(ValueError, match="in clear"):
        next_place(place_of("https://127.0.0.1/x"), "http://127.0.0.1/y")
    with pytest.raises(ValueError, match="this machine"):
        next_place(place_of("https://10.0.0.1/x"), "https://127.0.0.1/y")


@given(HOSTILE)
def test_whatever_an_answer_says_it_leads_to_a_sealed_place_or_nowhere(location: str) -> None:
    """From a sealed place, by any text."""
    try:
        place = next_place(place_of("https://huggingface.co/a/x"), location)
    except ValueError:
        return
    assert place.address.is_sealed
    assert not place.address.is_loopback
    assert place.address.host not in ("localhost", "0.0.0.0", "::")


def lead(first: str, following: str, *also: str) -> bool:
    """Whether who agreed to the one address agreed to the other."""
    return may_lead_to(place_of(first).address, place_of(following).address, also)


@pytest.mark.parametrize(
    ("first", "following"),
    [
        ("https://huggingface.co/", "https://huggingface.co/y"),
        ("https://huggingface.co/", "https://cdn-lfs-us-1.hf.co/"),
        ("https://huggingface.co/", "https://cas-bridge.xethub.hf.co/"),
        ("https://huggingface.co/", "https://cdn.huggingface.co/"),
        ("https://mirror.example/", "https://cdn-lfs.hf.co/"),
        ("https://mirror.example/", "https://files.mirror.example/"),
        ("https://github.com/", "https://objects.githubusercontent.com/"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:2/"),
        ("http://127.0.0.1:1/", "http://[::1]:2/"),
    ],
)
def test_a_host_leads_to_itself_and_to_its_stores(first: str, following: str) -> None:
    """And to what lies below its name."""
    assert lead(first, following)


@pytest.mark.parametrize(
    ("first", "following"),
    [
        ("https://huggingface.co/", "https://evil.example/"),
        ("https://huggingface.co/", "https://evilhuggingface.co/"),
        ("https://huggingface.co/", "https://hf.co/"),
        ("https://huggingface.co/", "https://evil-hf.co/"),
        ("https://huggingface.co/", "https://huggingface.co.evil.example/"),
        ("https://huggingface.co/", "https://objects.githubusercontent.com/"),
        ("https://raw.githubusercontent.com/", "https://cdn-lfs.hf.co/"),
        ("https://raw.githubusercontent.com/", "https://github.com/"),
        ("https://cdn.mirror.example/", "https://mirror.example/"),
        ("https://huggingface.co/", "http://127.0.0.1/"),
        ("https://1.2.3.4/", "https://1.2.3.5/"),
        ("http://127.0.0.1:1/", "https://cdn-lfs.hf.co/"),
    ],
)
def test_a_host_leads_to_no_foreign_one(first: str, following: str) -> None:
    """A name that merely ends alike, a name above, another hub's store, another number; unless it was agreed to."""
    assert not lead(first, following)
    assert lead(first, following, place_of(following).address.host)


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z]{2,6}){1,2}", fullmatch=True))
def test_no_name_gets_in_by_its_looks(host: str) -> None:
    """Only a label of its own before the store's name makes it one of the store's."""
    address = place_of(f"https://{host}/").address
    first = place_of(f"{HUB}/").address
    is_known = host == first.host or any(host.endswith(end) for end in STORES[first.host])
    assert may_lead_to(first, address) is is_known
    joined = place_of(f"https://{host}hf.co/").address
    assert not may_lead_to(first, joined)


def test_a_place_is_its_own_address() -> None:
    """A place made by hand and one that was read are equal."""
    place = place_of("https://huggingface.co/x?y")
    assert Place(place.address, "/x?y") == place
