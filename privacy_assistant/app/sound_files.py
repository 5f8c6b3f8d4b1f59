"""Sound files that a person names: read as a recording that can be sent, and a WAV file written from one."""

from __future__ import annotations

import os
from pathlib import Path

from privacy_assistant.core.sound import Recording
from privacy_assistant.core.sound_parcel import HIGHEST_HZ, LOWEST_HZ, MOST_PCM_BYTES
from privacy_assistant.errors import UsageError

MOST_FILE_BYTES = 8 * MOST_PCM_BYTES + 64 * 1024
"""No file that is read is longer: the longest recording, in two channels of 32 bits, twice over."""

MOST_TALK_BYTES = 512 * 1024 * 1024
"""Of sound that `listen` hears from a file: four hours at 16 kHz, one and a half at 48 kHz."""


def read_recording(file: Path) -> Recording:
    """The sound of a WAV or FLAC file, or of another kind that `engines.sound_file` reads, at the rate that it has.

    What is wider than 16 bits loses the bits below, several channels become their mean; nothing is resampled. A file
    that was cut, or whose head does not know its length, counts as far as it goes. Raises UsageError.
    """
    from privacy_assistant.engines.sound_file import read_sound

    return read_sound(file, most_file_bytes=MOST_FILE_BYTES, lowest_hz=LOWEST_HZ, highest_hz=HIGHEST_HZ)


def read_talk(file: Path) -> Recording:
    """The sound of a file that is heard on this machine, as `read_recording`: as long as an evening, at any usual rate,
    since none of it has to fit into a request. Raises UsageError."""
    from privacy_assistant.engines.sound_file import read_sound

    return read_sound(file, most_pcm_bytes=MOST_TALK_BYTES, most_file_bytes=2 * MOST_TALK_BYTES)


def write_sound(file: Path, recording: Recording) -> None:
    """Write a new WAV file of mode 0600. Raises UsageError where it exists, OSError where it cannot be written."""
    from privacy_assistant.egress.wav import wav_of

    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        raise exists(file) from None
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(wav_of(recording))
    except BaseException:
        # Half a file sounds like a whole one to somebody who finds it later.
        file.unlink(missing_ok=True)
        raise


def check_new(file: Path) -> None:
    """Raises UsageError where no new file can be written at this place: told before anything is computed, or leaves."""
    if str(file) == "-":
        raise UsageError("sound is written to a file, not to the screen", hint="name a file, like answer.wav")
    if file.exists() or file.is_symlink():
        raise exists(file)
    if not file.parent.is_dir():
        raise UsageError(f"there is no directory {file.parent}", hint="make it, or name another file")


def exists(file: Path) -> UsageError:
    """The error for a file that is there already."""
    return UsageError(f"{file} exists already", hint="choose another name, or remove it")
