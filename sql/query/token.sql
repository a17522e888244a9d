-- name: InsertToken :exec
insert into api_tokens (id, hash, owner, name, scopes, created_at, expires_at, last_used_at, prefix)
values (@id, @hash, @owner, @name, @scopes, @created_at, @expires_at, @last_used_at, @prefix);

-- name: TokensOf :many
select * from api_tokens where owner = @owner order by created_at, id;

-- name: TokenByHash :one
select sqlc.embed(api_tokens), sqlc.embed(users)
from api_tokens join users on users.name = api_tokens.owner
where api_tokens.hash = @hash;

-- name: DeleteToken :execrows
delete from api_tokens where owner = @owner and id = @id;

-- name: TouchToken :exec
update api_tokens set last_used_at = @last_used_at where id = @id;

-- name: PurgeTokens :execrows
delete from api_tokens where expires_at < @before;

-- name: TokensAfter :many
select * from api_tokens
where (@owner::text = '' or owner = @owner)
    and (owner, created_at, id) > (@after_owner::text, @after_created_at::timestamptz, @after_id::text)
order by owner, created_at, id limit @most::bigint;

-- name: DeleteTokenByID :many
delete from api_tokens where id = @id returning *;
