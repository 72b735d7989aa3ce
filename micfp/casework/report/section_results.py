"""Every answer in full, and what would change it."""

from collections.abc import Iterator

import numpy as np

from micfp.casework.answers import IdentifyEntry, VerifyEntry
from micfp.casework.report.contents import Asked, Contents, device_of, name_of
from micfp.casework.report.document import Block, Cell, Heading, Paragraph, Points, Section, Table
from micfp.casework.report.figures import ratios, responses
from micfp.casework.report.language import Language
from micfp.casework.report.section_front import answer_in_words, bounds_of
from micfp.errors import printable
from micfp.evidence.bounds import Bounds
from micfp.fingerprint.embedding.spectra import Float32
from micfp.fingerprint.embedding.vectors import VECTORS

RATIO_WIDTHS = (3.0, 1.0, 1.6, 2.4)


def results(case: Contents, words: Language) -> Section:
    """Answers with tables and figures."""
    blocks: list[Block] = []
    for one in case.asked:
        if isinstance(one, IdentifyEntry):
            blocks += _identified(case, one, words)
        else:
            blocks += _verified(one, words)
    blocks.append(Paragraph(words.text("results.interval_note"), "note"))
    return Section("results", words.text("results.title"), tuple(blocks))


def _identified(case: Contents, one: IdentifyEntry, words: Language) -> Iterator[Block]:
    number, file = one.entry.number, name_of(one.answer.path)
    yield Heading(words.text("results.heading_identify", number=number, file=file))
    if one.answer.refused is not None or not one.answer.ranking:
        reason = printable(one.answer.refused)
        yield Paragraph(words.text("answer.refused_because", reason=reason), "lead")
        return
    yield Paragraph(answer_in_words(one, words), "lead")
    yield from _careful(one, words)
    best = one.answer.ranking[0]
    said = words.weighed(best.log10_lr)
    yield Paragraph(words.text("answer.best", words=said, device=device_of(best.device)))
    columns = ("device", "ratio", "log", "words")
    limits = bounds_of(one)
    rows = tuple(
        (
            Cell(device_of(each.device)),
            *_ratio_cells(each.log10_lr, each.interval, limits, words),
        )
        for each in one.answer.ranking
    )
    yield Table(
        words.text("results.table"),
        tuple(words.text(f"results.{name}") for name in columns),
        rows,
        RATIO_WIDTHS,
        frozenset({1, 2}),
    )
    if one.answer.none_of_these is not None:
        against = one.answer.none_of_these
        ratio, log = words.ratio(against), words.number(against, 2, sign=True)
        yield Paragraph(words.text("results.none_of_these", ratio=ratio, log=log))
    yield ratios(one.answer.ranking, (limits.lower, limits.upper), words)
    if one.file.heard is not None and one.file.heard.vectors is not None:
        known, removed = _known_responses(case, one)
        asked = one.file.heard.vectors[VECTORS.index("content")]
        if known:
            yield responses(file, asked, known, words)
        if removed:
            yield Paragraph(words.text("results.no_response"), "note")


def _careful(one: Asked, words: Language) -> Iterator[Paragraph]:
    """What was known of the sitting, and what has to be said beside the answer."""
    sitting = words.text(f"sitting.{one.answer.conditional_on.sitting}")
    yield Paragraph(words.text("results.sitting", sitting=sitting), "note")
    for warning in one.answer.warnings:
        yield Paragraph(printable(warning), "warning")


def _known_responses(case: Contents, one: IdentifyEntry) -> tuple[dict[str, Float32], bool]:
    """Mean response of the references of each device, the best first, and whether any is gone."""
    then = case.enrolled_at(one.question.enrolled_by)
    found: dict[str, Float32] = {}
    for each in one.answer.ranking:
        own = [
            case.references[str(item.file.sha256)].recording.fingerprint.vectors
            for item in then
            if item.device == each.device and not case.is_removed(item)
        ]
        if own:
            curves = np.stack(own)[:, VECTORS.index("content")]
            there = np.isfinite(curves)
            total, count = np.where(there, curves, 0).sum(axis=0), there.sum(axis=0)
            mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
            found[each.device] = mean.astype(np.float32)
    return found, any(map(case.is_removed, then))


def _verified(one: VerifyEntry, words: Language) -> Iterator[Block]:
    a, b = name_of(one.answer.a), name_of(one.answer.b)
    yield Heading(words.text("results.heading_verify", number=one.entry.number, a=a, b=b))
    if one.answer.log10_lr is None or one.answer.interval is None:
        reason = printable(one.answer.refused)
        yield Paragraph(words.text("answer.refused_because", reason=reason), "lead")
        return
    yield Paragraph(answer_in_words(one, words), "lead")
    yield from _careful(one, words)
    yield Paragraph(words.weighed(one.answer.log10_lr))
    yield Table(
        words.text("results.table_verify"),
        (
            words.text("results.pair"),
            *(words.text(f"results.{x}") for x in ("ratio", "log", "words")),
        ),
        (
            (
                Cell(f"{a}, {b}"),
                *_ratio_cells(one.answer.log10_lr, one.answer.interval, bounds_of(one), words),
            ),
        ),
        RATIO_WIDTHS,
        frozenset({1, 2}),
    )


def _ratio_cells(
    log10_lr: float, interval: list[float], limits: Bounds, words: Language
) -> Iterator[Cell]:
    """LR, its log10 with the interval, and words."""
    bounded = words.text("front.bounded") if limits.reached(log10_lr) else ""
    yield Cell(words.ratio(log10_lr), bounded)
    log = words.number(log10_lr, 2, sign=True)
    low, high = interval
    inside = ""
    if not limits.hides((low, high)):
        ends = {"low": words.number(low, 2, sign=True), "high": words.number(high, 2, sign=True)}
        inside = words.text("results.range", **ends)
    yield Cell(log, inside)
    support = words.support(log10_lr)
    side = "results.for_h1" if log10_lr > 0 else "results.for_h2"
    neither = words.texts("evidence.support")[0]
    yield Cell(support if support == neither else words.text(side, support=support))


def change(case: Contents, words: Language) -> Section:
    """What would change the conclusion."""
    return Section("change", words.text("change.title"), (Points(tuple(_changes(case, words))),))


def _changes(case: Contents, words: Language) -> Iterator[str]:
    sittings = {one.question.sitting for one in case.asked}
    if "any" in sittings:
        yield words.text("change.same")
        yield words.text("change.other")
    if any(isinstance(one, IdentifyEntry) for one in case.asked):
        yield words.text("change.enrolled")
        counts = [
            sum(each.device == one.device for each in case.enrolments) for one in case.enrolments
        ]
        if counts:
            yield words.text("change.references", least=min(counts))
    yield words.text("change.original")
    heard = [file.heard.active_s for one in case.asked for file in one.entry.files if file.heard]
    if heard:
        least, most = words.number(min(heard), 1), words.number(max(heard), 1)
        yield words.text("change.longer", least=least, most=most)
    if any(one.answer.conditional_on.proposition == "model" for one in case.asked):
        yield words.text("change.units")
    yield words.text("change.own")
    yield words.text("change.processed")
