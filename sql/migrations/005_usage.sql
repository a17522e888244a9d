-- What sessions used, from their agents' samples.
create table usage_samples (
    session_id text not null references sessions on delete cascade,
    at         timestamptz not null,
    cpu        double precision not null, -- CPUs busy
    memory     bigint not null,           -- bytes
    gpus       jsonb not null default '[]', -- one entry a device of the job
    kernels    integer not null,          -- busy ones
    primary key (session_id, at)
);
create index usage_samples_by_age on usage_samples (at);
