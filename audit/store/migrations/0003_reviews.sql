-- Reviews: what people say of calls and flags, the samples they are drawn by, and evaluation forms.
-- Rows are only ever added; the newest of a key counts, so that a changed mind stays on record.

-- A row with a turn_index is about one label of one agent turn; its verdict is one of
--   confirmed   the machine's flag is right
--   rejected    the label does not apply
--   relabelled  the label does not apply, new_label does
--   added       the label applies, and the machine had not flagged it
--   unsure      the reviewer cannot tell
--   noted       a comment alone, before a verdict
--   withdrawn   the reviewer takes back what they said of this label of this turn
-- A row without a turn_index is about the whole call and ends its review; its verdict is
--   brush_off, proper or unsure.
ALTER TABLE reviews ADD COLUMN new_label VARCHAR;        -- of verdict relabelled
ALTER TABLE reviews ADD COLUMN resolution VARCHAR;       -- of a whole call, as the reviewer sees it
ALTER TABLE reviews ADD COLUMN turn_start_ms BIGINT;     -- the turn as it was when judged: a later
ALTER TABLE reviews ADD COLUMN turn_sha256 VARCHAR;      -- audit may cut or hear it differently
ALTER TABLE reviews ADD COLUMN machine_score DOUBLE;     -- probability of label; of a call 0..100
ALTER TABLE reviews ADD COLUMN machine_flagged BOOLEAN;  -- whether the machine had given label; of a
                                                         -- call whether it was taken for a brush-off
ALTER TABLE reviews ADD COLUMN sample_id VARCHAR;        -- the sample the call was drawn by
ALTER TABLE reviews ADD COLUMN listened_ms BIGINT;       -- of a call: sound played before the verdict

CREATE TABLE review_samples (
    sample_id     VARCHAR PRIMARY KEY,
    created_at    TIMESTAMPTZ NOT NULL,
    specification VARCHAR NOT NULL,          -- as given to --sample, every default written out
    seed          BIGINT NOT NULL
);

-- How many calls each cell had and gave. A cell is a group of the quota (an agent, a vendor; null:
-- all calls) and what the machine thought of the calls when the sample was drawn.
CREATE TABLE review_cells (
    sample_id   VARCHAR NOT NULL,
    quota_group VARCHAR,
    opinion     VARCHAR NOT NULL CHECK (opinion IN ('flagged', 'uncertain', 'clean')),
    population  BIGINT NOT NULL,
    selected    BIGINT NOT NULL
);

CREATE TABLE review_items (
    sample_id   VARCHAR NOT NULL,
    call_id     VARCHAR NOT NULL,
    position    INTEGER NOT NULL,            -- order of work, drawn at random
    stratum     VARCHAR NOT NULL CHECK (stratum IN ('random', 'flagged', 'uncertain')),
    quota_group VARCHAR,
    opinion     VARCHAR NOT NULL,            -- the cell that the call belongs to
    probability DOUBLE NOT NULL,             -- of the call being in this sample, by its design
    blind       BOOLEAN NOT NULL,            -- the machine's opinion is hidden until judged
    readers     INTEGER NOT NULL,            -- how many people are to judge it
    assigned    VARCHAR[],                   -- to whom; null: whoever takes it
    PRIMARY KEY (sample_id, call_id)
);

CREATE TABLE scorecards (                    -- every form that was ever answered, word for word
    scorecard_sha256 VARCHAR PRIMARY KEY,
    name             VARCHAR NOT NULL,
    version          VARCHAR NOT NULL,
    content          JSON NOT NULL
);

CREATE TABLE scorecard_answers (
    answer_id        VARCHAR PRIMARY KEY,
    call_id          VARCHAR NOT NULL,
    reviewer         VARCHAR NOT NULL,
    scorecard_sha256 VARCHAR NOT NULL,
    criterion        VARCHAR NOT NULL,
    answer           VARCHAR CHECK (answer IN ('yes', 'no', 'na')),    -- null: taken back
    automatic_answer VARCHAR CHECK (automatic_answer IN ('yes', 'no', 'na')),
    comment          VARCHAR,
    blind            BOOLEAN NOT NULL,
    answered_at      TIMESTAMPTZ NOT NULL
);

CREATE TABLE scorecard_results (             -- what a form came to, kept with every answer
    call_id          VARCHAR NOT NULL,
    reviewer         VARCHAR NOT NULL,
    scorecard_sha256 VARCHAR NOT NULL,
    weighted_score   DOUBLE,                 -- 0..100 by the weights; null: nothing applied
    score            DOUBLE,                 -- the same, 0 where a critical criterion failed
    passed           BOOLEAN,
    failed_critical  VARCHAR[] NOT NULL,
    complete         BOOLEAN NOT NULL,       -- every criterion has an answer
    updated_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (call_id, reviewer, scorecard_sha256)
);

-- The newest word of every reviewer on every label of every turn, and on every call.
-- Grain: one row a (call, turn, label, reviewer).
CREATE VIEW current_reviews AS
SELECT * FROM (
    SELECT * FROM reviews
    QUALIFY row_number() OVER (
        PARTITION BY call_id, turn_index, label, reviewer ORDER BY reviewed_at DESC, review_id DESC
    ) = 1
)
WHERE verdict <> 'withdrawn';

-- The same of what was said while the machine's opinion was hidden: later rows do not replace it.
CREATE VIEW blind_reviews AS
SELECT * FROM (
    SELECT * FROM reviews WHERE blind
    QUALIFY row_number() OVER (
        PARTITION BY call_id, turn_index, label, reviewer ORDER BY reviewed_at DESC, review_id DESC
    ) = 1
)
WHERE verdict <> 'withdrawn';

-- Which labels people found to apply (true), not to apply (false), or could not tell (null).
-- Grain: one row a (call, turn, label, reviewer). stale: the turn is not what was judged any more.
CREATE VIEW label_judgements AS
WITH told AS (
    SELECT
        call_id, turn_index, label, reviewer, blind, reviewed_at, model_version, turn_start_ms,
        turn_sha256, machine_score, machine_flagged,
        CASE verdict
            WHEN 'confirmed' THEN true
            WHEN 'added' THEN true
            WHEN 'rejected' THEN false
            WHEN 'relabelled' THEN false
        END AS applies
    FROM current_reviews
    WHERE turn_index IS NOT NULL AND verdict <> 'noted'
    UNION ALL
    SELECT
        call_id, turn_index, new_label, reviewer, blind, reviewed_at, model_version, turn_start_ms,
        turn_sha256, NULL, NULL, true
    FROM current_reviews
    WHERE verdict = 'relabelled'
)
SELECT
    told.*,
    turns.text IS NULL OR sha256(turns.text) <> told.turn_sha256
        OR turns.start_ms <> told.turn_start_ms AS stale
FROM told
LEFT JOIN turns USING (call_id, turn_index)
QUALIFY row_number() OVER (
    PARTITION BY call_id, turn_index, label, reviewer ORDER BY reviewed_at DESC
) = 1;

-- Whole calls that people have judged: the newest verdict of each reviewer, and the newest of those
-- that they gave while the machine's opinion was hidden.
-- Grain: one row a (call, reviewer).
CREATE VIEW judged_calls AS
SELECT
    current.call_id, current.reviewer, current.verdict, current.resolution, current.reviewed_at,
    current.sample_id, current.model_version, current.machine_score, current.machine_flagged,
    blind.verdict AS blind_verdict,
    (SELECT sum(listened_ms) FROM reviews
     WHERE reviews.call_id = current.call_id AND reviews.reviewer = current.reviewer
       AND turn_index IS NULL) AS listened_ms
FROM current_reviews AS current
LEFT JOIN blind_reviews AS blind
    ON blind.call_id = current.call_id AND blind.reviewer = current.reviewer
    AND blind.turn_index IS NULL
WHERE current.turn_index IS NULL;
