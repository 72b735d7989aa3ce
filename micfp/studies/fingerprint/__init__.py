"""Fingerprints: a model that tells apart devices that no training saw, from virtual phones."""

from micfp.studies.fingerprint import (
    ablate,
    blend,
    calibrate,
    cases,
    content,
    fit,
    heard,
    judge,
    network,
    pieces,
    stretches,
    takes,
    validate,
)
from micfp.studies.fingerprint.planning import plan
from micfp.studies.fingerprint.records import records
from micfp.studies.fingerprint.report import fingerprint
from micfp.studies.study import Study

STUDY = Study(
    "fingerprint",
    "learns from virtual phones to tell apart devices that no training saw",
    "fingerprint",
    plan,
    fingerprint,
    records,
    (
        *(content.STAGE, pieces.STAGE, cases.STAGE, fit.STAGE, heard.STAGE, blend.STAGE),
        *(stretches.STAGE, network.STAGE),
        *(takes.STAGE, calibrate.STAGE, validate.STAGE, judge.STAGE, ablate.STAGE),
    ),
    preset="fingerprint",
    sections=frozenset({"seed", "bench", "fingerprint", "report", "tracking"}),
)
