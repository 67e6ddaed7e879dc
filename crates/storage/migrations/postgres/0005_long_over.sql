-- Indexes for what is asked again and again, so that its cost does not grow with what is long over.

-- Logins that live and whose last end is over: those that have ended are many in time.
drop index oauth_grant_horizon;
create index oauth_grant_horizon on oauth_grant (horizon_at_ms, id) where life = 'live' and horizon_at_ms is not null;

-- Posts read back whose picture is not copied yet: few, of many.
create index remote_post_bare on remote_post (channel_id, at_ms) where picture_sha256 is null and picture_url is not null;
