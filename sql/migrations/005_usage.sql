-- What sessions hold and use. Days are UTC's.

-- When jobs ran: one row a start of a session's job. sessions.started_at knows
-- the last start only.
create table session_runs (
    session_id text not null references sessions on delete cascade,
    attempt    integer not null constraint session_runs_attempt check (attempt >= 1),
    started_at timestamptz not null,
    ended_at   timestamptz, -- null: it runs
    primary key (session_id, attempt)
);
create index session_runs_by_end on session_runs ((coalesce(ended_at, 'infinity'::timestamptz)));

-- Keeps session_runs in step. A start that is over without an end of its own was
-- put back into the queue: nobody says when, so that it is when that was noticed.
create function note_run() returns trigger language plpgsql as $$
begin
    update session_runs set ended_at = greatest(started_at, coalesce(new.ended_at, now()))
    where session_id = new.id and ended_at is null
        and (attempt < new.attempt or new.started_at is null or new.state = 'Ended');
    if new.started_at is not null then
        insert into session_runs (session_id, attempt, started_at, ended_at)
        values (new.id, new.attempt, new.started_at,
            case when new.ended_at is not null then greatest(new.started_at, new.ended_at) end) -- of nulls greatest takes no notice
        on conflict (session_id, attempt) do update
        set started_at = excluded.started_at, ended_at = excluded.ended_at;
    end if;
    return null;
end
$$;
create trigger sessions_note_run after update on sessions for each row
    when (old.started_at is distinct from new.started_at or old.attempt <> new.attempt
        or old.ended_at is distinct from new.ended_at)
    execute function note_run();
create trigger sessions_note_first_run after insert on sessions for each row
    when (new.started_at is not null) execute function note_run();

insert into session_runs (session_id, attempt, started_at, ended_at)
select id, attempt, started_at, case when ended_at is not null then greatest(started_at, ended_at) end from sessions where started_at is not null;

-- What sessions used, from their agents' samples: one row a minute.
create table usage_samples (
    session_id text not null references sessions on delete cascade,
    at         timestamptz not null,      -- its end
    span       real not null,             -- seconds of it that were measured
    cpu        double precision not null, -- CPUs busy, on average
    memory     bigint not null,           -- most at once, bytes
    gpus       jsonb not null default '[]', -- one entry a device of the job
    kernels    integer,                   -- busy ones; null: not known
    primary key (session_id, at)
);
create index usage_samples_by_age on usage_samples (at);

-- The same, summed up: one row a session.
create table session_usage (
    session_id  text primary key references sessions on delete cascade,
    attempt     integer not null,          -- whose memory this is
    sampled_at  timestamptz,               -- last minute that an agent measured
    cpu         double precision not null, -- CPUs busy in that minute
    memory      bigint not null,           -- bytes, in that minute
    memory_max  bigint not null,           -- the job's limit; 0: none known
    memory_peak bigint not null,           -- of this attempt
    gpus        jsonb not null default '[]',
    kernels     integer,                   -- busy in that minute; null: not known
    cpu_seconds double precision not null,
    gpu_seconds double precision not null, -- devices x utilisation x time
    cpu_at      timestamptz,               -- last busy: CPUs
    gpu_at      timestamptz,               -- GPUs
    kernel_at   timestamptz,               -- a kernel or a terminal
    open_at     timestamptz                -- last request or open connection through a gateway
) with (fillfactor = 80);

-- And a row a session and day.
create table session_days (
    session_id  text not null references sessions on delete cascade,
    day         date not null,
    cpu_seconds double precision not null, -- busy
    cpu_seen    double precision not null, -- CPU-seconds held that were measured
    gpu_seconds double precision not null,
    gpu_seen    double precision not null,
    primary key (session_id, day)
);
create index session_days_by_day on session_days (day);

-- Whole days, for as long as reports are kept: they outlive the sessions.
create table usage_days (
    day      date not null,
    owner    text not null,
    groups   text[] not null,
    account  text not null,
    cluster  text not null,
    queue    text not null,
    app      text not null,
    gpu_type text not null,
    starts   bigint not null, -- jobs that began to run
    gpu_asked double precision not null, -- seconds: of each start, its time limit
    cpu_asked double precision not null,
    gpu_held  double precision not null,
    cpu_held  double precision not null,
    gpu_used  double precision not null,
    cpu_used  double precision not null,
    gpu_seen  double precision not null, -- of what was held, what was measured
    cpu_seen  double precision not null,
    waits     integer[] not null, -- seconds, of each session that first began to run
    failures  text[] not null,    -- reasons, of each session that ended before its app answered
    veiled    boolean not null default false, -- owner is a pseudonym
    primary key (day, owner, groups, account, cluster, queue, app, gpu_type)
);
create index usage_days_of_owner on usage_days (owner, day);

-- Days before this one are in usage_days; later ones are counted from the rows.
create table usage_rolled (
    one   boolean primary key default true constraint usage_rolled_one check (one),
    until date not null
);
insert into usage_rolled (until) values ('1970-01-01');

-- usage_of counts the days from first to last, both included. The planner thinks
-- of a thousand days where there are two or three: compiling for so many would
-- take longer than the work.
create function usage_of(first date, last date) returns setof usage_days language sql stable set jit = off as $$
    with span as (
        select first::timestamp at time zone 'UTC' as from_at, (last + 1)::timestamp at time zone 'UTC' as until_at
    ), run as (
        select r.session_id, r.attempt, r.started_at, coalesce(r.ended_at, greatest(now(), r.started_at)) as ended_at
        from session_runs as r, span
        where coalesce(r.ended_at, 'infinity'::timestamptz) >= span.from_at and r.started_at < span.until_at
    ), piece as (
        -- what was held
        select (at.day at time zone 'UTC')::date as day, run.session_id, 0::bigint as starts, 0::double precision as asked,
            extract(epoch from least(run.ended_at, at.day + interval '24 hours') - greatest(run.started_at, at.day))::double precision as held,
            null::integer as wait, null::text as failure
        from run, span, generate_series(greatest(date_trunc('day', run.started_at, 'UTC'), span.from_at),
            least(run.ended_at, span.until_at - interval '1 microsecond'), interval '24 hours') as at (day)
        union all
        -- what began
        select (run.started_at at time zone 'UTC')::date, run.session_id, 1,
            extract(epoch from s.time_limit)::double precision, 0,
            case when run.attempt = 1 then greatest(0, least(2147483647, extract(epoch from run.started_at - s.created_at)))::integer end,
            null
        from run join sessions as s on s.id = run.session_id, span where run.started_at >= span.from_at
        union all
        -- what never came to be
        select (s.ended_at at time zone 'UTC')::date, s.id, 0, 0, 0, null, s.reason
        from sessions as s, span
        where s.state = 'Ended' and s.ended_at >= span.from_at and s.ended_at < span.until_at and s.ready_at is null
    ), one as (
        select piece.day, piece.session_id, sum(piece.starts)::bigint as starts, sum(piece.asked) as asked, sum(piece.held) as held,
            max(piece.wait) as wait, max(piece.failure) as failure
        from piece group by piece.day, piece.session_id
    )
    select one.day, s.owner, s.owner_groups, s.account, s.cluster, s.queue, s.app, s.gpu_type,
        sum(one.starts)::bigint, sum(one.asked * s.gpus), sum(one.asked * s.cpus), sum(one.held * s.gpus), sum(one.held * s.cpus),
        -- measured minutes may reach over the job's end: never more than was held
        sum(least(coalesce(d.gpu_seconds, 0), one.held * s.gpus)), sum(least(coalesce(d.cpu_seconds, 0), one.held * s.cpus)),
        sum(least(coalesce(d.gpu_seen, 0), one.held * s.gpus)), sum(least(coalesce(d.cpu_seen, 0), one.held * s.cpus)),
        coalesce(array_agg(one.wait) filter (where one.wait is not null), '{}'),
        coalesce(array_agg(one.failure) filter (where one.failure is not null), '{}'), false
    from one join sessions as s on s.id = one.session_id
        left join session_days as d on d.session_id = one.session_id and d.day = one.day
    group by one.day, s.owner, s.owner_groups, s.account, s.cluster, s.queue, s.app, s.gpu_type
$$;

-- usage_between adds the whole days that are kept to those that are counted from
-- the rows. No owners: everybody.
create function usage_between(first date, last date, owners text[]) returns setof usage_days language sql stable set jit = off as $$
    select d.* from usage_days as d
    where d.day between first and last and d.day < (select until from usage_rolled)
        and (cardinality(owners) = 0 or d.owner = any (owners))
    union all
    select n.* from usage_of(greatest(first, (select until from usage_rolled)), last) as n
    where cardinality(owners) = 0 or n.owner = any (owners)
$$;
