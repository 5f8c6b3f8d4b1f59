"""The snapshots of every template: `python -m tests.egress.dialects.snapshots` writes them anew."""

from __future__ import annotations

import json
from typing import Any

from privacy_assistant.core.policy_terms import Api, BackendKind
from privacy_assistant.egress.dialects import dialect_for
from tests.architecture.reading import ROOT
from tests.egress.dialects.parcels import KINDS, backend, cases

FOLDER = ROOT / "tests" / "vectors" / "dialects"
MODELS = ("gpt-4.1", "gpt-5.6-sol")


def bodies(kind: BackendKind, api: Api) -> dict[str, dict[str, Any]]:
    """Every body of the snapshots of one kind of back end at one interface, by model and case."""
    models = ("qwen3",) if kind is BackendKind.OPENAI_COMPATIBLE else MODELS
    return {
        f"{model}: {name}": dialect_for(backend(kind, api, model)).encode(parcel)
        for model in models
        for name, parcel in cases(model).items()
    }


def render(kind: BackendKind, api: Api) -> str:
    """The file of one snapshot."""
    return json.dumps(bodies(kind, api), ensure_ascii=False, indent=1) + "\n"


def name(kind: BackendKind, api: Api) -> str:
    """The name of its file."""
    return f"{kind.value}_{api.value}.json"


if __name__ == "__main__":
    for kind in KINDS:
        for api in Api:
            (FOLDER / name(kind, api)).write_text(render(kind, api), encoding="utf-8")
