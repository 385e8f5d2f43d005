"""What a folded text is made of: character n-grams, stems and pairs of stems."""

from itertools import combinations

from bot.matcher.stemming import stem

_SIZES = (2, 3, 4)
# Pairs grow with the square of the number of words; a question has fewer than this many.
_PAIRED_STEMS = 24


def ngrams(folded: str) -> list[str]:
    """Character 2-, 3- and 4-grams of the padded text, across word borders."""
    padded = f" {folded} "
    return [
        padded[start : start + size] for size in _SIZES for start in range(len(padded) - size + 1)
    ]


def stems(folded: str) -> list[str]:
    return [stem(word) for word in folded.split()]


def stem_pairs(folded: str) -> list[str]:
    """All stems, and every unordered pair of different stems as "a+b"."""
    single = stems(folded)
    different = sorted(set(single[:_PAIRED_STEMS]))
    return single + [f"{one}+{other}" for one, other in combinations(different, 2)]
