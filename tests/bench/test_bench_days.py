"""What is played on a day, in the parameters or beyond them."""

from typing import Any

import numpy as np
import pytest
from bench_recipes import ROOM, tiny

from micfp.bench import speech
from micfp.bench.days import Day, day_of
from micfp.bench.speech import more_sentences, sentences
from micfp.bench.stimuli import stimulus
from micfp.config.bench import BenchConfig
from micfp.errors import MicfpError


def names(day: Day) -> list[str]:
    return [content.name for content in day.contents]


def test_days_of_the_parameters_are_as_they_stand_there() -> None:
    config = BenchConfig()
    for session, listed in ((None, 0), ("day-1", 0), ("day-2", 1)):
        # without sentences of its own: each content says its share, as in a rendered bench
        assert day_of(config, session) == Day(config.sessions[listed].contents)


def test_a_later_day_continues_the_names_and_has_the_same_kinds_and_lengths() -> None:
    config = BenchConfig()
    day = day_of(config, "day-3")
    assert names(day) == ["speech-e", "speech-f", "music-c", "sweep-c"]
    last = config.sessions[-1].contents
    assert [(c.kind, c.duration_s) for c in day.contents] == [(c.kind, c.duration_s) for c in last]
    # two speeches a day: the 14th day has the 27th and 28th, after z
    assert names(day_of(config, "day-14"))[:2] == ["speech-aa", "speech-ab"]


def test_no_day_shares_a_content_or_while_they_last_a_sentence() -> None:
    config = BenchConfig()
    days = [day_of(config, f"day-{n}") for n in range(3, 9)]
    taken = {content.name for session in config.sessions for content in session.contents}
    for day in days:
        assert taken.isdisjoint(names(day))
        taken |= set(names(day))
    assert len(set(more_sentences())) == len(more_sentences())
    said = set(sentences())
    for day in days[:3]:
        for own in day.sentences.values():
            # a sentence and its pause last 3 s and more: 35 fill 105 s
            assert len(set(own)) == 35
            assert said.isdisjoint(own)
            said |= set(own)
    assert [day.own_sentences for day in days] == [True] * 3 + [False] * 3


def test_more_speech_than_there_are_sentences_says_them_all() -> None:
    config = tiny()
    long = config.sessions[1].model_copy(
        update={
            "contents": (config.sessions[1].contents[0].model_copy(update={"duration_s": 900}),)
        }
    )
    day = day_of(config.model_copy(update={"sessions": (long,)}), "day-1")
    (own,) = day.sentences.values()
    assert own == more_sentences()
    assert not day.own_sentences


def test_a_day_between_those_of_the_parameters_is_a_later_one_too() -> None:
    """Each has its place among the days that are not there: 1, 3, 4 beside day-2."""
    config = tiny()
    only = config.model_copy(update={"sessions": (config.sessions[1],)})
    found = [names(day_of(only, f"day-{n}")) for n in (1, 2, 3, 4)]
    assert found == [
        ["speech-a", "sweep-a"],
        ["speech-b", "sweep-b"],
        ["speech-c", "sweep-c"],
        ["speech-d", "sweep-d"],
    ]


@pytest.mark.parametrize(
    "session", ["day-0", "day-1000", "day-03", "Day-3", "day 3", "evening", ""]
)
def test_another_name_is_one_sentence(session: str) -> None:
    with pytest.raises(MicfpError) as found:
        day_of(tiny(), session)
    assert str(found.value) == (
        f"the bench has no session {session!r}: give one of the parameters (day-1, day-2), or any "
        "day from day-1 to day-999"
    )


@pytest.mark.parametrize("name", ["speech_from", "music_from"])
def test_measured_recordings_are_dealt_to_the_parameters_alone(name: str) -> None:
    config = tiny(measured={name: "somewhere"})
    assert day_of(config, "day-2") == Day(config.sessions[1].contents)
    with pytest.raises(MicfpError, match=rf"measured\.{name} deals .* add it to bench\.sessions"):
        day_of(config, "day-3")


def test_later_days_differ_in_every_content_and_each_repeats(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoken: list[str] = []

    def speak(utterances: Any, words_per_minute: int) -> Any:
        spoken.extend(text for _, text in utterances)
        return usual(utterances, words_per_minute)

    usual = speech.speak
    monkeypatch.setattr(speech, "speak", speak)
    kinds = (("speech", 6.0), ("music", 5.0), ("sweep", 4.0), ("noise", 4.0))
    contents = [{"name": f"{kind}-a", "kind": kind, "duration_s": s} for kind, s in kinds]
    config = tiny(sessions=[{"name": "day-1", "contents": contents, **ROOM}])
    heard = {}
    for n in (1, 2, 3, 2):
        spoken.clear()
        day = day_of(config, f"day-{n}")
        samples, rate_hz = stimulus(config, np.random.default_rng(3), day)
        if n > 1:
            assert spoken
            assert set(spoken) <= set(day.sentences[names(day)[0]])
        # each content after two seconds of silence, all after the marker
        ends = np.cumsum([round((2 + s) * rate_hz) for _, s in kinds])
        parts = np.split(samples, len(samples) - ends[-1] + np.r_[0, ends[:-1]])[1:]
        assert len(parts) == len(kinds)
        again = heard.setdefault(n, parts)
        assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))
    for one, two in ((1, 2), (1, 3), (2, 3)):
        for a, b in zip(heard[one], heard[two], strict=True):
            assert not np.array_equal(a, b)
