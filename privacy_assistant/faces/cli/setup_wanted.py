"""What the flags of `setup` say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.app.setup.plan import parse_language
from privacy_assistant.app.sound_files import check_new
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.profile import Wish, checked
from privacy_assistant.errors import UsageError
from privacy_assistant.faces.cli.ask import question_text, read_text
from privacy_assistant.faces.cli.profile import read_wishes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the flags say; None and empty: nothing."""

    language: str = ""
    quality: str = ""
    is_online: bool = False
    is_later: bool = False
    place: Path | None = None
    has_yes: bool = False
    names: tuple[str, ...] = field(default=(), repr=False)
    masks: tuple[str, ...] = field(default=(), repr=False)
    mask_file: str = ""
    output: Path | None = None
    has_sound: bool = True
    has_figures: bool = True

    def check(self, *, is_asking: bool) -> None:
        """Refuse what cannot be meant, before anything is done. Raises UsageError."""
        ways = [self.is_online, self.place is not None, self.is_later]
        if sum(ways) > 1:
            raise UsageError("--online, --from and --later are three ways, and one is taken", hint="leave two out")
        if self.is_online and not self.has_yes and not is_asking:
            raise UsageError(
                "what is fetched has to be agreed to, and nobody can be asked here",
                hint=f"privacy-assistant setup --quality {self.quality or 'good'} --online --yes",
            )
        if self.place is not None and not self.place.expanduser().exists():
            raise UsageError(
                "there is nothing at the path of --from", hint="name the stick or a folder with models on it"
            )
        if self.output is not None:
            check_new(self.output)
            if not self.has_sound:
                raise UsageError(
                    "--output has the hello in a file, and --no-sound has none", hint="leave one of them out"
                )

    def wishes(self) -> tuple[list[Wish], list[str]]:
        """What the flags say is masked, and where each stood; "-" is standard input, a value a line. Raises UsageError
        for what can be none."""
        if [*self.names, *self.masks, self.mask_file].count("-") > 1:
            raise UsageError("standard input is one list", hint="put one of them into a file: --mask-file FILE")
        wishes: list[Wish] = []
        places: list[str] = []
        for flag, kind, values in (("--name", Kind.PERSON, self.names), ("--mask", None, self.masks)):
            for number, value in enumerate(values, 1):
                listed, lines = _piped() if value == "-" else ([Wish(value)], [f"{flag} {number}"])
                wishes += [Wish(wish.value, wish.kind or kind) for wish in listed]
                places += lines
        if self.mask_file:
            listed, lines = _piped() if self.mask_file == "-" else read_wishes(read_text(Path(self.mask_file)))
            wishes += listed
            places += lines
        for wish, place in zip(wishes, places, strict=True):
            checked(wish, place=place)
        return wishes, places


def _piped() -> tuple[list[Wish], list[str]]:
    return read_wishes(question_text("-", is_required=True, what="the list"))


def tag_of(text: str) -> str:
    """The tag of a language that was typed; "" for nothing. Raises UsageError."""
    if not text:
        return ""
    try:
        return parse_language(text)
    except ValueError as error:
        raise UsageError(str(error), hint="--language de") from None
