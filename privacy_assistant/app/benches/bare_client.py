"""The bare `openai` client beside which our path is measured, in a process of its own: no tripwire, nothing kept.

Run by path, so it imports nothing of ours. With a third argument that question is asked once and the answer printed as
it comes: the shortest script that streams. Without one, every line of standard input is a question (`system`, `text`,
`model`), and every line of output says when its first and its last word came, in milliseconds, and how many there were.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from openai import OpenAI

KEY = "sk-loopback-0123456789"


def words_of(client: OpenAI, api: str, system: str, text: str, model: str) -> Iterator[str]:
    """The answer as it comes."""
    if api == "responses":
        for event in client.responses.create(
            model=model, instructions=system or None, input=text, store=False, stream=True, max_output_tokens=4096
        ):
            if event.type == "response.output_text.delta":
                yield event.delta
        return
    for chunk in client.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": system}, {"role": "user", "content": text}],
        stream=True,
        stream_options={"include_usage": True},
        max_tokens=4096,
    ):
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


def main(url: str, api: str, *question: str) -> None:
    """Answer one question, or all that come."""
    client = OpenAI(base_url=url, api_key=KEY, max_retries=0)
    if question:
        for word in words_of(client, api, "", question[0], "words-8"):
            sys.stdout.write(word)
            sys.stdout.flush()
        return
    for line in sys.stdin:
        asked = json.loads(line)
        times = []
        begin = time.perf_counter()
        for _ in words_of(client, api, asked["system"], asked["text"], asked["model"]):
            times.append(time.perf_counter())
        first, last = (1000 * (times[0] - begin), 1000 * (times[-1] - begin)) if times else (0.0, 0.0)
        sys.stdout.write(json.dumps({"first": first, "last": last, "words": len(times)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
