"""How large an AVIF may be that is made while somebody waits: learnt from how long the last ones took."""

DEFAULT_BUDGET_MS = 400
"""How long somebody waits for an AVIF to be encoded instead of getting something else at once."""

# Two to three times what a core of 2020 needs, so that a slow machine is not surprised by its first askers.
_PRIOR_MS_PER_MEGAPIXEL = 200.0
# Below, starting the encoder takes longer than encoding, and tells nothing about larger pictures.
_LEAST_PIXELS = 250_000
_WEIGHT = 0.1
_MOST_TIMES = 4.0
_MEGA = 1_000_000


class AvifBudget:
    """Remembers the milliseconds per megapixel as a mean in which the latest encodings weigh most."""

    def __init__(self, budget_ms: float = DEFAULT_BUDGET_MS) -> None:
        self._budget_ms = budget_ms
        self._ms_per_megapixel = _PRIOR_MS_PER_MEGAPIXEL

    @property
    def ms_per_megapixel(self) -> float:
        """What encoding one megapixel is expected to take."""
        return self._ms_per_megapixel

    @property
    def pixels(self) -> int:
        """The largest picture that is made while somebody waits."""
        return int(self._budget_ms / self._ms_per_megapixel * _MEGA)

    def learn(self, pixels: int, took_ms: float) -> None:
        """Take in what encoding so many pixels took; one that was held up counts as four times the mean at most."""
        if pixels < _LEAST_PIXELS or took_ms <= 0:
            return
        mean = self._ms_per_megapixel
        seen = min(max(took_ms * _MEGA / pixels, mean / _MOST_TIMES), mean * _MOST_TIMES)
        weight = _WEIGHT * min(1.0, pixels / _MEGA)
        self._ms_per_megapixel = mean + weight * (seen - mean)
