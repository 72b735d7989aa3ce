"""What is played on a day: that of a session of the parameters, or of any later day."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from micfp.bench.speech import more_sentences
from micfp.config.bench import BenchConfig, ContentConfig
from micfp.errors import MicfpError

LATER_DAY = re.compile(r"day-([1-9][0-9]{0,2})")
SENTENCE_S = 3.0  # one and the pause after it last longer: what this gives is enough


@dataclass(frozen=True)
class Day:
    """The contents of one day, in their order.

    Attributes
    ----------
    sentences
        What is spoken in a content, by its name; a content without an entry says its share of the
        sentences of the parameters' sessions.
    own_sentences
        No earlier day says any of them.
    """

    contents: tuple[ContentConfig, ...]
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_sentences: bool = True


def day_of(config: BenchConfig, session: str | None) -> Day:
    """What is played in a session of the parameters, the first by default, or on any `day-N`.

    A day that is not in the parameters has the kinds and durations of their last session under
    names that continue theirs, so that its draws are its own, and further sentences.

    Raises
    ------
    MicfpError
        Another name, or a later day where measured recordings are played.
    """
    if session is None:
        return Day(config.sessions[0].contents)
    for listed in config.sessions:
        if listed.name == session:
            return Day(listed.contents)
    names = [listed.name for listed in config.sessions]
    listing = ", ".join(names)
    numbered = LATER_DAY.fullmatch(session)
    if numbered is None:
        raise MicfpError(
            f"the bench has no session {session!r}: give one of the parameters ({listing}), "
            "or any day from day-1 to day-999"
        )
    for name in ("speech_from", "music_from"):
        if getattr(config.measured, name) is not None:
            raise MicfpError(
                f"the bench has no session {session!r}, and bench.measured.{name} deals its "
                f"recordings to the sessions of the parameters alone ({listing}): add it "
                "to bench.sessions"
            )
    number = int(numbered[1])
    listed_before = sum(f"day-{n}" in names for n in range(1, number))
    return _later_day(config, number - 1 - listed_before)


def _later_day(config: BenchConfig, place: int) -> Day:
    """The day at a place, from 0 on, among those that are not in the parameters."""
    last_contents = config.sessions[-1].contents
    kinds = [content.kind for content in last_contents]
    new_names = {
        kind: itertools.islice(_new_names(config, kind), place * kinds.count(kind), None)
        for kind in kinds
    }
    contents = tuple(
        content.model_copy(update={"name": next(new_names[content.kind])})
        for content in last_contents
    )
    spoken = [content for content in contents if content.kind == "speech"]
    needed = {content.name: math.ceil(content.duration_s / SENTENCE_S) for content in spoken}
    texts, first = more_sentences(), place * sum(needed.values())
    are_new = first + sum(needed.values()) <= len(texts)
    sentences = {}
    for name, n in needed.items():
        sentences[name] = tuple(
            texts[number % len(texts)] for number in range(first, first + min(n, len(texts)))
        )
        first += n
    return Day(contents, sentences, are_new)


def _new_names(config: BenchConfig, kind: str) -> Iterator[str]:
    """`speech-e`, `speech-f`, ..: names of a kind that no content of the parameters has."""
    taken = {content.name for session in config.sessions for content in session.contents}
    for length in itertools.count(1):
        for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=length):
            name = f"{kind}-{''.join(letters)}"
            if name not in taken:
                yield name
