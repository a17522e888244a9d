-- Launch requests that people keep by name.
create table presets (
    id         text primary key constraint presets_id check (id ~ '^[a-z2-7]{16}$'),
    owner      text not null constraint presets_owner check (owner <> ''),
    name       text not null constraint presets_name check (char_length(name) between 1 and 60),
    fields     jsonb not null constraint presets_fields check (
        jsonb_typeof(fields) = 'object' and octet_length(fields::text) <= 8192),
    created_at timestamptz not null,
    constraint presets_unique unique (owner, name)
);
