"""Measure the finder that is shipped on the held-out templates: `python -m models.topics.evaluate`.

Every alternative of a template is a text. Recall: texts on a topic that are found to be. False alarms: texts on no topic
that are found to be on one (any). `--misses` prints the texts that went wrong, which is for looking, not for tuning.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from models.topics import data
from models.topics.data import LANGUAGES, Sentence, longer
from privacy_assistant.core.kinds import Topic
from privacy_assistant.engines.topics_linear.finder import TopicFinder
from privacy_assistant.engines.topics_linear.lexicon import TOPICS

SEED = 11


def share(hits: Sequence[bool]) -> str:
    """As a percentage, with the number of texts."""
    return f"{100 * sum(hits) / len(hits):5.1f} % ({len(hits)})" if hits else "-"


def report(sentences: Sequence[Sentence], finder: TopicFinder, title: str) -> None:
    """Print a table of one set: a row for each language and for all of them."""
    found = {id(sentence): finder.find(sentence.text).topics for sentence in sentences}
    print(
        f"\n| {title} | " + " | ".join(topic.value for topic in TOPICS) + " | false alarms | near misses among them |"
    )
    print("|---" * (len(TOPICS) + 3) + "|")
    for language in (*LANGUAGES, "all"):
        some = [one for one in sentences if language in (one.language, "all")]
        recall = [share([topic in found[id(one)] for one in some if one.label(topic.value)]) for topic in TOPICS]
        alarms = [share([bool(found[id(one)]) for one in some if one.is_negative])]
        alarms.append(share([bool(found[id(one)]) for one in some if one.is_negative and one.is_near]))
        print(f"| {language} | " + " | ".join([*recall, *alarms]) + " |")
    alarms = [
        f"{topic.value} {share([topic in found[id(one)] for one in sentences if one.is_negative])}" for topic in TOPICS
    ]
    print("\nFalse alarms by topic: " + ", ".join(alarms))


def wrong(sentence: Sentence, topics: frozenset[Topic]) -> list[str]:
    """What is missing from the topics found, and what is too much."""
    missed = [f"-{topic.value}" for topic in TOPICS if sentence.label(topic.value) and topic not in topics]
    return missed + [f"+{topic.value}" for topic in topics if sentence.is_negative]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--templates", action="store_true", help="the training templates instead of the held-out ones")
    arguments = parser.parse_args()
    finder = TopicFinder()
    templates = data.read(data.TEMPLATES if arguments.templates else data.HELD_OUT)
    short = [sentence for template in templates for sentence in template.variants]
    negatives = [sentence for sentence in short if sentence.is_negative]
    positives = [sentence for sentence in short if sentence.on]
    long = longer(positives, negatives, 1000, SEED) + longer(negatives, negatives, 1000, SEED + 1)
    report(short, finder, "one sentence or a short mail")
    report(long, finder, "four to twelve sentences")
    if arguments.misses:
        for sentence in short:
            said = wrong(sentence, finder.find(sentence.text).topics)
            if said:
                print(sentence.language, " ".join(said), "|", sentence.text)


if __name__ == "__main__":
    main()
