-- name: Limits :many
select * from limits order by cluster, queue, subject, name, field, gpu_type, together, id;

-- name: LimitsFor :many
-- Those that could concern somebody.
select * from limits
where subject = 'everyone'
    or (subject = 'user' and name = @owner)
    or (subject = 'group' and name = any(@groups::text[]))
order by id;

-- name: LockKeyShared :exec
select pg_advisory_xact_lock_shared(@key);

-- name: InsertLimit :exec
insert into limits (id, cluster, queue, subject, name, together, field, gpu_type, value, apps, note, set_by, set_at)
values (@id, @cluster, @queue, @subject, @name, @together, @field, @gpu_type, @value, @apps, @note, @set_by, @set_at);

-- name: UpdateLimit :execrows
update limits set value = @value, apps = @apps, note = @note, set_by = @set_by, set_at = @set_at
where id = @id and set_at = @old_set_at;

-- name: DeleteLimit :execrows
delete from limits where id = @id and set_at = @old_set_at;

-- name: Maintenance :many
-- Windows that end after a time.
select * from maintenance where until_at > @after order by from_at, id;

-- name: InsertMaintenance :exec
insert into maintenance (id, cluster, queue, from_at, until_at, text, set_by, set_at)
values (@id, @cluster, @queue, @from_at, @until_at, @text, @set_by, @set_at);

-- name: DeleteMaintenance :execrows
delete from maintenance where id = @id;

-- name: HeldByOwner :many
-- What somebody holds now.
select cluster, queue, state, nodes, cpus, memory, gpus, gpu_type, time_limit, started_at
from sessions where owner = @owner and state <> 'Ended';

-- name: HeldByGroup :many
-- What people hold whose group it was when they asked.
select cluster, queue, state, nodes, cpus, memory, gpus, gpu_type, time_limit, started_at
from sessions where owner_groups @> array[@name::text] and state <> 'Ended';

-- name: HeldByAll :many
select cluster, queue, state, nodes, cpus, memory, gpus, gpu_type, time_limit, started_at
from sessions where state <> 'Ended';

-- name: SpentByOwner :many
-- GPU-seconds of sessions that ended after a time, by the beginnings of the
-- periods they fall into.
select cluster, queue, gpu_type,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @day::timestamptz), interval '0'))))::bigint as day,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @week::timestamptz), interval '0'))))::bigint as week,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @month::timestamptz), interval '0'))))::bigint as month
from sessions
where owner = @owner and state = 'Ended' and gpus > 0 and ended_at > @earliest and started_at is not null
group by cluster, queue, gpu_type;

-- name: SpentByGroup :many
select cluster, queue, gpu_type,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @day::timestamptz), interval '0'))))::bigint as day,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @week::timestamptz), interval '0'))))::bigint as week,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @month::timestamptz), interval '0'))))::bigint as month
from sessions
where owner_groups @> array[@name::text] and state = 'Ended' and gpus > 0 and ended_at > @earliest and started_at is not null
group by cluster, queue, gpu_type;

-- name: SpentByAll :many
select cluster, queue, gpu_type,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @day::timestamptz), interval '0'))))::bigint as day,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @week::timestamptz), interval '0'))))::bigint as week,
    sum(gpus * ceil(extract(epoch from greatest(ended_at - greatest(started_at, @month::timestamptz), interval '0'))))::bigint as month
from sessions
where state = 'Ended' and gpus > 0 and ended_at > @earliest and started_at is not null
group by cluster, queue, gpu_type;
