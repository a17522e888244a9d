-- What admins allow. One row sets one limit for one subject in one scope.
create table limits (
    id         text primary key constraint limits_id check (id ~ '^[a-z2-7]{16}$'),
    cluster    text not null,  -- '': every cluster
    queue      text not null,  -- '': every queue
    subject    text not null constraint limits_subject check (subject in ('everyone', 'user', 'group')),
    name       text not null,  -- of the user or group, '' for everyone
    together   boolean not null, -- counted for all whom it applies to as one
    field      text not null constraint limits_field check (field <> ''),
    gpu_type   text not null,  -- '': every type
    value      bigint not null constraint limits_value check (value >= 0), -- in the field's unit
    apps       text[] not null default '{}',
    note       text not null,
    set_by     text not null,
    set_at     timestamptz not null,
    constraint limits_name check ((subject = 'everyone') = (name = '')),
    constraint limits_once unique (cluster, queue, subject, name, together, field, gpu_type)
);
create index limits_of on limits (subject, name);

-- When nothing may run.
create table maintenance (
    id       text primary key constraint maintenance_id check (id ~ '^[a-z2-7]{16}$'),
    cluster  text not null, -- '': every cluster
    queue    text not null, -- '': every queue
    from_at  timestamptz not null,
    until_at timestamptz not null,
    text     text not null,
    set_by   text not null,
    set_at   timestamptz not null,
    constraint maintenance_span check (until_at > from_at)
);

-- The groups that the owner was in when the session was launched, so that what a
-- group holds can be counted.
alter table sessions add column owner_groups text[] not null default '{}';
create index sessions_live_groups on sessions using gin (owner_groups) where state <> 'Ended';
create index sessions_gpu_time on sessions (owner, ended_at) where state = 'Ended' and gpus > 0;

-- A job that must not start before a maintenance is over is held until then.
alter table sessions add column held_until timestamptz;
