"""The lock file: what is written is read again, and whatever else stands there is one clear error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.model_card import MAKER_OF, ModelRole, is_safe_path
from privacy_assistant.core.model_lock import Installed, Lock, LockedFile, Trust, dump_lock, is_folder_of, parse_lock
from privacy_assistant.errors import SettingsError

NAMES = st.text("abz09-_", max_size=6).map(lambda text: f"m{text}")
FILE_NAMES = st.text("aZ09-_+", max_size=6).map(lambda text: f"f{text}.json")
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=8)


@st.composite
def entries(draw: st.DrawFn) -> Installed:
    """Any entry that could be written."""
    role, name = draw(st.sampled_from(ModelRole)), draw(NAMES)
    names = draw(st.lists(FILE_NAMES, min_size=1, max_size=3, unique_by=str.casefold))
    files = [
        LockedFile(f"{role}/{name}/{file}", draw(st.integers(0, 2**43)), draw(DIGESTS), draw(WORDS)) for file in names
    ]
    return Installed(
        name=name,
        role=role,
        maker=MAKER_OF[role],
        files=tuple(files),
        trust=draw(st.sampled_from(Trust)),
        licence=draw(WORDS),
        languages=tuple(draw(st.lists(st.sampled_from(["*", "en", "de-AT"]), max_size=3))),
        source=draw(WORDS),
        revision=draw(WORDS),
        installed=draw(WORDS),
        context_tokens=draw(st.integers(0, 10_000_000)),
    )


LOCKS = st.lists(entries(), max_size=4, unique_by=lambda model: model.name).map(
    lambda models: Lock(tuple(sorted(models, key=lambda model: model.name)))
)

SMALL = Installed(
    "small",
    ModelRole.LLM,
    MAKER_OF[ModelRole.LLM],
    (LockedFile("llm/small/small.gguf", 10, "a" * 64, "https://hub.example/small.gguf"),),
    Trust.PUBLISHED,
    "MIT",
    ("en",),
)


@given(LOCKS)
def test_what_is_written_is_read_again(lock: Lock) -> None:
    """The same, to the last field; as text and as bytes."""
    text = dump_lock(lock)
    assert parse_lock(text, "lock.json") == lock
    assert parse_lock(text.encode(), "lock.json") == lock


@given(LOCKS, entries())
def test_one_model_comes_and_goes_and_the_others_stay(lock: Lock, model: Installed) -> None:
    """Each name once, in order."""
    more = lock.with_model(model)
    assert more.get(model.name) == model
    assert [one.name for one in more.models] == sorted({*(one.name for one in lock.models), model.name})
    assert more.without(model.name) == lock.without(model.name)
    assert more.of_role(model.role)


def test_what_an_entry_says_of_itself() -> None:
    """Its bytes, its folder, its languages."""
    assert (SMALL.bytes, SMALL.folder, SMALL.files[0].name) == (10, "llm/small", "small.gguf")
    assert SMALL.speaks("en-GB")
    assert not SMALL.speaks("de")


def written(**changes: Any) -> str:
    """The lock of SMALL with some values replaced; those of its file begin with `file_`."""
    row = json.loads(dump_lock(Lock((SMALL,))))
    for key, value in changes.items():
        if key.startswith("file_"):
            row["models"][0]["files"][0][key.removeprefix("file_")] = value
        else:
            row["models"][0][key] = value
    return json.dumps(row)


def test_unchanged_it_is_read() -> None:
    """What the broken ones below are made from is right."""
    assert parse_lock(written(), "lock.json") == Lock((SMALL,))


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../x",
            "/etc/passwd",
            "llm/small/../../x",
            "llm/small/..",
            "llm/small/",
            "llm/small",
            "small.gguf",
            "",
            "llm",
        ),
        *("llm/small+/x", "llm/small+1234567/x", "llm/small+1234567g/x", "llm/small+12345678+/x", "llm/s+12345678/x"),
        *("llm/other/small.gguf", "stt/small/small.gguf", "llm/small/deep/x.gguf", "llm//small/x", "LLM/small/x"),
        *(
            "C:/small/x",
            "llm\\small\\x",
            "llm/small/nul",
            "llm/small/a\0b",
            "llm/small/.x",
            "llm/small/x\u202e",
            "llm/small/x ",
        ),
    ],
)
def test_no_path_leads_out_of_its_models_folder(path: str) -> None:
    """Neither up nor to another model, a drive or a device: what is removed with a model is its own."""
    with pytest.raises(SettingsError, match="damaged at model 1"):
        parse_lock(written(file_path=path), "lock.json")


def test_an_update_may_lie_beside_what_it_replaces() -> None:
    """In a folder that is the model's own too."""
    (model,) = parse_lock(written(file_path="llm/small+12ab34cd/small.gguf"), "lock.json").models
    assert model.folder == "llm/small+12ab34cd"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../x"},
        {"name": "Small"},
        {"name": ""},
        {"name": None},
        {"role": "cook"},
        {"role": []},
        {"maker": "piper"},
        {"maker": {}},
        {"trust": "surely"},
        {"files": []},
        {"files": "xyz"},
        {"files": {}},
        {"files": None},
        {"languages": "en"},
        {"languages": {"en": 1}},
        {"languages": [1]},
        {"languages": ["x" * 21]},
        {"languages": ["en"] * 1001},
        {"licence": "a\nb"},
        {"licence": "\x1b[31m"},
        {"licence": "x" * 201},
        {"source": 3},
        {"installed": "\ud800"},
        {"context_tokens": -1},
        {"context_tokens": True},
        {"context_tokens": 1.5},
        {"context_tokens": "1"},
        {"file_bytes": -1},
        {"file_bytes": 2**43 + 1},
        {"file_bytes": True},
        {"file_bytes": None},
        {"file_sha256": "A" * 64},
        {"file_sha256": "a" * 63},
        {"file_sha256": "a" * 63 + "\n"},
        {"file_sha256": 0},
        {"file_url": "x" * 1001},
        {"file_url": None},
    ],
)
def test_a_value_that_cannot_be_is_damage(changes: dict[str, Any]) -> None:
    """Told with the number of the model, and with no value of it."""
    with pytest.raises(SettingsError) as caught:
        parse_lock(written(**changes), "lock.json")
    assert caught.value.message == "lock.json is damaged at model 1"
    assert "models pull" in caught.value.hint


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        (b"\xff\xfe\xfa", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no list"),
        ("{}", "no list"),
        ('{"version": 1, "models": {}}', "no list"),
        ('{"version": 1, "models": [3]}', "damaged at model 1"),
        ('{"version": 1, "models": [null]}', "damaged at model 1"),
        ('{"version": 1, "models": [[]]}', "damaged at model 1"),
        ('{"version": 1, "models": [' + "9" * 5000 + "]}", "no JSON"),
        ('{"version": 1, "models": [' + "0," * 10_000 + "0]}", "too long"),
        (" " * (8 * 1024 * 1024 + 1), "too long"),
    ],
)
def test_a_file_that_is_no_lock_is_one_line(raw: str | bytes, says: str) -> None:
    """Empty, cut, binary, nested without end, another shape, a number of thousands of digits, far too long."""
    with pytest.raises(SettingsError, match=says) as caught:
        parse_lock(raw, "lock.json")
    assert caught.value.key == ""


@pytest.mark.parametrize("version", [0, 2, True, "1", None, [1]])
def test_a_file_of_another_version_is_told_apart(version: Any) -> None:
    """It is whole, so it must not be thrown away as damaged."""
    with pytest.raises(SettingsError) as caught:
        parse_lock(json.dumps({"version": version, "models": []}), "lock.json")
    assert caught.value.key == "version"


def test_a_name_stands_for_one_model() -> None:
    """Whatever its role; and one file stands once in it, however it is written."""
    row = json.loads(written())["models"][0]
    with pytest.raises(SettingsError, match="twice"):
        parse_lock(json.dumps({"version": 1, "models": [row, row]}), "lock.json")
    row["files"].append({**row["files"][0], "path": "llm/small/SMALL.gguf"})
    with pytest.raises(SettingsError, match="damaged"):
        parse_lock(json.dumps({"version": 1, "models": [row]}), "lock.json")


def safe(lock: Lock) -> None:
    """What holds for every lock that is accepted."""
    assert len({model.name for model in lock.models}) == len(lock.models)
    for model in lock.models:
        assert is_safe_path(model.folder)
        assert is_folder_of(model.folder, model.role, model.name)
        assert model.folder.partition("+")[0] == f"{model.role}/{model.name}"
        assert all(is_safe_path(file.path) and len(file.sha256) == 64 for file in model.files)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("../x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=200) | st.text(max_size=200) | JSON.map(json.dumps))
def test_any_text_is_a_lock_or_a_settings_error(raw: str | bytes) -> None:
    """And nothing else."""
    try:
        safe(parse_lock(raw, "lock.json"))
    except SettingsError as error:
        assert "\n" not in error.message  # noqa: PT017 - either outcome is right, this one has a shape


@given(LOCKS.filter(lambda lock: bool(lock.models)), st.data())
def test_a_lock_with_a_value_replaced_is_safe_or_a_settings_error(lock: Lock, data: st.DataObject) -> None:
    """Any value anywhere in it, taken out or replaced by anything."""
    root = json.loads(dump_lock(lock))
    model = data.draw(st.sampled_from(root["models"]))
    place = data.draw(st.sampled_from([root, model, *model["files"]]))
    key = data.draw(st.sampled_from(sorted(place)))
    if data.draw(st.booleans()):
        del place[key]
    else:
        place[key] = data.draw(JSON)
    try:
        safe(parse_lock(json.dumps(root), "lock.json"))
    except SettingsError as error:
        assert "../x" not in error.message  # noqa: PT017 - either outcome is right, this one has a shape


@given(st.data())
def test_a_lock_with_bytes_changed_is_safe_or_a_settings_error(data: st.DataObject) -> None:
    """As a bad disk changes them."""
    raw = bytearray(dump_lock(Lock((SMALL,))).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    try:
        safe(parse_lock(bytes(raw[:cut]), "lock.json"))
    except SettingsError as error:
        assert error.file == "lock.json"  # noqa: PT017 - either outcome is right, this one has a shape
