-- Filters of '' choose all.

-- name: UsageBy :many
with keyed as (
    select case @by::text
            when 'user' then f.owner when 'group' then g.name when 'account' then f.account
            when 'cluster' then f.cluster when 'queue' then f.cluster || '/' || f.queue when 'app' then f.app
            when 'gpu' then f.gpu_type when 'day' then f.day::text else '' end as key,
        f.starts, f.gpu_asked, f.cpu_asked, f.gpu_held, f.cpu_held, f.gpu_used, f.cpu_used, f.gpu_seen, f.cpu_seen
    from usage_between(@first::date, @last::date, @owners::text[]) as f cross join lateral (
        select '' as name where @by::text <> 'group' or f.groups = '{}'
        union all
        select unnest(f.groups) where @by::text = 'group'
    ) as g
    where (@group_name::text = '' or f.groups @> array[@group_name::text])
        and (@group_name::text = '' or g.name in ('', @group_name::text))
        and (@account::text = '' or f.account = @account::text) and (@cluster::text = '' or f.cluster = @cluster::text)
        and (@queue::text = '' or f.queue = @queue::text) and (@app::text = '' or f.app = @app::text)
        and (@gpu_type::text = '' or f.gpu_type = @gpu_type::text)
)
select key::text, sum(starts)::bigint as starts, sum(gpu_asked)::double precision as gpu_asked,
    sum(cpu_asked)::double precision as cpu_asked, sum(gpu_held)::double precision as gpu_held,
    sum(cpu_held)::double precision as cpu_held, sum(gpu_used)::double precision as gpu_used,
    sum(cpu_used)::double precision as cpu_used, sum(gpu_seen)::double precision as gpu_seen,
    sum(cpu_seen)::double precision as cpu_seen
from keyed group by key order by sum(gpu_held) desc, sum(cpu_held) desc, key
limit @most::bigint;

-- name: UsageWaits :many
select f.cluster, f.queue, f.gpu_type, count(*)::bigint as launches,
    percentile_cont(array[0.1, 0.25, 0.5, 0.75, 0.9]) within group (order by w.wait)::double precision[] as quantiles,
    max(w.wait)::bigint as longest
from usage_between(@first::date, @last::date, @owners::text[]) as f cross join lateral unnest(f.waits) as w (wait)
where (@group_name::text = '' or f.groups @> array[@group_name::text])
    and (@account::text = '' or f.account = @account::text) and (@cluster::text = '' or f.cluster = @cluster::text)
    and (@queue::text = '' or f.queue = @queue::text) and (@app::text = '' or f.app = @app::text)
    and (@gpu_type::text = '' or f.gpu_type = @gpu_type::text)
group by f.cluster, f.queue, f.gpu_type order by count(*) desc, f.cluster, f.queue, f.gpu_type
limit @most::bigint;

-- name: UsageFailures :many
select w.reason::text as reason, count(*)::bigint as launches
from usage_between(@first::date, @last::date, @owners::text[]) as f cross join lateral unnest(f.failures) as w (reason)
where (@group_name::text = '' or f.groups @> array[@group_name::text])
    and (@account::text = '' or f.account = @account::text) and (@cluster::text = '' or f.cluster = @cluster::text)
    and (@queue::text = '' or f.queue = @queue::text) and (@app::text = '' or f.app = @app::text)
    and (@gpu_type::text = '' or f.gpu_type = @gpu_type::text)
group by w.reason order by count(*) desc, w.reason;

-- name: UsageRolledUntil :one
select until from usage_rolled;

-- name: FirstUsageDay :one
-- When anything first ran or ended; now if nothing ever did.
select coalesce(least(
    (select min(started_at) from session_runs), (select min(ended_at) from sessions where state = 'Ended')
), now())::timestamptz as at;

-- name: ForgetDays :exec
delete from usage_days where day between @first::date and @last::date;

-- name: KeepDays :execrows
insert into usage_days
select n.* from usage_of(@first::date, @last::date) as n;

-- name: SetRolledUntil :exec
update usage_rolled set until = @until;

-- name: ForgetDaysBefore :execrows
delete from usage_days where day < @before::date;

-- name: NamesBefore :many
select distinct owner from usage_days where day < @before::date and not veiled;

-- name: VeilName :execrows
-- Of a group or account that is called like its person, too.
update usage_days set owner = @pseudonym::text, veiled = true,
    groups = array_replace(groups, @name::text, @pseudonym::text),
    account = case when account = @name::text then @pseudonym::text else account end
where day < @before::date and owner = @name::text and not veiled;
