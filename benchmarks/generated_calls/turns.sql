-- 12 to 18 turns a call, the agent's and the caller's in turn.
INSERT INTO turns BY NAME
WITH spoken AS (
    SELECT
        call_id, started_at, duration_ms, brush_off_score,
        unnest(range(12 + CAST(floor(6 * chance(call_id, 'turns')) AS INTEGER))) AS turn_index
    FROM calls
    WHERE status <> 'failed' AND call_id >= $first_id AND call_id < $last_id
),
placed AS (
    SELECT *, turn_index % 2 = 0 AS by_agent, call_id || '/' || turn_index AS place FROM spoken
)
SELECT
    call_id, CAST(turn_index AS INTEGER) AS turn_index,
    CASE WHEN by_agent THEN 'agent' ELSE 'caller' END AS role,
    CASE WHEN by_agent THEN 'S0' ELSE 'S1' END AS speaker,
    CASE WHEN by_agent THEN 0 ELSE 1 END AS channel,
    turn_index * 4000 AS start_ms, turn_index * 4000 + 3500 AS end_ms,
    CASE WHEN by_agent
        THEN pick(['تطمّن إن شاء الله خير والموضوع ماشي وما عليك إلا العافية', 'راجع أقرب فرع وهم يفيدونك',
                   'طلبك تحت الإجراء وبيتواصلون معك قريب', 'تم إغلاق الطلب ارفع طلب جديد من الموقع',
                   'رفعت لك بلاغ برقم أربعة ثمانية اثنين وأتابعه معك قبل الخميس', 'مو من صلاحياتي هذا من السيستم',
                   'أبشر خلني أسأل المشرف وأرجع لك الحين', 'معك خدمة العملاء كيف أقدر أخدمك'], place, 'text')
        ELSE pick(['وين طلبي له أسبوعين', 'طيب ومتى يوصل', 'كل مرة تقولون نفس الكلام', 'أنا اتصلت عليكم ثلاث مرات',
                   'الله يعافيك', 'أبغى رقم البلاغ لو سمحت'], place, 'text')
    END AS text,
    0.3 + 0.6 * chance(place, 'confidence') AS asr_confidence,
    CASE WHEN by_agent AND brush_off_score IS NOT NULL
        THEN least(0.99, brush_off_score / 100 * 0.7 + 0.3 * chance(place, 'score')) END AS brush_off,
    CASE WHEN by_agent AND brush_off_score IS NOT NULL THEN false END AS unsure,
    CASE WHEN by_agent AND brush_off_score IS NOT NULL THEN
        CASE WHEN brush_off_score < 40 AND chance(place, 'good') < 0.3
            THEN [pick(['commitment', 'ownership', 'resolution', 'empathy'], place, 'kind')]
            ELSE []::VARCHAR[] END END AS positives
FROM placed
