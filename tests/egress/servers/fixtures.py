"""The servers as fixtures, for every test of the project. Each is imported when a test first wants one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.egress.servers.capturing import CapturingServer
    from tests.egress.servers.certificates import Authority
    from tests.egress.servers.fault_proxy import FaultProxy
    from tests.egress.servers.llama_server import LlamaServer


@pytest.fixture
def capturing_server() -> Iterator[CapturingServer]:
    """An OpenAI-like server that keeps every request."""
    from tests.egress.servers.capturing import CapturingServer

    with CapturingServer() as server:
        yield server


@pytest.fixture
def fault_proxy(capturing_server: CapturingServer) -> Iterator[FaultProxy]:
    """A proxy in front of that server."""
    from tests.egress.servers.fault_proxy import FaultProxy

    with FaultProxy(capturing_server.port) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def llama_server() -> Iterator[LlamaServer]:
    """A real server with the embedded model, once for all tests."""
    from tests.egress.servers.llama_server import running_llama_server

    with running_llama_server() as server:
        yield server


@pytest.fixture
def llama_proxy(llama_server: LlamaServer) -> Iterator[FaultProxy]:
    """A proxy in front of the real server."""
    from tests.egress.servers.fault_proxy import FaultProxy

    with FaultProxy(llama_server.port) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs certificates in the tests."""
    from tests.egress.servers.certificates import Authority

    return Authority(tmp_path_factory.mktemp("authority"))
