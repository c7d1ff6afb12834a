"""The shared image encoder of the temporal aggregation (paper section 3.2): each frame is encoded once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.model.aggregation import Features


class FrameEncoder(nn.Module):
    """Colour and visible -> features at 1/2 and 1/4; the latter hold values and keys."""

    def __init__(self, fine: int, coarse: int, keys: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            nn.Conv2d(4, fine, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(fine, fine, 3, padding=1),
            nn.ReLU(),
        )
        self.coarse = nn.Sequential(
            nn.Conv2d(fine, coarse, 3, stride=2, padding=1),
            nn.ReLU(),
            DilatedBlock(coarse, 1),
            DilatedBlock(coarse, 2),
            DilatedBlock(coarse, 4),
        )
        self.key = nn.Conv2d(coarse, keys, 1)

    def forward(self, planes: Tensor) -> Features:
        """(B, 4, H, W) -> (B, fine, ceil(H/4)*2, ceil(W/4)*2) and (B, coarse + keys, ceil(H/4), ceil(W/4))."""
        height, width = planes.shape[-2:]
        planes = F.pad(planes, (0, -width % 4, 0, -height % 4), mode="replicate")
        fine = self.fine(planes)
        coarse = self.coarse(fine)
        return fine, torch.cat((coarse, self.key(coarse)), 1)


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
