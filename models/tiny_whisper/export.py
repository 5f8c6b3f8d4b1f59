"""Write trained weights as faster_whisper loads them; CTranslate2's description is filled directly, in 8 bits."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from ctranslate2.specs import common_spec, whisper_spec
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.tiny_whisper.network import HEADS, LAYERS, Attention, Layer, TinyWhisper
from models.tiny_whisper.vocabulary import END, LONE_SPACE, START, number_of

DIGESTS = "SHA256SUMS"
_FEATURES = {
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "chunk_length": 30,
    "sampling_rate": 16000,
    "n_samples": 480000,
    "nb_max_frames": 3000,
}


def _numbers(tensor: Tensor) -> npt.NDArray[np.float32]:
    return tensor.detach().numpy().astype(np.float32)


def _linear(spec: common_spec.LinearSpec, layer: nn.Linear | nn.Conv1d) -> None:
    assert layer.bias is not None
    spec.weight, spec.bias = _numbers(layer.weight), _numbers(layer.bias)


def _norm(spec: common_spec.LayerNormSpec, layer: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _numbers(layer.weight), _numbers(layer.bias)


def _attention(spec: object, layer: Attention) -> None:
    _norm(spec.layer_norm, layer.norm)  # type: ignore[attr-defined]
    parts = [layer.query, layer.memory, layer.out] if layer.is_cross else [layer.all, layer.out]
    for target, part in zip(spec.linear, parts, strict=True):  # type: ignore[attr-defined]
        _linear(target, part)


def _feed(spec: object, layers: nn.Sequential) -> None:
    norm, inner, _, outer = layers
    _norm(spec.layer_norm, norm)  # type: ignore[attr-defined,arg-type]
    _linear(spec.linear_0, inner)  # type: ignore[attr-defined,arg-type]
    _linear(spec.linear_1, outer)  # type: ignore[attr-defined,arg-type]


@torch.no_grad()
def export(network: TinyWhisper, tokenizer: Tokenizer, folder: Path) -> None:
    """Write the model, its vocabulary and settings, and the digests of all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    _linear(encoder.conv1, network.first)
    _linear(encoder.conv2, network.second)
    encoder.position_encodings.encodings = _numbers(network.waves)
    _norm(encoder.layer_norm, network.encoded)
    for target, layer in zip(encoder.layer, network.encoder, strict=True):
        assert isinstance(layer, Layer)
        _attention(target.self_attention, layer.own)
        _feed(target.ffn, layer.feed)
    decoder.embeddings.weight = _numbers(network.tokens.weight)
    decoder.projection.weight = decoder.embeddings.weight
    decoder.position_encodings.encodings = _numbers(network.places)
    _norm(decoder.layer_norm, network.decoded)
    for target, layer in zip(decoder.layer, network.decoder, strict=True):
        assert isinstance(layer, Layer)
        assert layer.cross is not None
        _attention(target.self_attention, layer.own)
        _attention(target.attention, layer.cross)
        _feed(target.ffn, layer.feed)
    tokens = tokenizer.get_vocab_size()
    spec.register_vocabulary([tokenizer.id_to_token(number) for number in range(tokens)])
    start = number_of(tokenizer, START)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [number_of(tokenizer, LONE_SPACE), number_of(tokenizer, END)]
    spec.config.lang_ids = list(range(start + 1, start + 100))
    spec.config.alignment_heads = [(LAYERS - 1, 0)]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "preprocessor_config.json").write_text(json.dumps(_FEATURES) + "\n", encoding="utf-8")
    write_digests(folder)


def write_digests(folder: Path) -> None:
    """One line a file, as sha256sum writes and checks it."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name not in (DIGESTS, "README.md"))
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / DIGESTS).write_text("".join(lines), encoding="utf-8")
