"""Words by which a sentence shows that it goes on, in seven languages. Read by `completeness`."""

from __future__ import annotations


def _set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


FILLERS: dict[str, frozenset[str]] = {
    "en": _set("um uh er erm uhm hmm hm mm ah eh well like so actually basically"),
    "de": _set("äh ähm öh öhm hm hmm also naja halt"),
    "fr": _set("euh hum ben bah heu donc alors"),
    "es": _set("eh em este pues mmm bueno"),
    "it": _set("ehm uhm eh allora cioè dunque"),
    "nl": _set("eh ehm uh uhm nou"),
    "pt": _set("hum eh então tipo né"),
}
"""What is said to keep the turn while thinking."""

DANGLING: dict[str, frozenset[str]] = {
    "en": _set(
        "a an the and or but nor because if unless although though whereas while whether than as my your his our",
        "their its every each which whose between among during against into onto upon toward towards per via",
        "very quite rather too such these those of",
    ),
    "de": _set(
        "der die das dem den des ein eine einen einem einer eines und oder aber weil wenn dass ob als mein meine",
        "meinen meinem meiner dein deine sein seine ihr ihre unser unsere von vom zur zum im am beim für mit ohne",
        "gegen zwischen sehr",
    ),
    "fr": _set(
        "le la les un une des du de et ou mais parce que si car mon ma mes ton ta tes son sa ses notre votre leur",
        "leurs à au aux dans sur sous avec pour par sans chez entre très qui dont",
    ),
    "es": _set(
        "el la los las un una unos unas y o pero porque si que mi mis tu tus su sus nuestro nuestra de del a al en con",
        "para por sin sobre entre muy",
    ),
    "it": _set(
        "il lo la i gli le un uno una e o ma perché se che mio mia miei tuo tua suo sua di del della dei a al alla da",
        "dal in nel nella con per su sul tra fra molto",
    ),
    "nl": _set(
        "de het een en of maar omdat als dat mijn jouw zijn haar ons onze hun van met voor tegen tussen zonder naar",
        "erg",
    ),
    "pt": _set(
        "o a os as um uma uns umas e ou mas porque se que meu minha seu sua nosso de do da dos das em no na com para",
        "por sem sobre entre muito",
    ),
}
"""A sentence hardly ever ends with one of these."""

HANGING = _set(
    "to for with from at by in on about over under after before until till since near around like without within",
    "i he she we they is are was were be been am do does did have has had will would can could should shall may",
    "might must not it's i'm that's there's i'll i'd let's want wants wanted need needs give gives take makes",
    "this that no any some more most another other first next last",
    "what's who's where's how's please get got said says",
)
"""English words that end a sentence now and then, and far more often do not."""

LAST_PARTICLES = _set("in on off up down out over back away about to for with from at by like after of")
"""Words that may end a question or a command: who is it for, turn it off."""

PHRASAL = _set("turn switch put shut power bring take pick look go come call read set log move give wake")
"""Verbs that make a command with such a particle."""

ASKING = _set("what who whom where when which how why what's who's where's whose")

OPEN_PHRASES = (
    "set a timer for|set an alarm for|set an alarm|remind me|remind me to|add|send|call|play|open|show me|tell me",
    "tell me about|how do i|how do you|how can i|can you|could you|would you|will you|can you please|could you please",
    "i want to|i would like|i would like to|i'd like|i'd like to|i want you to|i need to|i was wondering|do you know",
    "what is|what are|what was|who is|who was|where is|where are|how much is|how many|how much|how far is|how old is",
    "what's the|my name is|it is|there is|there are|convert|translate|search for|look up|write|write a|make|put",
    "the number is|the code is|the address is|wake me|wake me up|let me|give me|i think|i think that|hey|okay so",
)
"""English sentences that are the beginning of one, when they stand alone."""

WHOLE = _set(
    "yes no yeah yep nope okay ok stop cancel thanks continue quiet louder quieter pause resume repeat hello hi",
    "goodbye bye enough never sure right exactly again help",
)
"""Single English words that are a turn of their own."""

NUMBERS = _set(
    "zero one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty ninety"
)
OPERATORS = _set("plus minus times divided multiplied percent over into equals point")

DIGITS: dict[str, frozenset[str]] = {
    "en": _set("zero oh o one two three four five six seven eight nine double triple"),
    "de": _set("null eins ein zwei zwo drei vier fünf sechs sieben acht neun"),
    "fr": _set("zéro un deux trois quatre cinq six sept huit neuf"),
    "es": _set("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    "it": _set("zero uno due tre quattro cinque sei sette otto nove"),
    "nl": _set("nul een één twee drie vier vijf zes zeven acht negen"),
    "pt": _set("zero um dois três quatro cinco seis meia sete oito nove"),
}

NUMBER_CUES: dict[str, int] = {
    "card": 15,
    "iban": 18,
    "account": 8,
    "phone": 10,
    "telephone": 10,
    "mobile": 10,
    "number": 10,
    "cell": 10,
    "code": 4,
    "pin": 4,
    "zip": 5,
    "postcode": 5,
    "telefonnummer": 10,
    "nummer": 10,
    "karte": 15,
    "numéro": 10,
    "número": 9,
    "numero": 9,
    "tarjeta": 15,
    "carta": 15,
    "cartão": 15,
}
"""What somebody is about to read out, and how many digits it has at least."""

ADDRESS_CUES = _set("address adresse dirección indirizzo adres endereço live street")
MAIL_CUES = _set("email e-mail mail correo")
SPELLING_CUES = _set("spelled spelt spell buchstabiert épelle deletreo")
DOMAINS = _set("com org net edu gov io de fr es it nl pt uk eu ch at us info")
