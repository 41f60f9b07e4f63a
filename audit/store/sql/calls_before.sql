SELECT calls.call_id, calls.path, calls.sha256, calls.started_at, agent_id, service_channel, ticket_id, status
FROM calls
LEFT JOIN runs USING (run_id)
WHERE coalesce(calls.started_at, runs.started_at) < $before
ORDER BY coalesce(calls.started_at, runs.started_at), call_id
