-- name: Notify :exec
select pg_notify('berth', payload) from unnest(@payloads::text[]) as payload;
