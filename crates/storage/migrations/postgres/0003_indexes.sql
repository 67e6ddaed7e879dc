-- Indexes that the plans of the hot statements were found to need. Nothing else changes: a program that knows
-- only the spine works on.

-- Logins whose last end is over.
create index oauth_grant_horizon on oauth_grant (horizon_at_ms) where horizon_at_ms is not null;

-- The logins of one workspace, for lists.
create index channel_grant_workspace on channel_grant (workspace_id, channel_id);

-- What waits in a workspace by state, counted without a look at the rows.
drop index delivery_state;
create index delivery_state on delivery (workspace_id, state, due_at_ms, id, social_set_id, channel_id);

-- What is planned or out on one channel.
drop index delivery_channel;
create index delivery_channel on delivery (channel_id, state, workspace_id, due_at_ms, id);

-- The history of one delivery; a delivery that is deleted is looked for here too.
drop index delivery_event_delivery;
create index delivery_event_delivery on delivery_event (delivery_id, at_ms);

-- May this workspace look at a picture with these bytes?
create index media_sha on media (workspace_id, sha256, created_at_ms, id);
create index media_thumb on media (workspace_id, thumb_sha256);
create index remote_post_picture on remote_post (workspace_id, picture_sha256) where picture_sha256 is not null;
