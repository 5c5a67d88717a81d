"""What reports call languages, systems, selections and sets, and in which order they show them."""

from typing import Dict, Iterable, List, Tuple

# From the floor to the ceiling, as in the paper; ablations follow the system that they vary.
SYSTEMS: Dict[str, str] = {
    "source_mono_no_char": "Source-Mono (no char LSTM)",
    "source_mono": "Source-Mono",
    "source_mono_random_no_char": "Source-Mono, random (no char LSTM)",
    "source_mono_random": "Source-Mono, random",
    "cross_word_no_char": "Cross-Word (no char LSTM)",
    "cross_word": "Cross-Word",
    "cross_shared": "Cross-Shared",
    "translated": "Translated (Xie et al. 2018)",
    "cross_augmented": "Cross-Augmented",
    "cross_distilled": "Cross-Distilled",
    "mean_teacher": "Mean Teacher",
    "supervised": "Supervised",
}
# The best of these is what the last stage starts from.
BASES = ("cross_word_no_char", "cross_word", "cross_shared")
BEYOND_THE_PAPER = ("cross_distilled", "mean_teacher")
LAST_STAGE = ("cross_augmented", *BEYOND_THE_PAPER)

SELECTIONS: Dict[str, str] = {
    "average": "no epoch chosen: mean of the weights of the last ones",
    "source_dev": "epoch chosen on the source development set (truly unsupervised)",
    "translated_dev": "epoch chosen on the translated source development set (unsupervised)",
    "agreement": "epoch chosen by agreement with another tagger on raw target text (unsupervised)",
    "target_dev": "epoch chosen on the target development set (needs target labels)",
    "target_test": "epoch chosen on the target test set itself (for analysis only)",
}
DEFAULT_SELECTION = "source_dev"
# Has no source language, so no epoch of it is chosen there.
_TARGET_ONLY = "supervised"
_AVERAGED = ".averaged_weights"

TEST_SET = "target_test"

_LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "nl": "Dutch",
    "de": "German",
    "ar": "Arabic",
    "fi": "Finnish",
}
# The order of the paper's tables.
_PAIRS = ("en_es", "en_nl", "en_de", "en_ar", "en_fi")


def system_name(system: str) -> str:
    """`cross_augmented.no_teacher_loss` -> `Cross-Augmented: no teacher loss`."""
    base, dot, variant = system.partition(".")
    name = SYSTEMS.get(base, base)
    return f"{name}: {variant.replace('_', ' ')}" if dot else name


def selections_of(system: str) -> List[str]:
    """
    Those that the runs of a system have: `supervised` ones have no "source_dev", only the systems
    beyond the paper and ablations with averaged weights an "average". Callbacks may give a run
    further ones.
    """
    without = {"translated_dev", "agreement"}
    if system == _TARGET_ONLY:
        without.add("source_dev")
    if not system.endswith(_AVERAGED) and not system.startswith(BEYOND_THE_PAPER):
        without.add("average")
    return [name for name in SELECTIONS if name not in without]


def selection_instead(system: str) -> str:
    """What a figure shows of a system that lacks a selection: of `supervised` "target_dev"."""
    return "target_dev" if system == _TARGET_ONLY else DEFAULT_SELECTION


def pair_name(pair: str) -> str:
    """`en_es` -> `en-es`."""
    return pair.replace("_", "-")


def language_names(pair: str) -> Tuple[str, str]:
    """`en_es` -> `("English", "Spanish")`; of several source languages the first."""
    codes = source_codes(pair)[0], pair.rpartition("_")[2]
    source, target = (_LANGUAGES.get(code, code) for code in codes)
    return source, target


def source_codes(pair: str) -> List[str]:
    """`en_nl` -> `["en"]`, `en+es_nl` -> `["en", "es"]`."""
    return pair.partition("_")[0].split("+")


def is_ablation(system: str) -> bool:
    return "." in system


def in_order(systems: Iterable[str]) -> List[str]:
    """Systems in the order of `SYSTEMS`, unknown ones behind, each followed by its ablations."""
    known = list(SYSTEMS)

    def place(system: str) -> Tuple[int, str, str]:
        base, _, variant = system.partition(".")
        return (known.index(base) if base in known else len(known), base, variant)

    return sorted(set(systems), key=place)


def pairs_in_order(pairs: Iterable[str]) -> List[str]:
    """Language pairs in the order of the paper's tables, others behind."""
    return sorted(
        set(pairs), key=lambda pair: (_PAIRS.index(pair) if pair in _PAIRS else len(_PAIRS), pair)
    )
