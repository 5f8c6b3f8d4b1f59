"""Milliseconds of finding, redacting and restoring, and how they grow with texts that were made to be slow.

Run as `python -m tests.bench.bench_redaction`. What leaks, beside other libraries, and the cold start:
`privacy-assistant bench redaction`.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Callable

from privacy_assistant.app.benches.speed import PIECE, quantile
from privacy_assistant.app.pieces import finder as default_finder
from privacy_assistant.core.redaction import Legend, redact, restore

PROMPTS = (
    "Please write a short and friendly reply to the mail below. Thank them for the offer, say that we need two more "
    "weeks to decide, and ask whether the price still holds in December. Keep it under one hundred words. ",
    "My name is John Smith and my card 4111 1111 1111 1111 was charged twice; call me on +49 30 901820 or write to "
    "john.smith@example.org. My IBAN is DE89 3704 0044 0532 0130 00, and the server is 192.168.7.31. ",
    "my card is four one one one one one one one one one one one one one one one and my email is john dot smith at "
    "gmail dot com, call me on oh two oh seven nine four six double oh one eight please ",
    "def f(items: list[int]) -> dict[str, int]:\n    return {str(k): v * 2 for k, v in enumerate(items) if v > 1024}\n",
)

ADVERSARIAL: dict[str, Callable[[int], str]] = {
    "prose": lambda n: (PROMPTS[0] * (n // len(PROMPTS[0]) + 1))[:n],
    "everything": lambda n: ("".join(PROMPTS) * (n // sum(map(len, PROMPTS)) + 1))[:n],
    "digits": lambda n: "4" * n,
    "digit groups": lambda n: ("1234 " * n)[:n],
    "single digits": lambda n: ("1 " * n)[:n],
    "phone list": lambda n: ("212-555-0123 " * n)[:n],
    "card list": lambda n: ("4111 1111 1111 1111 " * n)[:n],
    "plus numbers": lambda n: ("+4930123456 " * n)[:n],
    "letters": lambda n: "a" * n,
    "at signs": lambda n: "@" * n,
    "at words": lambda n: ("a at b.co " * n)[:n],
    "mails": lambda n: ("a@b.co " * n)[:n],
    "dots": lambda n: ("a." * n)[:n],
    "blanks": lambda n: "a" + " " * n,
    "number words": lambda n: ("one double " * n)[:n],
    "ibans": lambda n: ("de12 abcd " * n)[:n],
    "colons": lambda n: ("a:" * n)[:n],
    "hex": lambda n: ("4f" * n)[:n],
    "cues": lambda n: ("my password for is " * n)[:n],
    "names": lambda n: ("call De Van Der " * n)[:n],
    "pem": lambda n: ("-----BEGIN PRIVATE KEY-----\n" * n)[:n],
    "urls": lambda n: ("http://a.b:c@" * n)[:n],
    "keys": lambda n: ("api_key token " * n)[:n],
    "brackets": lambda n: ("⟦PERSON·" * n)[:n],
    "form letters": lambda n: ("ab 12 cd " * n)[:n],
    "id cues": lambda n: ("passport tax id dni " * n)[:n],
    "id cues, numbers": lambda n: ("passport 12ab34567 is my nhs " * n)[:n],
    "marked groups": lambda n: ("123.456.789-10 " * n)[:n],
    "dashes": lambda n: ("1-" * n)[:n],
    "streets": lambda n: ("12 street road lane " * n)[:n],
    "street names": lambda n: ("Calle Rua De La Via " * n)[:n],
    "addresses": lambda n: ("12 Main Street, Springfield, IL 62704 " * n)[:n],
    "births": lambda n: ("born on 12 march age 12 " * n)[:n],
    "handles": lambda n: ("@ab twitter my handle is " * n)[:n],
    "paths": lambda n: ("/home/a/b/ " * n)[:n],
    "path": lambda n: "/home/a" + "/b" * (n // 2),
    "coordinates": lambda n: ("52.5200, 13.4050, " * n)[:n],
    "degrees": lambda n: ("12° 12' " * n)[:n],
    "spelled": lambda n: ("a b 1 one " * n)[:n],
    "capitals": lambda n: "P<" + "A<" * (n // 2),
    "unicode": lambda n: ("４１é\u200b" * n)[:n],
}


def _ms(do: Callable[..., object], *given: object) -> float:
    begin = time.perf_counter()
    do(*given)
    return (time.perf_counter() - begin) * 1000


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _import_ms() -> float:
    """Importing what makes the finder in a fresh interpreter, less an empty one; the best of five each."""
    times = [min(_ms(_run, code) for _ in range(5)) for code in ("import privacy_assistant.app.pieces", "pass")]
    return times[0] - times[1]


def main() -> None:
    finder = default_finder()
    legend = Legend.new(b"\x01\x02")
    print(f"{platform.machine()}, Python {platform.python_version()}; import {_import_ms():.1f} ms")
    first = _ms(finder.find, PROMPTS[1])
    print(f"first find {first:.1f} ms (loads what is loaded late)")
    steps: dict[str, list[float]] = {"find": [], "redact": [], "restore": []}
    for prompt in PROMPTS:
        text = (prompt * 3)[:PIECE]
        for _ in range(200):
            findings = finder.find(text)
            steps["find"].append(_ms(finder.find, text))
            redacted = redact(text, findings, legend)
            steps["redact"].append(_ms(redact, text, findings, legend))
            steps["restore"].append(_ms(restore, redacted.text, legend))
    for name, times in steps.items():
        p50, p95 = quantile(times, 0.5), quantile(times, 0.95)
        print(f"{name:8} per {PIECE} characters: p50 {p50:.2f} ms  p95 {p95:.2f} ms")
    print(f"{'text':16} {'10 kB ms':>10} {'100 kB ms':>10} {'ratio':>6}   redact 100 kB")
    for name, make in ADVERSARIAL.items():
        small, large = make(10_000), make(100_000)
        a = min(_ms(finder.find, small) for _ in range(3))
        b = _ms(finder.find, large)
        findings = finder.find(large)
        c = _ms(redact, large, findings, Legend.new(b"ab"))
        print(f"{name:16} {a:10.1f} {b:10.1f} {b / a:6.1f} {c:10.1f}")


if __name__ == "__main__":
    main()
