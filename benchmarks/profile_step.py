"""
Where our time goes: profiles of our side of a row of the benchmark.

    python benchmarks/profile_step.py --data ../shared/data --mapping MAPPING \
        --rows training_step,joint_step,evaluation [--profiler torch|python]
"""

import argparse
import cProfile
import logging
import pstats
import tempfile
from pathlib import Path

import torch
from allennlp.common import logging as allennlp_logging
from setting import Setting
from works import COMPARISONS

parser = argparse.ArgumentParser(description="Profiles of our side")
parser.add_argument("--data", type=Path, required=True)
parser.add_argument("--mapping", type=Path, required=True)
parser.add_argument("--rows", default="training_step,joint_step,evaluation")
parser.add_argument("--profiler", choices=["torch", "python"], default="torch")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--lines", type=int, default=25)


def main(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    logging.disable(logging.WARNING)
    allennlp_logging.FILE_FRIENDLY_LOGGING = True
    with tempfile.TemporaryDirectory(prefix="xner_profile_") as folder:
        setting = Setting(
            options.data.resolve(),
            options.mapping.resolve(),
            Path(folder),
            batches=20,
            dev_sentences=1000,
            pool_sentences=1000,
        )
        for name in options.rows.split(","):
            unit = COMPARISONS[name].sides["ours"](setting)
            unit()
            print(f"\n{name}")
            if options.profiler == "torch":
                with torch.profiler.profile() as profile:
                    unit()
                averages = profile.key_averages()
                print(averages.table(sort_by="self_cpu_time_total", row_limit=options.lines))
            else:
                with cProfile.Profile() as calls:
                    unit()
                pstats.Stats(calls).sort_stats("tottime").print_stats(options.lines)


if __name__ == "__main__":
    main(parser.parse_args())
