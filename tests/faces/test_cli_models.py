"""`models` at the command line, against a hub on this machine: what leaves, what comes, and what is refused."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.voices import SHIPPED
from tests.egress.hub_faults import Drop, Instead, Stall, Status
from tests.egress.hub_server import Hub
from tests.engines.conftest import tiny_gguf
from tests.faces.conftest import Person, Shown

ROOT = Path(__file__).parents[2]
WHISPER = ROOT / "tests" / "engines" / "data" / "tiny_whisper"
TINY, OTHER = tiny_gguf(shape=64 * 1024), tiny_gguf(shape=32 * 1024)
NAME = "some/model/Tiny.gguf"
SPARE = "smollm2-135m-instruct"

only_posix = pytest.mark.skipif(os.name != "posix", reason="signals, limits and terminals of POSIX")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the environment names, with two language models."""
    with Hub({NAME: TINY, "some/other/Other.gguf": OTHER}) as open_hub:
        monkeypatch.setenv("HF_ENDPOINT", open_hub.url)
        yield open_hub


@pytest.fixture
def settled(person: Person) -> Person:
    """A person with a key store."""
    assert person.types("key", "init").code == 0
    return person


def states(person: Person, role: str = "llm") -> dict[str, str]:
    """What `models list` says of each model of a role."""
    rows: list[dict[str, Any]] = person.types("models", "list", "--role", role, "--json").json
    return {row["name"]: row["state"] for row in rows if row["state"] != "available"}


def ledger(person: Person) -> list[dict[str, Any]]:
    """What left, oldest first."""
    lines: list[dict[str, Any]] = person.types("ledger", "list", "--json").json["lines"]
    return lines


def started(person: Person, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """A pull in a process of its own, as a shell starts one."""
    command = [sys.executable, "-m", "privacy_assistant", "--home", str(person.home), "--key-file", str(person.key)]
    return subprocess.Popen(
        [*command, "models", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


def wait_for_part(person: Person, child: subprocess.Popen[bytes], bytes_here: int) -> None:
    """Until so many bytes of a file are on the disk."""
    while child.poll() is None:
        parts = list((person.home / "models" / ".partial").glob("*/*.part"))
        if any(part.stat().st_size >= bytes_here for part in parts):
            return
        try:
            child.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(f"it ended: {child.communicate()[1].decode()}")


# ---------------------------------------------------------------- pull


def test_without_a_yes_and_without_a_terminal_nothing_is_asked_of_anybody(person: Person, hub: Hub) -> None:
    """The plan is shown, the line to type is named, exit 2; not even a key store is made."""
    shown = person.types("models", "pull", NAME)
    assert shown.code == 2
    assert f"{hub.url}/some/model/resolve/main/Tiny.gguf" in shown.err
    assert "size not published" in shown.err
    assert "asks who you are, it is shown your token of the hub, where you keep one" in shown.err
    assert "licence: not known here" in shown.err
    assert f"privacy-assistant models pull {NAME} --yes" in shown.err.splitlines()[-1]
    assert hub.requests == []
    assert list(person.home.iterdir()) == []


def test_a_model_is_fetched_listed_and_written_into_the_ledger(settled: Person, hub: Hub) -> None:
    """Two requests are two lines, without the signature in the query; before and after differ in the list."""
    before = states(settled)
    shown = settled.types("models", "pull", NAME, "--yes", "--json")
    assert (shown.code, before) == (0, {SPARE: "in use"})
    [model] = shown.json["models"]
    assert (model["name"], model["trust"], model["was_here"]) == ("tiny", "hub", False)
    assert model["files"][0]["sha256"] == sha256(TINY).hexdigest()
    assert states(settled) == {"tiny": "in use", SPARE: "spare"}
    lines = ledger(settled)
    assert [line["rule"] for line in lines] == ["models:pull", "models:pull"]
    assert lines[0]["destination"] == f"GET {hub.url}/some/model/resolve/main/Tiny.gguf"
    assert "?" not in "".join(line["destination"] for line in lines)
    assert "1 file" not in shown.err
    assert "Signature" not in shown.err + shown.out


def test_progress_without_a_terminal_is_a_line_for_each_file(settled: Person, hub: Hub) -> None:
    """And nothing of it with --quiet."""
    shown = settled.types("models", "pull", NAME, "--yes")
    assert shown.out == ""
    assert "tiny: Tiny.gguf, 262 kB" in shown.err.splitlines()
    assert "\r" not in shown.err
    assert hub.store_requests
    quiet = settled.types("models", "pull", "some/other/Other.gguf", "--yes", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.parametrize(("switch", "code"), [("--offline", 5), ("--no-cloud", 4)])
def test_where_nothing_may_be_fetched_the_way_by_hand_is_named(
    person: Person, hub: Hub, switch: str, code: int
) -> None:
    """Whatever the address is: nobody is asked, nothing is opened."""
    shown = person.types("models", "pull", NAME, "--yes", switch)
    assert (shown.code, len(shown.err.splitlines())) == (code, 1)
    assert "privacy-assistant models import PATH" in shown.err
    assert hub.requests == []
    assert list(person.home.iterdir()) == []


def test_without_a_key_store_nothing_is_fetched(person: Person, hub: Hub) -> None:
    """There is no ledger to write it into: exit 7 with the ways out."""
    shown = person.types("models", "pull", NAME, "--yes", with_key=False)
    assert shown.code == 7
    assert "key init" in shown.err
    assert hub.requests == []


def test_a_wrong_digest_is_quarantined_and_the_old_one_stays(settled: Person, hub: Hub) -> None:
    """Exit 8, the place is named, nothing is installed."""
    hub.faults[NAME] = Instead(TINY[:-1] + b"\x01")
    shown = settled.types("models", "pull", NAME, "--yes")
    assert shown.code == 8
    [aside] = (settled.home / "models" / ".quarantine").iterdir()
    assert str(aside) in shown.err
    assert states(settled) == {SPARE: "in use"}
    del hub.faults[NAME]
    assert settled.types("models", "pull", NAME, "--yes").code == 0


def test_a_mirror_with_other_bytes_than_the_manifest_says_is_refused(settled: Person, hub: Hub) -> None:
    """The list of an organisation is one more manifest; what it vouches for counts before the hub's own word."""
    manifest = settled.home / "manifest.toml"
    manifest.write_text(
        '[[model]]\nname = "ours"\nrole = "llm"\nlicence = "MIT"\nrepository = "some/model"\n'
        f'[[model.file]]\npath = "Tiny.gguf"\nbytes = {len(TINY)}\nsha256 = "{sha256(TINY).hexdigest()}"\n'
    )
    (settled.home / "config.toml").write_text(f'[models]\nmanifest = "{manifest}"\n')
    hub.files[NAME] = TINY[:-1] + b"\x01"
    shown = settled.types("models", "pull", "ours", "--yes", "--quiet")
    assert (shown.code, len(shown.err.splitlines())) == (8, 1)
    assert hub.store_requests == []
    hub.files[NAME] = TINY
    shown = settled.types("models", "pull", "ours", "--yes")
    assert shown.code == 0
    assert "digest published" in shown.err
    assert "ours is installed: llm, 262 kB, MIT, trust: published" in shown.err
    again = settled.types("models", "pull", "ours", "--yes", "--json")
    assert (again.json["models"][0]["was_here"], len(hub.store_requests)) == (True, 1)


@pytest.mark.parametrize(("status", "word"), [(404, "there is no Tiny.gguf"), (401, "key token set huggingface")])
def test_what_the_hub_refuses_is_one_line(settled: Person, hub: Hub, status: int, word: str) -> None:
    """Exit 5, with what to do; as JSON too."""
    hub.faults[NAME] = Status(status)
    shown = settled.types("models", "pull", NAME, "--yes", "--quiet")
    assert (shown.code, len(shown.err.splitlines())) == (5, 1)
    assert word in shown.err
    error = settled.types("models", "pull", NAME, "--yes", "--json").json["error"]
    assert (error["code"], error["kind"]) == (5, "BackendRefused")


def test_a_gated_model_is_fetched_with_the_sealed_token(settled: Person, hub: Hub) -> None:
    """The hub sees it where it asks for it, and the store never does."""
    hub.gated = frozenset({"some/model"})
    assert settled.types("models", "pull", NAME, "--yes").code == 5
    assert settled.types("key", "token", "set", "huggingface", stdin=hub.token.encode()).code == 0
    asked = len(hub.requests)
    assert settled.types("models", "pull", NAME, "--yes").code == 0
    shown = [request.header("authorization") for request in hub.requests[asked:]]
    assert shown == [None, f"Bearer {hub.token}"] or shown == ["", f"Bearer {hub.token}"]
    assert not any(request.header("authorization") for request in hub.store_requests)
    assert settled.types("models", "pull", "some/other/Other.gguf", "--yes").code == 0
    assert not hub.requests[-1].header("authorization")


def test_the_token_of_the_environment_is_taken_out_of_it(settled: Person, hub: Hub) -> None:
    """And used where the hub asks for one."""
    hub.gated = frozenset({"some/model"})
    shown = settled.starts(
        "--key-file", str(settled.key), "models", "pull", NAME, "--yes", HF_TOKEN=hub.token, HF_ENDPOINT=hub.url
    )
    assert shown.code == 0
    assert hub.token not in shown.err + shown.out
    assert hub.token.encode() not in settled.every_byte()


def test_a_mirror_in_clear_is_refused(settled: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_ENDPOINT is named, since it stands in no file."""
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example")
    shown = settled.types("models", "pull", NAME, "--yes")
    assert (shown.code, len(shown.err.splitlines())) == (1, 1)
    assert "HF_ENDPOINT" in shown.err


# ---------------------------------------------------------------- what breaks off


@only_posix
def test_a_pull_that_was_interrupted_twice_goes_on_to_its_end(settled: Person, hub: Hub) -> None:
    """Ctrl-C is 130 and says what is here; each attempt goes on where the last one was, with a line in the ledger."""
    hub.faults[NAME] = [Stall(100_000), Stall(50_000)]
    for here in (100_000, 150_000):
        child = started(settled, "pull", NAME, "--yes")
        wait_for_part(settled, child, here)
        child.send_signal(2)
        _, err = child.communicate(timeout=60)
        assert child.returncode == 130
        assert "are here; the same command goes on from there" in err.decode()
        assert states(settled) == {SPARE: "in use"}
    shown = settled.types("models", "pull", NAME, "--yes")
    assert (shown.code, states(settled)["tiny"]) == (0, "in use")
    assert [request.header("range") for request in hub.store_requests][1:] == ["bytes=100000-", "bytes=150000-"]
    assert [line["rule"] for line in ledger(settled)] == ["models:pull"] * 6
    assert settled.types("ledger", "verify").code == 0


def test_a_network_that_is_lost_is_told_and_what_came_is_kept(settled: Person, hub: Hub) -> None:
    """Exit 5 after it was tried again, with the same command to go on."""
    hub.faults[NAME] = Drop(1000)
    shown = settled.types("models", "pull", NAME, "--yes")
    assert shown.code == 5
    assert "tried again in" in shown.err
    assert "kB of tiny are here; the same command goes on from there" in shown.err
    del hub.faults[NAME]
    assert settled.types("models", "pull", NAME, "--yes").code == 0


@only_posix
def test_a_kill_in_the_middle_loses_nothing(settled: Person, hub: Hub) -> None:
    """The same command goes on; the lock of the one that was killed holds nobody up."""
    hub.faults[NAME] = [Stall(100_000)]
    child = started(settled, "pull", NAME, "--yes")
    wait_for_part(settled, child, 100_000)
    child.kill()
    child.communicate(timeout=60)
    shown = settled.types("models", "pull", NAME, "--yes")
    assert shown.code == 0
    assert hub.store_requests[-1].header("range") == "bytes=100000-"
    assert settled.types("models", "verify", "tiny").code == 0


@only_posix
def test_two_at_once_of_one_model_do_not_clash_and_two_models_do_not_wait(settled: Person, hub: Hub) -> None:
    """The second one of the same ends with 1 and a line."""
    hub.faults[NAME] = [Stall(100_000)]
    child = started(settled, "pull", NAME, "--yes")
    wait_for_part(settled, child, 100_000)
    second = settled.types("models", "pull", NAME, "--yes", "--quiet")
    assert (second.code, len(second.err.splitlines())) == (1, 1)
    assert "model tiny" in second.err
    assert settled.types("models", "pull", "some/other/Other.gguf", "--yes").code == 0
    child.send_signal(2)
    child.communicate(timeout=60)
    assert child.returncode == 130


@only_posix
def test_a_full_disk_is_a_line_and_what_came_stays(settled: Person, hub: Hub) -> None:
    """The limit of the system on the size of files plays the disk."""
    large = tiny_gguf(shape=1024 * 1024)
    hub.files["some/large/Large.gguf"] = large
    command = [sys.executable, "-m", "privacy_assistant", "--home", str(settled.home), "--key-file", str(settled.key)]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 4096; exec "$@"', "sh", *command, "models", "pull", "some/large/Large.gguf", "--yes"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr.decode()
    assert "are here" in done.stderr.decode()
    assert states(settled) == {SPARE: "in use"}
    assert settled.types("models", "pull", "some/large/Large.gguf", "--yes").code == 0
    assert settled.types("models", "verify", "large").code == 0


# ---------------------------------------------------------------- at a terminal


@only_posix
@pytest.mark.parametrize(("answer", "is_fetched"), [("y", True), ("n", False), ("\x03", False)])
def test_at_a_terminal_it_is_asked(settled: Person, hub: Hub, answer: str, is_fetched: bool) -> None:
    """After all that is agreed to was shown; anything but yes fetches nothing."""
    seen, code = at_a_terminal(settled, ["models", "pull", NAME], "Fetch?", answer)
    assert seen.index("Tiny.gguf") < seen.index("Fetch?")
    assert code == (130 if answer == "\x03" else 0)
    assert bool(hub.requests) is is_fetched
    assert ("tiny" in states(settled)) is is_fetched
    assert ("100% of 262 kB" in seen) is is_fetched


def at_a_terminal(person: Person, arguments: list[str], prompt: str, answer: str) -> tuple[str, int]:
    """Type one answer at a prompt; all that was on the screen, and the exit code."""
    mine, terminal = pty.openpty()
    command = [sys.executable, "-m", "privacy_assistant", "--home", str(person.home), "--key-file", str(person.key)]
    child = subprocess.Popen(
        ["setsid", "--ctty", *command, *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    seen = b""
    while prompt.encode() not in seen:
        assert select.select([mine], [], [], 60)[0], f"no {prompt} after: {seen.decode(errors='replace')}"
        seen += os.read(mine, 4096)
    typed = f"{answer}\n".encode() if answer.isprintable() else answer.encode()
    os.write(mine, typed)
    try:
        while True:
            # A signal that comes just before the prompt begins to read is seen when the next key is pressed.
            if not select.select([mine], [], [], 2)[0] and not answer.isprintable():
                os.write(mine, typed)
                continue
            piece = os.read(mine, 4096)
            if not piece:
                break
            seen += piece
    except OSError:
        pass  # the other side was closed
    os.close(mine)
    return seen.decode(), child.wait(60)


# ---------------------------------------------------------------- the real engines


def test_the_model_that_was_fetched_answers_and_a_changed_one_does_not(settled: Person, hub: Hub) -> None:
    """Its name is on the answer; after a change of one bit the spare one stands in, `verify` says 8, and nothing is
    fetched for it."""
    hub.files[NAME] = find_llm().path
    assert settled.types("models", "pull", NAME, "--yes").code == 0
    answered = settled.types("ask", "Say yes.", "--json")
    assert (answered.code, answered.json["model"]) == (0, "tiny")
    [file] = (settled.home / "models" / "llm").rglob("*.gguf")
    with file.open("r+b") as opened:
        opened.seek(-1, os.SEEK_END)
        last = opened.read(1)
        opened.seek(-1, os.SEEK_END)
        opened.write(bytes([last[0] ^ 1]))
    asked = len(hub.requests)
    verified = settled.types("models", "verify", "--json")
    assert verified.code == 8
    assert {row["name"]: row["state"] for row in verified.json} == {"tiny": "changed", SPARE: "ok"}
    assert str(file) in settled.types("models", "verify", "tiny").out
    answered = settled.types("ask", "Say yes.", "--json")
    assert (answered.code, answered.json["model"]) == (0, SPARE)
    assert len(hub.requests) == asked


def test_an_ear_and_a_voice_that_were_fetched_work(settled: Person, hub: Hub, tmp_path: Path) -> None:
    """A recogniser of several files, and a voice with its description, lie where the engines find them."""
    for file in WHISPER.iterdir():
        hub.files[f"some/ear/{file.name}"] = file.read_bytes()
    for file in (SHIPPED, SHIPPED.with_name(f"{SHIPPED.name}.json")):
        hub.files[f"some/voices/en/en_US/{file.name}"] = file.read_bytes()
    ear = settled.types("models", "pull", "some/ear", "--role", "stt", "--yes", "--json")
    assert ear.code == 0
    names = {file["path"].rpartition("/")[2] for file in ear.json["models"][0]["files"]}
    assert names == {"model.bin", "config.json", "tokenizer.json", "vocabulary.json", "preprocessor_config.json"}
    path = f"some/voices/en/en_US/{SHIPPED.name}"
    assert settled.types("models", "pull", path, "--role", "tts", "--yes", "--language", "en").code == 0
    assert states(settled, "stt") == {"ear": "in use", "pocketsphinx": "spare"}
    assert states(settled, "tts") == {"en_us-robot-low": "in use", "en_US-robot-low": "spare"}
    wav = tmp_path / "said.wav"
    assert settled.types("say", "What time is it?", "-o", str(wav)).code == 0
    heard = settled.types("transcribe", str(wav), "--json")
    assert heard.code == 0
    assert "whisper" in heard.json["model"].lower() or "ear" in heard.json["model"]


# ---------------------------------------------------------------- by hand


def test_a_model_is_taken_along_and_brought_where_no_network_exists(settled: Person, hub: Hub, tmp_path: Path) -> None:
    """Export here, import in a namespace with nothing but loopback, without any key store."""
    assert settled.types("models", "pull", NAME, "--yes").code == 0
    stick = tmp_path / "stick"
    exported = settled.types("models", "export", "--all", str(stick))
    assert exported.code == 0
    assert "tiny is written" in exported.err
    other = tmp_path / "other"
    asked = len(hub.requests)
    done = subprocess.run(
        [
            *(str(ROOT / ".ci" / "without-network"), "--if-possible", sys.executable, "-m", "privacy_assistant"),
            *("--home", str(other), "models", "import", str(stick), "--json"),
        ],
        cwd=ROOT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    [model] = json.loads(done.stdout)["models"]
    assert (model["name"], model["trust"]) == ("tiny", "imported")
    assert sorted(path.name for path in other.iterdir()) == ["models"]
    assert len(hub.requests) == asked
    again = settled.types("--home", str(other), "models", "import", str(stick), "--offline", "--no-cloud")
    assert (again.code, again.err) == (0, "tiny is here already, whole\n")


@only_posix
def test_an_import_that_is_killed_leaves_nothing_installed(settled: Person, tmp_path: Path) -> None:
    """What it had copied is thrown away with what broke off, and the same command does it all."""
    large = tmp_path / "large.gguf"
    large.write_bytes(tiny_gguf(shape=8 * 1024 * 1024))
    child = started(settled, "import", str(large))
    copies = settled.home / "models" / ".partial"
    while child.poll() is None and not any(one.stat().st_size for one in copies.glob(".import-*/*.gguf")):
        continue
    child.kill()
    child.communicate(timeout=60)
    assert child.returncode == -9
    assert states(settled) == {SPARE: "in use"}
    assert settled.types("models", "remove", "--partial", "--yes", "--json").json["bytes"] > 0
    assert not any(copies.glob(".import-*"))
    assert settled.types("models", "import", str(large)).code == 0
    assert states(settled)["large"] == "in use"


def test_a_changed_stick_and_a_file_that_is_no_model_are_refused(settled: Person, tmp_path: Path) -> None:
    """8 for what is broken, 2 for what is none; a line each."""
    (tmp_path / "cut.gguf").write_bytes(TINY[:-1000])
    (tmp_path / "photo.jpg").write_bytes(b"x")
    for name, code in (("cut.gguf", 8), ("photo.jpg", 2), ("missing", 2)):
        shown = settled.types("models", "import", str(tmp_path / name), "--quiet")
        assert (shown.code, len(shown.err.splitlines())) == (code, 1), name


def test_a_model_is_chosen_and_removed(settled: Person, hub: Hub) -> None:
    """`use` writes the setting, `remove` takes it out with the model, and says first what works then."""
    for name in (NAME, "some/other/Other.gguf"):
        assert settled.types("models", "pull", name, "--yes").code == 0
    assert states(settled) == {"other": "in use", "tiny": "installed", SPARE: "spare"}
    used = settled.types("models", "use", "tiny")
    assert (used.code, used.err) == (0, "tiny works for llm now: set in config.toml\n")
    assert 'llm = "tiny"' in (settled.home / "config.toml").read_text()
    refused = settled.types("models", "remove", "tiny")
    assert refused.code == 2
    assert "then other works for llm" in refused.err
    removed = settled.types("models", "remove", "tiny", "--yes")
    assert (removed.code, states(settled)) == (0, {"other": "in use", SPARE: "spare"})
    assert "tiny" not in (settled.home / "config.toml").read_text()
    assert settled.types("models", "use", "default", "--role", "llm", "--json").json["name"] == "other"
    assert hub.requests


def test_what_broke_off_can_be_thrown_away(settled: Person, hub: Hub) -> None:
    """It is counted first."""
    hub.faults[NAME] = Instead(OTHER)
    assert settled.types("models", "pull", NAME, "--yes").code != 0
    part = settled.home / "models" / ".partial" / "far" / "x.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(1000))
    assert settled.types("models", "remove", "--partial").code == 2
    cleared = settled.types("models", "remove", "--partial", "--yes", "--json").json
    assert "far" in cleared["removed"]
    assert not part.exists()
    assert settled.types("models", "remove").code == 2


# ---------------------------------------------------------------- the list


def test_the_list_is_lines_for_people_and_rows_for_programs(person: Person) -> None:
    """Without a key store, without a network, and in a home where nothing is."""
    shown = person.types("models", "list", with_key=False)
    assert (shown.code, shown.err) == (0, "")
    heads = [line for line in shown.out.splitlines() if not line.startswith(" ")]
    assert [head.partition(":")[0] for head in heads] == ["stt", "llm", "tts", "turn", "wake", "pii"]
    assert re.search(rf"in use +{SPARE} +98 MB +Apache-2.0", shown.out)
    rows = person.types("models", "list", "--json", "--all").json
    needed = {"role", "name", "state", "bytes", "licence", "languages", "trust", "source", "for_gb"}
    assert all(needed <= row.keys() for row in rows)
    assert any(row["state"] == "available" and row["says"].startswith("privacy-assistant models pull ") for row in rows)
    assert list(person.home.iterdir()) == []


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(person: Person) -> None:
    """`use` knows what is here, and how what is not is got."""
    shown = person.types("models", "use", "smollm2-135m-instrukt")
    assert (shown.code, "is it smollm2-135m-instruct?" in shown.err) == (2, True)
    assert "models pull whisper-small.en" in person.types("models", "use", "whisper-small.en").err
    assert "is it" not in person.types("models", "use", "quenby").err


def test_a_damaged_lock_file_is_a_line_with_a_remedy(person: Person) -> None:
    """It is not taken for an empty one."""
    (person.home / "models").mkdir()
    (person.home / "models" / "lock.json").write_text("{")
    shown: Shown = person.types("models", "list")
    assert (shown.code, len(shown.err.splitlines())) == (1, 1)
    assert "models pull" in shown.err
