"""What scores are worth as evidence: calibrated, bounded, or refused."""
