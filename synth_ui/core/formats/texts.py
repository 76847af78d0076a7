"""What texts look like: running words, or codes built by a pattern."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def reads_as_words(texts: Sequence[str]) -> bool:
    """Tell whether texts are running words (sentences, titles), not codes, paths or numbers; a sample of them is looked at."""
    sample = [str(text) for text in texts[:: max(1, len(texts) // 200)][:200]]
    if not sample:
        return False
    words = float(np.mean([len(text.split()) for text in sample]))
    letters = sum(letter.isalpha() or letter.isspace() for text in sample for letter in text)
    digits = sum(letter.isdigit() for text in sample for letter in text)
    size = sum(map(len, sample))
    return words >= 1.5 and letters >= 0.8 * size and digits <= 0.1 * size
