-- What a token may do.
alter table api_tokens add column scopes text[] not null default '{self}'
    constraint api_tokens_scopes check (cardinality(scopes) between 1 and 64);
