-- Who approved each version, over which bytes, with which evidence, and when was the requirement met?
SELECT granted.subject, granted.version, granted.digest, granted.position AS granted_position, granted.time AS granted_time,
       list(DISTINCT approved.principal ORDER BY approved.principal) AS approvers,
       list(DISTINCT approved.evidence ORDER BY approved.evidence) AS evidence
FROM events AS granted
JOIN events AS approved
  ON approved.subject = granted.subject AND approved.version = granted.version AND approved.digest = granted.digest
 AND approved.action = 'approve' AND approved.accepted AND approved.position <= granted.position
WHERE granted.action = 'granted'
GROUP BY ALL
ORDER BY granted.position, granted.subject, granted.version;
