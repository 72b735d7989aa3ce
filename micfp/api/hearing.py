"""Listens to files and samples in one and the same way."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from micfp.api.sound import Samples, Sound, name_of
from micfp.audio import Channel, isolated
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.weighed.listening import LONGEST_S, Heard, listen, listen_to_samples
from micfp.recordings.quality.channels import COMPARED_S, warnings_of_channels


def listen_to_each(
    sounds: Sequence[Sound],
    model: FingerprintModel,
    channel: Channel,
    track: int | None,
    *,
    pitch: bool = False,
) -> Iterator[Heard | MicfpError]:
    """Listen to each recording; what is raised for one stands in the place of its answer.

    Parameters and answers are those of `micfp.fingerprint.weighed.listening.listen_each`.
    """

    def one(sound: Sound) -> Heard:
        if isinstance(sound, Path):
            return listen(sound, model, channel, track, pitch=pitch)
        try:
            samples = sound.one_channel(channel, LONGEST_S)
        except MicfpError as error:
            raise MicfpError(f"{sound.name}: {error}") from None
        heard = listen_to_samples(samples, sound.rate_hz, model, sound.name, pitch=pitch)
        return replace(heard, warnings=(*warnings_of(sound, channel, LONGEST_S), *heard.warnings))

    return isolated(one, sounds, name_of)


def warnings_of(sound: Samples, channel: Channel, longest_s: float) -> tuple[str, ...]:
    """What a reader must know of samples, of which so many seconds are used: as of a file."""
    blocks = iter([sound.first(COMPARED_S)])
    said = [*warnings_of_channels(blocks, sound.n_channels, channel, "choose one by channel")]
    if sound.duration_s > longest_s:
        said.append(f"of its {sound.duration_s:.0f} s the first {longest_s:g} s were used")
    return tuple(said)
