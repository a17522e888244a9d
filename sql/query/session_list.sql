-- One query for each shape, so that each gets the plan of its own index. A
-- cluster of '' is every cluster; a limit of null is none.

-- name: LiveSessions :many
select * from sessions
where state <> 'Ended' and (@cluster::text = '' or cluster = @cluster)
order by created_at desc, id desc limit sqlc.narg('most')::bigint;

-- name: LiveSessionsOf :many
select * from sessions
where owner = @owner and state <> 'Ended' and (@cluster::text = '' or cluster = @cluster)
order by created_at desc, id desc limit sqlc.narg('most')::bigint;

-- name: RecentSessions :many
select * from sessions
where @cluster::text = '' or cluster = @cluster
order by created_at desc, id desc limit @most::bigint;

-- name: RecentSessionsOf :many
select * from sessions
where owner = @owner and (@cluster::text = '' or cluster = @cluster)
order by created_at desc, id desc limit @most::bigint;
