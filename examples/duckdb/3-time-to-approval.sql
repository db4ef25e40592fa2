-- How long did approvals take, from landing to the moment the requirement was met? Times are committer dates: claims, in landing order.
WITH landed AS (
    SELECT subject, version, digest, arg_min(time, position) AS time FROM events WHERE action = 'landed' GROUP BY ALL
), granted AS (
    SELECT subject, version, digest, arg_min(time, position) AS time FROM events WHERE action = 'granted' GROUP BY ALL
), taken AS (
    SELECT epoch(granted.time) - epoch(landed.time) AS seconds FROM landed JOIN granted USING (subject, version, digest)
)
SELECT count(*) AS versions,
       quantile_disc(seconds, 0.5)::BIGINT AS median_seconds,
       quantile_disc(seconds, 0.9)::BIGINT AS p90_seconds,
       max(seconds)::BIGINT AS longest_seconds
FROM taken;
