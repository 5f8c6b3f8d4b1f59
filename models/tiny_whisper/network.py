"""Whisper's layers, small: 2 + 2 of them, 96 numbers wide."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, LAYERS = 96, 3, 2
POSITIONS = 1500
"""Of the encoder: 30 seconds, 20 ms each."""
_DECODED = 448
_PADS = 24


class Attention(nn.Module):
    """Of a sequence to itself, or to what was heard."""

    def __init__(self, *, is_cross: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.is_cross = is_cross
        if is_cross:
            self.query, self.memory = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2 * WIDTH)
        else:
            self.all = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(
        self, x: Tensor, memory: Tensor | None, bias: Tensor | None, *, is_causal: bool
    ) -> tuple[Tensor, Tensor | None]:
        """What was looked at, and how much the first head looked where, if this is across."""
        normed = self.norm(x)
        if memory is None:
            parts = self.all(normed).chunk(3, -1)
        else:
            parts = (self.query(normed), *self.memory(memory).chunk(2, -1))
        query, key, value = (part.view(part.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2) for part in parts)
        made = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, is_causal=is_causal)
        looked = None
        if self.is_cross:
            scores = query[:, 0] @ key[:, 0].transpose(1, 2) / math.sqrt(WIDTH // HEADS)
            looked = (scores if bias is None else scores + bias[0]).softmax(-1)
        out: Tensor = self.out(made.transpose(1, 2).reshape(x.shape))
        return out, looked


class Layer(nn.Module):
    """One layer of either half."""

    def __init__(self, *, is_decoder: bool) -> None:
        super().__init__()
        self.own = Attention(is_cross=False)
        self.cross = Attention(is_cross=True) if is_decoder else None
        self.feed = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(
        self, x: Tensor, memory: Tensor | None = None, bias: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Its output, and where its first cross head looked."""
        is_decoder, looked = self.cross is not None, None
        x = x + self.own(x, None, None if is_decoder else bias, is_causal=is_decoder)[0]
        if self.cross is not None:
            seen, looked = self.cross(x, memory, bias, is_causal=False)
            x = x + seen
        return x + self.feed(x), looked


def _waves(many: int) -> Tensor:
    step = torch.exp(-math.log(10000) / (WIDTH // 2 - 1) * torch.arange(WIDTH // 2))
    turned = torch.arange(many)[:, None] * step
    return torch.cat([turned.sin(), turned.cos()], 1)


class TinyWhisper(nn.Module):
    """The network, with a second reader of the encoder (CTC) that only trains it and is not exported."""

    waves: Tensor

    def __init__(self, tokens: int, words: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(80, WIDTH, 3, padding=1)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.register_buffer("waves", _waves(POSITIONS))
        self.encoder = nn.ModuleList(Layer(is_decoder=False) for _ in range(LAYERS))
        self.encoded = nn.LayerNorm(WIDTH)
        self.tokens = nn.Embedding(tokens, WIDTH)
        nn.init.normal_(self.tokens.weight, std=WIDTH**-0.5)
        self.places = nn.Parameter(torch.randn(_DECODED, WIDTH) * 0.02)
        self.decoder = nn.ModuleList(Layer(is_decoder=True) for _ in range(LAYERS))
        self.decoded = nn.LayerNorm(WIDTH)
        self.spelled = nn.Linear(WIDTH, words + 1)
        self._look_nearby()

    @torch.no_grad()
    def _look_nearby(self) -> None:
        """Start the encoder's attention as a local filter: head h looks so many positions aside.

        Queries and keys read the fast waves of the positions. Plain random attention spends most of a short training
        on finding this out.
        """
        each = WIDTH // HEADS
        half, turn = each // 2, torch.exp(-math.log(10000) / (WIDTH // 2 - 1) * torch.arange(each // 2))
        at = torch.arange(half)
        strength = 1.6
        for layer, offsets in zip(self.encoder, [(-2, 0, 2), (-5, 0, 5), (-9, 0, 9)], strict=False):
            assert isinstance(layer, Layer)
            weight = layer.own.all.weight
            weight[: 2 * WIDTH] *= 0.5
            for head, offset in enumerate(offsets):
                query, key = head * each + at, WIDTH + head * each + at
                cos, sin = torch.cos(turn * offset) * strength, torch.sin(turn * offset) * strength
                weight[query, at] += strength
                weight[query + half, WIDTH // 2 + at] += strength
                weight[key, at] += cos
                weight[key, WIDTH // 2 + at] -= sin
                weight[key + half, WIDTH // 2 + at] += cos
                weight[key + half, at] += sin

    def encode(self, features: Tensor) -> tuple[Tensor, Tensor, int]:
        """What was heard, a bias for attention to it, and how many positions are no padding.

        `features` is (clips, 80, hundredths), padded with zeros as faster_whisper pads. The positions behind, up to
        30 seconds, all hold one value: a few of them are drawn and weighted with the logarithm of how many they stand
        for, which is the 30-second window at the price of a short one.
        """
        x = functional.gelu(self.second(functional.gelu(self.first(features)))).transpose(1, 2)
        heard = x.shape[1] - 1
        pads = torch.randint(heard, POSITIONS, (_PADS,))
        x = torch.cat([x[:, :heard] + self.waves[:heard], x[:, heard - 1 : heard] + self.waves[pads]], 1)
        bias = torch.zeros(1, 1, 1, heard + _PADS)
        bias[..., heard:] = math.log((POSITIONS - heard) / _PADS)
        for layer in self.encoder:
            x, _ = layer(x, None, bias)
        return self.encoded(x), bias, heard

    def forward(self, features: Tensor, given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of the next token, scores of words by position, and where the last layer's first head looked."""
        memory, bias, heard = self.encode(features)
        x = self.tokens(given) + self.places[: given.shape[1]]
        looked: Tensor | None = None
        for layer in self.decoder:
            x, looked = layer(x, memory, bias)
        assert looked is not None
        return self.decoded(x) @ self.tokens.weight.T, self.spelled(memory[:, :heard]), looked
