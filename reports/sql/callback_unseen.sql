SELECT coalesce(sum(count_calls), 0)::BIGINT, coalesce(sum(count_unseen), 0)::BIGINT,
    coalesce(sum(count_untold), 0)::BIGINT
FROM dq_relay_day
WHERE company_id = $company AND started_on >= $first AND started_on < $until
