SELECT pbx, has_cdr,
    has_cdr OR pbx IN (SELECT pbx FROM marts.agg_call_hour WHERE count_outgoing > 0) AS is_outgoing_known
FROM setting_pbx
