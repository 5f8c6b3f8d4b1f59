"""Reads source files for the nets: names resolved through their imports, comments by line, one violation per line."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "privacy_assistant"

_IMPORTERS = frozenset(
    {
        "builtins.__import__",
        "importlib.__import__",
        "importlib.import_module",
        "pkgutil.resolve_name",
        "runpy.run_module",
    }
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One line that breaks a rule of the house."""

    file: str
    line: int
    net: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.net}] {self.message}"


@dataclass(frozen=True, slots=True)
class Import:
    """One import of the dotted name `target`. `is_open` marks a dynamic one whose name ends in a computed part."""

    line: int
    target: str
    is_open: bool = False
    is_typing_only: bool = False


@dataclass(frozen=True)
class Source:
    """One parsed file. `module` is its dotted name; `file` what a violation shows."""

    file: str
    module: str
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)
    comments: dict[int, str] = field(repr=False)
    origins: dict[str, str] = field(repr=False)
    parents: dict[ast.AST, ast.AST] = field(repr=False)

    @classmethod
    def of(cls, module: str, text: str, *, file: str = "") -> Source:
        """A source from a string, as if it stood in the package under that name."""
        tree = ast.parse(text)
        return cls(
            file=file or module.replace(".", "/") + ".py",
            module=module,
            text=text,
            tree=tree,
            comments=_comments(text),
            origins=_origins(tree),
            parents={child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)},
        )

    @property
    def room(self) -> str:
        """`core`, `vault`, …, or the module itself where it stands in the root (`errors`, `ports`)."""
        parts = self.module.split(".")
        return parts[1] if len(parts) > 1 else parts[0]

    def violation(self, node: ast.AST | int, net: str, message: str) -> Violation:
        """A violation at a node or a line number."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Violation(self.file, line, net, message)

    def dotted(self, node: ast.AST) -> str | None:
        """The full name of `a.b.c` with the file's imports applied; builtins get `builtins.`; None for other nodes."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        origin = self.origins.get(node.id)
        if origin is None:
            origin = f"builtins.{node.id}" if node.id in _BUILTINS else node.id
        return ".".join([origin, *reversed(parts)])

    def names(self) -> Iterator[tuple[ast.expr, str]]:
        """Every name or attribute that is read, outermost first, with its full name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                name = self.dotted(node)
                if name is not None:
                    yield node, name

    def imports(self) -> Iterator[Import]:
        """Every import, lazy and dynamic ones too. `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            typing_only = self._is_typing_only(node)
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(node.lineno, alias.name, is_typing_only=typing_only)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield Import(node.lineno, f"{node.module or ''}.{alias.name}", is_typing_only=typing_only)
            elif isinstance(node, ast.Name | ast.Attribute) and self.dotted(node) in _IMPORTERS:
                call = self.parents.get(node)
                if isinstance(call, ast.Call) and call.func is node:
                    yield _dynamic(call)
                elif not isinstance(call, ast.Attribute):
                    yield Import(node.lineno, "", is_open=True)  # handed on under another name

    def _is_typing_only(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        return isinstance(parent, ast.If) and self.dotted(parent.test) in {"typing.TYPE_CHECKING", "TYPE_CHECKING"}


_BUILTINS = frozenset(dir(__import__("builtins")))


def sources(folder: Path = ROOT / PACKAGE, *, root: Path = ROOT) -> list[Source]:
    """All Python files below a folder, by path."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(root)
        parts = place.with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Source.of(module, path.read_text(encoding="utf-8"), file=place.as_posix()))
    return found


def is_within(module: str, *places: str) -> bool:
    """True when a module is one of the places or stands below one."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def _dynamic(call: ast.Call) -> Import:
    name = call.args[0] if call.args else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return Import(call.lineno, name.value)
    if isinstance(name, ast.JoinedStr) and name.values and isinstance(name.values[0], ast.Constant):
        return Import(call.lineno, str(name.values[0].value), is_open=True)
    return Import(call.lineno, "", is_open=True)


def _origins(tree: ast.Module) -> dict[str, str]:
    """What each imported local name stands for, wherever in the file it is imported."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname is not None:
                    origins[alias.asname] = alias.name
                else:
                    first = alias.name.split(".")[0]
                    origins[first] = first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    origins.setdefault("__builtins__", "builtins")
    return origins


def _comments(text: str) -> dict[int, str]:
    reader = io.StringIO(text).readline
    return {
        token.start[0]: token.string.lstrip("#").strip()
        for token in tokenize.generate_tokens(reader)
        if token.type == tokenize.COMMENT
    }
