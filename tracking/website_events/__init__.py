"""What people do on the holding's websites: told by a site's server or by our script on its pages, kept by the month.

`api` is the door (our form and Mindbox's), `forms` and `mindbox` read what was told, `gate` says who may tell and how much,
`storing` keeps it, `identifying` ties devices to people, `asking` is how others ask. The tables: `tracking.website_models`.
"""
