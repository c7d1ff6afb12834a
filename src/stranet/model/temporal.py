"""Temporal aggregation: which candidate every hole position is copied from, learned (paper section 3.2).

Every frame is encoded once; the features of the references are warped onto the target with the joint alignment. At the
coarsest scale a query, made of what the target shows and of what the candidates agree on, is compared with every
candidate by cosine; the scores are shared with the finer scales, up to the image itself (copy first), and a decoder
with dilated convolutions adds what copying leaves wrong. The scores start from the unlearned energy, so that an
untrained network is the unlearned aggregation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stranet.device import at_once
from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import shrink
from stranet.model.aggregation import Candidates, Features, Target, TemporalOutput
from stranet.model.attention import masked_softmax
from stranet.model.energy import TOGETHER, Cues, FixedEnergy
from stranet.model.fixed_temporal import copy, enlarge
from stranet.model.temporal_decoder import TemporalDecoder
from stranet.model.temporal_encoder import FrameEncoder


@dataclass(frozen=True)
class TemporalConfig:
    """Sizes of the temporal aggregation."""

    fine: int = 8
    """Channels of the encoder on its way, at 1/2 of the low resolution."""
    coarse: int = 24
    """Channels of its features, at 1/4."""
    keys: int = 16
    """Channels that are compared by cosine, at 1/4."""
    decoder: int = 40
    """Channels of the decoder at 1/4."""
    multiscale: bool = True
    """Transfer the image itself too, with the shared scores; False = vanilla, features at 1/4 alone."""


class TemporalAggregation(nn.Module):
    """Learned temporal attention and decoder."""

    temperature = 0.004
    """Softness of the attention, in colour units: small = one source per pixel."""

    def __init__(self, config: TemporalConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or TemporalConfig()
        self.energy = FixedEnergy()
        self.encoder = FrameEncoder(config.fine, config.coarse)
        self.key = nn.Conv2d(config.coarse, config.keys, 1)
        self.query = nn.Sequential(
            nn.Conv2d(3 * config.coarse + 2, config.coarse, 1),
            nn.ReLU(),
            nn.Conv2d(config.coarse, config.coarse, 3, padding=2, dilation=2, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(config.coarse, config.coarse, 3, padding=4, dilation=4, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(config.coarse, config.keys, 1),
        )
        self.judge = nn.Sequential(
            nn.Conv2d(config.keys + len(CUES), 16, 1),
            nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(16, 1, 1),
        )
        self.sharpness = nn.Parameter(torch.zeros(2))  # of the cosine, and of the unlearned energy, as logarithms
        self.decoder = TemporalDecoder(config.coarse, config.decoder, config.multiscale)
        nn.init.zeros_(self.judge[-1].weight)  # pyright: ignore[reportArgumentType]
        nn.init.zeros_(self.judge[-1].bias)  # pyright: ignore[reportArgumentType]

    def encode(self, planes: Tensor) -> Features:
        """(B, 4 or more, H, W), colour and visible first -> features of a whole frame at 1/4."""
        return (self.encoder(planes[:, :4]),)

    def forward(self, target: Target, candidates: Candidates) -> TemporalOutput:
        """Weigh the candidates and decode; both must carry the features that ``encode`` gives."""
        cues = self.energy.cues(target, candidates)
        prior = self.energy(cues, candidates)  # (B, K, 1, h/4, w/4)
        score = self._score(target, candidates, cues, prior)  # (B, K, 1, h/4, w/4)
        energy = prior * self.sharpness[1].exp() - self.temperature * score  # shared with all finer scales
        attention = masked_softmax(enlarge(energy / -self.temperature, target.image), candidates.visible)
        seen = candidates.visible.any(1)

        copied = diffuse(copy(attention, candidates.image), seen.float())
        doubt = self._doubt(attention, prior).detach()  # (B, 1, h, w)
        image, detail = self.decoder(target, candidates, attention, seen, copied, doubt)
        return TemporalOutput(image, attention, energy, detail, seen, ~(target.visible | seen))

    def _doubt(self, attention: Tensor, prior: Tensor) -> Tensor:
        """The unlearned energy of what is copied, (B, 1, h, w)."""
        doubt = torch.zeros_like(attention[:, 0])
        step = at_once(TOGETHER, attention.device, doubt[0].numel())
        for start in range(0, attention.shape[1], step):
            some = slice(start, start + step)
            doubt = doubt + copy(attention[:, some], enlarge(prior[:, some], doubt))
        return doubt

    def _score(self, target: Target, candidates: Candidates, cues: Cues, prior: Tensor) -> Tensor:
        """Logits that are added to the unlearned ones, (B, K, 1, h/4, w/4)."""
        values = candidates.features[0]  # (B, K, C, h/4, w/4)
        visible = quarter(candidates.visible.float())
        agreed, spread = self._consensus(values, prior, visible)

        shown = shrink(target.visible.float(), 4)
        query = self.query(
            torch.cat((target.features[0], agreed, spread, shown, visible.amax(1)), 1)
        )  # (B, keys, h/4, w/4)
        wanted = unit(query, 1)[:, None]

        score: list[Tensor] = []
        step = at_once(TOGETHER, values.device, candidates.visible[0, 0].numel())
        for start in range(0, values.shape[1], step):
            some = slice(start, start + step)
            keys = self.key(values[:, some].float().flatten(0, 1)).unflatten(0, (len(values), -1))
            product = wanted * unit(keys, 2)  # (B, k, keys, h/4, w/4)
            cosine = product.sum(2, keepdim=True)
            here = Cues(*(plane[:, some] for plane in cues))
            said = [say(here, candidates.apart[:, some], cosine, visible[:, some]) for say in CUES.values()]
            judged = self.judge(torch.cat((product, *said), 2).flatten(0, 1)).unflatten(0, product.shape[:2])
            score.append(self.sharpness[0].exp() * cosine + judged)
        return torch.cat(score, 1)

    def _consensus(self, values: Tensor, prior: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and spread of what the candidates say, by the unlearned energy; (B, C, h/4, w/4) each."""
        say = masked_softmax(prior / -self.energy.consensus_temperature, visible > 0) * visible
        say = say / say.sum(1, keepdim=True).clamp(min=1e-6)
        mean = copy(say, values)
        if at_once(1, values.device) > 1:
            return mean, copy(say, (values - mean[:, None]).abs())
        spread = torch.zeros_like(mean)
        for index in range(values.shape[1]):  # as in `copy`: planes of all candidates would leave the caches
            spread = spread + say[:, index] * (values[:, index] - mean).abs()
        return mean, spread


CUES = {
    "mismatch": lambda cues, apart, cosine, visible: cues.mismatch * 20,
    "disagreement": lambda cues, apart, cosine, visible: cues.disagreement * 20,
    "cosine": lambda cues, apart, cosine, visible: cosine,
    "visible": lambda cues, apart, cosine, visible: visible,
    "apart": lambda cues, apart, cosine, visible: torch.log1p(apart)[..., None, None, None].expand_as(visible) / 3,
}
"""What else a candidate is judged by, each (B, K, 1, h/4, w/4) and of the order of one."""


def unit(vectors: Tensor, axis: int) -> Tensor:
    """Of length one along an axis; twice as fast as `F.normalize` where that is not the last axis."""
    return vectors * vectors.square().sum(axis, keepdim=True).clamp(min=1e-24).rsqrt()


def quarter(plane: Tensor, side: int = 4) -> Tensor:
    """(B, K, C, h, w) -> (B, K, C, ceil(h/side), ceil(w/side)), mean over squares."""
    return shrink(plane.flatten(0, 1), side).unflatten(0, plane.shape[:2])
