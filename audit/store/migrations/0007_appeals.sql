-- Appeals: an agent disputes the verdict on a call, and a person decides. Rows are only ever added.

CREATE TABLE appeals (                       -- one row a step of an appeal: raised, then decided
    appeal_id     VARCHAR NOT NULL,          -- the same for all steps of one appeal
    call_id       VARCHAR NOT NULL,
    status        VARCHAR NOT NULL CHECK (status IN ('disputed', 'upheld', 'overturned')),
    person        VARCHAR NOT NULL,          -- who raised it, or who decided
    comment       VARCHAR,                   -- personal data replaced
    brush_off     BOOLEAN NOT NULL,          -- the verdict that is disputed
    score         DOUBLE,                    -- of the machine at that moment, 0..100
    model_version VARCHAR,
    recorded_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (appeal_id, status)
);

-- Where every appeal stands. standing: the verdict that a decided appeal leaves, whatever the machine or
-- reviewers said; null while it is open.
-- Grain: one row a call.
CREATE VIEW appealed_calls AS
SELECT
    raised.call_id, raised.appeal_id, coalesce(decided.status, 'disputed') AS status,
    raised.person AS raised_by, raised.recorded_at AS raised_at, raised.comment AS reason,
    decided.person AS decided_by, decided.recorded_at AS decided_at, decided.comment AS answer,
    raised.brush_off AS disputed_brush_off,
    CASE decided.status
        WHEN 'upheld' THEN raised.brush_off
        WHEN 'overturned' THEN NOT raised.brush_off
    END AS standing
FROM appeals AS raised
LEFT JOIN appeals AS decided
    ON decided.appeal_id = raised.appeal_id AND decided.status <> 'disputed'
WHERE raised.status = 'disputed';
