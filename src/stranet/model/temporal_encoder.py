"""The shared image encoder of the temporal aggregation (paper section 3.2): each frame is encoded once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.model.aggregation import FEATURE_SIDE


class FrameEncoder(nn.Module):
    """Colour and visible -> features at 1/4."""

    def __init__(self, fine: int, coarse: int) -> None:
        """
        Args:
            fine: channels on the way, at 1/2.
            coarse: channels of the features.
        """
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(4, fine, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(fine, fine, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(fine, coarse, 3, stride=2, padding=1),
            nn.ReLU(),
            DilatedBlock(coarse, 1),
            DilatedBlock(coarse, 2),
            DilatedBlock(coarse, 4),
        )

    def forward(self, planes: Tensor) -> Tensor:
        """(B, 4, H, W) -> (B, coarse, ceil(H/4), ceil(W/4))."""
        height, width = planes.shape[-2:]
        return self.layers(F.pad(planes, (0, -width % FEATURE_SIDE, 0, -height % FEATURE_SIDE), mode="replicate"))


class DilatedBlock(nn.Module):
    """x + conv(relu(conv(x))), the first convolution dilated."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, padding_mode="replicate"),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> the same shape."""
        return torch.relu(x + self.body(x))
