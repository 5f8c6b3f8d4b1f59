"""Where everything is: the platform's own places, or all of it under one directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.core.model_lock import LOCK_FILE
from privacy_assistant.errors import UsageError


@dataclass(frozen=True, slots=True)
class Paths:
    """Directories and files of one home. With `is_explicit` all of them are one directory that the person named."""

    config_dir: Path
    data_dir: Path
    state_dir: Path
    cache_dir: Path
    is_explicit: bool = False

    @property
    def policy(self) -> Path:
        """What may leave."""
        return self.config_dir / "policy.toml"

    @property
    def config(self) -> Path:
        """Everything else a person sets."""
        return self.config_dir / "config.toml"

    @property
    def key_store(self) -> Path:
        """The sealed keys."""
        return self.data_dir / "keys.store"

    @property
    def database(self) -> Path:
        """The encrypted history."""
        return self.data_dir / "history.db"

    @property
    def models(self) -> Path:
        """Model files that were put there."""
        return self.data_dir / "models"

    @property
    def installed(self) -> Path:
        """The lock file of what is installed."""
        return self.models / LOCK_FILE

    @property
    def log(self) -> Path:
        """The rotating log; never content."""
        return self.state_dir / "log" / "privacy-assistant.log"

    @property
    def temporary(self) -> Path:
        """Files that live for a moment; a purge empties it."""
        return self.cache_dir / "tmp"

    def as_json(self) -> dict[str, str]:
        """Every place by name."""
        return {
            "config": str(self.config),
            "policy": str(self.policy),
            "keys": str(self.key_store),
            "history": str(self.database),
            "models": str(self.models),
            "log": str(self.log),
            "temporary": str(self.temporary),
        }


def paths_for(home: Path | None) -> Paths:
    """The places under `home`, or the platform's own. Makes nothing. Raises UsageError."""
    if home is not None:
        try:
            root = home.expanduser().absolute()
        except RuntimeError:
            raise UsageError("--home begins with the ~ of a user that is not known", hint="--home DIR") from None
        return Paths(root, root, root, root, is_explicit=True)
    import platformdirs

    dirs = platformdirs.PlatformDirs("privacy-assistant", appauthor=False, roaming=False)
    return Paths(
        Path(dirs.user_config_dir), Path(dirs.user_data_dir), Path(dirs.user_state_dir), Path(dirs.user_cache_dir)
    )


def state_of(path: Path) -> tuple[int, ...]:
    """What tells whether a file is still the one that was read: its place on the disk, size and times; () for none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
