"""The star for Power BI and the like: the schema `bi`, whoever reads it, and the same as CSV."""
