-- Lists for admins. Each is asked in a way that its values are known when it is
-- planned (fresh.go), so that conditions that were not set cost nothing and each
-- combination gets the plan of its own index.

-- name: FindSessions :many
select * from sessions
where (@owner::text = '' or owner = @owner)
    and (@cluster::text = '' or cluster = @cluster)
    and (@queue::text = '' or queue = @queue)
    and (@node::text = '' or (node = @node and node <> ''))
    and (@words::text = ''
        or words_of(owner || ' ' || name || ' ' || job_id || ' ' || account || ' ' || node) @@ words_query(@words))
    and (not @live::boolean or state <> 'Ended')
    and (not @failed::boolean or reason in (
        'failed', 'refused', 'not_submitted', 'out_of_memory', 'node_fail', 'start_timeout', 'lost'))
    and (cardinality(@states::text[]) = 0 or state = any (@states))
    and (@after_id::text = '' or (created_at, id) < (@after_at::timestamptz, @after_id))
order by created_at desc, id desc limit @most::bigint;

-- name: CountLive :many
select state, count(*) from sessions where state <> 'Ended' group by state;

-- name: HeldNow :many
select cluster, queue, gpu_type, count(*) as sessions, sum(gpus) as gpus, sum(cpus) as cpus
from sessions where state <> 'Ended' and state in ('Starting', 'Ready', 'Stopping')
group by cluster, queue, gpu_type order by cluster, queue, gpu_type;

-- name: EndedSince :many
select reason, count(*) from sessions where state = 'Ended' and ended_at >= @since::timestamptz group by reason;

-- name: CountOwners :one
select count(distinct owner) from sessions where state <> 'Ended';

-- name: FindUsers :many
with page as materialized (
    select name from users
    where (@words::text = '' or words_of(name || ' ' || display_name || ' ' || mail) @@ words_query(@words))
        and (@member_of::text = '' or groups @> array[@member_of])
        and (@after::text = '' or name > @after)
        and (@exactly::text = '' or name = @exactly)
    order by name limit @most::bigint
)
select sqlc.embed(users),
    (select count(*) from logins where logins.user_name = users.name and logins.expires_at > now()) as logins,
    (select count(*) from api_tokens as t
        where t.owner = users.name and (t.expires_at is null or t.expires_at > now())) as tokens,
    held.sessions, held.gpus::bigint as gpus, held.cpus::bigint as cpus
from page join users on users.name = page.name
cross join lateral (
    select count(*) as sessions,
        coalesce(sum(s.gpus) filter (where s.state in ('Starting', 'Ready', 'Stopping')), 0) as gpus,
        coalesce(sum(s.cpus) filter (where s.state in ('Starting', 'Ready', 'Stopping')), 0) as cpus
    from sessions as s where s.owner = users.name and s.state <> 'Ended'
) as held
order by users.name;

-- name: FindGroups :many
with live as (
    select unnest(owner_groups)::text as name, owner, gpus, cpus, state in ('Starting', 'Ready', 'Stopping') as runs
    from sessions where state <> 'Ended'
), page as materialized (
    select name, count(distinct owner) as people, count(*) as sessions,
        coalesce(sum(gpus) filter (where runs), 0) as gpus, coalesce(sum(cpus) filter (where runs), 0) as cpus
    from live where (@begins::text = '' or starts_with(name, @begins)) and (@after::text = '' or name > @after)
    group by name order by name limit @most::bigint
)
select page.name, page.people, page.sessions, page.gpus::bigint as gpus, page.cpus::bigint as cpus,
    (select count(*) from users where users.groups @> array[page.name]) as members
from page order by page.name;

-- name: LoginsOf :many
select sqlc.embed(logins), sqlc.embed(users) from logins join users on users.name = logins.user_name
where logins.user_name = @user_name and logins.expires_at > now()
order by logins.created_at desc limit 100;

-- name: DropLogins :execrows
delete from logins where user_name = @user_name;

-- name: DropTokens :execrows
delete from api_tokens where owner = @owner;

-- name: AddGrant :exec
insert into session_grants (session_id, admin, reason, from_at, until_at)
values (@session_id, @admin, @reason, @from_at, @until_at);

-- name: EndGrants :execrows
update session_grants set until_at = @at
where session_id = @session_id and admin = @admin and from_at <= @at and until_at > @at;

-- name: OpenGrants :many
select * from session_grants
where session_id = @session_id and (@admin::text = '' or admin = @admin) and from_at <= @at and until_at > @at
order by id desc limit 50;

-- name: AddAnnouncement :exec
insert into announcements (id, severity, text, cluster, queue, from_at, until_at, set_by, set_at)
values (@id, @severity, @text, @cluster, @queue, @from_at, @until_at, @set_by, @set_at);

-- name: DeleteAnnouncement :execrows
delete from announcements where id = @id;

-- name: Announcements :many
select * from announcements where until_at is null or until_at > @over::timestamptz
order by from_at desc, id limit 200;

-- name: Troubled :one
select count(*) filter (where missing_since is not null) as missing,
    count(*) filter (where state = 'Ready' and agent_lost < now() - interval '2 minutes') as disconnected
from sessions where state <> 'Ended';
