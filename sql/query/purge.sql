-- Purges of large tables go in batches, so that no transaction is long.

-- name: AllowPurge :exec
-- For this transaction; see append_only() in the migrations.
select set_config('berth.purge', 'on', true);

-- name: PurgeSessions :execrows
delete from sessions where id = any (array(
    select old.id from sessions as old where old.state = 'Ended' and old.ended_at < @before::timestamptz
    order by old.ended_at limit @most::bigint));

-- name: PurgeLogs :execrows
delete from session_log_heads where session_id = any (array(
    select head.session_id from session_log_heads as head join sessions as old on old.id = head.session_id
    where old.state = 'Ended' and old.ended_at < @before::timestamptz
    limit @most::bigint));

-- name: PurgeAudit :execrows
delete from audit_log where id in (
    select old.id from audit_log as old where old.at < @before order by old.id limit @most::bigint);
