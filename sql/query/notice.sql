-- name: CollectNotices :execrows
insert into notices (session_id, event_id, channel, due_at)
select e.session_id, e.id, c.channel, @now::timestamptz
from sessions s
    join session_events e on e.session_id = s.id
    cross join unnest(@channels::text[]) as c (channel)
    left join notice_choices p on p.owner = s.owner
where (s.ended_at is null or s.ended_at > @since::timestamptz) and e.at > @since::timestamptz
    and (e.to_state = 'Ready' and e.from_state <> 'Ready'
        or e.to_state = 'Ended' and e.from_state <> 'Ended' and s.reason = any(@unexpected::text[])
        or e.event in ('ends_soon', 'idle_soon'))
    and (c.channel <> 'mail' or coalesce(p.mail, false))
on conflict do nothing;

-- name: TakeNotices :many
with due as (
    select d.session_id, d.event_id, d.channel from notices d
    where d.due_at <= @now::timestamptz and d.channel = any(@channels::text[])
    order by d.due_at limit @most::bigint for update skip locked
), taken as (
    update notices set tries = notices.tries + 1, due_at = @hold_until
    from due
    where notices.session_id = due.session_id and notices.event_id = due.event_id and notices.channel = due.channel
    returning notices.session_id, notices.event_id, notices.channel, notices.tries
)
select t.session_id, t.event_id, t.channel, t.tries, e.event, e.to_state, e.at, e.text,
    s.owner, s.name, s.app, s.node, s.reason, coalesce(u.mail, '')::text as mail
from taken t
    join session_events e on e.session_id = t.session_id and e.id = t.event_id
    join sessions s on s.id = t.session_id
    left join users u on u.name = s.owner;

-- name: NoticeDone :exec
update notices set failure = @failure, sent_at = @sent_at, due_at = @due_at
where session_id = @session_id and event_id = @event_id and channel = @channel;

-- name: WantsMail :one
select coalesce((select mail from notice_choices where owner = @owner), false)::boolean;

-- name: SetWantsMail :exec
insert into notice_choices (owner, mail) values (@owner, @mail)
on conflict (owner) do update set mail = excluded.mail;
