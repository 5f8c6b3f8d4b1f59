"""The network: three convolutions over the last 1.6 s, the figures of the whole turn beside them, one chance."""

from __future__ import annotations

import torch
from torch import nn

from privacy_assistant.engines.turn_small.features import CHANNELS, GLOBALS

WIDTH = 24


class Network(nn.Module):
    """About 10,000 weights; there are too few people in the data for more."""

    def __init__(self, means: torch.Tensor, spreads: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("means", means)
        self.register_buffer("spreads", spreads)
        self.first = nn.Conv1d(CHANNELS, WIDTH, 5, stride=2)
        self.second = nn.Conv1d(WIDTH, WIDTH, 5, stride=2)
        self.third = nn.Conv1d(WIDTH, WIDTH, 5, stride=2)
        self.straight = nn.Linear(GLOBALS, 1)
        self.hidden = nn.Linear(2 * WIDTH + GLOBALS, 24)
        self.out = nn.Linear(24, 1)
        self.drop = nn.Dropout(0.3)

    def forward(self, frames: torch.Tensor, figures: torch.Tensor) -> torch.Tensor:
        """(n, CHANNELS, STEPS) and (n, GLOBALS) to the logit of "they are done"."""
        seen = torch.relu(self.first(frames))
        seen = torch.relu(self.second(seen))
        seen = torch.relu(self.third(seen))
        known = ((figures - self.means) / self.spreads).clamp(-4, 4)
        both = torch.cat([seen[:, :, -4:].mean(2), seen.mean(2), known], dim=1)
        return (self.out(self.drop(torch.relu(self.hidden(self.drop(both))))) + self.straight(known)).squeeze(1)
