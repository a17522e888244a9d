-- Lists of everybody's sessions and of people can be searched by the beginnings
-- of words. lower() and the classes of letters follow the database's locale, for
-- what is stored and what is asked alike. A word has at most 500 characters:
-- tsvector has room for 2,046 bytes.
create function words_of(text) returns tsvector language sql immutable parallel safe as $$
    select array_to_tsvector(array_remove(regexp_split_to_array(lower(left($1, 500)), '[^[:alnum:]]+'), ''))
$$;
-- Null, which finds nothing, if there is no word.
create function words_query(text) returns tsquery language sql immutable parallel safe as $$
    select string_agg('''' || word || ''':*', ' & ')::tsquery
    from unnest(array_remove(regexp_split_to_array(lower(left($1, 200)), '[^[:alnum:]]+'), '')) as word
$$;

create index sessions_by_words on sessions
    using gin (words_of(owner || ' ' || name || ' ' || job_id || ' ' || account || ' ' || node));
create index sessions_of_cluster on sessions (cluster, created_at, id);
create index sessions_of_queue on sessions (queue, created_at, id);
create index sessions_of_node on sessions (node, created_at, id) where node <> '';
create index sessions_failed on sessions (created_at, id) where reason in (
    'failed', 'refused', 'not_submitted', 'out_of_memory', 'node_fail', 'start_timeout', 'lost');
create index users_by_words on users using gin (words_of(name || ' ' || display_name || ' ' || mail));
create index users_by_group on users using gin (groups);
create index audit_log_by_age on audit_log (at);

-- Admins who may open another person's session for a while.
create table session_grants (
    id         bigint generated always as identity primary key,
    session_id text not null references sessions on delete cascade,
    admin      text not null constraint session_grants_admin check (admin <> ''),
    reason     text not null constraint session_grants_reason check (reason <> ''),
    from_at    timestamptz not null,
    until_at   timestamptz not null
);
create index session_grants_of_session on session_grants (session_id, until_at);
