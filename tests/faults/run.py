"""Do faults to the tiny pipeline, and print what came of it: a JSON object, and a table.

python tests/faults/run.py --kills 50 --seed 1
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

import faults


def main() -> int:
    """Do the faults that are asked for; 1 where one left something else than it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=8, help="how many processes are killed")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    parser.add_argument("--folder", type=Path, help="where to work; kept (default: a passing one)")
    parser.add_argument("fault", nargs="*", help=f"of {', '.join(faults.FAULTS)}; none: all")
    asked = parser.parse_args()
    if unknown := set(asked.fault) - faults.FAULTS.keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="micfp-faults-") as passing:
        rig = faults.Rig(asked.folder or Path(passing), asked.kills, asked.seed)
        rig.folder.mkdir(parents=True, exist_ok=True)
        rows = [done(rig, name) for name in asked.fault or faults.FAULTS]
    print(json.dumps(rows, indent=1))
    print("\n| fault | what came of it | seconds |\n|---|---|---|")
    for row in rows:
        print(f"| {row['fault'].replace('_', ' ')} | {row['outcome']} | {row['seconds']:.0f} |")
    return any(row["outcome"].startswith("failed") for row in rows)


def done(rig: faults.Rig, name: str) -> dict[str, object]:
    """Do one fault; its outcome as text and its figures."""
    start, figures = time.perf_counter(), {}
    try:
        figures = faults.FAULTS[name](rig)
        shown = {what: value for what, value in figures.items() if what != "said"}
        outcome = "; ".join(f"{what}: {value}" for what, value in shown.items())
    except faults.Skipped as reason:
        outcome = f"skipped: {reason}"
    except AssertionError as error:
        (rig.folder / f"{name}.txt").write_text(str(error))
        outcome = "failed: " + str(error).partition("\n")[0]
    seconds = time.perf_counter() - start
    print(f"{name}: {outcome} ({seconds:.0f} s)", file=sys.stderr, flush=True)
    return {"fault": name, "outcome": outcome, "figures": figures, "seconds": seconds}


if __name__ == "__main__":
    sys.exit(main())
