-- What routing saw of an endpoint, from a revision of its app on until the next row: with the revision that a message
-- was routed by, it tells why an endpoint did not get it. Goes with its app.
create table endpoint_revisions (
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  endpoint_id uuid not null,
  revision bigint not null,
  version text not null,
  status text not null check (status in ('active', 'inactive', 'deleted')),
  inactive_reason text,
  -- With patterns such as order.*. Null: all.
  event_types text[],
  -- Null: those of all channels.
  channels text[],
  -- Serves: the endpoints of an app, of a subscription, or one, as they were at a revision.
  primary key (account_id, app_id, subscription_id, endpoint_id, revision),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);

-- Adds a row when routing sees something else than in the newest one. It is called at commit, when the revision is the
-- one that messages will be routed by, and by every row that a transaction changed: of equal calls the first one works.
create function keep_endpoint_revision(changed endpoints) returns void language plpgsql as $$
declare
  now_at bigint := (select revision from apps where id = changed.app_id);
  this_call text := changed.id || '@' || now_at;
begin
  if now_at is null or this_call = current_setting('hostedhooks.kept_revision', true) then
    return;
  end if;
  perform set_config('hostedhooks.kept_revision', this_call, true);

  with present as (
    select version, status, inactive_reason, case when not receives_all_events then array(
      select event_type from endpoint_events join webhook_events on webhook_events.id = webhook_event_id
      where endpoint_id = changed.id order by event_type) || event_patterns end as event_types,
      case when jsonb_typeof(rules->'channels') = 'array' then
        array(select jsonb_array_elements_text(rules->'channels')) end as channels
    from endpoints where id = changed.id
    union all
    select changed.version, 'deleted', null, null, null where not exists (select from endpoints where id = changed.id)
  ), newest as (
    select version, status, inactive_reason, event_types, channels from endpoint_revisions
    where account_id = changed.account_id and app_id = changed.app_id
      and subscription_id = changed.subscription_id and endpoint_id = changed.id
    order by revision desc limit 1
  )
  insert into endpoint_revisions
    (account_id, app_id, subscription_id, endpoint_id, revision, version, status, inactive_reason, event_types,
      channels)
  select changed.account_id, changed.app_id, changed.subscription_id, changed.id, now_at, present.*
  from present left join newest on true
  where (present.*) is distinct from (newest.*);
end $$;

create function endpoint_changed() returns trigger language plpgsql as $$
begin
  perform keep_endpoint_revision(coalesce(new, old));
  return null;
end $$;

-- Of a deleted endpoint nothing is found here: its own trigger keeps that.
create function endpoint_event_changed() returns trigger language plpgsql as $$
begin
  perform keep_endpoint_revision(endpoints) from endpoints where id = coalesce(new.endpoint_id, old.endpoint_id);
  return null;
end $$;

create function webhook_event_renamed() returns trigger language plpgsql as $$
begin
  perform keep_endpoint_revision(endpoints) from endpoints
  where id in (select endpoint_id from endpoint_events where webhook_event_id = new.id);
  return null;
end $$;

create constraint trigger endpoints_history
  after insert or delete
  or update of version, status, inactive_reason, receives_all_events, event_patterns, rules on endpoints
  deferrable initially deferred for each row execute function endpoint_changed();
create constraint trigger endpoint_events_history after insert or update or delete on endpoint_events
  deferrable initially deferred for each row execute function endpoint_event_changed();
create constraint trigger webhook_events_history after update of event_type on webhook_events
  deferrable initially deferred for each row execute function webhook_event_renamed();
