-- Measures of a conversation beyond the first ones; null where a call does not tell.
-- Latencies are pauses before a party answers the other, 0 where it began before the other's end, and not
-- over a hold. Rates and loudness are of speech alone.
ALTER TABLE calls ADD COLUMN agent_talk_share DOUBLE;           -- of the speech of both, 0 to 1
ALTER TABLE calls ADD COLUMN agent_words_per_min DOUBLE;        -- as recognized, pauses left out
ALTER TABLE calls ADD COLUMN caller_words_per_min DOUBLE;
ALTER TABLE calls ADD COLUMN agent_syllables_per_s DOUBLE;      -- by the sound, whatever was recognized
ALTER TABLE calls ADD COLUMN caller_syllables_per_s DOUBLE;
ALTER TABLE calls ADD COLUMN agent_latency_median_ms BIGINT;    -- pause before the agent answers
ALTER TABLE calls ADD COLUMN agent_latency_p90_ms BIGINT;       -- exceeded by one answer in ten
ALTER TABLE calls ADD COLUMN caller_latency_median_ms BIGINT;
ALTER TABLE calls ADD COLUMN caller_latency_p90_ms BIGINT;
ALTER TABLE calls ADD COLUMN loudness_difference_db DOUBLE;     -- agent over caller, as recorded
ALTER TABLE calls ADD COLUMN agent_longest_monologue_ms BIGINT; -- holds left out, backchannels let pass
ALTER TABLE calls ADD COLUMN caller_longest_monologue_ms BIGINT;
ALTER TABLE calls ADD COLUMN ringing_ms BIGINT;                 -- before the agent's first word
ALTER TABLE calls ADD COLUMN menu_ms BIGINT;                    -- a menu's voice before the agent's first word
ALTER TABLE calls ADD COLUMN told_wait_ms BIGINT;               -- wait as the telephone system told it
ALTER TABLE calls ADD COLUMN heard_wait_ms BIGINT;              -- from the menu, or the beginning, to the
                                                                -- agent's first word; null where nothing
                                                                -- of a wait is heard
ALTER TABLE calls ADD COLUMN last_speaker VARCHAR;              -- on whose turn the call ended
ALTER TABLE calls ADD COLUMN cut_off BOOLEAN;                   -- the recording ends within that turn; then
                                                                -- ended_by is the other party
ALTER TABLE calls ADD COLUMN channel_offset_ms BIGINT;          -- how late channel 1 begins against channel 0;
                                                                -- null where cross-talk does not tell
ALTER TABLE calls ADD COLUMN channel_drift_ppm DOUBLE;          -- how slow its clock is, in millionths
ALTER TABLE calls ADD COLUMN agent_voice VARCHAR;               -- match, unsure or mismatch with the enrolled
                                                                -- voice of agent_id; null without --voiceprints
ALTER TABLE calls ADD COLUMN agent_voice_score DOUBLE;          -- cosine of the two voices, -1 to 1
UPDATE calls SET told_wait_ms = wait_ms;
COMMENT ON COLUMN calls.wait_ms IS 'before an agent answered: as told, else as heard';
COMMENT ON COLUMN calls.ended_by IS 'who ended the call, as far as the recording tells: the last speaker, or the other party where it was cut off';

CREATE TABLE call_quarters (                 -- four equal parts of the conversation: how it went on
    call_id                VARCHAR NOT NULL,
    quarter                INTEGER NOT NULL, -- 1 to 4
    start_ms               BIGINT NOT NULL,
    end_ms                 BIGINT NOT NULL,
    agent_talk_ms          BIGINT NOT NULL,
    caller_talk_ms         BIGINT NOT NULL,
    agent_talk_share       DOUBLE,
    agent_words_per_min    DOUBLE,
    caller_words_per_min   DOUBLE,
    agent_syllables_per_s  DOUBLE,
    caller_syllables_per_s DOUBLE,
    agent_latency_ms       BIGINT,           -- median
    caller_latency_ms      BIGINT,
    agent_loudness_db      DOUBLE,           -- level of speech in dB of full scale
    caller_loudness_db     DOUBLE
);
