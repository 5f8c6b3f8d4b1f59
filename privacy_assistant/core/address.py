"""Where the requests of a back end go, by its entry in the policy alone: nothing is looked up, nothing guessed."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from privacy_assistant.core.policy_terms import Backend, BackendKind

REGIONS = frozenset({"ae", "au", "eu", "in", "jp", "us"})
"""What `data_residency` may say beside "global" and nothing: the regions that OpenAI has an address for."""

_PORTS = {"https": 443, "http": 80}
_OPENAI_HOST = "api.openai.com"
_AZURE_V1 = "/openai/v1"
_OF_A_DEPLOYMENT = ("chat/completions", "audio/transcriptions", "audio/speech")


@dataclass(frozen=True, slots=True)
class Address:
    """The base of all requests of a back end; `path` begins with a slash or is empty, and ends with none."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """The host as a person reads it, with its port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS.get(self.scheme) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """All of it, without a slash at the end."""
        return f"{self.scheme}://{self.shown}{self.path}"

    @property
    def is_sealed(self) -> bool:
        """Whether TLS lies over it."""
        return self.scheme == "https"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine by its number; a name, even localhost, is whatever a table says."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def address_of(backend: Backend) -> Address:
    """The base address, that of the region for OpenAI's own. Raises ValueError where there is none."""
    parts = urlsplit(backend.base_url)
    host = (parts.hostname or "").lower()
    if backend.kind is BackendKind.WYOMING:
        if parts.scheme != "tcp" or not host or parts.port is None or parts.path.strip("/"):
            raise ValueError("no address of a port")
        return Address(parts.scheme, host, parts.port, "")
    if parts.scheme not in _PORTS or not host:
        raise ValueError("no address of HTTP")
    region = backend.data_residency
    if region and region != "global":
        if backend.kind is not BackendKind.OPENAI or host != _OPENAI_HOST or region not in REGIONS:
            raise ValueError("no address for this region")
        host = f"{region}.{host}"
    path = parts.path.rstrip("/")
    if backend.kind is BackendKind.AZURE and not path.endswith(_AZURE_V1):
        path = f"{path.removesuffix('/openai')}/openai" + ("" if backend.api_version else "/v1")
    return Address(parts.scheme, host, parts.port or _PORTS[parts.scheme], path)


def target_of(backend: Backend, path: str) -> str:
    """The path and query of one request, e.g. "/v1/responses"; `path` is that of the API, e.g. "responses".

    Azure has two ways: with an `api_version` the one that names it in the query and, for most requests, the
    deployment in the path (of speech, that of `stt_model` or `tts_model`); without, the later one that reads like
    OpenAI's own. Wyoming has no paths: there it is the name of the event.
    """
    base = address_of(backend).path
    if not is_versioned(backend):
        return f"{base}/{path}"
    of_speech = {"audio/transcriptions": backend.stt_model, "audio/speech": backend.tts_model}
    deployment = of_speech.get(path) or backend.deployment
    place = f"/deployments/{quote(deployment, safe='')}" if path in _OF_A_DEPLOYMENT else ""
    return f"{base}{place}/{path}?api-version={quote(backend.api_version, safe='')}"


def is_versioned(backend: Backend) -> bool:
    """Whether it is spoken to in Azure's first way."""
    is_azure = backend.kind is BackendKind.AZURE
    return is_azure and bool(backend.api_version) and not address_of(backend).path.endswith(_AZURE_V1)
