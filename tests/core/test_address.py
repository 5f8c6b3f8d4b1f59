"""Where requests go: by the back end's entry in the policy, and by nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from privacy_assistant.core.address import REGIONS, address_of, is_versioned, target_of
from privacy_assistant.core.policy_file import read_policy
from privacy_assistant.core.policy_terms import Backend, BackendKind
from privacy_assistant.core.turn import Zone

AZURE = "https://lab.openai.azure.com"
OPENAI = "https://api.openai.com/v1"


def backend(
    url: str, kind: BackendKind = BackendKind.OPENAI, *, region: str = "", version: str = "", deployment: str = ""
) -> Backend:
    """One entry of a policy."""
    return Backend("there", Zone.CLOUD, kind, url, data_residency=region, api_version=version, deployment=deployment)


@pytest.mark.parametrize(
    ("url", "shown", "path", "is_sealed", "is_loopback"),
    [
        ("https://api.openai.com/v1", "api.openai.com", "/v1", True, False),
        ("https://API.openai.com:443/v1/", "api.openai.com", "/v1", True, False),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "", False, True),
        ("http://127.8.8.8/v1", "127.8.8.8", "/v1", False, True),
        ("http://[::1]:8000/v1", "[::1]:8000", "/v1", False, True),
        ("http://localhost:8000/v1", "localhost:8000", "/v1", False, False),
        ("https://lab.example:8443/a/b/", "lab.example:8443", "/a/b", True, False),
    ],
)
def test_an_address_is_read_from_its_url(url: str, shown: str, path: str, is_sealed: bool, is_loopback: bool) -> None:
    """The usual port is not shown; a name is no number, even localhost."""
    address = address_of(backend(url, BackendKind.OPENAI_COMPATIBLE))
    assert (address.shown, address.path) == (shown, path)
    assert (address.is_sealed, address.is_loopback) == (is_sealed, is_loopback)
    assert address.url == f"{url.partition(':')[0]}://{shown}{path}"


@pytest.mark.parametrize("url", ["", "tcp://127.0.0.1:10300", "https://", "file:///etc/passwd", "api.openai.com"])
def test_what_is_no_address_of_http_is_none(url: str) -> None:
    """Wyoming servers are asked in another way."""
    with pytest.raises(ValueError, match="no address"):
        address_of(backend(url))


def test_a_wyoming_server_is_a_port_and_its_targets_are_events() -> None:
    """No path, no usual port, nothing over it that seals."""
    entry = backend("tcp://Ears.example:10300/", BackendKind.WYOMING)
    address = address_of(entry)
    assert (address.scheme, address.shown, address.url) == ("tcp", "ears.example:10300", "tcp://ears.example:10300")
    assert not address.is_sealed
    assert address_of(backend("tcp://[::1]:10300", BackendKind.WYOMING)).is_loopback
    assert target_of(entry, "transcribe") == "/transcribe"


@pytest.mark.parametrize("url", ["tcp://ears.example", "tcp://:10300", "tcp://a:1/path", "http://a:1", "https://a/v1"])
def test_what_is_no_port_is_no_address_of_wyoming(url: str) -> None:
    """And nothing is guessed."""
    with pytest.raises(ValueError, match="no address of a port"):
        address_of(backend(url, BackendKind.WYOMING))


def test_azure_hears_and_speaks_by_deployments_of_its_own() -> None:
    """The one that chats does neither."""
    entry = Backend(
        *("there", Zone.CLOUD, BackendKind.AZURE, AZURE),
        deployment="chat",
        api_version="v",
        stt_model="ears",
        tts_model="mouth",
    )
    targets = [target_of(entry, path) for path in ("audio/transcriptions", "audio/speech", "chat/completions")]
    assert [target.split("/")[3] for target in targets] == ["ears", "mouth", "chat"]


@pytest.mark.parametrize(
    ("region", "host"),
    [("", "api.openai.com"), ("global", "api.openai.com"), ("eu", "eu.api.openai.com"), ("us", "us.api.openai.com")],
)
def test_a_region_is_part_of_the_host(region: str, host: str) -> None:
    """As OpenAI names them."""
    assert address_of(backend(OPENAI, region=region)).host == host


@pytest.mark.parametrize(
    "entry",
    [
        backend(OPENAI, region="moon"),
        backend(OPENAI, region="eu.evil.example/"),
        backend("https://lab.example/v1", region="eu"),
        backend(OPENAI, BackendKind.OPENAI_COMPATIBLE, region="eu"),
    ],
    ids=["unknown", "no word", "another host", "another kind"],
)
def test_a_region_that_nobody_has_is_no_address(entry: Backend) -> None:
    """It is never left out silently: data would go where the person did not want it."""
    with pytest.raises(ValueError, match="no address for this region"):
        address_of(entry)


@pytest.mark.parametrize(
    ("url", "version", "path", "target"),
    [
        (AZURE, "", "responses", "/openai/v1/responses"),
        (AZURE + "/openai/v1/", "", "chat/completions", "/openai/v1/chat/completions"),
        (AZURE + "/openai/v1", "2024-10-21", "chat/completions", "/openai/v1/chat/completions"),
        (AZURE, "2024-10-21", "responses", "/openai/responses?api-version=2024-10-21"),
        (
            AZURE + "/openai",
            "2024-10-21",
            "chat/completions",
            "/openai/deployments/d%2F1/chat/completions?api-version=2024-10-21",
        ),
        (
            AZURE,
            "2024-10-21",
            "audio/transcriptions",
            "/openai/deployments/d%2F1/audio/transcriptions?api-version=2024-10-21",
        ),
    ],
)
def test_azure_is_asked_in_the_way_that_its_entry_says(url: str, version: str, path: str, target: str) -> None:
    """With a version by deployment, without one as OpenAI is."""
    entry = backend(url, BackendKind.AZURE, version=version, deployment="d/1")
    assert target_of(entry, path) == target
    assert is_versioned(entry) is ("api-version" in target)


def test_others_take_the_path_behind_their_base() -> None:
    """Whatever the base is."""
    assert target_of(backend(OPENAI), "responses") == "/v1/responses"
    assert target_of(backend("https://lab.example"), "chat/completions") == "/chat/completions"


_GOOD = ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "lab.example", "LAB.example.", "api.openai.com")
_BAD = ("[", "[::g]", "[v1.a]", "a_b", "-a", "", "user@lab.example", "user:word@127.0.0.1", "..", "%41", "a:b:c")
_URLS = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["https://", "http://", "HTTPS://", "tcp://", "TCP://"]),
        st.sampled_from(_GOOD),
        st.sampled_from(["", ":", ":0", ":8000", ":65535"]),
        st.sampled_from(["", "/", "//", "/v1", "/openai", "/openai/v1/", ";a", "/../v1"]),
    ),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["https://", "tcp://", "ftp://", "//", "https:", "tcp:", ""]),
        st.sampled_from(_GOOD + _BAD),
        st.sampled_from(["", ":1", ":65536", ":-1", ":x", ":8000:1"]),
        st.sampled_from(["", "/v1", "?", "?a", "#a"]),
    ),
    st.text(max_size=20),
    st.text("htps:/.[]@?#1a", max_size=20),
)


@settings(max_examples=300)
@given(
    kind=st.sampled_from(BackendKind),
    zone=st.sampled_from(Zone),
    url=st.none() | _URLS,
    region=st.none() | st.sampled_from(["", "global", "nowhere", *sorted(REGIONS)]),
    version=st.sampled_from(["", "2024-10-21"]),
)
def test_what_a_policy_was_read_with_is_an_address(
    kind: BackendKind, zone: Zone, url: str | None, region: str | None, version: str
) -> None:
    """Whatever is none is a mistake of the policy: behind it, nobody needs to ask whether there is an address."""
    entry = {"zone": str(zone), "kind": str(kind), "base_url": url, "insecure": True}
    if kind is BackendKind.AZURE:
        entry |= {"deployment": "d/1", "api_version": version or None}
    elif kind is BackendKind.OPENAI:
        entry |= {"data_residency": region}
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items() if value is not None]
    policy, _ = read_policy("\n".join(["version = 1", "[backend.there]", *lines]), "policy.toml")
    event("read" if policy is not None else "a mistake")
    for backend in () if policy is None else policy.backends:
        assert address_of(backend).host
        assert target_of(backend, "audio/speech")
