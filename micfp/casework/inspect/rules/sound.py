"""The samples, against the form that the file gives them."""

from micfp.casework.inspect.rules.findings import Findings, Rule

NARROW = 0.25
"""Of the sample rate: half of it would hold the sound, with as much again to spare."""
LEAST_S = 1.0
"""Clicks and measured responses are over before their low end is: their spectrum tells nothing."""
_DECODED_AT_48_KHZ = ("opus",)  # whatever was encoded


def band_of_a_lower_rate(findings: Findings) -> str | None:
    """Nothing above a quarter of the sample rate."""
    bandwidth_hz, rate_hz = findings.number("bandwidth [Hz]"), findings.rate_hz
    duration_s = findings.number("duration [s]", "lib") or 0
    if not bandwidth_hz or duration_s < LEAST_S or findings.codec in _DECODED_AT_48_KHZ:
        return None
    if bandwidth_hz >= NARROW * rate_hz or bandwidth_hz >= 15_500:  # as far as it is measured
        return None
    return (
        f"has a sample rate of {rate_hz:.0f} Hz and nothing above {bandwidth_hz:.0f} Hz: "
        f"consistent with sound of {2 * bandwidth_hz:.0f} Hz or less that was resampled, with a "
        "narrow-band codec or filter, or with a very quiet recording"
    )


def empty_low_bits(findings: Findings) -> str | None:
    """Samples that use far fewer bits than they have."""
    nominal, used = findings.number("nominal bits", "micfp"), findings.number("bits used")
    if nominal is None or not used:
        return None
    if not ((nominal >= 24 and used <= 16) or (nominal == 16 and used <= 8)):
        return None
    return (
        f"has {nominal:.0f} bits and uses {used:.0f}: consistent with sound of {used:.0f} bits "
        "that was written anew with more"
    )


def equal_channels(findings: Findings) -> str | None:
    """Several channels that are the same to the last bit."""
    if findings.first("channels are equal") is not True:
        return None
    return (
        "has channels that are equal to the last bit: consistent with a recording of one "
        "microphone that was copied to all of them, by a device or by a program"
    )


def digest_of_other_sound(findings: Findings) -> str | None:
    """FLAC's digest (MD5) is of other sound than the file holds."""
    stated = findings.first("MD5 of the sound as stated")
    found = findings.first("MD5 of the sound")
    if stated is None or found is None or stated == found:
        return None
    return (
        "states a digest (MD5) of other sound than it holds: consistent with frames that were "
        "replaced or cut out after it was encoded, or with damage"
    )


RULES: tuple[Rule, ...] = (
    band_of_a_lower_rate,
    empty_low_bits,
    equal_channels,
    digest_of_other_sound,
)
