-- name: RecordFailure :exec
insert into login_failures (key, at) values (@key, @at);

-- name: CountFailures :one
select count(*) from login_failures where key = @key and at >= @since;

-- name: PurgeFailures :execrows
delete from login_failures where at < @before;
