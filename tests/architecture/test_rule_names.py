"""The names of the program's own rules: an area and a word, and no rule of a person can pose as one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from privacy_assistant.core.policy_file import OWN_RULES, OWN_WORDS
from tests.architecture.reading import Source, sources

_PLACES = {"denied": 1, "_Cause": 1, "Fault": 2}
"""Where the rule stands among the arguments without names."""


def _names(source: Source) -> Iterator[str]:
    """Every name that is written out where something is decided or denied; of a computed one its beginning."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        given = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called in _PLACES:
            given += node.args[_PLACES[called] :][:1]
        for value in given:
            first = value.values[0] if isinstance(value, ast.JoinedStr) else value
            if isinstance(first, ast.Constant) and first.value != "":
                yield str(first.value)


def test_the_names_of_the_programs_own_rules_are_of_one_form() -> None:
    """`area:word`; every area is one that the policy reserves, and every one that it reserves is used."""
    names = {name for source in sources() for name in _names(source)} - OWN_WORDS
    assert sorted(name for name in names if not re.fullmatch(r"[a-z]+:[a-z_]*", name)) == []
    assert {name.partition(":")[0] for name in names} == OWN_RULES
