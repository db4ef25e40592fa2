-- Which bytes landed and were never approved?
SELECT landed.subject, landed.version, landed.digest, min(landed.position) AS landed_position
FROM events AS landed
ANTI JOIN events AS granted
  ON granted.action = 'granted' AND granted.subject = landed.subject AND granted.version = landed.version
 AND granted.digest = landed.digest
WHERE landed.action = 'landed'
GROUP BY ALL
ORDER BY landed_position, landed.subject, landed.version;
