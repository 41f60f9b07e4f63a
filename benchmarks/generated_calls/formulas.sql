-- chance(i, name) is a number in [0, 1) that depends on the two alone: the same calls every time.
CREATE OR REPLACE TEMP MACRO chance(i, name) AS (hash(i, name) % 1000003) / 1000003.0;
CREATE OR REPLACE TEMP MACRO pick(list_of, i, name) AS
    list_of[1 + CAST(floor(chance(i, name) * len(list_of)) AS INTEGER)];
