"""All rules, in the order in which their sentences are said."""

from micfp.casework.inspect.inspection import Inspection
from micfp.casework.inspect.rules import encoders, sound, structure, times
from micfp.casework.inspect.rules.findings import Findings, Rule

RULES: tuple[Rule, ...] = (*encoders.RULES, *structure.RULES, *times.RULES, *sound.RULES)


def inconsistencies(inspection: Inspection) -> tuple[str, ...]:
    """One sentence of each rule that finds something; what is not read breaks no rule."""
    findings = Findings(inspection)
    return tuple(sentence for rule in RULES if (sentence := rule(findings)) is not None)
