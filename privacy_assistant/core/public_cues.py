"""Words of seven languages that tell a question about the world from one about somebody's life.

Folded: lower case, without accents. In doubt a word is private.
"""

from __future__ import annotations

from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.words import words

PRIVATE: frozenset[str] = words(
    # English: the person
    "i im ive id me my mine myself we us our ours ourselves "
    # people around them
    "sister sisters brother brothers mother mom mum mommy mummy father dad daddy parents wife husband spouse "
    "partner son sons daughter daughters child kid kids grandma grandpa grandmother grandfather uncle aunt auntie "
    "cousin niece nephew friend friends buddy girlfriend boyfriend fiance fiancee roommate flatmate neighbor "
    "neighbour neighbors neighbours boss manager supervisor colleague colleagues coworker coworkers teammate "
    "classmate landlord landlady tenant nanny client clients customer customers patient patients employee "
    # what people do with one another
    "meet meets meeting meetings met call calls called calling phone dial text texted texting sms email emails "
    "emailed mail mailed message messages messaged invite invited inviting reply forward send sent dear regards "
    "hi hello hey appointment appointments schedule scheduled reminder reminders remind calendar contact contacts "
    "dinner lunch breakfast brunch party wedding funeral date dating married engaged pregnant "
    # where and how they live
    "live lives living lived moving moved move address apartment flat house home neighborhood rent mortgage works "
    "working employed employer hired fired applied applying interview internship salary job cv resume account "
    "password diagnosed diagnosis symptoms prescription insurance school kindergarten visiting visited visit stay "
    "staying arrive arriving flight flights hotel hotels airbnb trip travel travelling traveling vacation "
    "holidays honeymoon booking booked reserve reservation ticket tickets taxi uber directions route navigate "
    "traffic nearby nearest near here order ordered delivery "
    # German
    "ich mir mich mein meine meinen meinem meiner meines wir uns unser unsere unseren unserem unserer schwester "
    "bruder mutter vater mama papa eltern tochter sohn oma opa onkel tante cousine freund freundin freunde chef "
    "chefin kollege kollegin kollegen nachbar nachbarin vermieter treffe treffen trifft anrufen anruf ruf rufe "
    "angerufen schreib schreibe schick schicke sende termin termine adresse wohnt wohne wohnen wohnung umgezogen "
    "umziehen arbeitet arbeite patient patientin kunde kundin besuche besuchen besucht reise reisen flug fluge "
    "urlaub buche buchen gebucht erinnere nachricht hallo liebe lieber gruss grusse geburtstag hochzeit "
    # French
    "je j moi mon ma mes nous notre nos soeur frere mere pere parents fils fille femme mari oncle cousin ami amie "
    "amis copain copine patron patronne collegue collegues voisin voisine rendez appelle appeler appelez ecris "
    "envoie envoyer habite habitent habiter adresse travaille travailler demenage demenager rencontre rencontrer "
    "vol vols vacances voyage reserver reservation bonjour salut cher chere reunion "
    # Spanish
    "yo mi mis nosotros nos nuestro nuestra nuestros nuestras hermana hermano madre padre hijo hija esposa esposo "
    "marido tio tia primo prima amigo amiga amigos novio novia jefe jefa companero companera vecino vecina cita "
    "llama llamar llame escribe escribir manda mandar envia enviar vivo vive viven vivimos vivir direccion "
    "trabajo trabaja reunion quedar viaje vuelo vuelos vacaciones reserva reservar paciente cliente hola querido "
    "querida "
    # Italian
    "io mio mia miei mie noi nostro nostra nostri nostre sorella fratello mamma figlio figlia moglie marito zio "
    "zia cugino cugina amico amica amici fidanzato fidanzata capo collega colleghi vicino vicina appuntamento "
    "chiama chiamare scrivi scrivere mandare invia abito abita abitano abitare indirizzo lavoro lavora riunione "
    "viaggio volo voli vacanza vacanze prenota prenotare ciao caro cara "
    # Dutch
    "ik mij mijn wij ons onze zus broer moeder vader zoon dochter oom neef nicht vriend vriendin vrienden baas "
    "collega buurman buurvrouw afspraak bel bellen stuur sturen woon woont wonen adres werk werkt vergadering "
    "reis vlucht vakantie klant ontmoet ontmoeten bezoek bezoeken boek boeken "
    # Portuguese
    "eu mim meu meus minha minhas nosso nossa nossos nossas irma irmao mae pai filho filha tio tia namorado "
    "namorada chefe vizinho vizinha consulta encontro liga ligar moro mora moram morar endereco trabalha reuniao "
    "viagem voo voos ferias ola oi querida querido "
)
"""A text with one of these is about the person, or about people they know."""

RELATIVES: frozenset[str] = words(
    "sister sisters brother brothers mother father parents wife husband spouse partner son sons daughter "
    "daughters child uncle aunt cousin friend friends girlfriend boyfriend manager schwester bruder mutter vater "
    "eltern sohn tochter freund freundin soeur frere mere pere femme mari fils fille ami amie hermana hermano "
    "madre padre esposa esposo marido hijo hija sorella fratello moglie marito figlio figlia zus broer moeder "
    "vader zoon dochter irma irmao mae pai filho filha "
)
"""Those of them that everybody has: "Einstein's wife", "the wife of Einstein" is no word about the person."""

PLACE_PRIVATE: frozenset[str] = words(
    "restaurant restaurants bar bars cafe cafes pub pubs shop shops store stores doctor doctors dentist pharmacy "
    "hospital clinic gym concert concerts event events job jobs apartments drive driving train trains bus buses "
    "parking restaurante restaurantes ristorante ristoranti farmacia apotheke arzt zug zuge "
)
"""Beside a place: what somebody wants to do there."""

ASKING = Pattern(
    r"^(?:(?:ok|okay|hey|hi|please|so|and|but|well|then|bitte|und|et|y|e|en|siri|alexa|google|computer|olly) ){0,3}(?:"
    r"who|whos|whose|whom|what|whats|when|whens|where|wheres|why|which|how|hows|is|are|was|were|did|does|do|has|have|had"
    r"|will|would|should|tell|explain|describe|define|summari[sz]e|compare|contrast|list|name|translate|give|search"
    r"|wer|wessen|was|wann|wo|warum|wieso|weshalb|wie|woher|welche[rsnm]?|ist|sind|war|waren|hat|erklar\w*|beschreibe?"
    r"|nenne?|definiere|vergleiche"
    r"|qui|que|qu|quoi|quand|ou|pourquoi|comment|quel(?:le)?s?|combien|explique\w*|decris|est|compare"
    r"|quien(?:es)?|cuando|donde|por que|como|cual(?:es)?|cuant[oa]s?|explica\w*|describe|en que|es|fue"
    r"|chi|che|cosa|cos|dove|perche|come (?!on)|qual[ei]?|quant[oiae]|spiega\w*|descrivi"
    r"|wat|wanneer|waar|waarom|hoe|welke?|leg uit|noem|beschrijf"
    r"|quem|quando|onde|quais|quant[oa]s?|explique|descreva|em que"
    r")\b"
)
"""How a question or a wish to know begins, in folded words."""

SUBJECTS = Pattern(
    r"\b(?:capital|population|president|prime minister|king|queen|currency|flag|area|language|history|biography|bio"
    r"|definition|meaning|summary|facts|quotes?|poems?|novels?|books?|plays?|paintings?|works|theory|theories|philosophy"
    r"|inventions?|albums?|songs?|lyrics|movies?|films?|discography|filmography|net worth|age|height|birth|death"
    r"|stock|stocks|share|shares|price|market cap|earnings|ceo|founder|headquarters|news|score|standings|wiki|wikipedia"
    r"|recipe|far|founded|located|country|city|weather|temperature|forecast|distance|map"
    r"|hauptstadt|einwohner\w*|geschichte|wetter|aktie\w*|kurs|biogra\w+|wahrung|capitale|meteo|histoire|cours"
    r"|clima|tiempo|historia|accion(?:es)?|precio|storia|azioni|prezzo|tempo|hoofdstad|weer|geschiedenis|aandel\w*|koers"
    r"|poblacion|popolazione|populacao|bevolking|acoes|preco)\b"
)
"""What people ask the world about."""

PLAIN = Pattern(
    r"\b(?:who|what) (?:is|was|were|are|s)(?: the| a| an)?(?: name)?(?: \w+){1,3}$"
    r"|\bcapital(?: city)? of\b|\bpopulation of\b|\bcurrency of\b|\b(?:stock|share) price\b"
    r"|\bwer (?:ist|war)\b|\bhauptstadt\b|\bqui (?:est|etait)\b|\bcapitale\b|\bquien (?:es|fue|era)\b|\bchi (?:e|era)\b"
    r"|\bwie (?:is|was)\b|\bhoofdstad\b|\bquem (?:e|foi)\b"
)
"""The plainest questions, for texts without a single capital letter."""

TO_KNOW = Pattern(
    r"\b(?:(?:tell|show|give|teach) me|(?:can|could|would) you(?: please)?|i (?:want|need|d like|would like) to know"
    r"|i wonder|i m wondering|i m curious|let s|help me understand|do you know|let me know|please"
    r"|sag mir|sage mir|erzahl\w* mir|zeig\w* mir|erklar\w* mir|(?:kannst|konntest) du mir(?: sagen)?"
    r"|dis moi|dites moi|raconte moi|parle moi|explique moi|peux tu me dire|pouvez vous me dire|est ce"
    r"|dime|cuentame|hablame|explicame|puedes decirme|me puedes decir"
    r"|dimmi|parlami|raccontami|spiegami|puoi dirmi|mi puoi dire|mi spieghi"
    r"|vertel (?:me|mij)|kun je (?:me|mij)(?: vertellen)?"
    r"|me diga|diga me|me fale|fale me|conte me|me conte|me explique|pode me dizer)\b"
)
"""Ways to ask in which the person says no more of themselves than that they ask."""

GIVEN_TOO: frozenset[str] = words(
    "adelaide alexa alexandria america armani asia asuncion austin bali brooklyn cairo cambridge carolina chad "
    "chanel chelsea cuba dakota dallas delaware delta denver dior diego dominica europa florida ford geneva "
    "genova georgia goa havana houston india indiana ireland israel jordan kansas kashmir kent kenya kia kingston "
    "lima london lorraine lourdes luanda madison malta manchester maine mars medina melbourne memphis mercedes "
    "mercury mexico milan milano monaco montana neptune nevada normandy odessa orlando oxford paris pearl perth "
    "petra philadelphia phoenix porsche portland punjab reagan regina rhein roma rome salvador samoa santiago "
    "siena sienna siri sydney tesla troy tunis tyson utah valencia valentina venezia venice venus verona victoria "
    "vienna viena virginia wellington zion "
)
"""Places and makes that people are called after: alone, "where is Austin?" asks for a friend."""

ABOUT: str = (
    r"(?:in|of|from|to|about|through|across|the|between|for|at|von|aus|nach|uber|im|de|du|des|d|en|a|au|di|del|della|dell|van|uit|do|da|em"
    r"|y|and|und|et)"
)
"""A small word before the name of a place, which a person's seldom has."""
