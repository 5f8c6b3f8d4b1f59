"""Nets: who makes the types that are a promise, what nobody does, and content that stays out of sight."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture import surface
from tests.architecture.reading import PACKAGE, Source, Violation

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


# ---------------------------------------------------------------- who makes the promises


def sealed_types_are_made_at_home(source: Source) -> Iterator[Violation]:
    """`Redacted`, `Verdict` and `Parcel` are made in their own module only: no call, copy or disguise elsewhere."""
    away = {name for name, home in surface.SEALED.items() if source.module != f"{PACKAGE}.{home}"}
    if not away:
        return
    known = {local: origin.rsplit(".", 1)[-1] for local, origin in source.origins.items()}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name = known.get(node.id, node.id) if isinstance(node, ast.Name) else node.attr
            if name in away and not _only_names_the_type(source, node):
                home = surface.SEALED[name]
                yield source.violation(
                    node, "sealed", f"{name} is made only in {home}; elsewhere it may only be a type"
                )
        elif isinstance(node, ast.Constant) and node.value in away and _is_lookup(source, node):
            yield source.violation(node, "sealed", f"{node.value!r} looked up by its name")
        elif isinstance(node, ast.Call):
            yield from _forgeries(source, node, away)
        elif isinstance(node, ast.Attribute) and node.attr == "__class__" and isinstance(node.ctx, ast.Store):
            yield source.violation(node, "sealed", "an object's class is changed")


def _only_names_the_type(source: Source, node: ast.expr) -> bool:
    """True where a class is only spoken of: an annotation, an isinstance, a match pattern, a factory of its own."""
    child: ast.AST = node
    parent = source.parents.get(child)
    if isinstance(parent, ast.Attribute):  # Verdict.something: its own factories are its own; dunders are not
        return not parent.attr.startswith("__")
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.MatchClass) and parent.cls is child:
            return True
        if isinstance(parent, ast.arg) and parent.annotation is child:
            return True
        if isinstance(parent, ast.Call):
            asks = source.dotted(parent.func) in {"builtins.isinstance", "builtins.issubclass"}
            return asks and len(parent.args) == 2 and parent.args[1] is child
        if isinstance(parent, ast.Subscript) and parent.value is child:
            return False
        if not isinstance(parent, ast.BinOp | ast.Subscript | ast.Tuple | ast.List):
            return False
        child, parent = parent, source.parents.get(parent)
    if isinstance(parent, ast.AnnAssign):
        return parent.annotation is child
    if isinstance(parent, _FUNCTION):
        return parent.returns is child
    # `Pair = tuple[Redacted, Verdict]`: an alias speaks of it; `Alias = Redacted` would be a second name to call.
    return isinstance(parent, ast.Assign) and isinstance(child, ast.Subscript | ast.BinOp)


def _is_lookup(source: Source, node: ast.Constant) -> bool:
    parent = source.parents.get(node)
    if isinstance(parent, ast.Subscript):
        return True
    return isinstance(parent, ast.Call) and source.dotted(parent.func) in {
        "builtins.getattr",
        "operator.attrgetter",
        "typing.cast",
    }


_COPIERS = frozenset({"copy.replace", "dataclasses.replace", "copy.copy", "copy.deepcopy"})


def _forgeries(source: Source, call: ast.Call, away: set[str]) -> Iterator[Violation]:
    name = source.dotted(call.func) or ""
    attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name == "builtins.object.__new__" or (attribute == "__new__" and not _is_super(call.func)):
        yield source.violation(call, "sealed", "an object made without its __init__")
    if name == "builtins.object.__setattr__" and not _is_own_init(source, call):
        yield source.violation(call, "sealed", "a frozen object changed from outside")
    if isinstance(call.func, ast.Call) and source.dotted(call.func.func) == "builtins.type":
        yield source.violation(call, "sealed", "an object made from another one's type")
    if attribute == "__class__":
        yield source.violation(call, "sealed", "an object made from another one's class")
    if name == "builtins.setattr" and any(isinstance(a, ast.Constant) and a.value == "__class__" for a in call.args):
        yield source.violation(call, "sealed", "an object's class is changed")
    if name in {"dataclasses.replace", "copy.replace"} or attribute == "__replace__":
        copied = call.args[0] if call.args else call.func
        if any(keyword.arg is None for keyword in call.keywords):
            yield source.violation(call, "sealed", "replace(**…) cannot be read: name the fields")
        elif type_name := _looks_sealed(source, copied, call, away):
            yield source.violation(call, "sealed", f"a {type_name} changed by replace(); only its own module makes one")


def _looks_sealed(source: Source, node: ast.AST, call: ast.Call, away: set[str]) -> str:
    """The sealed type that the copied thing has by its annotation, its name, or a field only that type has."""
    if any(keyword.arg == "stance" for keyword in call.keywords) and "Verdict" in away:
        return "Verdict"
    word = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if isinstance(node, ast.Call):
        word = (source.dotted(node.func) or "").rsplit(".", 1)[-1]
        word = {"decide": "verdict", "pack": "parcel", "redact": "redacted"}.get(word, word)
    for name in sorted(away):
        if name.lower() in word.lower():
            return name
    if isinstance(node, ast.Name):
        for annotation in _annotations_of(source.tree, node.id):
            spoken = {part.id for part in ast.walk(annotation) if isinstance(part, ast.Name)}
            for name in sorted(away & {source.origins.get(part, part).rsplit(".", 1)[-1] for part in spoken}):
                return name
    return ""


def _annotations_of(tree: ast.Module, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            yield node.annotation
        if isinstance(node, ast.arg) and node.arg == name and node.annotation is not None:
            yield node.annotation


def _is_super(func: ast.AST) -> bool:
    return (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Call)
        and isinstance(func.value.func, ast.Name)
        and func.value.func.id == "super"
    )


def _is_own_init(source: Source, call: ast.Call) -> bool:
    if not call.args or not isinstance(call.args[0], ast.Name) or call.args[0].id != "self":
        return False
    node: ast.AST | None = call
    while node is not None and not isinstance(node, _FUNCTION):
        node = source.parents.get(node)
    return node is not None and node.name in {"__init__", "__post_init__"}


# ---------------------------------------------------------------- what nobody does

_BANNED_NAMES = {
    "builtins.compile": "runs text as code",
    "builtins.eval": "runs text as code",
    "builtins.exec": "runs text as code",
    "os.execv": "a child process inherits secrets",
    "os.execve": "a child process inherits secrets",
    "os.execvp": "a child process inherits secrets",
    "os.popen": "through a shell",
    "os.posix_spawn": "a child process inherits secrets",
    "os.spawnv": "a child process inherits secrets",
    "os.startfile": "hands a file to an unknown program",
    "os.system": "through a shell",
}
_URL = re.compile(r"\b(?:https?|wss?|ftp)://", re.IGNORECASE)
_TELEMETRY = re.compile(
    r"\b(?:telemetry|analytics|sentry(?:_sdk)?|posthog|mixpanel|amplitude|opentelemetry|statsd|datadog|bugsnag"
    r"|crashlytics|rollbar|honeycomb|segment\.io)\b",
    re.IGNORECASE,
)


def nothing_dangerous(source: Source) -> Iterator[Violation]:
    """No eval, exec, shell or child process, under any name."""
    for node, name in source.names():
        if name in _BANNED_NAMES:
            yield source.violation(node, "banned", f"{name.removeprefix('builtins.')}: {_BANNED_NAMES[name]}")
    for part in ast.walk(source.tree):
        if isinstance(part, ast.keyword) and part.arg == "shell" and not _is_false(part.value):
            yield source.violation(part.value, "banned", "shell=True: through a shell")
        if isinstance(part, ast.Constant) and part.value in {"eval", "exec", "system", "popen"}:
            parent = source.parents.get(part)
            if isinstance(parent, ast.Call) and source.dotted(parent.func) == "builtins.getattr":
                yield source.violation(part, "banned", f"{part.value!r} looked up by its name")


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that document something: first, or right after an assignment."""
    found: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(id(statement.value))
    return found


def no_url_and_no_telemetry(source: Source) -> Iterator[Violation]:
    """No URL in a string outside of the listed modules, and no word of telemetry in code anywhere."""
    documents = _docstrings(source.tree)
    has_urls = source.module.removeprefix(f"{PACKAGE}.") in surface.URLS
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in documents:
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if not has_urls and _URL.search(value):
                yield source.violation(node, "url", "a URL outside of the listed modules")
            if word := _TELEMETRY.search(value):
                yield source.violation(node, "telemetry", f"{word[0]!r} in a string")
        elif isinstance(node, ast.Name | ast.Attribute):
            word = _TELEMETRY.search((node.id if isinstance(node, ast.Name) else node.attr).replace("_", " "))
            if word:
                yield source.violation(node, "telemetry", f"{word[0]!r} in a name")


# ---------------------------------------------------------------- content stays out of sight

CONTENT = frozenset(
    {
        *("answer", "body", "content", "original", "passphrase", "password", "pcm", "plaintext", "question"),
        *("secret", "text", "title", "token"),
    }
)
"""Names that hold what a person said or a secret; never in a log, a repr or an exception."""

_FIELDS = CONTENT | {"key", "originals", "secrets", "texts", "tokens"}
_PLAIN = frozenset({"Any", "bytearray", "bytes", "memoryview", "object", "str"})


def content_has_no_repr(source: Source) -> Iterator[Violation]:
    """Dataclass fields that carry content are `field(repr=False)`; a NamedTuple cannot hide one, so it has none."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        is_tuple = any((source.dotted(base) or "").endswith("NamedTuple") for base in node.bases)
        decorator = next((d for d in node.decorator_list if _is_dataclass(source, d)), None)
        if not is_tuple and (decorator is None or _hides_all(node, decorator)):
            continue
        for statement in node.body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            place = f"{source.module.removeprefix(f'{PACKAGE}.')}.{node.name}.{statement.target.id}"
            if (
                statement.target.id.lstrip("_") in _FIELDS
                and _holds_content(statement.annotation)
                and not _has_no_repr(statement.value)
                and place not in surface.OPEN_FIELDS
            ):
                yield source.violation(statement, "repr", f"{node.name}.{statement.target.id} wants field(repr=False)")


def _is_dataclass(source: Source, decorator: ast.expr) -> bool:
    name = source.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return name in {"dataclasses.dataclass", "dataclass"}


def _hides_all(node: ast.ClassDef, decorator: ast.expr) -> bool:
    if any(isinstance(member, _FUNCTION) and member.name == "__repr__" for member in node.body):
        return True
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(keyword.arg == "repr" and _is_false(keyword.value) for keyword in keywords)


def _has_no_repr(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and any(
        keyword.arg == "repr" and _is_false(keyword.value) for keyword in value.keywords
    )


def _holds_content(annotation: ast.expr) -> bool:
    """Plain text, bytes or anything: a type of our own hides its parts itself."""
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return bool(names & _PLAIN)


def content_in_no_message(source: Source) -> Iterator[Violation]:
    """No raised error and no log line is built from a variable that carries content."""
    for node in ast.walk(source.tree):
        where = ""
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _is_class(source, node.exc.func):
            where, values = "an exception", [*node.exc.args, *(keyword.value for keyword in node.exc.keywords)]
        elif isinstance(node, ast.Call) and _is_log(source, node):
            where, values = "a log", list(node.args)
        if not where:
            continue
        for value in values:
            for part in _shown(value):
                word = part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else ""
                if word.lstrip("_") in CONTENT:
                    yield source.violation(part, "content", f"{word} in {where}")


def _is_class(source: Source, func: ast.expr) -> bool:
    """An error's class shows what it is given; a function that makes one may look at a text and show none of it."""
    return (source.dotted(func) or "").rsplit(".", 1)[-1][:1].isupper()


def _is_log(source: Source, call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr not in {"critical", "debug", "error", "exception", "info", "log", "warning"}:
        return False
    owner = (source.dotted(call.func.value) or "").lower()
    return owner.split(".")[-1].lstrip("_") in {"log", "logger", "logging"}


def _shown(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of an expression whose value would be shown; not what only its length or its count shows."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in {"len", "type", "bool", "isinstance"}:
            return
        if isinstance(node.func, ast.Attribute):
            yield from _shown(node.func.value)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _shown(argument)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield node
    elif isinstance(node, ast.IfExp):
        yield from _shown(node.body)
        yield from _shown(node.orelse)
    elif not isinstance(node, ast.Compare):
        for child in ast.iter_child_nodes(node):
            yield from _shown(child)
