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
    asked_by    text not null -- who asked for a run out of turn, '' for the schedule
);
create index cron_runs_by_job on cron_runs (job, id desc);
create index cron_runs_by_age on cron_runs (started_at);

-- Runs asked for and not yet begun.
create table cron_requests (
    job      text primary key,
    asked_by text not null,
    asked_at timestamptz not null
);
