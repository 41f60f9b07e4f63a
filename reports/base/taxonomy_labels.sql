-- The brush-off labels in the order in which reports show them.
-- grain: one row a label
SELECT * FROM (VALUES
    (1, 'placation'),
    (2, 'deflection'),
    (3, 'stalling'),
    (4, 'unresolved_closure'),
    (5, 'uninformed'),
    (6, 'disclaiming'),
    (7, 'dismissive_tone')
) AS labels(position, label)
