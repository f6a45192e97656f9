"""A dense autoencoder: a row squeezed through a bottleneck and unfolded again."""

from torch import Tensor, nn


class DenseAutoencoder(nn.Module):
    """n_features -> hidden -> latent -> hidden -> n_features, with ReLU at both hidden layers."""

    def __init__(self, n_features: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_features, hidden), nn.ReLU(), nn.Linear(hidden, latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, n_features))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n_features, 1) -> (batch, n_features, 1)."""
        code = self.encoder(x.flatten(1))  # (batch, latent)
        return self.decoder(code).unsqueeze(2)  # (batch, n_features, 1)
