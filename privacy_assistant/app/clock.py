"""The person's clock."""

from __future__ import annotations

import functools
import warnings
from datetime import datetime, tzinfo


def now() -> datetime:
    """The time on the person's clock, in a zone that knows its changes of clocks: a reminder may lie beyond one."""
    zone = _zone()
    return datetime.now().astimezone() if zone is None else datetime.now(zone)


@functools.cache
def _zone() -> tzinfo | None:
    """The zone of this machine; None where its configuration names none that exists: then a fixed offset must do."""
    import tzlocal

    try:
        with warnings.catch_warnings():
            # "no configuration found" is no news to a person who asks what time it is.
            warnings.simplefilter("ignore")
            # Read anew: the library has a cache of its own, and one is enough.
            return tzlocal.reload_localzone()
    except (LookupError, ValueError, OSError):
        return None
