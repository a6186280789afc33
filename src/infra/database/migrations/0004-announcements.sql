-- Changes are announced to every process (channel control_plane, payload app:<id> or account:<id>), so that they drop
-- what they have cached, and raise the revision of an app whose routing they may alter. Triggers, because then no code
-- path can forget to.
create function announce_app() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'app:' || coalesce(new.id, old.id));
  return null;
end $$;

create trigger apps_announce after update or delete on apps for each row execute function announce_app();

-- Those who send must know whether an endpoint fails or has issues, to see that it is well again.
create function announce_health() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'app:' || new.app_id);
  return null;
end $$;

create trigger endpoints_health after update of failing_since, has_issues on endpoints
  for each row when (old.failing_since is distinct from new.failing_since or old.has_issues <> new.has_issues)
  execute function announce_health();

create function announce_account() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'account:' || coalesce(new.account_id, old.account_id));
  return null;
end $$;

-- Only what decides whom a key lets in: that it was used is written often, and must cost no process what it has cached.
create trigger api_keys_announce after delete or update of scopes, expires_at, revoked_at on api_keys
  for each row execute function announce_account();

-- Every process forgets what it knows of an account whose plan changed: what was refused is let in at once.
create function announce_plan() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'account:' || new.id);
  return null;
end $$;

create trigger accounts_announce_plan after update of plan on accounts
  for each row when (old.plan is distinct from new.plan) execute function announce_plan();

create function raise_own_revision() returns trigger language plpgsql as $$
begin
  if new.revision = old.revision then
    new.revision := old.revision + 1;
  end if;
  return new;
end $$;

create trigger apps_revision before update on apps for each row execute function raise_own_revision();

-- Once a statement: an event that 10,000 endpoints name is deleted with one raise, not 10,000.
create function raise_app_revision() returns trigger language plpgsql as $$
begin
  update apps set revision = revision + 1 where id in (select app_id from changed);
  return null;
end $$;

create trigger webhook_events_insert after insert on webhook_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger webhook_events_update after update on webhook_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger webhook_events_delete after delete on webhook_events referencing old table as changed
  for each statement execute function raise_app_revision();
create trigger endpoint_events_insert after insert on endpoint_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger endpoint_events_update after update on endpoint_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger endpoint_events_delete after delete on endpoint_events referencing old table as changed
  for each statement execute function raise_app_revision();
create trigger endpoints_insert after insert on endpoints referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger endpoints_delete after delete on endpoints referencing old table as changed
  for each statement execute function raise_app_revision();

-- For anything but an endpoint's health, which alters no routing. Apps in order, so that two batches cannot deadlock.
create function raise_app_revision_of_endpoints() returns trigger language plpgsql as $$
declare
  health constant text[] := array['failing_since', 'next_probe_at', 'has_issues'];
begin
  update apps set revision = revision + 1 where id in (
    select id from apps where id in (
      select changed.app_id from changed join before using (id)
      where to_jsonb(changed) - health is distinct from to_jsonb(before) - health)
    order by id for no key update);
  return null;
end $$;

create trigger endpoints_update after update on endpoints referencing old table as before new table as changed
  for each statement execute function raise_app_revision_of_endpoints();
