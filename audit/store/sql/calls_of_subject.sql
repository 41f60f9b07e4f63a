SELECT call_id, path, sha256, started_at, agent_id, service_channel, ticket_id, status
FROM calls
WHERE ($caller_hash IS NULL OR caller_hash = $caller_hash)
  AND ($ticket IS NULL OR ticket_id = $ticket)
  AND ($caller_hash IS NOT NULL OR $ticket IS NOT NULL)
ORDER BY started_at, call_id
