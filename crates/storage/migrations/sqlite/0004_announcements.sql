-- When the end of a login is next looked at, to be announced or believed: a moment of its own, whatever the
-- platform answers. 0: at once. A program that knows nothing of it goes on announcing after its probes.
alter table channel_grant add column announce_at_ms integer;
create index channel_grant_announce on channel_grant (announce_at_ms) where announce_at_ms is not null;
update channel_grant set announce_at_ms = 0 where standing = 'primary';
