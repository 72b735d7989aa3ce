"""Common types and sections of params.yaml; `micfp.plan.params` puts them together."""
