"""All weights of a network as one vector: that is what an optimiser moves, a detector keeps and a file holds.

Importing this imports torch.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters


def flattened(network: nn.Module) -> Tensor:
    """Lay a network's weights behind each other; its parameters become views of them, gradients alike.

    One vector is one tensor to clip and to step, which takes half the time of many small ones.
    """
    vector = parameters_to_vector(network.parameters()).detach().clone()
    vector.grad = torch.zeros_like(vector)
    vector_to_parameters(vector, network.parameters())
    start = 0
    for parameter in network.parameters():
        parameter.grad = vector.grad[start : start + parameter.numel()].view_as(parameter)
        start += parameter.numel()
    return vector


def with_weights(network: nn.Module, weights: np.ndarray) -> nn.Module:
    """Put a vector of weights into a network.

    Raises
    ------
    ValueError
        If they are not as many as the network has.
    """
    needed = sum(parameter.numel() for parameter in network.parameters())
    if weights.shape != (needed,):
        raise ValueError(f"{weights.size} weights for a network of {needed}")
    vector_to_parameters(torch.from_numpy(np.array(weights, dtype=np.float32)), network.parameters())
    return network.eval()
