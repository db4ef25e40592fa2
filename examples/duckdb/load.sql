-- countersign log --format ndjson > events.ndjson
CREATE TABLE events AS
SELECT *
FROM read_json('events.ndjson', format = 'newline_delimited', columns = {
    schema: 'VARCHAR',
    repository: 'VARCHAR',
    sequence: 'BIGINT',
    position: 'BIGINT',
    commit: 'VARCHAR',
    time: 'TIMESTAMP',
    action: 'VARCHAR',
    subject: 'VARCHAR',
    version: 'VARCHAR',
    digest: 'VARCHAR',
    principal: 'VARCHAR',
    reason: 'VARCHAR',
    evidence: 'VARCHAR',
    accepted: 'BOOLEAN',
    refused_because: 'VARCHAR',
    record: 'VARCHAR',
    path: 'VARCHAR'
});
