"""Volume words and "stop": the face that speaks does the work, this names it.

Effects: `volume_up`, `volume_down`, `volume_max`, `volume_min`, `volume:N` (N is 0 to 100 percent), `mute`,
`unmute`, `stop`.
"""

from __future__ import annotations

from privacy_assistant.ports import SkillAnswer, SkillRequest
from privacy_assistant.skills.numbers import to_digits
from privacy_assistant.skills.wording import Pattern, pattern, sentence

_THE_SOUND = r"(?:the |your |my )?(?:volume|sound|audio|speaker)"
_BIT = r"(?: (?:a (?:little )?bit|a little|a notch|some more|more))?"
_LEVEL = pattern(
    r"(?:set|turn|put|change|make|bring|lower|raise|increase|reduce|decrease)? ?(?:the |your |my )?volume (?:to |at "
    r"|level |up to |down to )*(?P<level>\d{1,3})(?: ?%| percent)?"
)
_WORDS: tuple[tuple[str, str, Pattern], ...] = tuple(
    (effect, text, pattern(expression, sound=_THE_SOUND, bit=_BIT))
    for effect, text, expression in (
        (
            "volume_up",
            "Louder.",
            r"(?:(?:make it |speak |talk |be )?(?:a (?:little )?(?:bit )?|much )?louder<<bit>>|(?:volume|turn it"
            r"|turn yourself|turn <<sound>>) up<<bit>>|turn up <<sound>><<bit>>"
            r"|(?:increase|raise) <<sound>><<bit>>|speak up<<bit>>|you(?:'re| are) too quiet|i can't hear you"
            r"|i cannot hear you|more volume)",
        ),
        (
            "volume_down",
            "Quieter.",
            r"(?:(?:make it |speak |talk |be )?(?:a (?:little )?(?:bit )?|much )?(?:quieter|softer|more quiet"
            r"|more quietly|more softly)<<bit>>|(?:volume|turn it|turn yourself|turn <<sound>>) down<<bit>>"
            r"|turn down <<sound>><<bit>>|(?:decrease|lower|reduce) <<sound>><<bit>>|(?:you(?:'re| are)|that(?:'s"
            r"| is)|it's) too loud|less volume|not so loud)",
        ),
        (
            "volume_max",
            "Full volume.",
            r"(?:(?:full|max|maximum) volume|(?:turn|set|put) (?:it|<<sound>>) (?:all the way up"
            r"|(?:up )?to (?:the )?max(?:imum)?|to full))",
        ),
        (
            "volume_min",
            "Lowest volume.",
            r"(?:(?:min|minimum|lowest) volume|(?:turn|set|put) (?:it|<<sound>>) (?:all the way down"
            r"|(?:down )?to (?:the )?min(?:imum)?))",
        ),
        ("mute", "Muted.", r"(?:mute(?: (?:yourself|it|<<sound>>))?|(?:turn|switch) (?:off <<sound>>|<<sound>> off))"),
        (
            "unmute",
            "Sound on.",
            r"(?:un-?mute(?: (?:yourself|it|<<sound>>))?|(?:turn|switch) (?:on <<sound>>|<<sound>> (?:back )?on))",
        ),
        (
            "stop",
            "OK.",
            r"(?:stop(?: (?:it|that|now|talking|speaking|reading|please))?|be quiet|be silent|quiet|silence|shush"
            r"|hush|shut up|enough|that's enough|never ?mind|forget it|stopp)",
        ),
    )
)
_LONGEST = 60


class Volume:
    """Recognises a spoken control and names its effect."""

    @property
    def name(self) -> str:
        return "volume"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """A short word and the effect; None for any other sentence."""
        if len(request.text) > _LONGEST:
            return None
        said = sentence(request.text)
        for effect, text, words in _WORDS:
            if words.fullmatch(said):
                return SkillAnswer(text, effect=effect)
        if "volume" not in said.lower():
            return None
        found = _LEVEL.fullmatch(to_digits(said))
        if found is not None and int(found["level"]) <= 100:
            level = int(found["level"])
            return SkillAnswer(f"Volume at {level} percent.", effect=f"volume:{level}")
        return None
