-- The counts of an app's endpoints together, because an app may have thousands: what pages show of an account and its
-- apps. In slots of five minutes, by process; retention puts those of past days together by hour, in shard -1. Half of
-- each page is left free, so that raising a row stays in its page and writes no index entry (HOT).
create table app_delivery_counts (
  account_id uuid not null,
  app_id uuid not null,
  slot timestamptz not null,
  shard smallint not null,
  succeeded integer not null,
  failed integer not null,
  -- As in delivery_counts.
  took_1 integer, took_2 integer, took_3 integer, took_5 integer, took_7 integer, took_10 integer, took_15 integer,
  took_20 integer, took_30 integer, took_50 integer, took_70 integer, took_100 integer, took_150 integer,
  took_200 integer, took_300 integer, took_500 integer, took_700 integer, took_1000 integer, took_1500 integer,
  took_2000 integer, took_3000 integer, took_5000 integer, took_7000 integer, took_10000 integer, took_15000 integer,
  took_20000 integer, took_30000 integer, took_longer integer,
  -- Serves: an app, or all of an account, since a time.
  primary key (account_id, app_id, slot, shard)
) with (fillfactor = 50);
