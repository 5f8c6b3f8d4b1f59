"""Words by which an answer is judged without a model: common words of seven languages, refusals, what asks for what.

The lists of common words hold what is frequent in its language and rare in the others; a word that several of them
share ("in", "de") counts for each.
"""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


COMMON: dict[str, frozenset[str]] = {
    "en": _set(
        "the of and to is was that it for on are as with his they at be this from have or by had not but what all "
        "were when we there can an your which their said if do will each about how up out them then she many some "
        "so these would other into has more her two like him see could no make than been its who now did my made "
        "may i you in a explain tell write give show list define summarise summarize describe name why where "
        "should does me please because between after before through while also only most such used very often "
        "usually "
    ),
    "de": _set(
        "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
        "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor "
        "zur bis mehr durch man sein wurde sei in kann ich du wir ihr mir mich dir was wer wo warum wann welche "
        "welcher welches wieviel erkläre erzähle schreibe gib nenne zeige bitte soll sollte gegen vom wenn diese "
        "dieser dieses unter weil zwischen ihre seine etwas sehr schon meist meisten lassen "
    ),
    "fr": _set(
        "le la les de des du et en un une est que qui dans pour pas au sur ne se ce il elle sont avec plus par je "
        "vous nous on mais ou où son sa ses été être cette ces aux d l c qu n s j comme tout fait leur même aussi "
        "quel quelle quels quelles pourquoi comment quand combien explique expliquez donne donnez écris écrivez "
        "résume raconte dis moi toi tu ton ta tes mon ma mes peut peux avoir très entre après avant depuis sans "
        "sous afin "
    ),
    "es": _set(
        "el la los las de del y en un una que es por con para se no al lo como más pero su sus le ya o este sí "
        "porque esta entre cuando muy sin sobre ser tiene también me hasta hay donde quien desde todo nos durante "
        "ni contra ese eso mi qué cuál cuáles cómo cuándo dónde quién cuánto cuántos cuántas explica escribe dame "
        "dime cuéntame resume está son fue era puede pueden cada ha han así están yo tú ellos ella unos unas "
    ),
    "it": _set(
        "il lo la i gli le di del della dei delle e è in un una uno che per con non si da al alla nel nella sono "
        "come più ma anche ha ho hanno questo questa se su dal dalla ai cui perché quando dove chi cosa qual "
        "quale quali quanto quanti quante spiega spiegami scrivi dammi dimmi racconta riassumi mi ti ci era stato "
        "essere molto tra fra prima dopo viene può possono ogni sua suo loro degli nei sulla sul l d c dell nell "
        "all dall "
    ),
    "nl": _set(
        "de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit door naar "
        "heeft hebben wordt worden was deze dit die over tot kan kunnen geen meer zo of je jij ik wij ze hij haar "
        "mijn wat wie waar waarom wanneer welke hoe hoeveel leg schrijf geef noem vertel mij me moet zou omdat "
        "tussen veel zoals tegen onder worden hun onze toen zeer vaak meestal "
    ),
    "pt": _set(
        "o a os as de do da dos das e em um uma que é por com para se não no na nos nas ao à mais mas como seu "
        "sua ou quando muito já também só pelo pela até isso ela ele entre depois sem mesmo aos seus quem me esse "
        "eles você foi era são está têm tem ser qual quais onde porque porquê quanto quantos quantas explica "
        "explique escreve escreva diz diga dá dê conta resume pode podem cada eu tu meu minha num numa sobre às "
    ),
}

NAMES_A_LANGUAGE = re.compile(
    r"\b(?:translat|übersetz|tradu|vertaal|vertal|languag|sprache|langue|idioma|lingua\b|língua|taal\b|"
    r"engl|ingles|inglés|inglês|anglais|deutsch|german|allemand|alem[áaã]|tedesc|duits|"
    r"french|franz|français|francés|francês|frances|frans\b|spanish|spanisch|espa[gñn]|spagnol|spaans|"
    r"ital|dutch|niederl|néerl|neerl|holand|oland|holländ|nederlands|portug|"
    r"latin|latein|latín|latim|latijn|greek|griech|grec|griego|grego|grieks|russ|rusk|ruso|cyrill|kyrill|"
    r"polish|polnisch|polonais|polaco|polacc|pools|czech|tschech|tchèque|turk|türk|turc|arab|hebr|"
    r"hindi|sanskrit|urdu|bengal|tamil|thai|chin|mandarin|canton|jap|giappon|korea|corea|coré|kanji|"
    r"hiragana|katakana|"
    r"hangul|vietnam|swed|schwed|suéd|svens|norw|norweg|norvég|norsk|danish|dänisch|danois|dansk|finn|suomi|hungar|"
    r"ungar|hongr|roman|rumän|roum|ukrain|bulgar|croat|kroat|serb|catal|katal|basque|bask|welsh|irish|gaelic|swahili|"
    r"esperanto|по-|язык|перев|англ|немец|франц)",
    re.IGNORECASE,
)
"""Where a question does this, an answer in another language may be what was asked for."""

ASKS_FOR_WORDS = re.compile(
    r"\b(?:recit|lyric|anthem|quot|(?:first|opening|last) (?:lines?|words|sentences?)|original|sing\b|prayer|proverb|"
    r"motto|phrase|say\b|saying|spell|alphabet|pronounc|zit(?:at|ier)|hymne|gebet|sprich|liedtext|singe?\b|paroles|"
    r"cit(?:a|er|ez|e)\b|chant|prière|devise|letra|himno|canta|oración|inno\b|preghier|reza|hino|"
    r"oração|lied\b|spreuk|"
    r"wie sagt|comment dit|cómo se dice|come si dice|como se diz|hoe zeg)",
    re.IGNORECASE,
)
"""Words of somebody else, which come in their own language."""

ASKS_FOR_TEXT = re.compile(
    r"\b(?:write|draft|compose|rephrase|rewrite|reword|paraphras|polite|sentence|message|e-?mail|"
    r"reply|respond|letter|"
    r"note|dialogue|role-?play|pretend|say\b|decline|refuse|translat|schreib|formulier|umformul|"
    r"nachricht|antwort auf|"
    r"absage|satz\b|übersetz|écri|rédige|reformul|réponds|lettre|phrase|tradui|escrib|redact|reformula|carta|frase|"
    r"mensaje|traduc|scriv|riscriv|lettera|messaggio|traduci|rispondi|schrijf|herschrijf|bericht|"
    r"brief\b|zin\b|vertaal|"
    r"escrev|reescrev|mensagem|traduz|recus)",
    re.IGNORECASE,
)
"""A question that wants a text, and that text may be somebody's "I cannot"."""

KEEPS_THE_WORDS = re.compile(
    r"\b(?:repeat|correct|fix\b|proof-?read|spell|sort|order|reverse|rewrite|format|punctuat|"
    r"capital letters|uppercase|"
    r"lowercase|copy|edit|grammar|say\b|echo|read\b|type\b|wiederhol|korrig|verbesser|sortier|sag\b|répète|corrige|"
    r"répéte|trie\b|repite|ordena|ripeti|corregg|ordina|herhaal|verbeter|sorteer|zeg\b|repete|repita|corrij|diga\b)",
    re.IGNORECASE,
)
"""A question whose right answer may be its own words."""

GREETING = re.compile(
    r"\s*(?:hi|hello|hey|good (?:morning|evening|afternoon|night|day)|merry|happy|thank|bye|guten|"
    r"hallo|schön|frohe|danke|"
    r"bonjour|bonsoir|bonne|salut|joyeux|merci|hola|buen|feliz|gracias|ciao|buon|grazie|goede|fijne|dank|olá|bom|boa|"
    r"obrigad)",
    re.IGNORECASE,
)

QUESTION_WORDS = _set(
    "what who whom whose where when why which how was wer wen wem wo wann warum welche welcher welches wie "
    "wieviel que quoi qui quel quelle quels quelles où quand pourquoi comment combien qué quién cuál cuáles "
    "dónde cuándo cómo cuánto cuántos cuántas cosa chi quale qual dove quando perché come quanto quanti wat "
    "wie waar wanneer waarom welke hoe hoeveel quem onde como quantos quantas quais "
)

_AI = (
    r"as an? (?:ai|artificial intelligence|language model|large language)|i(?:'m| am) (?:just |"
    r"only )?an? (?:ai|language)|"
    r"als (?:eine? )?(?:ki|künstliche intelligenz|sprachmodell|ai\b|taalmodel)|en tant qu(?:e |')(?:ia|intelligence|"
    r"modèle|assistant)|como (?:una? |um |uma )?(?:ia\b|inteligencia artificial|inteligência artificial|modelo de)|"
    r"come (?:ia\b|intelligenza artificiale|modello)|in quanto (?:ia\b|intelligenza|modello)"
)
_OBJECT = (
    r"help (?:you )?(?:with|in|to)?|help\b|assist|fulfil|comply|do (?:that|this)|answer (?:that|this|your)|"
    r"provide|discuss|respond to|engage|complete (?:that|this|your)|support (?:that|this)|create|"
    r"generate|share|continue"
)
_CANNOT = (
    rf"(?:i(?:'m| am) (?:so |very |really )?sorry,? |sorry,? |unfortunately,? |apologies,? |"
    rf"i apologi[sz]e,? )?(?:but )?"
    rf"(?:i (?:can(?:'t|not| not)|could not|won't|will not|am (?:un|not )able to|must decline to|have to decline to)|"
    rf"i'm (?:un|not )able to|i(?:'m| am) not (?:allowed|permitted) to|i(?:'d| would) rather not) (?:{_OBJECT})|"
    r"i must (?:respectfully )?decline|"
    r"(?:(?:es )?tut mir leid,? |entschuldigung,? |leider )?(?:aber )?(?:(?:ich )?(?:kann|"
    r"darf) (?:ich )?(?:dir|ihnen|euch)?"
    r" ?(?:dabei|damit|hierbei|bei dieser|diese (?:anfrage|frage)|das|dazu) (?:leider )?(?:nicht|keine)|"
    r"(?:dabei|damit|hierbei) (?:kann|darf) ich (?:leider )?(?:dir |ihnen )?nicht)|"
    r"(?:je suis désolée?|désolée?|malheureusement),? (?:mais )?(?:je ne (?:peux|suis)|je refuse)|"
    r"je ne (?:peux|suis) pas (?:en mesure de )?(?:vous aider|t'aider|répondre|faire cela|fournir|aider|accéder à)|"
    r"(?:lo siento|lamento|me temo),? (?:que )?(?:pero )?no (?:puedo|me es posible)|"
    r"no puedo (?:ayudar|responder|hacer eso|"
    r"proporcionar|cumplir|asistir)|"
    r"(?:mi dispiace|spiacente|purtroppo|scusa),? (?:ma )?non (?:posso|sono in grado)|non (?:posso|"
    r"sono in grado di) (?:"
    r"aiutart|aiutare|rispondere|fornire|farlo|soddisfare|assist)|"
    r"(?:het spijt me|sorry|helaas),? (?:maar )?(?:ik kan|kan ik|daar kan ik)[\w ]{0,30} niet|daar kan ik (?:je |u )?"
    r"(?:helaas )?niet (?:mee|bij)|ik kan (?:je|u|daar)?[\w ]{0,20}niet (?:helpen|mee helpen|"
    r"bij helpen|beantwoorden)|"
    r"(?:desculpe|lamento|sinto muito|infelizmente),? (?:mas )?não (?:posso|consigo)|"
    r"não posso (?:ajudar|responder|fazer "
    r"isso|fornecer|atender)"
)
REFUSES = re.compile(rf"[\W_]*(?:{_CANNOT})", re.IGNORECASE)
"""How a refusal begins."""

REFUSES_AS_MACHINE = re.compile(
    rf"[\W_]*(?:(?:i(?:'m| am) sorry|sorry|désolée?|lo siento|mi dispiace|desculpe)[,.]? (?:but |mais |"
    rf"pero |ma |mas )?)?"
    rf"(?:{_AI})[^.!?]{{0,80}}?\b(?:can(?:'t|not| not)|unable|not able|don't have|do not have|won't|"
    rf"kann|darf|habe kein|"
    r"ne peux|n'ai pas|ne suis pas|no puedo|no tengo|non posso|non ho|niet|geen|não posso|não tenho|"
    r"not allowed|must)",
    re.IGNORECASE,
)
REFUSES_THIS = re.compile(
    r"\b(?:(?:help|assist)(?: you)? with (?:that|this|your|such)|(?:that|this|your) request|do that\b|"
    r"assist with that|"
    r"dabei|damit|diese anfrage|cette demande|avec cela|con eso|esta solicitud|con questo|questa richiesta|daarmee|"
    r"daarbij|mee helpen|com isso|este pedido|esse pedido)",
    re.IGNORECASE,
)

NOT_KNOWN = re.compile(
    r"[\W_]*(?:(?:i(?:'m| am) )?sorry,? (?:but )?)?(?:i (?:do not|don't|really don't) (?:know|"
    r"have (?:enough|any|that)\b)|"
    r"i(?:'m| am) not (?:sure|certain)|i have no idea|(?:das |leider )?(?:weiß ich (?:leider )?nicht|"
    r"ich weiß (?:es |das )?"
    r"(?:leider )?nicht)|ich bin (?:mir )?nicht sicher|je ne sais pas|je ne suis pas sûre?|no (?:lo )?sé\b|"
    r"no estoy segur|non (?:lo )?so\b|non sono sicur|(?:dat )?weet ik niet|ik weet (?:het|dat) niet|"
    r"ik ben niet zeker|"
    r"não sei\b|não tenho certeza)",
    re.IGNORECASE,
)
"""An honest "I don't know" at the start."""

ASKS_ABOUT = re.compile(
    r"\W*(?:what|who|why|where|when|which|how (?:do|does|did|is|are|can|could|long|far|old|was|were)|"
    r"explain|describe|"
    r"define|tell me about|was (?:ist|sind|bedeutet|war)|wer|warum|wieso|wo\b|wann|welche|"
    r"wie (?:funktion|entsteht|wird|"
    r"kann|macht)|erklär|beschreib|qu'est|qui (?:est|a|était)|pourquoi|où|quand|quel|comment|expliqu|décri|qué|quién|"
    r"cuál|por qué|dónde|cuándo|cómo|explica|describe|cos'è|che cos|chi|perché|dove|quando|qual|come|spiega|descrivi|"
    r"wat|wie|waarom|waar|wanneer|hoe|leg uit|beschrijf|o que|quem|porque|por que|onde|descreve)",
    re.IGNORECASE,
)
"""A question about something, whose answer, where it is long, names that thing."""

ASKS_WHAT_IT_IS = re.compile(
    r"\W*(?:what (?:is|are|was|were)\b|how (?:do|does|did) (?!i\b|you\b|we\b)|explain|describe|define|"
    r"tell me about|was ist|"
    r"was sind|wie funktion|erklär|beschreib|qu'est|comment fonction|expliqu|décri|qué es|qué son|"
    r"cómo funcion|explica|"
    r"describe|cos'è|che cos|come funzion|spiega|descrivi|wat (?:is|zijn)|hoe werk|leg uit|beschrijf|"
    r"o que|como funcion|"
    r"descreve)",
    re.IGNORECASE,
)
"""A question whose answer speaks of the very thing."""

ASKS_FOR_ADVICE = re.compile(
    r"\b(?:how (?:do|can|could|should|would|might) (?:i|you|we|one)|how to|should|best|good|better|recommend|suggest|"
    r"wie (?:kann|soll|mache?|bekomm)|sollt?e? ich|gut\b|beste|empf|comment (?:faire|je|puis|peut|on)|"
    r"meilleur|conseil|"
    r"cómo (?:puedo|se|hago)|mejor|recomiend|come (?:posso|si|faccio)|miglior|consigl|hoe (?:kan|moet|krijg|maak)|"
    r"beste|goed|como (?:posso|se|faço|é que)|melhor|recomend)\b",
    re.IGNORECASE,
)
"""A question whose right answer may be about something else altogether: soda for a stain."""

SAYS_LITTLE = _set(
    "cause causes caused difference differences mean means meaning work works happen happens happened thing "
    "things kind called known make makes simple words terms briefly short example simply please unterschied "
    "funktioniert bedeutet passiert différence fonctionne signifie diferencia funciona significa differenza "
    "funzione funziona significa verschil werkt betekent diferença "
)
"""Words of a question that its answer need not take up."""

STARTS_WITH_IT = re.compile(
    r"\W*(?:it|its|their|his|her|our|my|one|some|most|many|people|nobody|he|she|they|this|that|these|"
    r"those|there|here|because|yes|no|you|your|we|first|start|if|to|i|"
    r"es|er|sie|das|dies|weil|ja|nein|du|hier|da|man|zuerst|um|ich|wenn|c'est|ce|il|elle|ils|elles|"
    r"cela|ça|parce|oui|non|"
    r"vous|tu|pour|on|d'abord|es|esto|eso|porque|sí|si|para|fue|era|él|ella|se|ha|è|perché|sì|per|lo|"
    r"si|lui|lei|questo|"
    r"het|hij|zij|ze|dit|dat|omdat|nee|je|om|men|eerst|é|ele|ela|isso|sim|não|foi|isto)\b",
    re.IGNORECASE,
)
"""An answer that takes its subject from the question, by a pronoun or by going on."""
