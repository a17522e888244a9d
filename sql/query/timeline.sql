-- name: AddEvent :exec
insert into session_events (session_id, at, source, event, from_state, to_state, by, text)
values (@session_id, @at, @source, @event, @from_state, @to_state, @by, @text);

-- name: Timeline :many
-- The newest first; the caller turns them round.
select at, source, event, from_state, to_state, by, text
from session_events where session_id = @session_id
order by id desc limit @most::bigint;
