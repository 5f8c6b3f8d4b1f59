"""The sentences that the skills understand, as a grammar for a recogniser that knows no language of its own.

`spoken_commands` gives it with names of this person where names can stand. A recogniser writes down what it heard in
words; `as_written` then puts times of day and ordinals into the figures that the skills read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from privacy_assistant.core.word_graph import WordGraph, word_graph

_NUMBERS = {
    "digit": "one | two | three | four | five | six | seven | eight | nine",
    "teen": "ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen",
    "tens": "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety",
    "upto99": "<digit> | <teen> | <tens> [<digit>]",
    "upto59": "<digit> | <teen> | (twenty | thirty | forty | fifty) [<digit>]",
    "upto59s": "(two | three | four | five | six | seven | eight | nine) | <teen> | (twenty | thirty | forty | fifty)"
    " [<digit>]",
    "upto99s": "<upto59s> | (sixty | seventy | eighty | ninety) [<digit>]",
    "hundreds": "(a | <digit>) hundred [[and] <upto99>]",
    "thousands": "(a | <upto99>) thousand [<digit> hundred]",
    "number": "<upto99> | <hundreds> | <thousands> | zero",
    "decimal": "<number> | <upto99> point <digit> [<digit>]",
    "ordinal": "first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | eleventh | twelfth"
    " | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | eighteenth | nineteenth | twentieth | thirtieth"
    " | twenty (first | second | third | fourth | fifth | sixth | seventh | eighth | ninth) | thirty first",
}

_TIMES = {
    "span": "(a | one) (second | minute) | (an | one) hour | <upto99s> seconds | <upto99s> minutes | <upto59s> hours"
    " | half an hour | an hour and a half | a minute and a half | (two | three | four) and a half (minutes | hours)"
    " | (an | one) hour and <upto59s> minutes | <upto59s> minutes and <upto59s> seconds | a quarter of an hour",
    "long": "<upto59s> (minutes | hours | days | weeks) | (an | one) hour | (a | one) week | half an hour",
    "hour": "one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve",
    "minute": "oh <digit> | ten | fifteen | twenty | thirty | forty | fifty | eleven | twelve | thirteen | fourteen"
    " | sixteen | seventeen | eighteen | nineteen | (twenty | thirty | forty | fifty) <digit>",
    "clock": "<hour> (a.m. | p.m.) | <hour> <minute> [a.m. | p.m.] | <hour> o'clock | (half | quarter) past <hour>"
    " | quarter to <hour> | noon | midnight | <hour> (in the morning | in the afternoon | in the evening)",
    "weekday": "monday | tuesday | wednesday | thursday | friday | saturday | sunday",
    "month": "january | february | march | april | may | june | july | august | september | october | november"
    " | december",
    "date": "<month> <ordinal> | the <ordinal> of <month>",
    "day": "tomorrow | today | [on | next] <weekday> | on the <ordinal> | on <date> | next week"
    " | the day after tomorrow",
    "when": "in <long> | at <clock> | <day> | tomorrow (morning | afternoon | evening | at <clock>)"
    " | [on] <weekday> (morning | afternoon | evening | at <clock>) | tonight | this evening | today at <clock>",
    "feast": "christmas | christmas eve | new year | new year's eve | halloween | valentine's day",
}

_THINGS = {
    "thing": "milk | eggs | bread | butter | cheese | apples | bananas | oranges | lemons | grapes | berries | pears"
    " | coffee | tea | sugar | salt | pepper | rice | pasta | flour | oil | olive oil | vinegar | honey | jam | cereal"
    " | yogurt | cream | chicken | beef | pork | fish | salmon | bacon | ham | sausages | tomatoes | potatoes | onions"
    " | carrots | garlic | lettuce | cucumber | peppers | mushrooms | spinach | broccoli | beans | peas | corn | soup"
    " | soap | shampoo | toothpaste | toilet paper | paper towels | batteries | light bulbs | dish soap | detergent"
    " | trash bags | dog food | cat food | water | juice | orange juice | wine | beer | chocolate | cookies | ice cream"
    " | cake | pizza | chips | nuts | tofu | crackers | candles | stamps | flowers | napkins | tissues | diapers",
    "things": "<thing> | <thing> and <thing> | <thing> <thing> and <thing>",
    "chore": "(buy | get | order) <things> | take out the (trash | garbage) | do the (laundry | dishes) | wash the car"
    " | water the plants | feed the (cat | dog) | walk the dog | pay the (rent | bill | bills) | pay rent"
    " | call <person> | text <person> | email <person> | call the (doctor | dentist | bank | plumber | school | office)"
    " | take my (medicine | pills | vitamins) | pick up <person> | pick up the (kids | package | car)"
    " | book a (table | flight) | lock the door | check the oven | turn off the (oven | lights | heating) | stretch"
    " | go to bed | go for a run | clean the (kitchen | bathroom) | renew my passport | charge my phone"
    " | bring an umbrella",
    "person": "mum | mom | dad | my (mother | father | mum | mom | dad | sister | brother | wife | husband | son"
    " | daughter | boss | friend) | grandma | grandpa | the (neighbors | landlord) <names>",
    "timer": "egg | pasta | pizza | tea | laundry | rice | cake | bread | oven | cooking | workout | break | chicken"
    " | potato | coffee | kitchen | nap | study <names>",
    "kind": "shopping | grocery | to do | packing | reading | wish | gift | books | movies <names>",
    "place": "london | paris | berlin | tokyo | new york | los angeles | chicago | boston | sydney | moscow | rome"
    " | madrid | vienna | san francisco | seattle | denver | hong kong | singapore | dubai | india | china | japan"
    " | germany | hawaii | toronto | amsterdam | dublin | athens | seoul",
}

_UNITS = {
    "length": "inches | feet | yards | miles | meters | kilometers | centimeters | millimeters",
    "weight": "ounces | pounds | grams | kilograms | kilos | tons",
    "volume": "cups | pints | quarts | gallons | liters | milliliters | tablespoons | teaspoons",
    "duration": "seconds | minutes | hours | days | weeks",
    "heat": "fahrenheit | celsius | degrees fahrenheit | degrees celsius",
    "one_length": "an inch | a foot | a yard | a mile | a meter | a kilometer | a centimeter",
    "one_weight": "an ounce | a pound | a gram | a kilogram | a kilo | a ton",
    "one_volume": "a cup | a pint | a quart | a gallon | a liter | a tablespoon | a teaspoon",
    "one_duration": "a minute | an hour | a day | a week",
    "conversion": "<decimal> <length> (in | to) <length> | <decimal> <weight> (in | to) <weight>"
    " | <decimal> <volume> (in | to) <volume> | <number> <duration> (in | to) <duration>"
    " | [minus] <decimal> <heat> (in | to) <heat> | <number> miles per hour (in | to) kilometers per hour"
    " | <number> kilometers per hour (in | to) miles per hour",
}

COMMANDS = {
    "clock_question": "what time is it [now | right now | in <place>] | what's the time [in <place>] | tell me the time"
    " | do you have the time | what day is it [today] | what's the date [today] | what's today's date"
    " | what is (the time | the date | today's date) | what day of the week is it"
    " | (what month | what year | what week) is it | what day (is tomorrow | was yesterday)"
    " | what's (tomorrow's | yesterday's) date | what day is (<feast> | <date>) | when is <feast>"
    " | how many (days | weeks) until (<feast> | <date>) | how long until <feast>"
    " | what day (is it | will it be) in <upto59s> (days | weeks) | what time (is it | will it be) in <span>",
    "timer_order": "(set | start) (a | another) timer for <span> [for the <timer> | called <timer>]"
    " | (set | start) (a | an) <timer> timer for <span> | timer for <span> | set a timer"
    " | (set | start) (a | an) <upto99> (second | minute | hour) timer | <upto99> minute timer | count down <span>"
    " | add <span> to the [<timer>] timer",
    "timer_question": "how (long is | much time is) left [on the [<timer>] timer] | what timers do i have"
    " | (list | show) [my] timers | do i have any (timers | reminders | alarms)"
    " | (cancel | stop) (the | my) [<timer>] timer | cancel all [my] (timers | alarms | reminders) | list my reminders"
    " | what are my reminders | list alarms | when does my alarm go off | cancel (the | my) (alarm | reminder)"
    " | cancel the <clock> alarm",
    "alarm_order": "set an alarm for <clock> [tomorrow | on <weekday>] | wake me up (at <clock> [tomorrow] | in <span>)"
    " | set an alarm tomorrow at <clock> | wake me [up] tomorrow at <clock>",
    "reminder_order": "remind me to <chore> [<when>] | remind me <when> to <chore> | remind me <when>"
    " | set a reminder to <chore> <when>",
    "list_order": "(add | put) <things> (to | on) my <kind> list | (remove | delete | take) <things> (from | off)"
    " my <kind> list | what's on my <kind> list | what is on my <kind> list | (read | show me) my <kind> list"
    " | (clear | empty) my <kind> list | is <thing> on my <kind> list | what lists do i have"
    " | add <chore> to my to do list | add <things> to <kind_known> list",
    "kind_known": "shopping | grocery",
    "note_order": "(make | take) a note to <chore> | note to self <chore> | (read | list | show me) my notes"
    " | what are my notes | read note <digit> | (delete | remove) (note <digit> | the (first | second | third | last)"
    " note | my last note | all my notes)",
    "sum_question": "[what's | what is | how much is] <sum> | calculate <sum>",
    "sum": "<decimal> (plus | minus | times | divided by | multiplied by) <decimal> | <number> percent of <number>"
    " | <number> (plus | minus | times) <number> (plus | minus | times) <number>"
    " | the square root of <number> | <number> (squared | cubed) | <upto99> to the power of <digit> | half of <number>"
    " | (a third | a quarter) of <number> | <number> percent off <number> | the sum of <number> and <number>"
    " | (double | twice) <number>",
    "unit_question": "(what's | what is | convert) <conversion>"
    " | how many <length> (in | are in | are there in) (<one_length> | <number> <length>)"
    " | how many <weight> (in | are in | are there in) (<one_weight> | <number> <weight>)"
    " | how many <volume> (in | are in | are there in) (<one_volume> | <number> <volume>)"
    " | how many <duration> (in | are in | are there in) (<one_duration> | <number> <duration>)",
    "volume_order": "louder | quieter | volume (up | down) | turn it (up | down) | turn (up | down) the volume"
    " | turn the volume (up | down) | set [the] volume to <number> [percent] | volume <upto99> | mute"
    " | (full | maximum | minimum) volume | speak (up | louder | quieter) | (make it | be) (louder | quieter)",
    "control": "stop | stop talking | stop it | be quiet | quiet | silence | never mind | forget it | enough"
    " | that's enough | shut up",
    "replay": "repeat that | say (that | it) again | can you repeat that | what did you say | come again"
    " | repeat your last answer | pardon",
    "live_question": "what's the weather [like] [today | tomorrow] | how's the weather [in <place>] | will it rain"
    " (today | tomorrow) | is it raining | do i need an umbrella | what's the forecast | what's the news"
    " | tell me the news | when is sunset",
}
"""By name, each sentence that a skill takes, whole; `kind_known` and `sum` are parts of others."""

REPLIES = {
    "reply": "yes | no | yes please | no thanks | no thank you | okay | ok | sure | yeah | yep | nope | cancel | wait"
    " | no wait | correct | that's right | that's wrong | go ahead | not now | continue | go on | help | thanks"
    " | thank you | all right | mhm | uh-huh | exactly | hello | hi | good morning | good night | goodbye",
}
"""What is said to whoever asks back; a skill takes none of it."""

_PARTS = frozenset({"kind_known", "sum"})
_POLITE = "[please | can you | could you]"

RULES: dict[str, str] = {**_NUMBERS, **_TIMES, **_THINGS, **_UNITS, **COMMANDS, **REPLIES}
"""Every rule: a name and what it stands for."""

ORDERS: tuple[str, ...] = tuple(name for name in COMMANDS if name not in _PARTS)
"""The rules that are whole sentences of a skill."""


def rules(names: Iterable[str] = ()) -> dict[str, str]:
    """The rules with these names (one or several words in lower case) where a timer, a list or a person can stand."""
    more = "".join(f" | {name}" for name in names)
    return {rule: text.replace(" <names>", more) for rule, text in RULES.items()}


def spoken_commands(names: Iterable[str] = ()) -> WordGraph:
    """The whole grammar: a sentence, with a polite word around it or without."""
    orders = " | ".join(f"<{name}>" for name in ORDERS)
    return word_graph(rules(names), f"{_POLITE} ({orders}) [please] | <reply>")


# ---------------------------------------------------------------- figures

_ONES = {word: number for number, word in enumerate(_NUMBERS["digit"].split(" | "), start=1)}
_TEENS = {word: number for number, word in enumerate(_NUMBERS["teen"].split(" | "), start=10)}
_TENS = {word: 10 * number for number, word in enumerate(_NUMBERS["tens"].split(" | "), start=2)}
_HOURS = {word: number for word, number in {**_ONES, **_TEENS}.items() if number <= 12}
_NTHS = {
    word: number
    for number, word in enumerate(
        (
            *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
            *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
            *("eighteenth", "nineteenth", "twentieth"),
        ),
        start=1,
    )
} | {"thirtieth": 30}


def _either(words: Iterable[str]) -> str:
    return "|".join(words)


_MINUTE = (
    rf"(?:oh (?P<oh>{_either(_ONES)})|(?P<teen>{_either(_TEENS)})"
    rf"|(?P<tens>twenty|thirty|forty|fifty)(?: (?P<one>{_either(_ONES)}))?)"
)
_TIME_OF_DAY = re.compile(
    rf"(?P<lead>\b(?:alarm for|at|the) )(?P<hour>{_either(_HOURS)}) {_MINUTE}"
    r"(?= (?:a\.m\.|p\.m\.|tomorrow|on|to|alarm|please)| (?:in the|this) (?:morning|afternoon|evening)|$)"
)
_NTH = re.compile(
    rf"(?P<lead>\b(?:the|{_TIMES['month'].replace(' ', '')}) )(?:(?P<tens>twenty|thirty) )?"
    rf"(?P<nth>{_either(_NTHS)})\b(?! note)"
)


def as_written(text: str) -> str:
    """A sentence of the grammar with times of day and ordinals in figures: "at six thirty p.m." → "at 6:30 p.m."."""
    return _NTH.sub(_nth, _TIME_OF_DAY.sub(_time, text))


def _time(found: re.Match[str]) -> str:
    minute = _ONES.get(found["oh"] or found["one"] or "", 0) + _TEENS.get(found["teen"] or "", 0)
    minute += _TENS.get(found["tens"] or "", 0)
    return f"{found['lead']}{_HOURS[found['hour']]}:{minute:02d}"


def _nth(found: re.Match[str]) -> str:
    number = _TENS.get(found["tens"] or "", 0) + _NTHS[found["nth"]]
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{found['lead']}{number}{ending}"
