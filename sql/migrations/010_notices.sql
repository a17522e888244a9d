-- Who wants mail about their sessions.
create table notice_choices (
    owner text primary key constraint notice_choices_owner check (owner <> ''),
    mail  boolean not null
);
-- News of sessions, one row for each channel: made once, tried until it is sent.
create table notices (
    session_id text not null references sessions on delete cascade,
    event_id   bigint not null,
    channel    text not null constraint notices_channel check (channel in ('mail', 'webhook')),
    tries      integer not null default 0,
    due_at     timestamptz, -- null: sent, or given up
    sent_at    timestamptz,
    failure    text not null default '',
    primary key (session_id, event_id, channel)
);
create index notices_due on notices (due_at) where due_at is not null;
