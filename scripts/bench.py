"""The benchmarks: `make bench`. Prints figures; takes less than five minutes. Needs Linux for processor times.

scripts/bench.py [door] [reply] [matcher] [--quick]
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.benchmarks import round_trip, webhook_door  # noqa: E402

PARTS = ("door", "reply", "matcher")


def say(line: str = "") -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=(*PARTS, []), help="all when none is named")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it works")
    options = parser.parse_args()
    parts = options.parts or PARTS
    began = time.monotonic()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    say(f"{os.cpu_count()} processors, load before {load}")
    if "door" in parts:
        say()
        if options.quick:
            webhook_door.run(say, rounds=2, requests=300)
        else:
            webhook_door.run(say)
    if "reply" in parts:
        say()
        round_trip.run(say, seconds=3 if options.quick else round_trip.SECONDS)
    if "matcher" in parts:
        say()
        matcher = [sys.executable, str(ROOT / "scripts" / "bench_matcher.py")]
        few = ["--sizes", "1000", "--messages", "50"] if options.quick else []
        subprocess.run([*matcher, *few], cwd=ROOT, check=True)
    say(f"\ntook {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
