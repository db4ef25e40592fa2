-- Which decisions were refused, whose were they, and which rule refused them?
SELECT refused_because AS rule, principal, count(*) AS decisions, min(position) AS first_position, max(position) AS last_position
FROM events
WHERE NOT accepted AND refused_because IS NOT NULL
GROUP BY ALL
ORDER BY decisions DESC, rule, principal;
