"""The corpus: what is a skill's, what is the model's, and that no text at all makes a skill fail."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills import all_skills, first_answer
from tests.fakes import FakeDrawer
from tests.skills.asking import NOW, sentences

WORDS = sorted({word for each in sentences() for word in each["text"].split()})


def test_the_corpus_is_large_on_both_sides() -> None:
    """At least 150 sentences that are a skill's and 150 that are not."""
    mine = sum(each["skill"] is not None for each in sentences())
    assert mine >= 150
    assert len(sentences()) - mine >= 150


def test_every_sentence_goes_where_the_corpus_says() -> None:
    """In order, over one drawer: the right skill in the right words, or nobody."""
    skills = all_skills(FakeDrawer())
    wrong = []
    for each in sentences():
        found = first_answer(skills, SkillRequest(each["text"], NOW, last_answer="Hello."))
        got = (None, None) if found is None else (found[0], found[1].text)
        if got != (each["skill"], each.get("says")):
            wrong.append((each["text"], got))
    assert wrong == []


def test_no_two_skills_claim_one_sentence() -> None:
    """The order of the skills decides nothing for the sentences of the corpus."""
    drawer = FakeDrawer()
    skills = all_skills(drawer)
    for each in sentences():
        request = SkillRequest(each["text"], NOW, last_answer="Hello.")
        claims = [skill.name for skill in skills if skill.answer(request) is not None]
        assert claims in ([], [each["skill"]]), each["text"]


def test_case_punctuation_and_politeness_change_nothing() -> None:
    """A sentence in capitals, with a please or a question mark, is answered by the same skill."""
    for each in sentences():
        text = each["text"].rstrip("?.! ")
        if each["skill"] not in ("clock", "live", "units", "volume") or text.lower().startswith(
            ("can", "could", "hey")
        ):
            continue
        for form in (f"Hey, {text}?", f"  {text}  please.", text.capitalize()):
            request = SkillRequest(form, NOW, last_answer="Hello.")
            assert first_answer(all_skills(FakeDrawer()), request) is not None, form


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_arbitrary_text_is_answered_or_passed_on(text: str) -> None:
    """No text raises, and no answer is empty."""
    for skill in all_skills(FakeDrawer()):
        answer = skill.answer(SkillRequest(text, NOW, last_answer=text))
        assert answer is None or answer.text


@settings(max_examples=250, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.integers().map(str)), max_size=30))
def test_words_of_the_skills_in_any_order_are_answered_or_passed_on(words: list[str]) -> None:
    """Sentences that are nearly understood do not raise either."""
    for skill in all_skills(FakeDrawer()):
        answer = skill.answer(SkillRequest(" ".join(words), NOW, last_answer="Hello."))
        assert answer is None or answer.text


def test_a_very_long_text_is_passed_on() -> None:
    """Nobody reads 200 kB, not even for a note."""
    assert first_answer(all_skills(FakeDrawer()), SkillRequest("set a timer for 5 minutes " * 8000, NOW)) is None
    assert first_answer(all_skills(FakeDrawer()), SkillRequest("\x00\xff\ud800" * 70000, NOW)) is None


def test_several_lines_are_the_models() -> None:
    """A pasted text with a sentence of ours in it is not for a skill."""
    assert first_answer(all_skills(FakeDrawer()), SkillRequest("what time is it\nand why", NOW)) is None


def test_a_question_that_is_no_skills_imports_no_library() -> None:
    """pint, dateparser and simpleeval cost tenths of a second and are not paid by other questions."""
    program = """
import sys
from tests.skills.asking import ask_all, sentences
for each in sentences():
    # "how many days in a year" is two units, and found out not to be a conversion only by asking.
    if each["skill"] is None and each["text"] != "how many days in a year":
        assert ask_all(each["text"]) is None, each
print([name for name in ("pint", "dateparser", "simpleeval", "numpy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
