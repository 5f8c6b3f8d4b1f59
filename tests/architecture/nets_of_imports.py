"""Nets: what may be imported where, and what the pure rooms may do."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from tests.architecture import surface
from tests.architecture.reading import PACKAGE, Source, Violation, is_within


def full(places: tuple[str, ...]) -> tuple[str, ...]:
    """Places below the package, as dotted names."""
    return tuple(f"{PACKAGE}.{place}" for place in places)


def only_listed_libraries(source: Source) -> Iterator[Violation]:
    """A third-party library is imported in its listed place only, whichever way; an unlisted one nowhere.

    An import under TYPE_CHECKING opens nothing, so it may stand elsewhere.
    """
    places = {library.name: library.where for library in (*surface.LIBRARIES, *surface.MEASURED)}
    for found in source.imports():
        top = found.target.split(".")[0]
        if not top or top == PACKAGE or top in sys.stdlib_module_names or found.is_typing_only:
            continue
        if top not in places:
            yield source.violation(found.line, "library", f"{top} is not in the table of tests/architecture/surface.py")
        elif not is_within(source.module, *full(places[top])):
            yield source.violation(found.line, "library", f"{top} may be imported only in {', '.join(places[top])}")


def only_listed_doors(source: Source) -> Iterator[Violation]:
    """Modules of the standard library that open something are imported in their listed place only."""
    for found in source.imports():
        for door in surface.DOORS:
            if found.is_typing_only:
                continue
            if is_within(found.target, *door.names) and not is_within(source.module, *full(door.where)):
                where = ", ".join(door.where) or "no module"
                yield source.violation(found.line, "door", f"{found.target}: {door.why}; {where} may import it")


def only_allowed_importers(source: Source) -> Iterator[Violation]:
    """The protected modules of our own (`egress.wire`, `tripwire`) have named importers."""
    for found in source.imports():
        for protected, importers in surface.PROTECTED.items():
            if is_within(found.target, *full((protected,))) and not is_within(
                source.module, *full((protected, *importers))
            ):
                yield source.violation(
                    found.line, "protected", f"{protected} is imported only by {', '.join(importers)}"
                )


def no_computed_imports(source: Source) -> Iterator[Violation]:
    """A computed import begins with a literal name in the importer's own room, or the module is listed."""
    if source.module.removeprefix(f"{PACKAGE}.") in surface.COMPUTED_IMPORTS:
        return
    own = f"{PACKAGE}.{source.room}."
    for found in source.imports():
        if found.is_open and not found.target.startswith(own):
            yield source.violation(
                found.line, "computed", f"import by a computed name; begin it with the literal {own!r}"
            )


# ---------------------------------------------------------------- what the pure rooms may do

_IMPURE_BUILTINS = frozenset(
    {
        *("__import__", "breakpoint", "compile", "eval", "exec", "exit", "globals", "help", "id", "input", "locals"),
        *("open", "print", "quit", "vars"),
    }
)
_CLOCKS = frozenset(
    {
        *("datetime.date.today", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow"),
        *("time.ctime", "time.gmtime", "time.localtime", "time.time", "time.time_ns"),
    }
)


def pure_rooms_stay_pure(source: Source) -> Iterator[Violation]:
    """`core`, `ports`, `errors`: no import, builtin or method that reads a file, a clock, chance or the terminal."""
    if source.room not in surface.PURE_ROOMS:
        return
    for found in source.imports():
        top = found.target.split(".")[0]
        if top in sys.stdlib_module_names and not is_within(found.target, *surface.PURE_STDLIB):
            yield source.violation(found.line, "pure", f"{found.target} is not on the list of pure modules")
    for node, name in source.names():
        last = name.removeprefix("builtins.")
        if name.startswith("builtins.") and last in _IMPURE_BUILTINS:
            yield source.violation(node, "pure", f"{last} in a pure room")
    for call in ast.walk(source.tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr == "astimezone" and not call.args and not call.keywords:
                yield source.violation(call, "pure", "astimezone() without a zone asks the machine for its own")
            if call.func.attr in {"read_text", "write_text", "read_bytes", "write_bytes"}:
                yield source.violation(call, "pure", f"{call.func.attr} in a pure room")


def no_wall_clock_below_app(source: Source) -> Iterator[Violation]:
    """Below `app` the wall clock is an argument, or an injected callable; monotonic clocks are not wall clocks."""
    if source.room in {"app", "faces", "__main__"}:
        return
    if source.module.removeprefix(f"{PACKAGE}.") in surface.WALL_CLOCKS:
        return
    for node, name in source.names():
        if name in _CLOCKS:
            yield source.violation(node, "clock", f"{name} below app: take `now` (or a clock) as an argument")
