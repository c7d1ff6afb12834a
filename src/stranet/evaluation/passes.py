"""Both passes over the cases of one size: predict, then score; each case on its own, so that they run in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stranet.evaluation.methods import Method
from stranet.evaluation.predict import PredictionCache
from stranet.evaluation.protocol import Case, CutCase
from stranet.evaluation.removal import RemovalClip
from stranet.evaluation.score import CaseScore, Lpips, score_case
from stranet.evaluation.score_cache import find_scores, keep_scores, score_key
from stranet.evaluation.workers import run_all
from stranet.types import Size

AnyCase = Case | RemovalClip


@dataclass(frozen=True)
class Passes:
    """What worker processes need."""

    cache: PredictionCache
    methods: tuple[tuple[Method, str], ...]
    """Every method with the hash of its configuration."""
    size: Size
    count: int
    perceptual: bool = False
    lpips: Lpips = "none"

    def predictions(self, cases: Sequence[AnyCase], jobs: int) -> Iterator[str]:
        """Pass 1: make what is missing. Yields a line for every method and case."""
        for lines in run_all(self.predict, cases, jobs):
            yield from lines

    def scores(self, cases: Sequence[AnyCase], jobs: int) -> list[CaseScore]:
        """Pass 2: scores of every method on every case, method by method."""
        scored = [score for scores in run_all(self.score, cases, jobs) for score in scores]
        return [score for method, _ in self.methods for score in scored if score.method == method.name]

    def predict(self, case: AnyCase) -> list[str]:
        """Pass 1 on one case. Returns a line per method for the log."""
        cut = case.cut(self.size, self.count)
        lines = []
        for method, config in self.methods:
            prediction, is_new = self.cache.predict(method, cut, config)
            seconds = prediction.seconds_per_frame
            pace = "given" if seconds is None else f"{seconds:.3f} s each"
            kept = "" if is_new else " (kept)"
            lines.append(f"{self.size} {case.name} {method.name}: {prediction.frames} frames, {pace}{kept}")
        return lines

    def score(self, case: AnyCase) -> list[CaseScore]:
        """Pass 2 on one case: what has no scores yet is scored together."""
        cut = case.cut(self.size, self.count)
        done, keys, seconds = {}, {}, {}
        for method, config in self.methods:
            prediction = self.cache.find(method.name, cut, config)
            assert prediction is not None, "pass 1 has made every prediction"  # noqa: S101
            keys[method.name] = score_key(prediction, f"{self.perceptual} {self.lpips}")
            seconds[method.name] = prediction.seconds_per_frame
            found = find_scores(self.cache.place(method.name, cut), keys[method.name])
            if found is not None:
                done[method.name] = found
        missing = [name for name in keys if name not in done]
        if missing:
            outputs = {name: self.cache.frames(name, cut) for name in missing}
            for name, frames in score_case(cut, outputs, perceptual=self.perceptual, lpips=self.lpips).items():
                keep_scores(self.cache.place(name, cut), keys[name], frames)
                done[name] = frames
        return [CaseScore(name, case.name, seconds[name], done[name]) for name in keys]

    def outputs(self, cut: CutCase) -> dict[str, Iterator]:
        """The output frames of every method on a case, method by method, read as they are asked for."""
        return {method.name: self.cache.frames(method.name, cut) for method, _ in self.methods}
