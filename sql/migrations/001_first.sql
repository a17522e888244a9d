-- Text is never null here: '' is "none". Times and exit codes are null for
-- "not yet", "never" or "not said".

-- Rows of these tables are only added. A purge by age says so in its own
-- transaction (berth.purge); nothing else may take a row back.
create function append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('berth.purge', true) = 'on' then
        return old;
    end if;
    raise exception '% may only be added to', tg_table_name using errcode = 'restrict_violation';
end
$$;

-- One row per launch.
create table sessions (
    id      text primary key constraint sessions_id check (id ~ '^[a-z2-7]{16}$'),
    owner   text not null constraint sessions_owner check (
        owner ~ '^[^-./[:cntrl:][:space:]][^/[:cntrl:][:space:]]*$' and octet_length(owner) <= 256),
    name    text not null constraint sessions_name check (name ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'),
    app     text not null,
    cluster text not null,
    queue   text not null,
    account text not null,
    qos     text not null,

    nodes      integer not null,
    cpus       integer not null,
    memory     bigint not null, -- bytes
    gpus       integer not null,
    gpu_type   text not null,
    time_limit interval not null,
    constraint sessions_resources check (
        nodes >= 0 and cpus >= 0 and memory >= 0 and gpus >= 0 and time_limit >= interval '0'),

    state   text not null constraint sessions_state check (
        state in ('Requested', 'Queued', 'Starting', 'Ready', 'Stopping', 'Ended')),
    attempt integer not null constraint sessions_attempt check (attempt >= 1),
    version bigint not null constraint sessions_version check (version >= 1),

    job_id          text not null constraint sessions_job_id check (octet_length(job_id) <= 256),
    job_state       text not null,
    job_native      text not null,
    job_reason      text not null,
    node            text not null,
    estimated_start timestamptz,
    missing_since   timestamptz,
    missing_polls   integer not null constraint sessions_missing_polls check (missing_polls >= 0),

    agent_since timestamptz,
    agent_lost  timestamptz,
    claim_hash  bytea constraint sessions_claim_hash check (octet_length(claim_hash) = 32),

    created_at timestamptz not null,
    queued_at  timestamptz,
    started_at timestamptz,
    ready_at   timestamptz,
    ended_at   timestamptz,

    stop_reason text not null constraint sessions_stop_reason check (stop_reason in (
        '', 'stopped', 'stopped_admin', 'idle', 'finished', 'failed', 'refused', 'not_submitted', 'cancelled',
        'timeout', 'out_of_memory', 'node_fail', 'preempted', 'start_timeout', 'lost')),
    stopped_by  text not null,
    reason      text not null constraint sessions_reason check (reason in (
        '', 'stopped', 'stopped_admin', 'idle', 'finished', 'failed', 'refused', 'not_submitted', 'cancelled',
        'timeout', 'out_of_memory', 'node_fail', 'preempted', 'start_timeout', 'lost')),
    detail      text not null,
    exit_code   integer,
    signal      integer not null,

    constraint sessions_ended_has_reason check ((state = 'Ended') = (reason <> '')),
    constraint sessions_ended_has_time check ((state = 'Ended') = (ended_at is not null))
) with (fillfactor = 85); -- rows are rewritten often: leave room on the page

create unique index sessions_live_name on sessions (owner, name) where state <> 'Ended';
create index sessions_live on sessions (created_at, id) where state <> 'Ended';
create index sessions_created on sessions (created_at, id);
create index sessions_of_owner on sessions (owner, created_at, id);
-- A live row has no ended_at and so comes first.
create index sessions_at_path on sessions (owner, name, ended_at desc nulls first);
create index sessions_by_end on sessions (ended_at) where state = 'Ended';
create index sessions_of_job on sessions (cluster, job_id) where job_id <> '';

create function ended_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'session % has ended and stays ended', old.id using errcode = 'restrict_violation';
end
$$;
create trigger sessions_ended_is_final before update on sessions
    for each row when (old.state = 'Ended' and new.state <> 'Ended') execute function ended_is_final();

-- The timeline of a session.
create table session_events (
    session_id text not null references sessions on delete cascade,
    id         bigint generated always as identity,
    at         timestamptz not null,
    source     text not null,
    event      text not null constraint session_events_event check (event <> ''),
    from_state text not null,
    to_state   text not null,
    by         text not null,
    text       text not null,
    primary key (session_id, id)
);
create trigger session_events_append_only before update or delete on session_events
    for each row execute function append_only();
create trigger session_events_no_truncate before truncate on session_events
    for each statement execute function append_only();

-- How much a session's log holds. The row is also the lock that numbers lines.
create table session_log_heads (
    session_id text primary key references sessions on delete cascade,
    last_seq   bigint not null,
    lines      bigint not null,
    bytes      bigint not null
);

-- The newest lines that a session's job printed.
create table session_logs (
    session_id text not null references session_log_heads on delete cascade,
    seq        bigint not null,
    at         timestamptz not null,
    stream     text not null constraint session_logs_stream check (stream in ('stdout', 'stderr', 'job')),
    line       text not null constraint session_logs_line check (octet_length(line) <= 4096),
    primary key (session_id, seq)
);

-- People as the directory described them at their latest sign-in.
create table users (
    name          text primary key constraint users_name check (name <> '' and octet_length(name) <= 256),
    display_name  text not null,
    mail          text not null,
    groups        text[] not null,
    admin         boolean not null,
    last_login_at timestamptz not null
);

-- Browsers that are signed in. The secret itself is not here, only its SHA-256.
create table logins (
    id           text primary key,
    hash         bytea not null unique constraint logins_hash check (octet_length(hash) = 32),
    user_name    text not null references users on delete cascade,
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null,
    ip           text not null,
    user_agent   text not null
);
create index logins_of_user on logins (user_name);

create table api_tokens (
    id           text primary key,
    hash         bytea not null unique constraint api_tokens_hash check (octet_length(hash) = 32),
    owner        text not null references users on delete cascade,
    name         text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,
    prefix       text not null
);
create index api_tokens_of_owner on api_tokens (owner, created_at);

create table login_failures (
    key text not null constraint login_failures_key check (octet_length(key) <= 512),
    at  timestamptz not null
);
create index login_failures_by_key on login_failures (key, at);
create index login_failures_by_age on login_failures (at);

-- What admins did, and what was done on behalf of others.
create table audit_log (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    by      text not null,
    action  text not null constraint audit_log_action check (action <> ''),
    target  text not null,
    detail  text not null,
    address text not null
);
create trigger audit_log_append_only before update or delete on audit_log
    for each row execute function append_only();
create trigger audit_log_no_truncate before truncate on audit_log
    for each statement execute function append_only();

-- Gateway processes that share this database.
create table replicas (
    name         text primary key constraint replicas_name check (name <> ''),
    url          text not null,
    started_at   timestamptz not null,
    heartbeat_at timestamptz not null
);
