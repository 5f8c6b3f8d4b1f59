"""The text that `policy init` writes: safe as it stands, and a lesson to read."""

from __future__ import annotations

_TEMPLATE = """\
# What may leave this machine, and what never does.
#
# As it stands nothing leaves: there is no [backend] below. `privacy-assistant policy check` reads this file,
# `policy test` tries it on examples, `route "a question"` shows what would happen to one.
# Whatever applies, the most private of it decides: refuse, stay, ask, leave.
version = 1

# local-only    nothing leaves, whatever stands below
# ask           you are shown exactly what would leave, and asked, every time
# local-first   a back end is used only for a reason in [escalate]
# cloud-first   a back end is used wherever nothing below forbids it
mode = "local-first"

# What happens to personal data that is found. Kinds: PERSON, EMAIL, CARD, ... classes: credential, government,
# name; topics: health, legal, sexual, political. `privacy-assistant policy show` lists them all.
#   redact   leaves, with a placeholder in its place
#   local    nothing leaves
#   ask      you are asked first
#   refuse   nothing leaves, and --cloud ends with an error
#   allow    leaves in clear
[categories]
default    = "redact"
credential = "refuse"   # keys, passwords
health     = "local"    # a topic cannot be redacted: what is found to be about health stays here

# How much is found and masked.
#   balanced   names, numbers and addresses; a world-known name in a plain question passes ("who was Einstein?")
#   strict     also every capital inside a sentence and every number that measures nothing
#   block      searches like strict, and whatever anything is found in stays here
# ask_local_model = true asks the model of this machine for what was missed; it only ever adds, and takes its time.
#
# [redaction]
# level = "balanced"
# ask_local_model = false
# also = []              # "presidio", "gliner": finders of others, where they are installed

# Your voice cannot be redacted, so a recording never leaves unless you say so: never, ask, allow.
[speech]
stt_cloud = "never"
tts_cloud = "never"

# Your own rules. Every rule that matches counts; the keys of `when` must all hold, a list means any of it.
# Keys: text (RE2 patterns), categories, origin (typed, voice, gateway, mcp), backend, hours ("22:00-07:00").
#
# [[rule]]
# name = "project falcon stays home"
# when = { text = '(?i)project falcon' }
# then = "stay"

# What need not be asked any more: answering "always" to a question writes such a table. `rule` is what asked (a rule
# of yours, "category:name", "mode:ask"), for one back end. It moves nothing that must stay or is refused.
#
# [[always]]
# rule = "mode:ask"
# backend = "openai"

# Where an answer may be made beside this process. zone: device, lan, cloud. Never write a key into this file:
# `privacy-assistant key token set NAME` seals one, or name its place: api_key_env, api_key_keyring, api_key_command.
#
# [backend.lab]
# zone = "lan"
# kind = "openai-compatible"
# api = "chat"
# base_url = "https://lab.example/v1"
# timeout = "60s"        # how long it may be silent
#
# [backend.openai]
# zone = "cloud"
# kind = "openai"
# api = "responses"
# model = "..."
# api_key_env = "OPENAI_API_KEY"

# The most that may be spent, in one currency. A cloud whose prices are not known (input_price, output_price of its
# back end, for a million tokens) is then never asked.
#
# [budget]
# day = "0.50 USD"
# month = "5 USD"
# conversation = "0.10 USD"

# For which reasons local-first uses a back end.
[escalate]
to_cloud_when = ["asked", "no_local_model", "context_too_long", "low_confidence"]

# How long things are kept: s, m, h, d, w, y, or "forever"; "0" is never written.
[retention]
messages = "30d"
temporary = "0"
ledger = "365d"
"""


def policy_template() -> str:
    """A commented policy that names no back end, so that nothing leaves until its owner writes one."""
    return _TEMPLATE
