"""
Draws how the time of one dictionary induction grows with the vocabulary.

    python benchmarks/plot_scale.py mapping_scale.png d25000.json d50000.json ...

The JSON files are what `dictionary_induction.py --output` wrote, one for each size.
"""

import json
import sys
from pathlib import Path
from typing import Dict, List, Tuple

from matplotlib.figure import Figure


def main(picture: str, paths: List[str]) -> None:
    points: Dict[str, List[Tuple[int, float]]] = {}
    for path in paths:
        result = json.loads(Path(path).read_text())
        for side, measured in result["sides"].items():
            points.setdefault(side, []).append((result["words"][0], measured["median"]))
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for side, marker in zip(("ours", "faiss", "muse"), "osD"):
        if side in points:
            words, seconds = zip(*sorted(points[side]))
            axes.plot(words, seconds, marker=marker, label=side)
    words, seconds = zip(*sorted(points["ours"]))
    quadratic = [seconds[-1] * (n / words[-1]) ** 2 for n in words]
    axes.plot(words, quadratic, ":", color="grey", label="square of the vocabulary")
    axes.set(xscale="log", yscale="log", xlabel="words of each language", ylabel="seconds")
    axes.set_xticks(words, [f"{n // 1000}k" for n in words])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(picture, dpi=150)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
