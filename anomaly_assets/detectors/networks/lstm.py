"""An LSTM autoencoder: a history read into a few numbers, and told again from them, newest step first."""

from torch import Tensor, nn


class LstmAutoencoder(nn.Module):
    """One LSTM reads, its last state is squeezed to ``latent`` numbers, another LSTM unfolds them backwards in time.

    The order is reversed as by Malhotra et al.: what was read last is told first. The decoder is given the code at
    every step, and never the readings.
    """

    def __init__(self, n_features: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(n_features, hidden)
        self.squeeze = nn.Linear(hidden, latent)
        self.decoder = nn.LSTM(latent, hidden)
        self.tell = nn.Linear(hidden, n_features)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_features, steps) -> (batch, n_features, steps)."""
        x = x.permute(2, 0, 1)  # (steps, batch, n_features)
        _, (state, _) = self.encoder(x)  # (1, batch, hidden), after the newest step
        code = self.squeeze(state[0])  # (batch, latent)
        told, _ = self.decoder(code.expand(len(x), -1, -1))  # (steps, batch, hidden), newest first
        return self.tell(told).flip(0).permute(1, 2, 0)  # (batch, n_features, steps), oldest first
