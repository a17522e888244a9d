-- name: InsertSession :one
insert into sessions (
    id, owner, name, app, cluster, queue, account, qos,
    nodes, cpus, memory, gpus, gpu_type, time_limit,
    state, attempt, version,
    job_id, job_state, job_native, job_reason, node, estimated_start, missing_since, missing_polls,
    agent_since, agent_lost, claim_hash,
    created_at, queued_at, started_at, ready_at, ended_at,
    stop_reason, stopped_by, reason, detail, exit_code, signal, owner_groups, held_until
) values (
    @id, @owner, @name, @app, @cluster, @queue, @account, @qos,
    @nodes, @cpus, @memory, @gpus, @gpu_type, @time_limit,
    @state, @attempt, @version,
    @job_id, @job_state, @job_native, @job_reason, @node, @estimated_start, @missing_since, @missing_polls,
    @agent_since, @agent_lost, @claim_hash,
    @created_at, @queued_at, @started_at, @ready_at, @ended_at,
    @stop_reason, @stopped_by, @reason, @detail, @exit_code, @signal, @owner_groups, @held_until
)
returning *;

-- name: UpdateSession :one
-- What a session is called, whose it is and their groups never change.
update sessions set
    app = @app, cluster = @cluster, queue = @queue, account = @account, qos = @qos,
    nodes = @nodes, cpus = @cpus, memory = @memory, gpus = @gpus, gpu_type = @gpu_type, time_limit = @time_limit,
    state = @state, attempt = @attempt, version = version + 1,
    job_id = @job_id, job_state = @job_state, job_native = @job_native, job_reason = @job_reason, node = @node,
    estimated_start = @estimated_start, missing_since = @missing_since, missing_polls = @missing_polls,
    agent_since = @agent_since, agent_lost = @agent_lost, claim_hash = @claim_hash,
    queued_at = @queued_at, started_at = @started_at, ready_at = @ready_at, ended_at = @ended_at,
    stop_reason = @stop_reason, stopped_by = @stopped_by, reason = @reason, detail = @detail,
    exit_code = @exit_code, signal = @signal, held_until = @held_until
where id = @id and version = @version
returning *;

-- name: Session :one
select * from sessions where id = @id;

-- name: SessionExists :one
select exists (select 1 from sessions where id = @id);

-- name: SessionAtPath :one
-- The live one has no ended_at and comes first.
select * from sessions where owner = @owner and name = @name
order by ended_at desc nulls first limit 1;

-- name: LiveNames :many
select name from sessions where owner = @owner and state <> 'Ended';

-- name: LockKey :exec
-- Until the end of the transaction.
select pg_advisory_xact_lock(@key);
