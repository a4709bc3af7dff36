"""The lines of business of what a person bought: new cars, used cars, service, insurance.

One expression for all who count purchases (facts, RFM), so that their numbers agree. `{row}` is the alias of
`segments_interaction`.

- A sale belongs to the line that its document names, else to the condition of the car; a sale that says neither has no
  line (NULL), and counts only in "everything together". Visits, bookings, calls and buy-outs are no purchases.
- A negative sum is a refund: it takes its sum back, and is itself no purchase.
- What was cancelled or returned by its status did not happen.
- A call that we made is nothing that the person did.
"""

IS_PURCHASE = "{row}.kind IN ('sale', 'service', 'insurance')"
# Beginnings of statuses, lower case.
CANCELLED = ("отмен", "аннул", "удале", "возвр", "сторн", "cance", "refun")
HAPPENED = f"({{row}}.status = '' OR lower(left({{row}}.status, 5)) NOT IN {CANCELLED})"
OUTGOING = "исходящий"  # the status of a call that we made
SHE_DID = f"{HAPPENED} AND {{row}}.status <> '{OUTGOING}'"
IS_REFUND = "coalesce({row}.amount < 0, false)"
LINE_OF_PURCHASE = """CASE {row}.kind
    WHEN 'sale' THEN coalesce(nullif({row}.line, ''), nullif({row}.condition, ''))
    WHEN 'service' THEN 'service' WHEN 'insurance' THEN 'insurance' END"""
