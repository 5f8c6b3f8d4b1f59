"""The nets, cast over the whole package and over the tests."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.architecture import nets, nets_of_writing, reading
from tests.architecture.reading import Source, Violation

_PACKAGE = reading.sources()
_TESTS = reading.sources(reading.ROOT / "tests")


def expect_none(violations: Iterable[Violation]) -> None:
    """Fail with one line for each violation: file, line, net and remedy."""
    lines = [str(violation) for violation in violations]
    if lines:
        pytest.fail("\n" + "\n".join(lines), pytrace=False)


@pytest.mark.parametrize("net", nets.NETS, ids=lambda net: net.__name__)
def test_no_line_of_the_package_breaks_a_rule(net: nets.Net) -> None:
    """Each net finds nothing in any module of the package."""
    expect_none(violation for source in _PACKAGE for violation in net(source))


def test_what_is_public_is_documented() -> None:
    """Modules, public classes, functions and methods have docstrings; a port's method is documented in its port."""
    (ports,) = (source for source in _PACKAGE if source.module == "privacy_assistant.ports")
    known = nets_of_writing.port_methods_of(ports)
    assert len(known) > 30
    expect_none(v for source in _PACKAGE for v in nets_of_writing.public_things_are_documented(source, known))


def test_every_test_is_a_sentence() -> None:
    """Each test has a name of three words or more, a one-sentence docstring and an assertion."""
    expect_none(v for source in _TESTS for v in nets_of_writing.tests_are_sentences(source))


def test_waivers_in_tests_have_reasons_too() -> None:
    """`noqa` and `type: ignore` in a test name their code and their reason."""
    others: list[Source] = [source for source in _TESTS if not source.module.startswith("tests.architecture")]
    expect_none(v for source in others for v in nets_of_writing.waivers_have_reasons(source))


def test_the_nets_see_the_whole_package() -> None:
    """Every room is read, so an empty report means that the rules hold and not that nothing was looked at."""
    rooms = {source.room for source in _PACKAGE}
    assert rooms >= {"core", "egress", "engines", "errors", "faces", "flow", "ports", "skills", "tripwire", "vault"}
    assert len(_PACKAGE) > 40
