"""Thirty real phones: each utterance held out in turn, and gain on the test audio.

    python benchmarks/real_phones.py ROOT

ROOT holds the public sample of CCNU_Mobile. For each of its utterances the pipeline runs with the
preset `ccnu_mobile` and that utterance as the test part; the model that this makes the default,
chosen on the other utterances, then names the device of the held-out recordings as `micfp identify`
does. It learns from the recordings as they are, without degraded copies.
With the model for utterance 4, the held-out audio is scored again 12 dB louder and softer. Writes
`results/real_phones.json`. Run it in the checkout: results end as those of utterance 4.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from micfp.audio import read, write_wav
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.fingerprint.evaluate import evaluate_corpus
from micfp.fingerprint.identify import identify
from micfp.fingerprint.model import load_model

PRESET = "workflow/presets/ccnu_mobile.yaml"
DEFAULT = Path("results/models/default")
UTTERANCES = ("1", "2", "3", "4")
GAINS_DB = (-12, 0, 12)


def main(root: Path) -> None:
    """Run everything and write the figures."""
    corpus = CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=root)
    table = read_corpus(corpus)
    held_out = {}
    for utterance in UTTERANCES:
        run_pipeline(root, utterance)
        model = load_model(DEFAULT)
        own = table[table["content"] == utterance]
        right = [
            identify(Path(path), model).device == device
            for path, device in zip(own["path"], own["device"], strict=True)
        ]
        chosen = json.loads(Path("results/tables/chosen.json").read_text())
        held_out[utterance] = {
            "model": chosen["model"],
            "inner": chosen["inner"],
            "right": int(np.sum(right)),
            "n": len(right),
        }
        print(utterance, held_out[utterance], flush=True)
    last = table[table["content"] == UTTERANCES[-1]]["path"].tolist()
    gain = {f"{gain_db:+d}": accuracy_at_gain(last, gain_db) for gain_db in GAINS_DB}
    content = {"held_out": held_out, "gain": gain}
    Path("results/real_phones.json").write_text(json.dumps(content, indent=1))
    print(json.dumps(content, indent=1))


def run_pipeline(root: Path, utterance: str) -> None:
    """Train on the other utterances, with the choice made among them."""
    split = {"kind": "by_content", "test": [utterance]}
    words = ["snakemake", "-j2", "all", "--configfile", "params.yaml", PRESET, "--config"]
    words += [f"corpus={json.dumps({'root': str(root)})}", f"split={json.dumps(split)}"]
    words += [f"{name}={json.dumps({'enabled': False})}" for name in ("augment", "ways")]
    subprocess.run(words, check=True, capture_output=True)


def accuracy_at_gain(paths: list[str], gain_db: float) -> float:
    """Accuracy per segment on copies in floating point, which neither clip nor round."""
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            samples, rate_hz = read(path)
            louder = (samples * 10 ** (gain_db / 20)).astype(np.float32)
            write_wav(Path(folder) / Path(path).name, louder, rate_hz, "FLOAT")
        copies = CorpusConfig(name="gain", reader="ccnu_mobile", root=Path(folder))
        return float(
            evaluate_corpus(load_model(DEFAULT), copies).judged.evaluation.segment.accuracy
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/real_phones.py ROOT")
    main(Path(sys.argv[1]))
