-- name: CutOffCronRuns :exec
-- Whoever holds the job's lock knows that nobody else is at it.
update cron_runs set outcome = 'cut off', finished_at = now(), detail = 'its process ended before it did'
where job = @job and outcome = 'running';

-- name: TakeCronRequest :many
delete from cron_requests where job = @job returning asked_by;

-- name: AddCronRun :one
insert into cron_runs (job, replica, due_at, started_at, finished_at, outcome, detail, asked_by)
values (@job, @replica, @due_at, @started_at, @finished_at, @outcome, @detail, @asked_by)
returning id;

-- name: EndCronRun :exec
update cron_runs set finished_at = @finished_at, outcome = @outcome, detail = @detail where id = @id;

-- name: StandCronJob :exec
insert into cron_jobs (job, spec, run_id, replica, due_at, started_at, finished_at, outcome, detail, asked_by,
    last_ok_at, failures, next_at)
values (@job, @spec, @run_id, @replica, @due_at, @started_at, @finished_at, @outcome, @detail, @asked_by,
    @last_ok_at, @failures, @next_at)
on conflict (job) do update set
    spec = excluded.spec, run_id = excluded.run_id, replica = excluded.replica, due_at = excluded.due_at,
    started_at = excluded.started_at, finished_at = excluded.finished_at, outcome = excluded.outcome,
    detail = excluded.detail, asked_by = excluded.asked_by, last_ok_at = excluded.last_ok_at,
    failures = excluded.failures, next_at = excluded.next_at;

-- name: CronJobs :many
select * from cron_jobs;

-- name: RunningCronJobs :many
select * from cron_runs where outcome = 'running';

-- name: CronRuns :many
select * from cron_runs
where job = @job and (@before::bigint = 0 or id < @before)
order by id desc limit @most::bigint;

-- name: RecentCronRuns :many
select * from cron_runs
where @before::bigint = 0 or id < @before
order by id desc limit @most::bigint;

-- name: AskCron :exec
insert into cron_requests (job, asked_by, asked_at) values (@job, @asked_by, now())
on conflict (job) do update set asked_by = excluded.asked_by, asked_at = excluded.asked_at;

-- name: DropOldCronRequests :exec
delete from cron_requests where asked_at < now() - interval '1 hour';

-- name: CronRequests :many
select * from cron_requests order by asked_at;

-- name: PurgeCronRuns :execrows
delete from cron_runs where id in (
    select old.id from cron_runs as old where old.started_at < @before and old.outcome <> 'running'
    order by old.started_at limit @most::bigint);
