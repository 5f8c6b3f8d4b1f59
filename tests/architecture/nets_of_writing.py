"""Nets: how the package and its tests are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture import surface
from tests.architecture.reading import PACKAGE, Source, Violation

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


_FORBIDDEN_MODULES = frozenset({"base", "bases", "common", "handler", "handlers", "helper", "helpers"}) | frozenset(
    {"manager", "managers", "misc", "shared", "stuff", "tools", "util", "utils"}
)
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
_LINES = 400
_WAIVER = re.compile(r"(?P<kind>noqa|type:\s*ignore)(?P<codes>\s*:\s*[A-Z][A-Z0-9, ]*|\[[a-z0-9, -]+\])?(?P<why>.*)")


def well_kept(source: Source) -> Iterator[Violation]:
    """Module names say what is inside, files stay one thing, nothing is left unfinished."""
    name = source.module.rsplit(".", 1)[-1]
    if _FORBIDDEN_MODULES & set(name.split("_")):
        yield source.violation(1, "name", f"{name} says nothing: name the module after what is in it")
    lines = source.text.count("\n")
    if lines > _LINES and source.module.removeprefix(f"{PACKAGE}.") not in surface.LONG:
        yield source.violation(1, "long", f"{lines} lines: is it two things? (or list it, with the reason)")
    for number, line in enumerate(source.text.splitlines(), start=1):
        if _UNFINISHED.search(line):
            yield source.violation(number, "unfinished", "finish it, or open an issue")


def broad_excepts_have_reasons(source: Source) -> Iterator[Violation]:
    """`except Exception` and wider, where it does not raise again, stands beside a comment that gives the reason."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {source.dotted(kind) if kind is not None else "" for kind in caught}
        if not names & {"", "builtins.Exception", "builtins.BaseException"} or _raises_again(node):
            continue
        beside = [source.comments.get(line, "") for line in (node.lineno - 1, node.lineno, node.lineno + 1)]
        if not any(len(_reason(comment).split()) >= 3 for comment in beside):
            yield source.violation(node, "except", "a broad except wants its reason beside it")


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Cleaning up and raising the same error swallows nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def waivers_have_reasons(source: Source) -> Iterator[Violation]:
    """`noqa` and `type: ignore` name their code and stand beside the reason."""
    for line, comment in source.comments.items():
        found = _WAIVER.match(comment)
        if found is None:
            continue
        if not found["codes"]:
            yield source.violation(line, "waiver", f"{found['kind']} without a code")
        elif not _reason(comment).split():
            yield source.violation(line, "waiver", f"{found['kind']} without a reason beside it")


def _reason(comment: str) -> str:
    """What a comment says beyond its waiver."""
    rest = comment
    while (found := _WAIVER.match(rest)) is not None:
        rest = found["why"].lstrip(" -–#:")
    return rest


def public_things_are_documented(source: Source, port_methods: frozenset[str] = frozenset()) -> Iterator[Violation]:
    """Modules, public classes and functions have a docstring; so have public methods, but a port's and one-liners."""
    if source.tree.body and not ast.get_docstring(source.tree):
        yield source.violation(1, "docstring", "the module has no docstring")
    for node in source.tree.body:
        if not isinstance(node, _FUNCTION | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield source.violation(node, "docstring", f"{node.name} has no docstring")
        if not isinstance(node, ast.ClassDef) or is_protocol(source, node):
            continue
        for member in node.body:
            if not isinstance(member, _FUNCTION) or member.name.startswith("_") or member.name in port_methods:
                continue
            if len(member.body) > 1 and not ast.get_docstring(member) and not _is_overload(source, member):
                yield source.violation(member, "docstring", f"{node.name}.{member.name} has no docstring")


def is_protocol(source: Source, node: ast.ClassDef) -> bool:
    """Whether a class is a typing.Protocol."""
    return any(source.dotted(base) in {"typing.Protocol", "Protocol"} for base in node.bases)


def _is_overload(source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(source.dotted(decorator) == "typing.overload" for decorator in node.decorator_list)


def port_methods_of(ports: Source) -> frozenset[str]:
    """The names of the methods that `ports` declares: their contract is written there once."""
    return frozenset(
        member.name
        for node in ports.tree.body
        if isinstance(node, ast.ClassDef) and is_protocol(ports, node)
        for member in node.body
        if isinstance(member, _FUNCTION)
    )


# ---------------------------------------------------------------- tests are sentences


def tests_are_sentences(source: Source) -> Iterator[Violation]:
    """A test's name is a sentence of three words or more, it has a one-sentence docstring, and it asserts."""
    checks = {
        node.name
        for node in ast.walk(source.tree)
        if isinstance(node, _FUNCTION) and any(_asserts(part) for part in ast.walk(node))
    }  # helpers of the same file, such as a screen that fails when a line does not come
    for node in ast.walk(source.tree):
        if not isinstance(node, _FUNCTION) or not node.name.startswith("test_"):
            continue
        if len([word for word in node.name.split("_")[1:] if word]) < 3:
            yield source.violation(node, "sentence", f"{node.name} is no sentence")
        said = (ast.get_docstring(node) or "").strip()
        if not said:
            yield source.violation(node, "sentence", f"{node.name} has no docstring")
        elif "\n\n" in said or said[-1] not in ".!?":
            yield source.violation(node, "sentence", f"{node.name}: one sentence with its full stop, please")
        if not any(_asserts(part) or _called(part) in checks for part in ast.walk(node)):
            yield source.violation(node, "sentence", f"{node.name} asserts nothing")


def _called(node: ast.AST) -> str:
    """The last word of what is called, or nothing."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    name = _called(node)
    return name in {"raises", "fail", "warns"} or name.startswith(("assert_", "expect_", "check_", "run_state_machine"))
