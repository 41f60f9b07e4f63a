-- failures holds the newest failure of a recording only.
SELECT path, count(*) AS times
FROM failures
GROUP BY path
HAVING count(*) > 1
