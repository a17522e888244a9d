-- name: CountSessions :many
select cluster, queue, app, state, gpu_type, count(*) as sessions, coalesce(sum(gpus), 0)::bigint as gpus
from sessions where state <> 'Ended'
group by cluster, queue, app, state, gpu_type;

-- name: CountActivePeople :one
-- All, and those who signed in or had a session since then.
select count(*) as everybody,
    count(*) filter (where last_login_at >= @since or exists (
        select from sessions where owner = users.name and (state <> 'Ended' or created_at >= @since))) as active
from users;
