"""Searches over parameters: grids, samples, Bayesian studies."""
