-- name: AddAudit :exec
insert into audit_log (at, by, action, target, detail, address)
values (@at, @by, @action, @target, @detail, @address);

-- name: AuditLog :many
select * from audit_log
where (@by::text = '' or by = @by) and (@target::text = '' or target = @target)
    and (@before::bigint = 0 or id < @before)
order by id desc limit @most::bigint;
