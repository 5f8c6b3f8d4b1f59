"""The table of dependencies tells the truth: about pyproject.toml, about the package, and in the docs."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

from tests.architecture import reading, surface
from tests.architecture.reading import PACKAGE, ROOT, is_within


def test_every_dependency_is_in_the_table_and_every_row_is_a_dependency() -> None:
    """What pyproject.toml asks for is what the table lists, plus what these bring and we use by name."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        asked = {re.split(r"[<>=!~;\[ ]", line)[0] for line in tomllib.load(file)["project"]["dependencies"]}
    listed = {library.distribution for library in surface.LIBRARIES if not library.via}
    assert listed | set(surface.DATA_ONLY) == asked
    assert {library.via for library in surface.LIBRARIES if library.via} <= asked


def test_each_library_comes_from_the_distribution_the_table_names() -> None:
    """The import name belongs to the named distribution, as it is installed here."""
    providers = packages_distributions()
    for library in surface.LIBRARIES:
        named = {name.lower().replace("_", "-") for name in providers.get(library.name, [])}
        assert library.distribution in named, library.name


def test_each_library_is_used_where_the_table_says() -> None:
    """No row is stale: each place of a library exists and imports it."""
    found = [(source.module, imported.target) for source in reading.sources() for imported in source.imports()]
    unused = [
        f"{library.name} in {place}"
        for library in (*surface.LIBRARIES, *surface.MEASURED)
        for place in library.where
        if not any(
            is_within(module, f"{PACKAGE}.{place}") and is_within(target, library.name) for module, target in found
        )
    ]
    assert unused == []


def test_exceptions_name_modules_that_exist_and_still_need_them() -> None:
    """A listed exception whose module is gone, or has become short, is taken off the list."""
    sources = {source.module.removeprefix(f"{PACKAGE}."): source for source in reading.sources()}
    for table in (surface.COMPUTED_IMPORTS, surface.LONG, surface.URLS, surface.WALL_CLOCKS):
        assert set(table) <= set(sources)
        assert all(reason for reason in table.values())
    assert [module for module in surface.LONG if sources[module].text.count("\n") <= 400] == []
    assert [module for module in surface.URLS if "://" not in sources[module].text and "git-lfs" not in module] == []


def test_the_page_of_dependencies_is_the_table() -> None:
    """docs/dependencies.md is what `python -m tests.architecture.surface` writes."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert page == surface.render(), "run: python -m tests.architecture.surface > docs/dependencies.md"
