"""Attacks: perturbed recordings against a network, before and after each defence, and spoofing."""

from micfp.studies.attack import compare, detect, detector, perturb, spoof
from micfp.studies.attack.records import read_attacks
from micfp.studies.attack.report import attack
from micfp.studies.study import Study

STUDY = Study(
    "attack",
    "perturbs test recordings against a network, before and after each defence",
    "attack",
    compare.plan,
    attack,
    read_attacks,
    (perturb.STAGE, spoof.STAGE, detector.STAGE, detect.STAGE, compare.STAGE),
    preset="attack",
    trained=True,
)
