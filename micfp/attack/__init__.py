"""Attackers: perturbed and disguised recordings, and what notices them."""
