-- What admins tell everybody.
create table announcements (
    id       text primary key constraint announcements_id check (id ~ '^[a-z2-7]{16}$'),
    severity text not null constraint announcements_severity check (severity in ('info', 'warning', 'danger')),
    text     text not null constraint announcements_text check (text <> '' and octet_length(text) <= 4096),
    cluster  text not null, -- '': every cluster
    queue    text not null, -- '': every queue
    from_at  timestamptz not null,
    until_at timestamptz,
    set_by   text not null,
    set_at   timestamptz not null
);

create index audit_log_by_person on audit_log (by, id desc);
create index audit_log_by_target on audit_log (target, id desc);
create index audit_log_by_action on audit_log (action, id desc);
