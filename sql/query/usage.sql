-- What agents measured, in minutes: written for many sessions at once. A row
-- counts only for the attempt that its session is at.

-- name: AddUse :exec
with m as (
    select @moment::timestamptz as moment, unnest(@sessions::text[]) as session_id,
        unnest(@attempts::integer[]) as of_attempt,
        unnest(@spans::double precision[]) as span,
        unnest(@cpus::double precision[]) as cpu,
        unnest(@memories::bigint[]) as memory,
        unnest(@limits::bigint[]) as memory_max,
        unnest(@peaks::bigint[]) as peak,
        unnest(@devices::text[])::jsonb as gpus,
        unnest(@kernels::integer[]) as kernels,
        unnest(@device_counts::integer[]) as device_count,
        unnest(@gpu_busys::double precision[]) as gpu_busy,
        unnest(@kernel_ats::timestamptz[]) as kernel_at
), taken as (
    select m.moment, s.id, s.attempt, s.gpus as held_gpus, s.cpus as held_cpus, m.span, m.cpu, m.memory, m.memory_max, m.peak,
        m.gpus, m.kernels, m.device_count, m.gpu_busy, m.kernel_at
    from m
    join sessions as s on s.id = m.session_id and s.attempt = m.of_attempt and (s.state in ('Starting', 'Ready', 'Stopping') or s.ended_at > m.moment - interval '3 minutes')
), sample as (
    insert into usage_samples (session_id, at, span, cpu, memory, gpus, kernels)
    select id, moment, span, cpu, memory, gpus, nullif(kernels, -1) from taken
    on conflict do nothing
), day as (
    insert into session_days as d (session_id, day, cpu_seconds, cpu_seen, gpu_seconds, gpu_seen)
    select id, (moment at time zone 'UTC')::date, cpu * span, held_cpus * span,
        least(gpu_busy, held_gpus) * span, least(device_count, held_gpus) * span
    from taken
    on conflict (session_id, day) do update set
        cpu_seconds = d.cpu_seconds + excluded.cpu_seconds, cpu_seen = d.cpu_seen + excluded.cpu_seen,
        gpu_seconds = d.gpu_seconds + excluded.gpu_seconds, gpu_seen = d.gpu_seen + excluded.gpu_seen
)
insert into session_usage as u (
    session_id, attempt, sampled_at, cpu, memory, memory_max, memory_peak, gpus, kernels, cpu_seconds, gpu_seconds,
    cpu_at, gpu_at, kernel_at
)
select id, attempt, moment, cpu, memory, memory_max, peak, gpus, nullif(kernels, -1),
    cpu * span, least(gpu_busy, held_gpus) * span,
    case when cpu >= @busy_cpus::double precision then moment end,
    case when gpu_busy >= @busy_gpus::double precision then moment end,
    nullif(kernel_at, '1970-01-01 00:00:00+00')
from taken
on conflict (session_id) do update set
    attempt = excluded.attempt, sampled_at = excluded.sampled_at, cpu = excluded.cpu, memory = excluded.memory,
    memory_max = excluded.memory_max,
    memory_peak = case when u.attempt = excluded.attempt then greatest(u.memory_peak, excluded.memory_peak) else excluded.memory_peak end,
    gpus = excluded.gpus, kernels = excluded.kernels,
    cpu_seconds = u.cpu_seconds + excluded.cpu_seconds, gpu_seconds = u.gpu_seconds + excluded.gpu_seconds,
    cpu_at = greatest(u.cpu_at, excluded.cpu_at), gpu_at = greatest(u.gpu_at, excluded.gpu_at),
    kernel_at = greatest(u.kernel_at, excluded.kernel_at);

-- name: NoteOpen :exec
-- A connection was open, or a request came.
insert into session_usage as u (
    session_id, attempt, cpu, memory, memory_max, memory_peak, cpu_seconds, gpu_seconds, open_at
)
select s.id, s.attempt, 0, 0, 0, 0, 0, 0, m.at
from (select unnest(@sessions::text[]) as session_id, unnest(@ats::timestamptz[]) as at) as m
join sessions as s on s.id = m.session_id and s.state <> 'Ended'
on conflict (session_id) do update set open_at = greatest(u.open_at, excluded.open_at);

-- name: SessionUsage :one
select * from session_usage where session_id = @session_id;

-- name: LiveUsage :many
select u.* from session_usage as u join sessions as s on s.id = u.session_id where s.state <> 'Ended';

-- name: UsageSamples :many
-- The newest first; the caller turns them round.
select at, span, cpu, memory, gpus, kernels from usage_samples
where session_id = @session_id and at > @after
order by at desc limit @most::bigint;

-- name: PurgeSamples :execrows
delete from usage_samples where (session_id, at) in (
    select old.session_id, old.at from usage_samples as old where old.at < @before order by old.at limit @most::bigint);
