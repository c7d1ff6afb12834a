"""The beginning of EfficientNet-Lite0 (Tan et al. 2019; Liu 2020): features of a network that knows photographs.

Inverted residual blocks with ReLU6 and without squeeze-and-excite. Batch norms are folded into the convolutions in the
file of weights, so that all that is left are convolutions with a bias.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

STEM = 32
"""Channels of the first convolution."""


class BlockShape(NamedTuple):
    """What one inverted residual block is like."""

    kernel: int
    stride: int
    expand: int
    """How many times as many channels the middle has as the input."""
    channels: int
    """Of the output."""


BLOCKS = (
    BlockShape(3, 1, 1, 16),  # 1/2
    BlockShape(3, 2, 6, 24),  # 1/4
    BlockShape(3, 1, 6, 24),
    BlockShape(5, 2, 6, 40),  # 1/8
    BlockShape(5, 1, 6, 40),
    BlockShape(3, 2, 6, 80),  # 1/16
    BlockShape(3, 1, 6, 80),
    BlockShape(3, 1, 6, 80),
    BlockShape(5, 1, 6, 112),
    BlockShape(5, 1, 6, 112),
    BlockShape(5, 1, 6, 112),
)
"""The part of the network that is used; five more blocks and the classifier follow in the original."""
GIVEN = (2, 4, 10)
"""Blocks whose outputs are given: the last ones at 1/4, 1/8 and 1/16."""
STEP = 16
"""Both sides of a picture must be multiples of this many pixels."""


class Conv(nn.Conv2d):
    """A convolution padded as TensorFlow does it: half the size at stride 2, the spare row at the end."""

    def __init__(self, given: int, channels: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        room = kernel - stride
        super().__init__(given, channels, kernel, stride, padding=room // 2, groups=groups)
        self._uneven = (room // 2, room - room // 2) * 2 if room % 2 else None

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C', h / stride, w / stride)."""
        if self._uneven is None:
            return super().forward(input)
        return F.conv2d(F.pad(input, self._uneven), self.weight, self.bias, self.stride, groups=self.groups)


class InvertedResidual(nn.Module):
    """Widen, filter every channel by itself, narrow; added to the input where the shapes agree."""

    def __init__(self, given: int, shape: BlockShape) -> None:
        super().__init__()
        middle = given * shape.expand
        self.expand = Conv(given, middle, 1) if shape.expand > 1 else None
        self.depthwise = Conv(middle, middle, shape.kernel, shape.stride, groups=middle)
        self.project = Conv(middle, shape.channels, 1)
        self._adds = shape.stride == 1 and given == shape.channels

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C', h / stride, w / stride)."""
        wide = features if self.expand is None else F.relu6(self.expand(features), inplace=True)
        narrow = self.project(F.relu6(self.depthwise(wide), inplace=True))
        return features + narrow if self._adds else narrow


class PhotoNetwork(nn.Module):
    """Maps of a picture at 1/4, 1/8 and 1/16 of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Conv(3, STEM, 3, 2)
        widths = (STEM, *(shape.channels for shape in BLOCKS))
        self.blocks = nn.ModuleList(InvertedResidual(*pair) for pair in zip(widths, BLOCKS, strict=False))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, h, w) RGB in [0, 1], sides multiples of ``STEP`` -> maps of 24, 40 and 112 channels."""
        features = F.relu6(self.stem(2 * image - 1), inplace=True)
        maps = []
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in GIVEN:
                maps.append(features)
        return maps
