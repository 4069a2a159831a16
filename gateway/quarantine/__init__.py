"""Rows of platforms that became no record, and why: for the source's operator and for nobody else."""
