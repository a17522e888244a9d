-- Heartbeats are dated by the database's clock: there is only one.

-- name: Heartbeat :execrows
update replicas set heartbeat_at = now() 
where name = @name and url = @url and fingerprint = @fingerprint and started_at = @started_at;

-- name: JoinReplica :exec
insert into replicas (name, url, fingerprint, started_at, heartbeat_at) values (@name, @url, @fingerprint, @started_at, now())
on conflict (name) do update
set url = excluded.url, fingerprint = excluded.fingerprint, started_at = excluded.started_at, heartbeat_at = now();

-- name: Replicas :many
select * from replicas where heartbeat_at > now() - @silent::interval order by name;

-- name: RemoveReplica :execrows
delete from replicas where name = @name;
