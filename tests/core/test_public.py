"""Names of the whole world pass in questions about the world, and nowhere else."""

from __future__ import annotations

import re

import pytest

from privacy_assistant.core import public_people, public_things
from privacy_assistant.core.detection import Detector, Level
from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.patterns.words import words
from privacy_assistant.core.public import LONGEST, is_public
from privacy_assistant.core.turn import Origin

_MARK = re.compile(r"\[([^\]]+)\]")


def _marked(line: str, kind: Kind = Kind.PERSON) -> tuple[str, list[Finding]]:
    """A text in which the names stand in brackets, without them, and the names as a tagger finds them."""
    text, spans, at = "", [], 0
    for found in _MARK.finditer(line):
        text += line[at : found.start()]
        spans.append(Finding(len(text), len(text) + len(found[1]), kind, 0.9, "ner"))
        text += found[1]
        at = found.end()
    return text + line[at:], spans


def _passing(line: str, kind: Kind = Kind.PERSON) -> list[str]:
    text, spans = _marked(line, kind)
    return [text[s.start : s.end] for s in spans if is_public(text, s, [o for o in spans if o is not s])]


PASS = """
who was [Einstein]?
Who was [Albert Einstein]?
who was [albert einstein]
Who is [Taylor Swift]?
When was [Mozart] born?
When did [Napoleon] die?
Where was [Marie Curie] born?
What did [Isaac Newton] discover?
How tall is [Tom Cruise]?
How old is [Madonna]?
What is [Beyoncé]'s net worth?
Who was [Einstein]'s wife?
Who is the daughter of [Barack Obama]?
Explain [Einstein]'s theory of relativity
Tell me about [Nelson Mandela]
Can you tell me who [Ada Lovelace] was?
Summarize the life of [Frida Kahlo]
Compare [Plato] and [Aristotle]
List the novels of [Charles Dickens]
What are the best songs by [The Beatles]?
Who painted the [Mona Lisa]?
Which books did [George Orwell] write?
I want to know who [Cleopatra] was
I wonder when [Shakespeare] wrote Hamlet
Do you know who [Lionel Messi] is?
Please explain the philosophy of [Kant]
What is the capital of [France]?
What is the [capital of France]?
Wat is de [hoofdstad van Australië]?
Qual è la capitale [dell'Australia]?
¿Cuál es la [capital de Australia]?
how old is [the Eiffel Tower]
who painted the [Mona Lisa]
which river flows through [Vienna]
Is [Austin] the [capital of Texas]?
capital of [France]
Capital of [Peru]
population of [Tokyo]
Who is the president of [Georgia]?
What is the highest mountain in [Jordan]?
Is [Austin] the capital of [Texas]?
capital of the us and of [france]
What is the population of [Germany]?
How big is [Australia]?
Where is [Mount Everest]?
How far is [London] from [Paris]?
weather in Paris and [Paris]
Weather in [Paris]
What's the weather in [New York]?
What language is spoken in [Brazil]?
What is the currency of [Japan]?
Who is the president of [France]?
Is [Norway] in the EU?
Which states border [Texas]?
How high is the [Eiffel Tower]?
When did [World War I] end in [Germany]?
Who was [Elizabeth I]?
[Apple] stock price?
apple stock price? [apple]
stock price of [tesla]
What is the stock price of [Microsoft]?
Who founded [Google]?
Where is [Toyota] headquartered?
Who is the CEO of [Nvidia]?
When was [NASA] founded?
What does [UNESCO] do?
Who won the [Champions League]?
What is [Real Madrid]'s score?
Is the US bigger than [China]?
Wer war [Goethe]?
Wann wurde [Beethoven] geboren?
Was ist die Hauptstadt von [Frankreich]?
hauptstadt von [italien]
Erkläre die Relativitätstheorie von [Einstein]
Wer ist die Tochter von [Angela Merkel]?
Wie hoch ist die [Zugspitze]?
Qui était [Victor Hugo] ?
Quelle est la capitale de l'[Espagne] ?
Quand est né [Molière] ?
Qui est le président de la [France] ?
¿Quién fue [Frida Kahlo]?
¿Cuál es la capital de [Perú]?
¿Cuándo nació [Picasso]?
Chi era [Dante Alighieri]?
Qual è la capitale della [Spagna]?
Quando è nato [Galileo Galilei]?
Wie was [Rembrandt]?
Wat is de hoofdstad van [België]?
Quem foi [Fernando Pessoa]?
Qual é a capital da [Alemanha]?
""".strip().splitlines()

MASK = """
I'm meeting [Einstein] in [Paris]
my boss [Tim Cook] is angry
my sister lives in [Paris]
I work at [Apple]
I live in [London]
we moved to [Berlin] last year
Our neighbour [Michael Jackson] is loud
call [Taylor Swift]
call [Tom Hanks] at five
text [Obama] that it is late
email [Bill Gates] about the invoice
remind me to call [Elvis]
[Tim Cook] invited us to dinner
[Einstein] is at home
[Paris] was lovely
She met [Boris Johnson] yesterday
He lives in [Chicago]
My flight to [Rome] is late
Book a hotel in [Vienna]
find a flight to [Tokyo]
Is there a good restaurant in [Paris]?
Which doctors are there in [Munich]?
What can I do in [Lisbon]?
How do I get to [Oxford]?
When does my train to [Hamburg] leave?
Do I need a visa for [India]?
Where does my cousin live in [Spain]?
What is the address of [Taylor Swift]?
Where does [Taylor Swift] live?
What is [Bill Gates]' phone number? call him
schedule a meeting with [Angela Merkel]
Dear [Angela Merkel], thank you
Hi [Will Smith]
Is [Will Smith] my new colleague?
Who is [John Doe]?
Who is [Marta]?
What did [Heidi] say?
Who was [Einstein], and who is [Greta Example]?
our client [Apple] has not paid
The invoice of [Amazon] is wrong
I applied for a job at [Google]
my interview with [Microsoft] is on Monday
[Netflix] fired him
Patients from [Cuba] were diagnosed
The patient [Henry Ford] was seen
my account at [Deutsche Bank]
We are [Toyota]'s supplier
weather in [paris]
what is the weather in [new york]
tell [bill gates] to come
play [michael jackson]
does [tom hanks] know about it
restaurants near [berlin]
whats going on in [chicago]
Meine Schwester wohnt in [Paris]
Ich arbeite bei [Siemens]
Mein Chef [Tim Cook] ist krank
Ruf [Angela Merkel] an
Wann fährt mein Zug nach [Wien]?
Wo wohnt [Helene Fischer]?
Ma sœur habite à [Rome]
J'habite à [Lyon]
Je travaille chez [Renault]
Appelle [Victor Hugo]
Mon patron [Emmanuel Macron] est là
Mi hermana vive en [Madrid]
Trabajo en [Google]
Llama a [Pablo Picasso]
¿Cuándo sale mi vuelo a [Lima]?
Mia sorella abita a [Milano]
Lavoro alla [Ferrari]
Chiama [Dante Alighieri]
Mijn zus woont in [Antwerpen]
Ik werk bij [Philips]
Bel [Max Verstappen]
Minha irmã mora em [Lisboa]
Eu trabalho na [Petrobras]
Liga para [Cristiano Ronaldo]
Come on [Liverpool]
Where is [Austin]?
who is [jordan]
What did [Chelsea] say?
Is [Paris] angry?
Why was [India] crying?
[Napoleon] and the history of all these old wars was on television the whole evening
Should I buy shares of [Apple]?
Can I drink the water in [Egypt]?
Is [Paris Hilton] her sister?
[Lady Gaga] is better this time
A wonderful day in [Chicago] with the kids
[Napoleon] slept on the sofa all night and then asked for the bowl of fish again
""".strip().splitlines()


@pytest.mark.parametrize("line", PASS)
def test_a_question_about_the_world_passes(line: str) -> None:
    """Nobody's life is in it."""
    text, spans = _marked(line)
    known = [one for one in _MARK.findall(line) if one != "World War I"]
    if len(known) == len(spans):
        assert _passing(line) == known
    else:
        assert all(not is_public(text, span, spans) for span in spans)


@pytest.mark.parametrize("line", MASK)
def test_a_known_name_in_somebodys_life_stays_masked(line: str) -> None:
    """A word about the person, a request to reach somebody, a statement, an unknown name beside it."""
    assert _passing(line) == []


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.LOCATION, Kind.ORG])
def test_the_kind_of_a_name_does_not_matter(kind: Kind) -> None:
    """A tagger may take Paris for a person."""
    assert _passing("What is the capital of [France]?", kind) == ["France"]


def test_other_findings_keep_a_known_name_masked() -> None:
    """Beside a telephone number, a listed name or an address, "Einstein" may be anybody."""
    text = "Who was Einstein? 555 0199"
    name = Finding(8, 16, Kind.PERSON, 0.9, "ner")
    assert is_public(text, name, [])
    for other in (
        Finding(18, 26, Kind.PHONE, 1.0, "rule:phone"),
        Finding(18, 26, Kind.PERSON, 0.9, "ner"),
        Finding(18, 26, Kind.ADDRESS, 0.9, "ner"),
    ):
        assert not is_public(text, name, [other])


def test_what_the_person_listed_is_never_public() -> None:
    """Even where everybody knows the name."""
    assert not is_public("Who was Einstein?", Finding(8, 16, Kind.PERSON, 1.0, "profile"), [])


def test_a_known_name_of_another_kind_is_not_let_through() -> None:
    """A street of Mozart's is an address."""
    assert not is_public("Where is Mozart?", Finding(9, 15, Kind.ADDRESS, 0.9, "ner"), [])


def test_a_long_text_tells_a_story() -> None:
    """However it asks."""
    text, (span,) = _marked("Who was [Einstein]?")
    assert is_public(text.ljust(LONGEST), span, [])
    assert not is_public(text.ljust(LONGEST + 1), span, [])


class _Tagger:
    """Finds every name of a text that it was told."""

    def __init__(self, *names: str) -> None:
        self._names = names

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        return frozenset({Kind.PERSON})

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """Where the names stand."""
        starts = sorted((text.find(name), len(name)) for name in self._names if name in text)
        return Findings(tuple(Finding(at, at + size, Kind.PERSON, 0.9, "ner") for at, size in starts))


def test_strict_and_block_let_no_name_through() -> None:
    """Only the default level does."""
    for level, expected in ((Level.BALANCED, 0), (Level.STRICT, 1), (Level.BLOCK, 1)):
        found = Detector([_Tagger("Einstein")], level=level, is_public=is_public).find("who was Einstein?")
        assert sum(span.kind is Kind.PERSON for span in found.spans) == expected


def test_the_lists_hold_no_plain_first_name() -> None:
    """Somebody's friend may have it: one famous bearer makes no name public."""
    single = {
        entry.strip().casefold()
        for listed in (public_people.PEOPLE, public_things.PLACES, public_things.ORGANISATIONS)
        for entry in listed.split(";")
    }
    names = "anna maria peter paul john mary thomas heidi marta adele thor claude florence"
    assert single.isdisjoint(words(names))


def test_the_lists_are_as_long_as_they_say() -> None:
    """An entry lost in an edit would be missed by nobody."""
    sizes = [
        len([entry for entry in listed.split(";") if entry.strip()])
        for listed in (public_people.PEOPLE, public_things.PLACES, public_things.ORGANISATIONS)
    ]
    assert sizes == [1794, 923, 483]
