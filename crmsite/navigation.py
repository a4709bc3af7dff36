"""The sidebar of the admin, grouped by job."""

UNFOLD: dict = {"SITE_TITLE": "Krug", "SITE_HEADER": "Krug"}
