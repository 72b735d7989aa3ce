"""The first page: what was asked, what was found, and what limits it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from micfp.casework.answers import IdentifyEntry, VerifyEntry
from micfp.casework.report.contents import Asked, Contents, device_of, files_asked, name_of
from micfp.casework.report.document import Cell, Paragraph, Points, Section, Table
from micfp.casework.report.language import Language
from micfp.errors import printable, shortened
from micfp.evidence.bounds import Bounds
from micfp.evidence.verbal import strength

MOST_ANSWERS = 5
"""On the first page, so that the limits are on it, too."""
MOST_DEVICES = 6
LONGEST_REASON = 160  # characters
LONGEST_WARNING = 220


def front(case: Contents, words: Language, results_title: str) -> tuple[Section, ...]:
    """Sections question, answer and limits."""
    if not case.asked:
        nothing = (Paragraph(words.text("front.nothing"), "lead"), *_more(case, words))
        return (Section("question", words.text("front.question"), nothing),)
    return (
        Section("question", words.text("front.question"), tuple(_questions(case, words))),
        Section("answer", words.text("front.answer"), tuple(_answers(case, words, results_title))),
        Section("limits", words.text("front.limits"), (Points(tuple(_limits(case, words))),)),
    )


def _questions(case: Contents, words: Language) -> Iterator[Paragraph | Points]:
    identified = [one for one in case.asked if isinstance(one, IdentifyEntry)]
    verified = [one for one in case.asked if isinstance(one, VerifyEntry)]
    if identified:
        names: dict[str, None] = {}
        for one in identified:
            names |= {each.device: None for each in case.enrolled_at(one.question.enrolled_by)}
        devices = listed(list(names), words)
        files = {(file.path, file.sha256) for one in identified for file in files_asked(one)}
        text = words.text("front.identify", n=len(files), devices=devices)
        yield Paragraph(text, "lead")
        yield Points(tuple(_hypotheses(identified, words, "identify_h1", "identify_h2")))
    if verified:
        yield Paragraph(words.text("front.verify", n=len(verified)), "lead")
        yield Points(tuple(_hypotheses(verified, words, "verify_h1", "verify_h2")))


def _hypotheses(asked: Sequence[Asked], words: Language, h1: str, h2: str) -> Iterator[str]:
    """Both hypotheses, for every proposition and population that answers are of."""
    conditions = dict.fromkeys(
        (
            one.answer.conditional_on.proposition,
            one.question.population,
            one.answer.conditional_on.population,
        )
        for one in asked
    )
    for proposition, whom, population in conditions:
        yield words.text(f"front.{h1}_{proposition}")
        if h2 == "identify_h2":
            yield words.text(f"front.{h2}", population=printable(words.known(population)))
        else:
            yield words.text(f"front.{h2}_{whom}_{proposition}")


def _answers(case: Contents, words: Language, results_title: str) -> Iterator[Table | Paragraph]:
    columns = ("asked", "found", "ratio", "words")
    yield Table(
        words.text("front.caption"),
        tuple(words.text(f"front.{one}") for one in columns),
        tuple(_answer_row(one, words) for one in case.asked[:MOST_ANSWERS]),
        widths=(1.2, 1.2, 1.1, 2.5),
    )
    if more := case.asked[MOST_ANSWERS:]:
        counts = Counter(map(_kind, more))
        kinds = ", ".join(words.text(f"front.kind_{kind}", n=n) for kind, n in counts.items())
        yield Paragraph(words.text("front.more", n=len(more), section=results_title, kinds=kinds))
    yield from _more(case, words)


def _kind(one: Asked) -> str:
    """What sort of answer it is: none that could be overlooked is hidden behind a number."""
    if one.answer.refused is not None:
        return "refused"
    if isinstance(one, VerifyEntry):
        return "verified"
    if one.answer.answer is not None:
        return "named"
    against = one.answer.none_of_these
    return "none" if against is not None and against > 0 else "open"


def _more(case: Contents, words: Language) -> Iterator[Paragraph]:
    """In which recordings something changes, and in which files something does not fit."""
    scans = [(entry, bool(answer.changes)) for entry, answer in case.scans]
    inspections = [(entry, bool(answer.inconsistencies)) for entry, answer in case.inspections]
    for kind, entries in (("scan", scans), ("inspect", inspections)):
        if entries:
            every = {file.path: None for entry, _ in entries for file in entry.files}
            names = {
                name_of(file.path): None
                for entry, is_odd in entries
                for file in entry.files
                if is_odd
            }
            files = listed(list(names), words)
            title = words.text(f"{kind}.title")
            yield Paragraph(words.text(f"front.{kind}", n=len(every), files=files, section=title))


def _answer_row(one: Asked, words: Language) -> tuple[Cell, ...]:
    names = ", ".join(name_of(file.path) for file in files_asked(one))
    entry = f"{words.text('front.entry')} {one.entry.number}"
    return (
        Cell(names, entry),
        Cell(answer_in_words(one, words)),
        _ratio(one, words),
        Cell(_in_words(one, words), _careful(one)),
    )


def answer_in_words(one: Asked, words: Language) -> str:
    """The answer alone: a device, none, or that there is none."""
    kind = _kind(one)
    if kind in ("refused", "none"):
        return words.text(f"answer.{kind}")
    if isinstance(one, VerifyEntry):
        log10_lr = one.answer.log10_lr or 0.0
        if strength(log10_lr) == 0:
            return words.text("answer.neither")
        return words.text("answer.h1" if log10_lr > 0 else "answer.h2")
    found = one.answer
    if found.answer is not None:
        return words.text("answer.named", device=device_of(found.answer))
    likelier = [each.device for each in found.ranking if each.log10_lr > 0]
    likelier = likelier or [each.device for each in found.ranking[:1]]
    return words.text("answer.open", devices=listed(likelier, words))


def _ratio(one: Asked, words: Language) -> Cell:
    found = _best(one)
    if found is None:
        return Cell("")
    log10_lr, interval, device = found
    limits = bounds_of(one)
    text = _with_interval(log10_lr, interval, limits, words)
    if limits.reached(log10_lr):
        text = f"{text}, {words.text('front.bounded')}"
    return Cell(text, "" if device is None else f"H1: {device_of(device)}")


def bounds_of(one: Asked) -> Bounds:
    """Beyond which an answer states nothing."""
    lower, upper = one.answer.conditional_on.bounds_log10
    return Bounds(lower, upper, one.answer.conditional_on.bounded_by)


def _with_interval(
    log10_lr: float, interval: tuple[float, float], limits: Bounds, words: Language
) -> str:
    """A ratio, and what of its interval lies within the bounds: an end at a bound is no end."""
    low, high = interval
    said = {"ratio": words.ratio(log10_lr), "low": words.ratio(low), "high": words.ratio(high)}
    if limits.hides(interval):
        return said["ratio"]
    if high >= limits.upper and low > limits.lower:
        return words.text("front.range_low", ratio=said["ratio"], low=said["low"])
    if low <= limits.lower and high < limits.upper:
        return words.text("front.range_high", ratio=said["ratio"], high=said["high"])
    return words.text("front.range", **said)


def _in_words(one: Asked, words: Language) -> str:
    found = _best(one)
    if found is None:
        return shortened(printable(one.answer.refused or ""), LONGEST_REASON)
    return words.weighed(found[0])


def _careful(one: Asked) -> str:
    """What has to be said beside an answer, as the log has it; of much the beginning."""
    said = "; ".join(map(printable, one.answer.warnings))
    return shortened(said, LONGEST_WARNING)


def _best(one: Asked) -> tuple[float, tuple[float, float], str | None] | None:
    """The LR that an answer states, its interval, and the device that H1 is of."""
    if isinstance(one, VerifyEntry):
        if one.answer.log10_lr is None or one.answer.interval is None:
            return None
        low, high = one.answer.interval
        return one.answer.log10_lr, (low, high), None
    if not one.answer.ranking:
        return None
    best = one.answer.ranking[0]
    low, high = best.interval
    return best.log10_lr, (low, high), best.device


def _limits(case: Contents, words: Language) -> Iterator[str]:
    conditions = [one.answer.conditional_on for one in case.asked]
    yield words.text("limits.probability")
    for proposition in dict.fromkeys(one.proposition for one in conditions):
        yield words.text(f"limits.{proposition}")
    for whom, population in dict.fromkeys(
        (one.question.population, one.answer.conditional_on.population) for one in case.asked
    ):
        said = printable(words.known(population))
        key = "limits.population" if whom == "any" else "limits.narrower"
        yield words.text(key, population=said)
    bounds = dict.fromkeys(
        (one.sitting, tuple(one.bounds_log10), one.bounded_by) for one in conditions
    )
    for sitting, (low, high), why in bounds:
        yield words.text(
            "limits.bounds",
            low=words.ratio(low),
            high=words.ratio(high),
            sitting=words.text(f"sitting.{sitting}"),
            why=printable(words.known(why)),
        )
    sittings: dict[str, list[str]] = {}
    for one in case.asked:
        sittings.setdefault(one.question.sitting, []).append(str(one.entry.number))
    for said_of, numbers in sittings.items():
        said = words.text(f"limits.{said_of}")
        if len(sittings) > 1:
            said = f"{words.text('front.entry')} {', '.join(numbers)}: {said}"
        yield said
    if any(_untested(case, one) for one in case.asked):
        yield words.text("limits.untested")
    yield words.text("limits.disguise")
    yield words.text("limits.file")
    if any(one.answer.refused is not None for one in case.asked):
        yield words.text("limits.refusal")


def _untested(case: Contents, one: Asked) -> bool:
    found = case.calibrations[one.question.calibration_sha256]
    return found is not None and all(row.sitting != "other" for row in found.validated)


def listed(names: Sequence[str], words: Language) -> str:
    """Names with commas between; of many the first."""
    if not names:
        return words.text("language.none")
    shown = [device_of(name) for name in names[:MOST_DEVICES]]
    if (more := len(names) - len(shown)) > 0:
        shown.append(words.text("language.and_more", n=more))
    return ", ".join(shown)
