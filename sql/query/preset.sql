-- name: PresetsOf :many
select * from presets where owner = @owner order by created_at, id;

-- name: LockPresets :exec
select pg_advisory_xact_lock(@key);

-- name: CountPresets :one
select count(*) from presets where owner = @owner;

-- name: InsertPreset :execrows
insert into presets (id, owner, name, fields, created_at)
values (@id, @owner, @name, @fields, @created_at)
on conflict on constraint presets_unique do nothing;

-- name: RenamePreset :execrows
update presets set name = @name where owner = @owner and id = @id;

-- name: DeletePreset :execrows
delete from presets where owner = @owner and id = @id;
