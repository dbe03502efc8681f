"""The report: what was measured, how sure it is, and how it was obtained, in one file."""
