"""API tokens for back ends, sealed in the drawer."""

from __future__ import annotations

from privacy_assistant.ports import Drawer

_KIND = "token"


class SealedTokens:
    """ports.Tokens over a drawer: durable over a durable one, in memory over one in memory."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    def get(self, name: str) -> str | None:
        """The token of this name, or None."""
        for _, payload in self._drawer.items(_KIND):
            if payload["name"] == name:
                return str(payload["token"])
        return None

    def put(self, name: str, token: str) -> None:
        """Keep a token, in the place of the one of this name."""
        payload = {"name": name, "token": token}
        for item, kept in self._drawer.items(_KIND):
            if kept["name"] == name:
                self._drawer.replace(item, _KIND, payload)
                return
        self._drawer.put(_KIND, payload)

    def remove(self, name: str) -> bool:
        """Take a token out; False where there is none of this name."""
        gone = [self._drawer.remove(item) for item, kept in self._drawer.items(_KIND) if kept["name"] == name]
        return any(gone)

    def names(self) -> list[str]:
        """The names there is a token for, sorted; never a token."""
        return sorted({str(payload["name"]) for _, payload in self._drawer.items(_KIND)})
