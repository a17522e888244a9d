-- name: SaveUser :exec
insert into users (name, display_name, mail, groups, admin, last_login_at)
values (@name, @display_name, @mail, @groups, @admin, @last_login_at)
on conflict (name) do update set
    display_name = excluded.display_name, mail = excluded.mail, groups = excluded.groups,
    admin = excluded.admin, last_login_at = excluded.last_login_at;

-- name: InsertLogin :exec
insert into logins (id, hash, user_name, created_at, last_seen_at, expires_at, ip, user_agent)
values (@id, @hash, @user_name, @created_at, @last_seen_at, @expires_at, @ip, @user_agent);

-- name: LoginByHash :one
select sqlc.embed(logins), sqlc.embed(users)
from logins join users on users.name = logins.user_name
where logins.hash = @hash;

-- name: TouchLogin :exec
update logins set last_seen_at = @last_seen_at, expires_at = @expires_at where id = @id;

-- name: DeleteLogin :many
delete from logins where id = @id returning user_name;

-- name: DeleteLoginsOf :exec
delete from logins where user_name = @user_name;

-- name: PurgeLogins :execrows
delete from logins where expires_at < @before;

-- name: AddUser :exec
-- Somebody who has not signed in, like a service account.
insert into users (name, display_name, mail, groups, admin, last_login_at)
values (@name, @display_name, @mail, @groups, @admin, 'epoch')
on conflict (name) do nothing;
