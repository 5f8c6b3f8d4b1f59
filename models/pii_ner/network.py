"""The network: hashed word and n-gram embeddings, what the lists know, two bidirectional GRU layers, nine classes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from privacy_assistant.engines.pii_ner import features
from privacy_assistant.engines.pii_ner.tags import TAGS

WORD_DIM, GRAM_DIM, LIST_DIM, FORM_DIM, INNER, HIDDEN = 48, 64, 16, 12, 128, 128


class Tagger(nn.Module):
    """(batch, words) inputs → (batch, words, classes) logits."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(features.WORD_BUCKETS, WORD_DIM, padding_idx=0)
        self.gram = nn.EmbeddingBag(features.GRAM_BUCKETS, GRAM_DIM, padding_idx=0, mode="sum")
        self.listed = nn.Embedding(256, LIST_DIM)
        self.form = nn.Embedding(features.FORMS, FORM_DIM)
        for table, size in ((self.word, 0.3), (self.gram, 0.15), (self.listed, 0.3), (self.form, 0.3)):
            nn.init.normal_(table.weight, std=size)
        with torch.no_grad():
            self.word.weight[0] = 0
            self.gram.weight[0] = 0
        self.inner = nn.Linear(WORD_DIM + GRAM_DIM + LIST_DIM + FORM_DIM, INNER)
        self.first = nn.GRU(INNER, HIDDEN, batch_first=True, bidirectional=True)
        self.second = nn.GRU(2 * HIDDEN, HIDDEN, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * HIDDEN + INNER, len(TAGS))
        self.drop = nn.Dropout(0.25)

    def forward(
        self, word: Tensor, listed: Tensor, form: Tensor, grams: Tensor, which: Tensor, *, word_dropout: float = 0.0
    ) -> Tensor:
        """`grams` (different words, GRAMS) are those of the words of a batch, `which` (batch, words) says whose.

        In training some whole-word buckets are hidden (`word_dropout`).
        """
        if self.training and word_dropout:
            word = word * (torch.rand(word.shape) >= word_dropout)
        count = (grams > 0).sum(dim=1, keepdim=True).clamp(min=1)
        look = (self.gram(grams) / torch.sqrt(count.to(torch.float32)))[which]
        parts = torch.cat([self.word(word), look, self.listed(listed), self.form(form)], dim=2)
        inner = torch.relu(self.inner(self.drop(parts)))
        first, _ = self.first(self.drop(inner))
        second, _ = self.second(self.drop(first))
        logits: Tensor = self.out(self.drop(torch.cat([first + second, inner], dim=2)))
        return logits
