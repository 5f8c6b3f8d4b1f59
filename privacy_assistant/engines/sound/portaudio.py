"""PortAudio by sounddevice: which devices there are, and streams of them. Nothing is loaded before it is needed.

PortAudio is one per process, is not safe for threads, and lists devices once, when it starts; so everything here
takes turns, and `restart` is how a device that was plugged in is found.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from privacy_assistant.engines.sound import pulse
from privacy_assistant.engines.sound.naming import WORDS, Device, Side, name_of
from privacy_assistant.engines.sound.native_stderr import quiet
from privacy_assistant.errors import EngineFailed, EngineMissing

_INSTALL = "install PortAudio: libportaudio2 on Debian and Ubuntu, portaudio on Fedora, Arch and by Homebrew"
_BY_SERVER = "pulse"
"""ALSA's name for the sound server."""
_WASAPI = "Windows WASAPI"
_LATENCY_S = 0.05
"""What is asked for each way: a thread of ours may be kept waiting that long by others before a gap is heard."""

_ENDPOINTS: dict[Side, str] = {"input": "PULSE_SOURCE", "output": "PULSE_SINK"}
_turn = threading.RLock()
_open_streams: set[int] = set()

Callback = Callable[[Any, int, Any, Any], None]


def listed() -> list[Device]:
    """Every device, as it was when PortAudio started last, and what the sound server has now.

    Raises EngineMissing without PortAudio, EngineFailed where it does not start or the sound server is elsewhere.
    """
    with _turn, quiet():
        library = _load()
        apis = [str(api["name"]) for api in library.query_hostapis()]
        defaults = _defaults(library)
        found = [
            Device(
                name=name_of(str(info["name"])),
                host_api=apis[info["hostapi"]],
                inputs=info["max_input_channels"],
                outputs=info["max_output_channels"],
                rate_hz=round(info["default_samplerate"]),
                index=info["index"],
                is_default_input=info["index"] == defaults[0],
                is_default_output=info["index"] == defaults[1],
            )
            for info in library.query_devices()
        ]
        return _with_server(found)


def refresh() -> None:
    """See to it that the list is new, where no stream is open. Raises EngineMissing or EngineFailed."""
    with _turn, quiet():
        was_loaded = "sounddevice" in sys.modules
        _load()
        if was_loaded and not _open_streams:
            restart()


def restart() -> None:
    """Start PortAudio anew, so that it lists what is there now. All streams must be closed. Raises EngineFailed."""
    with _turn, quiet():
        library = _load()
        if _open_streams:
            raise EngineFailed("PortAudio cannot start anew while a stream is open")
        try:
            library._terminate()
            # Not its _initialize(), which turns number 2 away from the whole process meanwhile.
            library._check(library._lib.Pa_Initialize(), "")
        except library.PortAudioError as error:
            raise _no_start(error) from None
        library._initialized += 1


class Stream:
    """An open stream of one direction, 16 bits; its thread calls back every 10 ms until `close`."""

    def __init__(self, device: Device, side: Side, rate_hz: int, channels: int, callback: Callback) -> None:
        """Open and start. Raises EngineFailed where the device does not take this."""
        self.rate_hz, self.channels = rate_hz, channels
        with _turn, quiet(), _routed(device, side):
            library = _load()
            kind = library.RawInputStream if side == "input" else library.RawOutputStream
            more = library.WasapiSettings(auto_convert=True) if device.host_api == _WASAPI else None
            try:
                self._stream = kind(
                    device=device.index,
                    samplerate=rate_hz,
                    blocksize=rate_hz // 100,
                    channels=channels,
                    dtype="int16",
                    latency=_LATENCY_S,
                    callback=callback,
                    extra_settings=more,
                )
                try:
                    self._stream.start()
                except library.PortAudioError:
                    self._stream.close()
                    raise
            except (library.PortAudioError, ValueError) as error:
                raise EngineFailed(
                    f"the {WORDS[side]} {device.name} cannot be opened: {_reason(error)}",
                    hint="is another program using it, and may this one? privacy-assistant devices lists the others",
                ) from None
            _open_streams.add(id(self))

    @property
    def is_active(self) -> bool:
        """False when PortAudio has given the device up."""
        with _turn:
            try:
                return bool(self._stream.active)
            except _load().PortAudioError:
                return False

    @property
    def latency_s(self) -> float:
        """What PortAudio says about the time between the device and the callback."""
        return float(self._stream.latency)

    def close(self) -> None:
        """Stop at once. What is still in the device's buffer is not played."""
        with _turn, quiet():
            self._stream.abort()
            self._stream.close()
            _open_streams.discard(id(self))


def _load() -> Any:
    try:
        import sounddevice  # type: ignore[import-untyped]  # it carries no types; it starts PortAudio, so only when needed
    except ImportError:
        raise EngineMissing("the sound card needs sounddevice", hint="pip install sounddevice") from None
    except OSError:
        raise EngineMissing("there is no sound: the library PortAudio is missing", hint=_INSTALL) from None
    except Exception as error:  # noqa: BLE001 - its own class, which cannot be named where the import failed
        raise _no_start(error) from None
    return sounddevice


def _no_start(error: Exception) -> EngineFailed:
    return EngineFailed(f"PortAudio does not start: {_reason(error)}", hint="check the sound system of this machine")


def _reason(error: Exception) -> str:
    """PortAudio's own words, without sounddevice's before them."""
    told = str(error.args[0]) if error.args else type(error).__name__
    return told.removeprefix("Error opening RawInputStream: ").removeprefix("Error opening RawOutputStream: ")


def _defaults(library: Any) -> tuple[int, int]:
    """PortAudio's numbers of the default devices, -1 for none; of Windows' newer interface where there are two."""
    for api in library.query_hostapis():
        if api["name"] == _WASAPI and api["devices"]:
            return int(api["default_input_device"]), int(api["default_output_device"])
    return int(library._lib.Pa_GetDefaultInputDevice()), int(library._lib.Pa_GetDefaultOutputDevice())


def _with_server(found: list[Device]) -> list[Device]:
    """The devices behind ALSA's plug-in too, each as one; where it is the default, the server's defaults are."""
    way = next((device for device in found if (device.name, device.host_api) == (_BY_SERVER, "ALSA")), None)
    server = pulse.ask() if way is not None else None
    if way is None or server is None:
        return found
    if not server.is_local:
        raise EngineFailed(
            "the sound server of this session runs on another machine, and would be told what is said here",
            hint="unset PULSE_SERVER, or start one on this machine",
        )
    defaults = {device.name for device in found if device.is_default_input or device.is_default_output}
    is_default = not defaults.isdisjoint({"default", _BY_SERVER})
    behind = [
        Device(
            name=name_of(endpoint.label or endpoint.name),
            host_api="PulseAudio",
            inputs=endpoint.channels if side == "input" else 0,
            outputs=endpoint.channels if side == "output" else 0,
            rate_hz=endpoint.rate_hz,
            index=way.index,
            route=endpoint.name,
            is_monitor=endpoint.name.endswith(".monitor"),
            is_default_input=is_default and side == "input" and endpoint.name == server.default_source,
            is_default_output=is_default and side == "output" and endpoint.name == server.default_sink,
        )
        for side, endpoints in (("input", server.sources), ("output", server.sinks))
        for endpoint in endpoints
    ]
    return behind + [_unmarked(device) if is_default else device for device in found]


def _unmarked(device: Device) -> Device:
    return Device(device.name, device.host_api, device.inputs, device.outputs, device.rate_hz, device.index)


@contextlib.contextmanager
def _routed(device: Device, side: Side) -> Iterator[None]:
    """The sound server's name of the device, where the plug-in looks for it while it opens."""
    if not device.route:
        yield
        return
    name = _ENDPOINTS[side]
    before = os.environ.get(name)
    os.environ[name] = device.route
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
