-- A sign-in that stands by on a channel: what was said about it, by whom, and when. A program that knows nothing of
-- it replaces the one in use by a newer one, as before.
alter table channel_grant add column consent text;
alter table channel_grant add column consent_by text;
alter table channel_grant add column consent_at_ms bigint;
