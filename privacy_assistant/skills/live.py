"""Says honestly that there is no live source, for questions that only live data can answer.

Weather, news, prices, sports scores and traffic: a local model would invent them. Questions *about* these things
("what is weather?", "who invented the stock market") are the model's.
"""

from __future__ import annotations

from privacy_assistant.ports import SkillAnswer, SkillRequest
from privacy_assistant.skills.clock import zone_of
from privacy_assistant.skills.wording import Pattern, pattern, sentence

NO_SOURCE = "I have no live source for that."

_SOON = (
    r"(?:today|tonight|tomorrow|now|right now|currently|at the moment|outside|outdoors|here|this (?:morning"
    r"|afternoon|evening|week|weekend)|later(?: today)?|next week|the weekend"
    r"|(?:on |this |next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow (?:morning|afternoon|evening|night)"
    r"|this minute)"
)
_WHEN = rf"(?: (?:for |on |over )?{_SOON})*"
_PLACE = r"(?: (?:in|for|at|near|around) (?P<place>[\w .,'-]{2,40}?))?"
_COIN = r"(?:bitcoin|btc|ethereum|ether|eth|dogecoin|doge|litecoin|solana|cardano|monero|xrp|crypto)"
_GOOD = r"(?:gold|silver|platinum|copper|(?:crude )?oil|brent|natural gas|gas|petrol|gasoline|diesel|electricity|wheat)"
_MARKET = (
    r"(?:stock markets?|markets?|dow(?: jones)?|nasdaq|s ?& ?p(?: 500)?|s and p 500|dax|ftse(?: 100)?|nikkei"
    r"|euro stoxx)"
)
_MONEY = (
    r"(?:us |australian |canadian |hong kong )?(?:dollars?|usd|euros?|eur|(?:british )?pounds?(?: sterling)?|gbp|yen"
    r"|jpy|(?:swiss )?francs?|chf|rupees?|inr|yuan|renminbi|cny"
    r"|pesos?|rubles?|kron(?:a|or|e|er)|zlotys?|lira|rand|won|bitcoins?|btc|aud|cad|[$€£¥])"
)
_DOING = r"(?:doing|up|down|going up|going down|trading|performing|looking)"
_GAME = r"(?:game|match|race|fight|grand prix|super bowl|final)"
_RECENT = (
    r"(?:last night|yesterday|today|tonight|this weekend|last weekend|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)

_TOPICS: tuple[tuple[str, Pattern, tuple[Pattern, ...]], ...] = (
    (
        "A weather service, or a look out of the window, knows better.",
        pattern(
            r"\b(?:weather|forecast|rain\w*|snow\w*|sunny|cloudy|windy|storm\w*|umbrella|temperature|degrees|hot"
            r"|cold|warm|humid\w*|freez\w+|jacket|coat|wind|uv|pollen|sunrise|sunset|sun|air)\b"
        ),
        (
            pattern(
                r"(?:what(?:'s| is| will)|how(?:'s| is| will)) (?:the |today's |tomorrow's "
                r"|tonight's )weather(?: forecast)?(?: be)?(?: going to be| gonna be)?(?: (?:look"
                r"|looking))?(?: like)?<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
            pattern(
                r"(?:the |today's |tomorrow's )?(?:current )?weather(?: forecast| report)?<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
            pattern(
                r"(?:(?:what(?:'s| is) |give me |show me |check |get )?(?:the |today's |tomorrow's )(?:weather "
                r"|rain )?forecast|(?:give me|show me|check|get) the weather(?: forecast"
                r"| report)?)<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
            pattern(
                r"(?:is it|will it|is it going to|is it gonna|does it|did it)(?: be)? (?:rain(?:ing|y)?|snow(?:ing"
                r"|y)?|sunny|cloudy|windy|hot|cold|warm|freezing|storm(?:y|ing)?|humid|foggy"
                r"|hail(?:ing)?)<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
            pattern(
                r"how (?:hot|cold|warm|windy|humid) (?:is it|will it be|is it going to be)<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
            pattern(
                r"what(?:'s| is| will) the (?:current |outside )?(?:temperature|humidity|wind speed|uv index"
                r"|pollen count|air quality)(?: be)?<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
            pattern(
                r"(?:do|will|should|shall) i (?:need|take|bring|wear)(?: (?:an?|my))? (?:umbrella|jacket|coat"
                r"|raincoat|sweater)<<when>>",
                when=_WHEN,
            ),
            pattern(
                r"(?:what time|when)(?:'s| is| does| will)? (?:the )?(?:sun(?:rise|set)|sun (?:rise|set|go down"
                r"|come up))(?: be)?<<when>><<place>><<when>>",
                when=_WHEN,
                place=_PLACE,
            ),
        ),
    ),
    (
        "A newspaper or news site of your choice has it.",
        pattern(r"\b(?:news|headlines?|happen\w*|going on|latest)\b"),
        (
            pattern(
                rf"(?:what(?:'s| is| are)(?: (?:in|on))? (?=the |today)|(?:read|give|show|tell) (?:me |us )?|any "
                rf"|is there any |play )?(?:the |today's |any )?(?:latest |current |breaking |top |recent |world "
                rf"|local |international )*(?:news|headlines?)(?: headlines?)?(?: (?:about|on|from|in"
                rf"|for) [\w .'-]{{2,40}})?(?: {_SOON})?"
            ),
            pattern(
                r"what(?:'s| is| has)? (?:happened|happening|been happening|going on) (?:(?:in|around) the world"
                r"|in [\w .'-]{2,40}) (?:today|right now|now|this week|at the moment)"
            ),
            pattern(r"what(?:'s| is)? (?:happened|happening|going on) in the world(?: (?:today|right now|now))?"),
            pattern(r"what happened (?:today|yesterday|this week|last night)(?: in (?!history\b)[\w .'-]{2,40})?"),
        ),
    ),
    (
        "A bank or an exchange has the current figures.",
        pattern(
            rf"\b(?:price|prices|priced|stocks?|shares?|worth|cost|exchange rate|rate|trading|market|markets|{_COIN}"
            rf"|dow|nasdaq|dax|ftse|nikkei)\b|{_MONEY}"
        ),
        (
            pattern(
                r"(?:what(?:'s| is)|how(?:'s| is)|tell me|show me|check|get)? ?(?:the |today's )?(?:current |latest "
                r"|live )?(?:stock |share |market |spot )?price (?:of|for) (?:an? |one |1 )?(?:share of |ounce of "
                r"|barrel of )?(?:<<coin>>|<<good>>)<<when>>",
                when=_WHEN,
                coin=_COIN,
                good=_GOOD,
            ),
            pattern(
                r"(?:what(?:'s| is)|how(?:'s| is)|tell me|show me|check|get)? ?(?:the |today's )?(?:current |latest "
                r"|live )?(?:stock|share) price (?:of|for) [\w .&'-]{1,40}?<<when>>",
                when=_WHEN,
            ),
            pattern(
                r"(?:what(?:'s| is) |how(?:'s| is) )?(?:the |today's )?(?:current |latest )?(?:<<coin>>"
                r"|<<good>>)(?:'s)? (?:price|rate|value)s?<<when>>",
                when=_WHEN,
                coin=_COIN,
                good=_GOOD,
            ),
            pattern(
                r"(?:what(?:'s| is) )?(?:the )?(?!(?:a|an|the|my|your|our) )[\w.&'-]{1,25}(?: [\w.&'-]{1,25})? (?:stock"
                r"|share) price<<when>>",
                when=_WHEN,
            ),
            pattern(
                r"how much (?:is|does|are) (?:an? |one |1 )?<<coin>>(?: (?:worth|cost|trading at|at))?<<when>>",
                when=_WHEN,
                coin=_COIN,
            ),
            pattern(
                r"what(?:'s| is) (?:<<coin>>|(?:the )?<<market>>) trading at<<when>>",
                coin=_COIN,
                market=_MARKET,
                when=_WHEN,
            ),
            pattern(
                r"how much (?:is|are) (?!(?:a|an|the|my|your|our) )[\w.&'-]{1,25} "
                r"(?:stocks?|shares?)(?: worth)?<<when>>",
                when=_WHEN,
            ),
            pattern(
                r"what(?:'s| is) the <<money>>(?: to | ?/ ?|-)<<money>> (?:exchange )?rate<<when>>",
                money=_MONEY,
                when=_WHEN,
            ),
            pattern(
                r"how much (?:is|does|are) (?:gas|petrol|gasoline|diesel|gold|silver|oil)(?: (?:worth"
                r"|cost))? (?:today|now|right now|currently|at the moment|tomorrow)"
            ),
            pattern(
                r"(?:how(?:'s| is| are| did| do)|what(?:'s| is| are)) (?:the )?<<market>>(?: <<doing>>"
                r"| do)?(?: (?:today|now|right now|at the moment|this week|currently|yesterday))?",
                market=_MARKET,
                doing=_DOING,
            ),
            pattern(
                r"(?:is|are) (?:the )?(?:<<market>>|<<coin>>) (?:up|down|going up|going down|crashing|rising"
                r"|falling)<<when>>",
                market=_MARKET,
                coin=_COIN,
                when=_WHEN,
            ),
            pattern(
                r"how(?:'s| is| are) (?:the )?(?!(?:my|your|our) )[\w.&'-]{1,25} (?:stocks?"
                r"|shares?)(?: <<doing>>)?<<when>>",
                doing=_DOING,
                when=_WHEN,
            ),
            pattern(
                r"(?:what(?:'s| is) )?(?:the )?(?:current |today's |latest )?exchange rates?(?: (?:for|of|between"
                r"|from) [\w $€£]{1,40})?<<when>>",
                when=_WHEN,
            ),
            pattern(
                r"(?:what(?:'s| is| are)|how much (?:is|are)|convert|change)? ?(?:[$€£¥] ?)?[\d,.]+ ?(?:k|million"
                r"|billion)? ?(?:<<money>>)? (?:in|to|into) <<money>><<when>>",
                money=_MONEY,
                when=_WHEN,
            ),
            pattern(
                r"(?:what(?:'s| is| are)|how much (?:is|are)|convert|change) (?:an?|one|two|three|five|ten|twenty"
                r"|fifty|a hundred|one hundred|a thousand|one thousand) <<money>> (?:in|to|into) <<money>><<when>>",
                money=_MONEY,
                when=_WHEN,
            ),
            pattern(
                r"how many <<money>> (?:(?:are |is )?(?:there )?in|are|is|(?:will|do|can) i get for|for|to"
                r"|per) (?:an?|the|one|[$€£¥]? ?[\d,.]+)? ?<<money>><<when>>",
                money=_MONEY,
                when=_WHEN,
            ),
        ),
    ),
    (
        "The league's site or a sports page has the results.",
        pattern(r"\b(?:score|scores|win|won|winning|lost|lose|game|match|play|playing|results?|standings)\b"),
        (
            pattern(
                rf"who (?:won|is winning|lost|played|'s winning|is playing)(?: (?:the"
                rf"|in the) (?:[\w'-]+ ){{0,3}}{_GAME})? {_RECENT}"
            ),
            pattern(rf"who(?:'s| is) winning(?: the (?:[\w'-]+ ){{0,3}}{_GAME})?"),
            pattern(rf"who won (?:the (?:[\w'-]+ ){{0,3}}{_GAME} {_RECENT}|(?:yesterday|today|last night)'s {_GAME})"),
            pattern(
                rf"what(?:'s| is| was) the (?:current |final |latest )?score"
                rf"(?: (?:of|in|for) (?:the |today's |last night's )?(?:[\w'-]+ ){{0,3}}{_GAME})?(?: {_RECENT}"
                rf"| right now| now)?"
            ),
            pattern(
                rf"(?:what(?:'s| is| are) )?(?:the |today's |latest )?(?:football|soccer|nba|nfl|mlb|nhl|bundesliga"
                rf"|premier league|cricket|basketball|baseball|hockey|tennis) (?:scores?|results?"
                rf"|standings)(?: {_RECENT})?"
            ),
            pattern(
                rf"(?:did|have|are|do|is) (?:the )?(?!(?:you|i|we|he|she|it|my|your|our|his|her) )"
                rf"[\w .'-]{{2,30}} (?:win|won|lose|lost|winning|losing|play"
                rf"|playing) (?:the game |their game |the match )?(?:{_RECENT}|right now|now)"
            ),
        ),
    ),
    (
        "A map or traffic service knows the roads right now.",
        pattern(r"\b(?:traffic|commute|delays?|delayed|on time|flight|train|bus)\b"),
        (
            pattern(
                r"(?:how(?:'s| is)|what(?:'s| is)) (?:the |my )?(?:traffic|commute)(?: (?:like|looking))?(?: (?:to"
                r"|in|on|into|around|near|from|at) [\w .'-]{2,40}?)?<<when>>",
                when=_WHEN,
            ),
            pattern(
                r"(?:is there|are there|any) (?:any |much |a lot of |heavy )?(?:traffic|traffic jams?"
                r"|train delays)(?: (?:to|in|on|into|around|near) [\w .'-]{2,40}?)?<<when>>",
                when=_WHEN,
            ),
            pattern(r"(?:traffic|traffic (?:report|news|conditions|update))(?: (?:today|now|right now))?"),
            pattern(
                r"(?:is|are) (?:my |the )?(?:[\w-]+ )?(?:flights?|trains?|bus|buses|tram"
                r"|ferry)(?: [a-z]{0,2} ?\d{1,5})?"
                r" (?:on time|delayed|cancelled|canceled)(?: (?:today|now|right now))?"
            ),
            pattern(
                r"when(?:'s| is| does) the next (?:bus|train|tram|flight|subway|metro)(?: (?:to|from|leave|come"
                r"|arrive|due)[\w .'-]{0,40})?"
            ),
        ),
    ),
)

_CLIMATE = pattern(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|summer|winter"
    r"|spring|autumn|fall|history|general|space|usually|average|celsius|fahrenheit|kelvin)\b"
)
_NOW_WORD = pattern(rf"\b{_SOON}\b")
_LONGEST = 140


class Live:
    """Answers questions that need live data with the plain fact that there is none, and where to look."""

    @property
    def name(self) -> str:
        return "live"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """The fact and one helpful sentence; None for questions that are not about this moment."""
        if len(request.text) > _LONGEST:
            return None
        said = sentence(request.text)
        for where, gate, forms in _TOPICS:
            if not gate.search(said):
                continue
            for form in forms:
                found = form.fullmatch(said)
                if found is not None and _is_here_and_now(said, found.groupdict().get("place")):
                    return SkillAnswer(f"{NO_SOURCE} {where}")
        return None


def _is_here_and_now(said: str, place: str | None) -> bool:
    """False for what has no now: the climate of a month, a temperature inside of things."""
    if _CLIMATE.search(said):
        return False
    if place is None:
        # "What is the temperature?" has a here; "how hot is it" too.
        return True
    first = place.split()[0].lower()
    if first in ("the", "a", "an", "my", "your", "this"):
        return False
    return bool(_NOW_WORD.search(said)) or zone_of(place) is not None or _looks_like_a_town(place)


def _looks_like_a_town(place: str) -> bool:
    """True for one or two capitalised words: "Springfield", "Bad Homburg", not "Game of Thrones"."""
    words = place.replace(",", "").split()
    return len(words) <= 2 and all(word[:1].isupper() for word in words)
