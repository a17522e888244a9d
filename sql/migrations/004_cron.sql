-- Recurring work: one row a run.
create table cron_runs (
    id          bigint generated always as identity primary key,
    job         text not null constraint cron_runs_job check (job <> ''),
    replica     text not null,
    due_at      timestamptz not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    outcome     text not null constraint cron_runs_outcome check (outcome in ('running', 'ok', 'failed', 'missed', 'cut off')),
    detail      text not null,
    asked_by    text not null, -- who asked for a run out of turn, '' for the schedule
    constraint cron_runs_finished check ((outcome = 'running') = (finished_at is null))
);
create index cron_runs_by_job on cron_runs (job, id desc);
create index cron_runs_by_age on cron_runs (started_at);
create index cron_runs_running on cron_runs (job) where outcome = 'running';

-- The latest run of each job, and what comes next. Good runs of a job that runs
-- every few seconds are only here.
create table cron_jobs (
    job         text primary key constraint cron_jobs_job check (job <> ''),
    spec        text not null, -- its schedule then
    run_id      bigint not null, -- 0: that run has no row of its own
    replica     text not null,
    due_at      timestamptz not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    outcome     text not null constraint cron_jobs_outcome check (outcome in ('running', 'ok', 'failed', 'cut off')),
    detail      text not null,
    asked_by    text not null,
    last_ok_at  timestamptz,
    failures    integer not null, -- since then
    next_at     timestamptz       -- null: never
) with (fillfactor = 50);

-- Runs asked for and not yet begun.
create table cron_requests (
    job      text primary key,
    asked_by text not null,
    asked_at timestamptz not null
);

-- Since when the directory no longer knows a person, or lets them in no more.
alter table users add column gone_since timestamptz;
