"""The one statement that says what speaks for which campaign, for all deals at once. Names are ours, values are bound.

`{of_deals}` chooses whose deals; nothing else of it depends on whether it is everybody or a few.
"""

from segments.lines import HAPPENED, IS_PURCHASE, IS_REFUND, LINE_OF_PURCHASE

# A refund takes back one deal: the first of that sum the first, the second the second.
DEALS = f"""
span AS (
    SELECT * FROM unnest(%(lines)s::text[], %(days)s::integer[]) AS w (line, days)
), bought AS MATERIALIZED (
    SELECT i.id AS deal_id, i.customer_id, i.kind, coalesce({LINE_OF_PURCHASE.format(row="i")}, '') AS line,
           i.happened_at AS dealt_at, i.amount, i.margin, i.number, {IS_REFUND.format(row="i")} AS is_refund,
           i.happened_at + CASE WHEN (i.happened_at AT TIME ZONE s.time_zone)::time = '00:00' THEN interval '1 day'
                                ELSE interval '0' END AS day_ends,
           row_number() OVER (PARTITION BY i.customer_id, i.kind, i.amount ORDER BY i.happened_at, i.id) AS n
    FROM segments_interaction AS i JOIN segments_source AS s ON s.id = i.source_id
    WHERE {IS_PURCHASE.format(row="i")} AND i.happened_at >= %(since)s AND {HAPPENED.format(row="i")} AND {{of_deals}}
), deal AS MATERIALIZED (
    SELECT bought.*, span.days * interval '1 day' AS wait FROM bought JOIN span USING (line)
    WHERE NOT is_refund AND NOT EXISTS (
        SELECT FROM bought AS back
        WHERE back.is_refund AND back.customer_id = bought.customer_id AND back.kind = bought.kind
          AND back.amount = -bought.amount AND back.n = bought.n AND back.dealt_at >= bought.dealt_at)
)"""
# Her own doing: the last call on a campaign's number, the last click. Who called and was not written to, was left alone by
# no control group, and called after the launch.
DONE = """
acted AS (
    SELECT r.kind, d.deal_id, r.campaign_id, r.message_id, r.channel, r.key, r.at, k.purpose <> 'advertising' AS is_service,
           d.customer_id
    FROM deal AS d
    JOIN tracking_response AS r ON r.customer_id = d.customer_id AND r.kind IN ('call', 'site')
     AND r.at < d.day_ends AND r.at >= d.dealt_at - d.wait
    JOIN campaigns_campaign AS k ON k.id = r.campaign_id
), unwritten AS MATERIALIZED (
    SELECT DISTINCT a.customer_id FROM acted AS a WHERE a.message_id IS NULL
), held_out AS MATERIALIZED (
    SELECT DISTINCT r.campaign_id, who.customer_id
    FROM (SELECT customer_id, customer_id AS id FROM unwritten
          UNION ALL
          SELECT u.customer_id, c.id FROM unwritten AS u JOIN segments_customer AS c ON c.merged_into_id = u.customer_id) AS who
    JOIN campaigns_message AS m ON m.customer_id = who.id AND m.left_out IN ('control', 'global_control')
    JOIN campaigns_run AS r ON r.id = m.run_id
), done AS (
    SELECT DISTINCT ON (a.kind, a.deal_id) CASE a.kind WHEN 'call' THEN 'number' ELSE 'click' END AS model,
           a.deal_id, a.campaign_id, a.message_id, a.channel, CASE a.kind WHEN 'call' THEN 'call' ELSE 'click' END AS reason,
           a.key, a.at
    FROM acted AS a
    WHERE a.message_id IS NOT NULL OR (
        a.at >= (SELECT min(started_at) FROM campaigns_run AS r WHERE r.campaign_id = a.campaign_id)
        AND NOT EXISTS (SELECT FROM held_out AS h WHERE h.campaign_id = a.campaign_id AND h.customer_id = a.customer_id))
    ORDER BY a.kind, a.deal_id, a.is_service, a.at DESC, a.key DESC
)"""
# Of a use of a code and a deal that could be the same purchase: the receipt, then the sum, then the time. One to one.
REDEEMED = """
used AS (
    SELECT DISTINCT ON (p.id) p.id AS key, d.deal_id, p.campaign_id, c.message_id, p.happened_at AS at,
           p.receipt = d.number AS is_receipt, p.amount = d.amount AS is_sum,
           abs(extract(epoch FROM d.dealt_at - p.happened_at)) AS apart
    FROM campaigns_promoredemption AS p
    JOIN campaigns_promocode AS c ON c.id = p.code_id
    JOIN segments_customer AS who ON who.id = p.customer_id
    JOIN deal AS d ON d.customer_id = coalesce(who.merged_into_id, who.id)
     AND ((p.receipt <> '' AND p.receipt = d.number)
          OR d.dealt_at BETWEEN p.happened_at - %(near)s * interval '1 day' AND p.happened_at + %(near)s * interval '1 day')
    WHERE p.cancelled_at IS NULL AND p.campaign_id IS NOT NULL
    ORDER BY p.id, is_receipt DESC, is_sum DESC NULLS LAST, apart, d.deal_id
), redeemed AS (
    SELECT DISTINCT ON (deal_id) 'promo' AS model, deal_id, campaign_id, message_id, '' AS channel, 'promo' AS reason, key, at
    FROM used ORDER BY deal_id, is_receipt DESC, is_sum DESC NULLS LAST, apart, key
)"""
# What was sent to her: `k` of `n` messages in the window, of advertising where there is any. Of three or more the first is
# given the beginning of the deal, the last its end, and the middle is cut into equal parts of whole millionths.
SENT = """
sent AS (
    SELECT d.deal_id, t.message_id, t.campaign_id, t.channel, t.sent_at AS at, k.purpose <> 'advertising' AS is_service,
           bool_and(k.purpose <> 'advertising') OVER (PARTITION BY d.deal_id) AS is_only_service
    FROM deal AS d
    JOIN campaigns_touch AS t ON t.customer_id = d.customer_id AND t.failed_at IS NULL
     AND t.sent_at < d.dealt_at AND t.sent_at >= d.dealt_at - d.wait
    JOIN campaigns_campaign AS k ON k.id = t.campaign_id
), in_order AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY deal_id ORDER BY at, message_id) AS k, count(*) OVER (PARTITION BY deal_id) AS n
    FROM sent WHERE is_service = is_only_service
), placed AS (
    SELECT *, CASE WHEN k = 1 THEN 0 WHEN n = 2 THEN 0.5 WHEN k = n THEN 1 - %(ends)s::numeric
              ELSE %(ends)s + round((1 - 2 * %(ends)s::numeric) * (k - 2) / (n - 2), 6) END AS begins
    FROM in_order
), parted AS (
    SELECT *, lead(begins, 1, 1) OVER (PARTITION BY deal_id ORDER BY k) - begins AS share FROM placed
)"""
FRESH = f"""
WITH {DEALS}, {DONE}, {REDEEMED}, {SENT}, spoken AS (
    SELECT model, deal_id, 0::numeric AS begins, 1::numeric AS share, campaign_id, message_id, channel, reason, key, at FROM done
    UNION ALL
    SELECT model, deal_id, 0, 1, campaign_id, message_id, channel, reason, key, at FROM redeemed
    UNION ALL
    SELECT 'last', deal_id, 0, 1, campaign_id, message_id, channel, 'message', message_id, at FROM in_order WHERE k = n
    UNION ALL
    SELECT 'first', deal_id, 0, 1, campaign_id, message_id, channel, 'message', message_id, at FROM in_order WHERE k = 1
    UNION ALL
    SELECT 'position', deal_id, begins, share, campaign_id, message_id, channel, 'message', message_id, at FROM parted
    WHERE share > 0
), fresh AS MATERIALIZED (
    SELECT s.model, s.deal_id, s.begins, s.share, s.campaign_id, m.run_id, s.message_id,
           coalesce(nullif(s.channel, ''), m.channel, '') AS channel, coalesce(m.variant, '') AS variant, d.customer_id, d.line,
           s.reason, s.key, s.at AS touched_at, d.dealt_at, coalesce(d.amount, 0) AS amount, d.margin
    FROM spoken AS s JOIN deal AS d USING (deal_id) LEFT JOIN campaigns_message AS m ON m.id = s.message_id
)"""
