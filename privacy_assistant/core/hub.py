"""Where the files of a model are fetched from, and to which hosts a fetch may be led on. Pure: nothing is looked up.

A hub answers for a large file with the address of a second host (Git LFS does). That host is part of what is agreed
to: the hub's own and those below its name, the hosts below; any other is named to the person first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, urljoin, urlsplit

from privacy_assistant.core.address import Address
from privacy_assistant.core.model_card import Card, CardFile
from privacy_assistant.errors import SettingsError

HUB = "https://huggingface.co"

ENDPOINT_VARIABLE = "HF_ENDPOINT"
"""Names a mirror, as the hub's own tools read it."""

STORES = {
    "huggingface.co": (".hf.co", ".huggingface.co"),
    "github.com": (".githubusercontent.com",),
    "raw.githubusercontent.com": (),
}
"""Hosts that a host is known to lead on to; a mirror of the hub leads to the hub's own."""

LONGEST_URL = 8192
_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)
_ODD_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$", re.ASCII)
"""The end of an address that resolvers take for a number, and `ipaddress` for none: 127.1, 0x7f000001, 2130706433."""


@dataclass(frozen=True, slots=True)
class Place:
    """One file on one host. `target` is path and query; the query may hold a signature, and is never shown."""

    address: Address
    target: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The address as it may be shown and written down: without the query."""
        return f"{self.address.scheme}://{self.address.shown}{self.target.partition('?')[0]}"

    @property
    def url(self) -> str:
        """All of it."""
        return f"{self.address.scheme}://{self.address.shown}{self.target}"


def place_of(untrusted_url: str) -> Place:
    """The place a URL names. Raises ValueError for anything but https, or http to this machine by its number."""
    if len(untrusted_url) > LONGEST_URL or not untrusted_url.isascii() or not untrusted_url.isprintable():
        raise ValueError("no address")
    parts = urlsplit(untrusted_url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in _PORTS or "@" in parts.netloc or " " in untrusted_url or "\\" in untrusted_url:
        raise ValueError("no address of a file")
    if "%" in host or (not _is_number(host) and (not _HOST.fullmatch(host) or _ODD_NUMBER.search(host))):
        raise ValueError("no host")
    if ("[" in parts.netloc and ":" not in host) or parts.port == 0:
        raise ValueError("no host with a port")
    address = Address(parts.scheme, host, parts.port or _PORTS[parts.scheme], "")
    if not address.is_sealed and not address.is_loopback:
        raise ValueError("an address in clear")
    return Place(address, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def hub_of(untrusted_endpoint: str) -> str:
    """The address of the hub, without a slash at the end: the one a person set, or the known one. Raises SettingsError.

    A mirror may lie below a path.
    """
    endpoint = (untrusted_endpoint or HUB).rstrip("/")
    try:
        place = place_of(endpoint)
    except ValueError:
        place = None
    if place is None or "?" in endpoint or "#" in endpoint:
        raise SettingsError(
            f"{ENDPOINT_VARIABLE} is not the address of a hub",
            key=ENDPOINT_VARIABLE,
            hint="https://HOST, or http:// to this machine by its number (127.0.0.1)",
        )
    return endpoint


def first_place(card: Card, file: CardFile, hub: str) -> Place:
    """Where a file is asked for first. Raises ValueError for a card whose address is none."""
    if file.url:
        return place_of(file.url)
    path = quote(file.path, safe="/")
    return place_of(f"{hub}/{card.repository}/resolve/{quote(card.revision, safe='')}/{path}")


def next_place(place: Place, untrusted_location: str) -> Place:
    """Where an answer leads on to. Raises ValueError where that is no address, one in clear, or one of this machine or
    of a network of one's own while this place is neither."""
    location = untrusted_location.strip(" ")
    if not location or not location.isascii() or not location.isprintable():
        raise ValueError("no address")  # before urljoin, which drops tabs and line breaks in the middle
    following = place_of(urljoin(place.url, location))
    if place.address.is_sealed and not following.address.is_sealed:
        raise ValueError("from a sealed address to one in clear")
    if following.address.is_loopback and not place.address.is_loopback:
        raise ValueError("from elsewhere to this machine")
    if _is_near(following.address.host) and not _is_near(place.address.host):
        raise ValueError("from elsewhere to a network of one's own")
    return following


def may_lead_to(first: Address, following: Address, also: tuple[str, ...] = ()) -> bool:
    """Whether who agreed to the first host agreed to this one. `also` are hosts that were agreed to by name.

    A host leads to itself, to what lies below its name, and to its stores; a hub on this machine to this machine alone.
    """
    host = following.host
    if host in also:
        return True
    if first.is_loopback:
        return following.is_loopback
    return host == first.host or any(host.endswith(end) for end in endings_of(first))


def endings_of(first: Address) -> tuple[str, ...]:
    """How the names end of the hosts that a host beyond this machine may lead on to, for a person to agree to."""
    stores = STORES.get(first.host, STORES["huggingface.co"])
    own = f".{first.host}"
    return stores if own in stores or _is_number(first.host) else (own, *stores)


def _is_near(host: str) -> bool:
    """Whether it is this machine or a network of one's own, as far as its name or number tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        number = ip_address(host)
    except ValueError:
        return False
    return not ((number.ipv4_mapped or number) if isinstance(number, IPv6Address) else number).is_global


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
