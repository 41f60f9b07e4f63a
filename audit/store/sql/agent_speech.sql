-- When an agent speaks in the calls that say most surely who the agent is, newest first.
-- Grain: one row a call; its turns as a list. Parameters: $agent_id, $most.
SELECT
    calls.call_id, calls.path, calls.sha256, turns.channel,
    list({start_ms: turns.start_ms, end_ms: turns.end_ms} ORDER BY turns.start_ms) AS speech
FROM calls
JOIN turns ON turns.call_id = calls.call_id AND turns.role = 'agent'
WHERE calls.agent_id = $agent_id
  AND calls.role_confidence >= 0.9
  AND calls.sha256 IS NOT NULL
GROUP BY calls.call_id, calls.path, calls.sha256, turns.channel, calls.started_at
ORDER BY calls.started_at DESC NULLS LAST, calls.call_id
LIMIT $most
