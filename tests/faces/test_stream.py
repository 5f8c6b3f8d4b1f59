"""What an answer that somebody else wrote may put on a terminal."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.faces.stream import json_line, printable

STEERING = "\x00\x07\x08\r\x1b\x7f\x85\x9b\x9d\u2028\u202a\u202e\u2066\u2069"


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(STEERING)))
def test_json_steers_no_terminal_and_says_what_it_said(text: str) -> None:
    """Escape, bell, C1 controls and overrides stand escaped; read back, every character is there."""
    line = json_line({"text": text, text: [text]})
    assert line == printable(line)
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"text": text, text: [text]}
