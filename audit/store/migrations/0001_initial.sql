-- The tables of an audit. Times are milliseconds from the first sample of the recording.

CREATE TABLE settings (
    name  VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);

CREATE TABLE runs (
    run_id         VARCHAR PRIMARY KEY,
    started_at     TIMESTAMPTZ NOT NULL,
    finished_at    TIMESTAMPTZ,              -- null while running, and for a run that was killed
    version        VARCHAR NOT NULL,
    recognizer     VARCHAR NOT NULL,
    diarizer       VARCHAR NOT NULL,
    classifier     VARCHAR NOT NULL,
    config_sha256  VARCHAR NOT NULL,
    config         JSON NOT NULL,
    audited        INTEGER NOT NULL DEFAULT 0,
    unscorable     INTEGER NOT NULL DEFAULT 0,
    failed         INTEGER NOT NULL DEFAULT 0,
    skipped        INTEGER NOT NULL DEFAULT 0,
    audio_ms       BIGINT NOT NULL DEFAULT 0,
    stage_ms       MAP(VARCHAR, BIGINT)      -- wall-clock time by stage, summed over calls
);

CREATE TABLE calls (
    call_id             VARCHAR PRIMARY KEY,
    sha256              VARCHAR,             -- of the file's bytes; null where it could not be read
    path                VARCHAR NOT NULL,
    started_at          TIMESTAMPTZ,
    duration_ms         BIGINT,
    channels            INTEGER,
    sample_rate_hz      INTEGER,
    codec               VARCHAR,
    agent_id            VARCHAR,
    vendor              VARCHAR,
    service_channel     VARCHAR,
    queue               VARCHAR,
    direction           VARCHAR,
    disposition         VARCHAR,
    caller_hash         VARCHAR,             -- HMAC-SHA256 of the caller under this database's salt
    ticket_id           VARCHAR,
    wait_ms             BIGINT,
    told_hold_ms        BIGINT,              -- hold as the telephone system told it
    status              VARCHAR NOT NULL CHECK (status IN ('audited', 'unscorable', 'failed')),
    unscorable_reason   VARCHAR,
    language            VARCHAR,
    asr_confidence      DOUBLE,              -- mean word probability
    role_confidence     DOUBLE,
    role_evidence       VARCHAR,
    brush_off           BOOLEAN,
    brush_off_score     DOUBLE,              -- 0 exemplary .. 100
    brush_off_unsure    BOOLEAN,
    verdict_evidence    VARCHAR[],
    resolution          VARCHAR,
    hold_ms             BIGINT,
    longest_hold_ms     BIGINT,
    hold_count          INTEGER,
    dead_air_ms         BIGINT,
    first_agent_word_ms BIGINT,
    agent_talk_ms       BIGINT,
    caller_talk_ms      BIGINT,
    overlap_ms          BIGINT,
    agent_interruptions  INTEGER,
    caller_interruptions INTEGER,
    ended_by            VARCHAR,             -- the role that had the last word
    run_id              VARCHAR NOT NULL,
    CHECK (brush_off IS NULL OR status = 'audited')
);

CREATE TABLE turns (
    call_id        VARCHAR NOT NULL,
    turn_index     INTEGER NOT NULL,
    role           VARCHAR NOT NULL,
    speaker        VARCHAR NOT NULL,
    channel        INTEGER,
    start_ms       BIGINT NOT NULL,
    end_ms         BIGINT NOT NULL,
    text           VARCHAR NOT NULL,
    asr_confidence DOUBLE,
    brush_off      DOUBLE,                   -- probability, agent turns only
    unsure         BOOLEAN,
    label_scores   MAP(VARCHAR, DOUBLE),
    positives      VARCHAR[]
);

CREATE TABLE words (
    call_id     VARCHAR NOT NULL,
    turn_index  INTEGER NOT NULL,
    word_index  INTEGER NOT NULL,
    start_ms    BIGINT NOT NULL,
    end_ms      BIGINT NOT NULL,
    text        VARCHAR NOT NULL,
    probability DOUBLE NOT NULL
);

CREATE TABLE flags (
    call_id    VARCHAR NOT NULL,
    turn_index INTEGER NOT NULL,
    label      VARCHAR NOT NULL,
    score      DOUBLE NOT NULL,
    threshold  DOUBLE NOT NULL,
    start_ms   BIGINT NOT NULL,
    end_ms     BIGINT NOT NULL,
    evidence   VARCHAR[]                     -- the words of the turn that weighed most
);

CREATE TABLE commitments (
    call_id    VARCHAR NOT NULL,
    turn_index INTEGER NOT NULL,
    action     VARCHAR,
    owner      VARCHAR,
    deadline   VARCHAR,
    reference  VARCHAR,
    start_ms   BIGINT NOT NULL,
    end_ms     BIGINT NOT NULL
);

CREATE TABLE holds (
    call_id   VARCHAR NOT NULL,
    start_ms  BIGINT NOT NULL,
    end_ms    BIGINT NOT NULL,
    kind      VARCHAR NOT NULL CHECK (kind IN ('music', 'silence')),
    announced BOOLEAN NOT NULL
);

CREATE TABLE redactions (                    -- when personal data is heard, to bleep it
    call_id    VARCHAR NOT NULL,
    turn_index INTEGER NOT NULL,
    type       VARCHAR NOT NULL,
    channel    INTEGER,
    start_ms   BIGINT NOT NULL,
    end_ms     BIGINT NOT NULL
);

CREATE TABLE failures (
    path      VARCHAR NOT NULL,              -- one row a recording: the newest failure of it
    call_id   VARCHAR,
    sha256    VARCHAR,
    stage     VARCHAR NOT NULL,
    reason    VARCHAR NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL,
    run_id    VARCHAR NOT NULL
);

CREATE TABLE reviews (
    review_id     VARCHAR PRIMARY KEY,
    call_id       VARCHAR NOT NULL,
    turn_index    INTEGER,                   -- null: of the whole call
    label         VARCHAR,
    verdict       VARCHAR NOT NULL,
    reviewer      VARCHAR NOT NULL,
    comment       VARCHAR,
    blind         BOOLEAN NOT NULL,
    model_version VARCHAR,
    reviewed_at   TIMESTAMPTZ NOT NULL
);

CREATE TABLE surveys (
    call_id     VARCHAR NOT NULL,
    answered_at TIMESTAMPTZ,
    score       DOUBLE,
    comment     VARCHAR
);
