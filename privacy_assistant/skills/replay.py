"""Says the last answer again."""

from __future__ import annotations

from privacy_assistant.core.turn import Label
from privacy_assistant.ports import SkillAnswer, SkillRequest
from privacy_assistant.skills.wording import pattern, sentence

_AGAIN = pattern(
    r"(?:(?:please )?repeat(?: (?:that|it|yourself|the (?:last )?answer|your (?:last )?answer"
    r"|what you (?:just )?said))?"
    r"(?: again| once more| one more time)?"
    r"|say (?:that|it) (?:again|once more|one more time)|come again|(?:sorry|pardon|pardon me"
    r"|excuse me)[,.]? (?:what did you (?:just )?say|come again|can you repeat that)"
    r"|what did you (?:just )?say(?: again)?|what was that again|pardon(?: me)?|i (?:didn't|did not) (?:hear|catch"
    r"|get) (?:that|you|it)"
    r"|read (?:that|it) (?:to me )?again)"
)
_LONGEST = 60


class Replay:
    """Repeats what was answered last. It may show stored data, so it is labelled to stay."""

    @property
    def name(self) -> str:
        return "replay"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """The last answer word for word; None for any other sentence."""
        if len(request.text) > _LONGEST or not _AGAIN.fullmatch(sentence(request.text)):
            return None
        if not request.last_answer:
            return SkillAnswer("I haven't said anything yet.")
        return SkillAnswer(request.last_answer, label=Label.STAY)
