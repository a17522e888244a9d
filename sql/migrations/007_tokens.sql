-- What a token may do.
alter table api_tokens add column scopes text[] not null default '{sessions:read,sessions:write}';
