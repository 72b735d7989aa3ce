"""Attacks: perturbed recordings against a network, before and after each defence."""

from collections.abc import Iterator

from micfp.report.blocks import Block, Heading, Points, Section, Text, pictures, show
from micfp.report.columns import FLAG, NUMBER, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import number, share
from micfp.report.published import Published

TITLE = "Perturbed by an attacker"
NONE = "none"
ATTACKS = (
    *unshown(TEXT, "corpus"),
    *unshown(FLAG, "converged"),
    *unshown(NUMBER, "accuracy_before", "n_test"),
    Column("perturbation", "Perturbation", TEXT),
    Column("snr_db_reached", "dB", format=number),
    Column("judge", "Judge", TEXT),
    Column("defence", "Defence", TEXT),
    Column("way", "Way", TEXT),
    Column("success", "success", format=share),
    Column("success_unnoticed", "unnoticed", format=share),
    Column("flagged", "flagged", format=share),
)


def attack(published: Published) -> Section:
    """Success of each perturbation against each defence."""
    study = published.runs["attack"]
    blocks: list[Block] = [
        Text(
            "Test recordings perturbed with full knowledge of a network, written as 16-bit WAV and "
            "read back. An attack succeeds where a segment that was correct is then named "
            "otherwise; a targeted one where it is named as wanted."
        )
    ]
    for corpus, rows in groups(study.rows("attacks.csv", ATTACKS), "corpus").items():
        blocks += [
            Heading(corpus),
            Points(tuple(_costs(rows))),
            show(
                "Success of each perturbation and disguise; dB of sound over change, median over "
                "the written files. Unnoticed: success that the detector did not flag; flagged: of "
                "all segments, which with a budget of nothing are false alarms.",
                ATTACKS,
                rows,
            ),
            *pictures(study.figure(f"attack_{corpus}")),
        ]
    return Section("attack", TITLE, tuple(blocks))


def _costs(rows: list[Row]) -> Iterator[str]:
    """What each defence and judge names rightly without an attack."""
    for (judge, defence), (first, *_) in groups(rows, "judge", "defence").items():
        trained = f", defence {defence}" if defence != NONE else ""
        if first["converged"] is False:
            trained += " (did not converge)"
        yield (
            f"{judge}{trained}: {share(first['accuracy_before'])} of {first['n_test']:.0f} clean "
            "segments identified correctly."
        )
