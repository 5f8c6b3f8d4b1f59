"""The tagger: names of people, places and organisations, and addresses, found by a small network in the package."""

from privacy_assistant.engines.pii_ner.tagger import Tagger as Tagger
