"""The sound card: microphones and loudspeakers by PortAudio, and what happens when they come and go."""

from privacy_assistant.engines.sound.live_card import LiveCard as LiveCard
from privacy_assistant.engines.sound.naming import Device as Device
from privacy_assistant.engines.sound.portaudio import listed as listed
from privacy_assistant.engines.sound.portaudio import refresh as refresh
