"""Sentences that say nothing by themselves: carriers of a term, and openers and closers of any sentence."""

from __future__ import annotations

CARRIERS: dict[str, tuple[str, ...]] = {
    "en": (
        *(
            "{}",
            "what is {}",
            "tell me about {}",
            "I have a question about {}",
            "yesterday it was about {}",
            "he said {}",
        ),
        *(
            "read me the article about {}",
            "my sister wrote to me about {}",
            "the thing with {} again",
            "{} and nothing else",
        ),
        *(
            "is there anything new about {}",
            "in the mail it says {}",
            "write three sentences about {}",
            "because of {}",
        ),
    ),
    "de": (
        *("{}", "was ist {}", "erzähl mir von {}", "ich habe eine Frage zu {}", "gestern ging es um {}", "er sagte {}"),
        *("lies mir den Artikel über {} vor", "meine Schwester schrieb mir wegen {}", "schon wieder {}", "wegen {}"),
        *("gibt es etwas Neues zu {}", "in der Mail steht {}", "schreib drei Sätze über {}", "nur {} und sonst nichts"),
    ),
    "fr": (
        *(
            "{}",
            "c'est quoi {}",
            "parle-moi de {}",
            "j'ai une question sur {}",
            "hier il s'agissait de {}",
            "il a dit {}",
        ),
        *("lis-moi l'article sur {}", "ma sœur m'a écrit à propos de {}", "encore {}", "à cause de {}", "rien que {}"),
        *("y a-t-il du nouveau sur {}", "dans le mail il y a {}", "écris trois phrases sur {}"),
    ),
    "es": (
        *("{}", "qué es {}", "háblame de {}", "tengo una pregunta sobre {}", "ayer se trataba de {}", "él dijo {}"),
        *("léeme el artículo sobre {}", "mi hermana me escribió sobre {}", "otra vez {}", "a causa de {}", "solo {}"),
        *("hay algo nuevo sobre {}", "en el correo pone {}", "escribe tres frases sobre {}"),
    ),
    "it": (
        *("{}", "che cos'è {}", "parlami di {}", "ho una domanda su {}", "ieri si trattava di {}", "lui ha detto {}"),
        *("leggimi l'articolo su {}", "mia sorella mi ha scritto di {}", "di nuovo {}", "a causa di {}", "solo {}"),
        *("c'è qualcosa di nuovo su {}", "nella mail c'è scritto {}", "scrivi tre frasi su {}"),
    ),
    "nl": (
        *("{}", "wat is {}", "vertel me over {}", "ik heb een vraag over {}", "gisteren ging het om {}", "hij zei {}"),
        *("lees me het artikel over {} voor", "mijn zus schreef me over {}", "alweer {}", "vanwege {}", "alleen {}"),
        *("is er iets nieuws over {}", "in de mail staat {}", "schrijf drie zinnen over {}"),
    ),
    "pt": (
        *("{}", "o que é {}", "fala-me de {}", "tenho uma pergunta sobre {}", "ontem tratava-se de {}", "ele disse {}"),
        *("lê-me o artigo sobre {}", "a minha irmã escreveu-me sobre {}", "outra vez {}", "por causa de {}", "só {}"),
        *("há alguma novidade sobre {}", "no e-mail está escrito {}", "escreve três frases sobre {}"),
    ),
}
"""`{}` stands for a term of the lexicon."""

OPENERS: dict[str, tuple[str, ...]] = {
    "en": (
        "hey,",
        "please help me:",
        "Hi Anna,",
        "Dear Mr Miller,",
        "quick question:",
        "well",
        "rewrite this politely:",
    ),
    "de": (
        "hallo,",
        "bitte hilf mir:",
        "Hallo Anna,",
        "Sehr geehrter Herr Müller,",
        "kurze Frage:",
        "also",
        "formuliere das um:",
    ),
    "fr": (
        "salut,",
        "aide-moi s'il te plaît :",
        "Bonjour Anna,",
        "Monsieur,",
        "petite question :",
        "alors",
        "reformule :",
    ),
    "es": ("hola,", "ayúdame por favor:", "Hola Ana:", "Estimado señor:", "una pregunta:", "pues", "reescribe esto:"),
    "it": (
        "ciao,",
        "aiutami per favore:",
        "Ciao Anna,",
        "Gentile signore,",
        "una domanda:",
        "allora",
        "riscrivi questo:",
    ),
    "nl": ("hoi,", "help me alsjeblieft:", "Hoi Anna,", "Geachte heer,", "korte vraag:", "nou", "herschrijf dit:"),
    "pt": ("olá,", "ajuda-me por favor:", "Olá Ana,", "Caro senhor,", "uma pergunta:", "então", "reescreve isto:"),
}

CLOSERS: dict[str, tuple[str, ...]] = {
    "en": ("please", "thanks", "what do you think?", "kind regards, Paul", "keep it short", "can you help me?"),
    "de": ("bitte", "danke", "was meinst du?", "viele Grüße, Paul", "halte es kurz", "kannst du mir helfen?"),
    "fr": ("s'il te plaît", "merci", "qu'en penses-tu ?", "cordialement, Paul", "sois bref", "peux-tu m'aider ?"),
    "es": ("por favor", "gracias", "¿qué opinas?", "un saludo, Pablo", "sé breve", "¿me ayudas?"),
    "it": ("per favore", "grazie", "che ne pensi?", "cordiali saluti, Paolo", "sii breve", "mi aiuti?"),
    "nl": ("alsjeblieft", "bedankt", "wat denk je?", "groeten, Paul", "hou het kort", "kun je me helpen?"),
    "pt": ("por favor", "obrigado", "o que achas?", "cumprimentos, Paulo", "sê breve", "podes ajudar-me?"),
}
