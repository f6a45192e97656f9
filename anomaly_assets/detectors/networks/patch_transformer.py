"""PatchTST: a transformer over patches of one channel's history, the same weights for every channel."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Self-attention over patches, then a feed-forward layer; each normalises first and adds to its input."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before_attention, self.before_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attend, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(rows, patches, width) -> the same."""
        x = x + self._drop(self._attention(self.before_attention(x)))
        return x + self._drop(self.feed(self.before_feed(x)))

    def _attention(self, x: Tensor) -> Tensor:
        rows, patches, width = x.shape
        split = self.attend(x).view(rows, patches, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (rows, heads, patches, width / heads)
        mixed = functional.scaled_dot_product_attention(query, key, value)  # (rows, heads, patches, width / heads)
        return self.merge(mixed.transpose(1, 2).reshape(rows, patches, width))

    def _drop(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


class PatchTransformer(nn.Module):
    """Guesses the last ``horizon`` steps of every channel from the steps before them, and from no other channel."""

    def __init__(
        self,
        *,
        steps: int,
        horizon: int,
        patch: int,
        stride: int,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        revin: bool,
    ) -> None:
        super().__init__()
        self.horizon, self.patch, self.stride, self.revin = horizon, patch, stride, revin
        patches = (steps - horizon - patch) // stride + 1
        self.oldest = steps - horizon - patch - (patches - 1) * stride  # what fills no patch is left out
        self.embed = nn.Linear(patch, width)
        self.place = nn.Parameter(0.02 * torch.randn(patches, width))
        self.blocks = nn.Sequential(*(Block(width, heads, dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(patches * width, horizon)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_features, steps) -> (batch, n_features, horizon)."""
        context = x[:, :, self.oldest : -self.horizon]  # (batch, n_features, context)
        level, spread = self._instance(context)  # (batch, n_features, 1)
        tokens = ((context - level) / spread).flatten(0, 1).unfold(1, self.patch, self.stride)
        tokens = self.embed(tokens) + self.place  # (batch * n_features, patches, width)
        tokens = self.norm(self.blocks(tokens))
        guess = self.head(tokens.flatten(1)).view(x.shape[0], -1, self.horizon)  # (batch, n_features, horizon)
        return guess * spread + level

    def _instance(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Level and spread of each channel's own context (RevIN, Kim et al. 2022), or none at all."""
        if not self.revin:
            return context.new_zeros(1, 1, 1), context.new_ones(1, 1, 1)
        variance, level = torch.var_mean(context, dim=2, keepdim=True, correction=0)
        return level, (variance + 1e-5).sqrt()
