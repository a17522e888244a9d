-- name: AddAudit :exec
insert into audit_log (at, by, action, target, detail, address)
values (@at, @by, @action, @target, @detail, @address);

-- name: AuditLog :many
-- Asked with its values known when it is planned; see fresh.go.
select * from audit_log
where (@by::text = '' or by = @by) and (@action::text = '' or action = @action)
    and (@target::text = '' or target = @target)
    and (sqlc.narg('since')::timestamptz is null or at >= sqlc.narg('since'))
    and (sqlc.narg('until')::timestamptz is null or at < sqlc.narg('until'))
    and (@before::bigint = 0 or id < @before)
order by id desc limit @most::bigint;
