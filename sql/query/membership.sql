-- name: PeoplePage :many
select * from users order by name offset @skip::bigint limit @most::bigint;

-- name: CountPeople :one
select count(*) from users;

-- name: GroupsPage :many
select g::text as name, array_agg(users.name order by users.name)::text[] as users
from users, unnest(groups) as g
group by g order by g offset @skip::bigint limit @most::bigint;

-- name: CountGroups :one
select count(distinct g) from users, unnest(groups) as g;

-- name: GroupMembers :many
select name from users where groups @> array[@member_of::text] order by name;
