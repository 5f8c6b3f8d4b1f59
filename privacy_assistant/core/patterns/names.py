"""Names of people that a cue word proves: "my name is …", "Mrs …", "my sister …", "call …", "Dear …".

Names in general are found by the tagger, not here. Precision is worth more than reach: where no cue stands, nothing is
guessed from a capital letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Cued, Said
from privacy_assistant.core.patterns.words import words

_STRONG = Cued(
    r"(?i)\b(?:my (?:full |first |last |middle |maiden |given |family |sur|user)?name(?:'s| is| was)|(?:his|her"
    r"|their) name(?:'s| is| was)"
    r"|(?:i am|i'm) (?:called|named)|(?:people|friends|they|everyone) calls? me|(?:mein|sein|ihr) name (?:ist|war)"
    r"|ich hei(?:ß|ss)e|je m'appelle"
    r"|(?:me|se) llamo?a?|mi nombre es|mi chiamo|il mio nome (?:è|e)|o? ?meu nome (?:é|e)|mijn naam is|ik heet"
    r"|jag heter|mitt namn är|(?:er|sie) hei(?:ß|ss)t|(?:il|elle) s'appelle|s'appelle(?:nt)?|(?:él"
    r"|ella) se llama|se llaman?"
    r"|si chiamano?|se chamam?|(?:hij|zij|ze) heet|(?:mijn|zijn|haar) [^\W\d_]{2,12} heet|(?:mein|meine|sein"
    r"|seine|ihr|ihre)"
    r" [^\W\d_]{2,12} hei(?:ß|ss)t"
    r"|nazywam się)[ :]\s?(?=\S)",
    "name surname username called named call calls heiße heisse appelle llam llamo llama llamoa nombre "
    "chiamo nome naam heet heter namn heißt heisst appellent llaman chiaman chiamano chama chamam nazywam",
)
_FIELDS = words("name patient signed attn from employee tenant applicant author")
_FIELD = Cued(
    r"(?im)(?:^|[\n,;({\[|]|- )\s{0,4}[\"']?(?:full |first |last |middle |sur|family |given |user ?|customer "
    r"|patient |contact |client |employee )?"
    r"(?:name|patient|signed|attn|from|employee|tenant|applicant|author)[\"']?\s?[:=]\s{0,3}[\"']?(?=\S)",
    " ".join(lead + field for lead in ("", "sur", "user") for field in _FIELDS),
)
_TITLE = Cued(
    r"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Mme|Mlle|Sr|Sra|Hr|Fr|Rev|Capt|Sgt|Lt|MR|MRS|MS|DR|mr|mrs)\b\.?\s{1,2}(?=\S)"
    r"|\b(?:Miss|Mister|Doctor|Professor|Sir|Lady|Lord|Judge|Officer|Herr|Herrn|Frau|Fräulein|Familie|Monsieur|Madame"
    r"|Mademoiselle|Maître|Señora?|señora?|Don|Doña|Signora?|signora?|Dottor(?:e|essa)?|dottor(?:e|essa)?|Avvocato"
    r"|Senhora?|senhora?|Dona|dona|Doutora?|doutora?|[Mm]evrouw|[Mm]eneer|[Dd]e heer|[Dd]okter|[Dd]octeur|[Dd]octora?"
    r"|[Mm]adame|[Mm]onsieur)\s(?=[A-ZÀ-ÖØ-Þ])"
    r"|\b(?:Dhr|Mevr|Mw|Dott|Dr\.ssa|Sig|Sig\.ra|Avv|Ing|Exma?|Sr\.a|Hrn|Fam|Me|Mgr)\.\s{1,2}(?=[A-ZÀ-ÖØ-Þ])"
    r"|\bM\. (?=[A-ZÀ-ÖØ-Þ][a-zà-ÿ]{2})",
    "mr mrs ms mx dr prof mme mlle sr sra hr fr rev capt sgt lt miss mister doctor professor sir lady "
    "lord judge officer herr herrn frau fräulein familie monsieur madame mademoiselle maître señor señora "
    "doña signor signora dottore dottor dottoressa avvocato senhor senhora dona doutor doutora mevrouw meneer "
    "heer dokter docteur doctora dhr mevr mw dott sig avv ing exm exma hrn fam mgr",
    "Don",
    "Me.",
    "M. ",
)
_KIN = Cued(
    r"(?i)\b(?:my|his|her|our|their|your)(?: (?:late|ex|ex-|older|younger|elder|little|big|best|dear|old|new"
    r"|good|step|first|second|former))?[ -]"
    r"(?:wife|husband|spouse|partner|fianc(?:é|e)e?|girlfriend|boyfriend|son|daughter|child|baby|brother|sister"
    r"|sibling|twin|mother|mom|mum|father|dad"
    r"|parents?|grand(?:mother|father|ma|pa|son|daughter)|uncle|aunt|cousin|niece|nephew|friend|roommate"
    r"|flatmate|neighbou?r|colleague|co-?worker"
    r"|boss|manager|supervisor|teacher|tutor|doctor|dentist|therapist|lawyer|attorney|landlord|landlady|tenant"
    r"|nanny|assistant|client|patient"
    r"|student|classmate|teammate|ex|buddy|mate|in-law)(?:,| is| named| called)?\s(?=\S)",
    "wife husband spouse partner fiancé fiancée fiance fiancee girlfriend boyfriend son daughter child "
    "baby brother sister sibling twin mother mom mum father dad parent parents grandmother grandfather "
    "grandma grandpa grandson granddaughter uncle aunt cousin niece nephew friend roommate flatmate "
    "neighbor neighbour colleague coworker worker boss manager supervisor teacher tutor doctor dentist "
    "therapist lawyer attorney landlord landlady tenant nanny assistant client patient student classmate "
    "teammate ex buddy mate law",
)
_KIN_GERMAN = words(
    "frau mann sohn tochter kind bruder schwester mutter vater mama papa oma opa großmutter großvater "
    "grossmutter grossvater tante onkel cousin cousine nichte neffe enkel enkelin chef chefin kolleg "
    "kollege kollegin kollegen freund freundin nachbar nachbarin nachbarn partner partnerin anwalt arzt "
    "ärztin lehrer lehrerin vermieter vermieterin mitbewohner mitbewohnerin schwager schwägerin"
)
_KIN_ABROAD = Cued(
    r"(?i)\b(?:(?:mein|dein|sein|ihr|unser|euer)e?[rnms]? (?:ex-?|beste[rn]? |liebe[rn]? )?(?:frau|mann|sohn"
    r"|tochter|kind"
    r"|bruder|schwester|mutter|vater|mama|papa|oma|opa|gro(?:ß|ss)(?:mutter|vater)|tante|onkel|cousine?|nichte|neffe"
    r"|enkel(?:in)?|chef(?:in)?|kolleg(?:e|in|en)|freund(?:in)?|nachbar(?:in|n)?|partner(?:in)?|anwalt|arzt|ärztin"
    r"|lehrer(?:in)?|vermieter(?:in)?|mitbewohner(?:in)?|schwager|schwägerin)"
    r"|(?:ma|mon|sa|son|ta|ton|notre|leur) (?:femme|mari|fils|fille|frère|sœur|soeur|mère|père|grand-mère"
    r"|grand-père|tante"
    r"|oncle|cousine?|nièce|neveu|patron(?:ne)?|chef(?:fe)?|collègue|amie?|copine?|copain|voisine?|médecin|avocate?)"
    r"|(?:mi|su|tu|nuestr[oa]) (?:mujer|esposa|marido|esposo|hij[oa]|herman[oa]|madre|padre|abuel[oa]|tí[oa]|prim[oa]"
    r"|sobrin[oa]|jef[ea]|compañer[oa]|amig[oa]|novi[oa]|vecin[oa]|médic[oa]|abogad[oa])"
    r"|(?:mi[oa]|su[oa]|tu[oa]|nostr[oa]) (?:moglie|marito|figli[oa]|fratello|sorella|madre|padre|nonn[oa]"
    r"|zi[oa]|cugin[oa]"
    r"|nipote|capo|collega|amic[oa]|fidanzat[oa]|vicin[oa]|medico|avvocato)"
    r"|(?:mijn|zijn|haar|onze|ons|jouw) (?:vrouw|man|zoon|dochter|broer|zus|moeder|vader|oma|opa|tante|oom"
    r"|nicht|neef|baas"
    r"|collega|vriend(?:in)?|buurman|buurvrouw|dokter|huisarts|advocaat)"
    r"|(?:minha|meu|sua|seu|nossa|nosso) (?:mulher|esposa|marido|filh[oa]|irmão|irmã|mãe|pai|avó|avô|ti[oa]|prim[oa]"
    r"|sobrinh[oa]|chefe|colega|amig[oa]|namorad[oa]|vizinh[oa]|médic[oa]|advogad[oa]))(?-i:,? )(?=\S)",
    " ".join([*_KIN_GERMAN, *("ex" + kin for kin in _KIN_GERMAN), ""])
    + "femme mari fils fille frère sœur soeur mère père oncle nièce neveu patron patronne cheffe collègue "
    "ami amie copin copine copain voisin voisine médecin avocat avocate mujer esposa marido esposo hijo hija "
    "hermano hermana madre padre abuelo abuela tío tía primo prima sobrino sobrina jefe jefo jefa "
    "compañero compañera amigo amiga novio novia vecino vecina médico médica abogado abogada moglie "
    "marito figlio figlia fratello sorella nonno nonna zio zia cugino cugina nipote capo collega amico "
    "amica fidanzato fidanzata vicino vicina medico avvocato vrouw man zoon dochter broer zus moeder "
    "vader oom nicht neef baas vriend vriendin buurman buurvrouw dokter huisarts advocaat mulher filho "
    "filha irmão irmã mãe pai avó avô tio tia sobrinho sobrinha chefe colega namorado namorada vizinho "
    "vizinha advogado advogada",
)
_VERB_ABROAD = Cued(
    r"\b(?:[Aa]ppelle|[Éé]cris à|[Ll]lama a|[Ee]scribe a|[Dd]ile a|[Aa]visa a|[Cc]hiama|[Ss]crivi a|[Dd]ì a"
    r"|[Bb]el|[Ss]tuur"
    r"|[Ll]iga (?:para|pr[oa])(?: [oa])?|[Ee]screve (?:ao|à|para)|[Dd]iz (?:ao|à|para))\s(?=[A-ZÀ-ÖØ-Þ])",
    "appelle écris llama escribe dile avisa chiama scrivi dì bel stuur liga escreve diz",
)
_VERB = Cued(
    r"\b(?:[Cc]all(?: me)?|[Mm]ail|[Ee]-?mail|[Tt]ext|[Tt]ell|[Aa]sk|[Mm]essage|[Pp]hone|[Rr]ing|[Rr]emind|[Ii]nvite"
    r"|[Ww]rite to|[Tt]alk to|[Ss]peak to|[Ss]poke to"
    r"|[Tt]alked to|[Mm]eet|[Mm]et|[Mm]eeting with|[Dd]inner with|[Ll]unch with|[Dd]ate with|[Mm]arried"
    r"|(?<!is )(?<!was )(?<!are )[Cc]alled|[Ee]mailed|[Tt]exted|[Tt]old)\s(?=\S)",
    "call mail email text tell ask message phone ring remind invite write talk speak spoke talked meet "
    "met meeting dinner lunch date married called emailed texted told",
)
_GREETING = Cued(
    r"(?:^|(?<=\n)|(?<=[.!?\"“] ))\s{0,4}(?:Dear|Hi|Hello|Hey|Good (?:morning|afternoon|evening)|Hallo|Moin"
    r"|Servus|Guten (?:Tag|Morgen|Abend)"
    r"|Bonjour|Bonsoir|Salut|Coucou|Hola|Buenos días|Buenas (?:tardes|noches)|Ciao|Buongiorno|Buonasera|Car[oa]"
    r"|Gentile|Hoi"
    r"|Beste|Goedemorgen|Goedemiddag|Lieve|Geachte|Olá|Oi|Bom dia|Boa (?:tarde|noite)|Prezad[oa]|Cher|Chère|Liebe"
    r"|Lieber|Sehr geehrter?|Cher|Chère|Querid[oa]"
    r"|Estimad[oa]),?\s(?=\S)",
    "dear hi hello hey good hallo moin servus guten bonjour bonsoir salut coucou hola buenos buenas ciao "
    "buongiorno buonasera caro cara gentile hoi beste goedemorgen goedemiddag lieve geachte olá oi bom "
    "boa prezado prezada cher chère liebe lieber sehr querido querida estimado estimada",
)
_CLOSING = Cued(
    r"(?i)(?:^|\n|[.!?] )\s{0,4}(?:(?:best|kind|warm|warmest) (?:regards|wishes)|regards|sincerely(?: yours)?"
    r"|yours (?:sincerely|truly|faithfully)|cheers|(?:viele|liebe|beste|herzliche|schöne) grü(?:ß|ss)e|gru(?:ß"
    r"|ss)|hochachtungsvoll"
    r"|lg|vg|mfg|(?:bien )?(?:cordialement|à vous|à toi)|bises|bisous|amicalement|sincères salutations"
    r"|atentamente|un saludo"
    r"|(?:un )?(?:cordial|fuerte)? ?(?:saludo|abrazo)|besos|(?:cordiali|distinti|cari)? ?saluti|un abbraccio|baci"
    r"|met (?:vriendelijke|hartelijke) groet(?:en)?|(?:hartelijke )?groet(?:en|jes)?|liefs|hoogachtend|atenciosamente"
    r"|com os melhores cumprimentos|cumprimentos|(?:um )?abraço|beijos|beijinhos"
    r"|all the best|mit freundlichen grü(?:ß|ss)en|cordialement|saludos|best|love|thanks"
    r"|thank you),?[ \t]{0,3}\r?\n\s{0,8}(?=\S)",
    "",
    "\n",
)
_I_AM = Cued(
    r"\b(?:I'm|I am|i'm|i am|I’m|[Tt]his is|[Ii]ch bin|[Jj]e suis|[Ss]oy)\s(?=\S)",
    "m am this bin suis soy",
)
_AGE_AFTER = Pattern(r",? (?:and I'm )?\d{1,2}\b|, (?:a|an|the|from)\b| (?:from|speaking|here|calling)\b|[.,!?]|$|\n")

_WORD = Pattern(r"[^\W\d_]+(?:['’\-.][^\W\d_]+)*")
_INITIAL = Pattern(r"[^\W\d_]\.")
_BETWEEN = Pattern(r" {1,2}")
_PARTICLES = words(
    "van von der den de del della di da dos das la le el al bin ibn ben bint abu ter ten zu af av y e st st. o' mac"
)
_NOT_A_NAME = words(
    "grüße grüsse gruß kollegen kolleginnen kunden freunde damen herren welt zusammen leute gäste eltern nachbarn "
    "monde tous toutes todos todas tutti tutte amici iedereen allemaal mensen ouders buren klant klanten lezer "
    "pessoal gente galera colegas clientes mutter vater mama papa oma opa maman grand-mère mamá papá abuela nonna "
    "nonno mamma moeder vader mãe pai avó mais und oder aber ich wir et ou mais je nous pero yo ma io maar ik wij "
    "eu nós ist hat war est sont es era è sono heeft zijn foi tem taxi pizza polizei police policía polizia "
    "politie monday tuesday wednesday thursday friday saturday sunday january february march april june july "
    "august september october november december today tomorrow yesterday i me my mine you your he him his she her "
    "hers it its we us our they them their the a an this that these those is am are was were be been being and or "
    "but so if when where what who whom whose why how which there here not no yes ok okay please thanks thank sir "
    "madam team all everyone everybody anyone someone nobody folks guys friend friends customer support service "
    "sales hiring manager human resources google siri alexa cortana chatgpt claude gpt openai apple microsoft "
    "amazon facebook meta twitter netflix linkedin whatsapp instagram youtube uber paypal ebay python java "
    "javascript linux windows android english french german spanish italian chinese japanese russian american "
    "british indian canadian australian european african asian mexican dutch swedish irish scottish polish "
    "portuguese brazilian korean turkish greek swiss austrian jewish muslim christian catholic hindu buddhist "
    "protestant republican democrat ceo cto cfo vp hr phd md usa uk eu america england germany france spain india "
    "china london paris york god jesus of to for in on at by from with about as into after before during since "
    "until while because though also just only very really too more most now then again still already always "
    "never ever maybe perhaps going trying looking working writing doing getting having using learning feeling "
    "thinking planning wondering living based born new old good great nice happy sad sorry sure glad fine tired "
    "sick sad hungry afraid interested available ready able unable late early busy free back home one two three "
    "will would can could should must may might shall do does did have has had get got make made let like want "
    "need know think say said see show give take use used using ask tell call text mail email write wrote send "
    "sent remind help explain summarize translate rewrite questions question people person name names number "
    "phone address user admin administrator root null none unknown anonymous test example day night morning "
    "evening afternoon time week month year mom mum dad mother father grandma grandpa mommy daddy husband wife "
    "son daughter sister brother boss doctor everyone's mr mrs ms mx dr prof mme mlle sr sra hr rev capt sgt lt "
    "miss mister doctor professor lady lord judge officer herr frau monsieur madame mademoiselle señor señora "
    "signor signora both each unchanged withheld confidential private secret spelled pronounced missing wrong "
    "hidden required redacted whatever actually not"
)
_MOST_WORDS = 4


def find(said: Said) -> Iterator[Candidate]:
    """Names that a cue proves, without the cue."""
    text = said.text
    for match in _STRONG.finditer(said):
        yield from _name(text, match.end(), 0.9, is_any_case=True)
    for match in _FIELD.finditer(said) if ":" in text or "=" in text else ():
        yield from _name(text, match.end(), 0.85)
    for match in _TITLE.finditer(said):
        is_lower = match.group()[0].islower()
        yield from _name(text, match.end(), 0.9, is_any_case=is_lower, most=2 if is_lower else _MOST_WORDS)
    for cue, score in (
        (_KIN, 0.85),
        (_KIN_ABROAD, 0.85),
        (_VERB, 0.75),
        (_VERB_ABROAD, 0.75),
        (_GREETING, 0.8),
        (_CLOSING, 0.8),
    ):
        for match in cue.finditer(said):
            yield from _name(text, match.end(), score)
    for match in _I_AM.finditer(said):
        for found in _name(text, match.end(), 0.7):
            if " " in text[found.start : found.end] or _AGE_AFTER.match(text, found.end):
                yield found


def _name(
    text: str, at: int, score: float, *, is_any_case: bool = False, most: int = _MOST_WORDS
) -> Iterator[Candidate]:
    """One to four words that can be a name: capitalised, or, after the surest cues, in any case but no common word."""
    end = at
    taken = 0
    start = at
    first = _WORD.match(text, at)
    for _ in range(_MOST_WORDS - 1):
        if first and first.group() in _PARTICLES:
            first = _WORD.match(text, first.end() + 1)
    is_lower = bool(first and first.group().islower())
    if is_lower and not is_any_case:
        return
    while taken < most:
        word = _WORD.match(text, at)
        if not word:
            break
        said = word.group()
        bare = re.split(r"['’]s\b", said)[0]
        folded = bare.casefold()
        if folded in _PARTICLES and (taken or not is_lower) and _goes_on(text, word.end(), is_lower):
            at = word.end() + 1
            taken += 0 if taken else 1
            continue
        if folded in _NOT_A_NAME or not bare or (is_lower != said.islower() and not (is_lower and is_any_case)):
            break
        if not is_lower and not bare[0].isupper():
            break
        if (
            not is_any_case
            and bare.isupper()
            and len(bare) > 1
            and taken == 0
            and not _goes_on(text, word.end(), False)
        ):
            break  # "tell NASA": an acronym
        taken += 1
        end = word.start() + len(bare)
        if bare != said:
            break
        at = word.end()
        if text[at : at + 1] == "." and (len(bare) == 1 or folded in ("jr", "sr", "st")):
            at += 1
            end = at
        gap = _BETWEEN.match(text, at)
        if not gap or (is_lower and taken == 3):
            break
        at = gap.end()
    if end > start and any(char.isalpha() for char in text[start:end]):
        yield Candidate(start, end, Kind.PERSON, score, "rule:name-cue")


def _goes_on(text: str, at: int, is_lower: bool) -> bool:
    following = _WORD.match(text, at + 1) if text[at : at + 1] == " " else None
    if following is None:
        return False
    word = following.group()
    return word.casefold() not in _NOT_A_NAME and (is_lower or word[0].isupper() or word.casefold() in _PARTICLES)
