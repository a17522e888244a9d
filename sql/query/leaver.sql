-- name: Holders :many
-- Everybody who has something here: a login, a token, or a live session.
with holders as (
    select user_name as name from logins where expires_at > now()
    union select owner from api_tokens where expires_at is null or expires_at > now()
    union select owner from sessions where state <> 'Ended')
select holders.name::text as name, users.gone_since
from holders left join users on users.name = holders.name
order by holders.name;

-- name: SetGone :exec
update users set gone_since = @since where name = @name;

-- name: RefreshUser :execrows
update users set display_name = @display_name, mail = @mail, groups = @groups, admin = @admin
where name = @name
    and (display_name, mail, groups, admin) is distinct from (@display_name, @mail, @groups::text[], @admin::boolean);
