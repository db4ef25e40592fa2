-- What was blocked, revoked or rolled back, by whom and why, and how long had it been there?
SELECT stopped.action, stopped.subject, stopped.version, stopped.principal, stopped.reason, stopped.position,
       (epoch(stopped.time) - epoch(min(landed.time)))::BIGINT AS exposure_seconds
FROM events AS stopped
LEFT JOIN events AS landed
  ON landed.action = 'landed' AND landed.subject = stopped.subject AND landed.digest = stopped.digest
WHERE stopped.action IN ('block', 'revoke', 'rollback') AND stopped.accepted
GROUP BY stopped.sequence, stopped.action, stopped.subject, stopped.version, stopped.principal, stopped.reason, stopped.position, stopped.time
ORDER BY stopped.sequence;
