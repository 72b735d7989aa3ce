"""Parameters of the study `fingerprint`: what the model learns from, and what judges it."""

from typing import Self

from pydantic import Field, model_validator

from micfp.config.base import StudySection
from micfp.config.population import PopulationConfig

_FIRST, _SECOND = (0, 2), (1, 2)


class FingerprintConfig(StudySection):
    """Fingerprints of devices that no training saw, learned from virtual phones."""

    n_classes: int = Field(128, ge=1, le=4096, description="classes of frames by what is said")
    content_devices: int = Field(
        100, ge=1, description="devices of `training` from which the classes are learned"
    )
    training: PopulationConfig = PopulationConfig(speaker_part=_FIRST)
    same_setting: PopulationConfig = Field(
        PopulationConfig(
            name="same setting",
            n_devices=60,
            sessions=1,
            common_sessions=True,
            take_s=10.0,
            speaker_part=_FIRST,
        ),
        description="where the scores of recordings of one sitting are weighed",
    )
    other_setting: PopulationConfig = Field(
        PopulationConfig(
            name="other setting", n_devices=60, sessions=4, take_s=10.0, speaker_part=_FIRST
        ),
        description="where those of any recordings are",
    )
    judged: PopulationConfig = Field(
        PopulationConfig(
            name="judged", n_devices=200, sessions=4, take_s=10.0, speaker_part=_SECOND
        ),
        description="what nothing is learned from; docs/design/fingerprint.md settles it",
    )
    devices_per_task: int = Field(25, ge=1)

    @model_validator(mode="after")
    def _judges_are_strangers(self) -> Self:
        others = (self.same_setting, self.other_setting, self.judged)
        names = [self.training.name, *(one.name for one in others)]
        if len(set(names)) < len(names):
            raise ValueError(
                f"populations share a name, and so their devices: {', '.join(names)}; rename one"
            )
        for one in (self.training, *others):
            if one.n_devices < 2:
                raise ValueError(f"{one.name} needs n_devices of 2 or more, to tell them apart")
        if self.training.take_s < 2:
            raise ValueError(
                f"{self.training.name}.take_s is {self.training.take_s:g}: pieces of 1 s are "
                "compared with each other, so that it needs 2 s or more"
            )
        judged = self.judged
        if judged.sessions < 4 or judged.speakers < 2:
            raise ValueError("judged needs 4 sessions with 2 speakers: every row compares others")
        if judged.sessions_with_same_speakers != 2:
            raise ValueError(
                "judged needs sessions_with_same_speakers of 2: rows are named by who speaks in "
                "which of its sessions"
            )
        for one in others:
            if one.take_s < 10:
                raise ValueError(f"{one.name}.take_s is {one.take_s}: 5 s refer, and 5 s test")
        return self
