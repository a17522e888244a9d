-- name: GrowLog :one
-- Numbers so many lines, and locks the log until the end of the transaction.
insert into session_log_heads as head (session_id, last_seq, lines, bytes)
values (@session_id, @lines, @lines, @bytes)
on conflict (session_id) do update set
    last_seq = head.last_seq + excluded.last_seq,
    lines = head.lines + excluded.lines,
    bytes = head.bytes + excluded.bytes
returning last_seq, lines, bytes;

-- name: AddLines :exec
insert into session_logs (session_id, seq, at, stream, line)
select @session_id, unnest(@seqs::bigint[]), unnest(@ats::timestamptz[]), unnest(@streams::text[]),
    unnest(@lines::text[]);

-- name: LogCut :one
-- The newest line that does not fit into so many bytes; 0 if all do.
select coalesce(max(seq), 0)::bigint from (
    select seq, sum(octet_length(line)) over (order by seq desc) as bytes
    from session_logs where session_id = @session_id
) as sized where sized.bytes > @most::bigint;

-- name: TrimLog :exec
with gone as (
    delete from session_logs as l where l.session_id = @session_id and l.seq <= @upto
    returning octet_length(line) as bytes
)
update session_log_heads as head set
    lines = head.lines - (select count(*) from gone),
    bytes = head.bytes - (select coalesce(sum(gone.bytes), 0) from gone)
where head.session_id = @session_id;

-- name: Tail :many
-- The newest first; the caller turns them round.
select seq, at, stream, line from session_logs
where session_id = @session_id and seq > @after
order by seq desc limit @most::bigint;
