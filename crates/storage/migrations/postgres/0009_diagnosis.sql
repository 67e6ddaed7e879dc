-- What platforms answered that was no good: the last refusal of each login on its channel, with the answer as it
-- came for admins; and how often answers came that no table knows.

create table login_answer (
    channel_grant_id uuid not null primary key references channel_grant (id),
    workspace_id uuid not null references workspace (id),
    cause text not null,
    evidence text not null,
    raw text,
    times bigint not null,
    first_at_ms bigint not null,
    at_ms bigint not null
);
create index login_answer_workspace on login_answer (workspace_id);

create table unmapped_answer (
    workspace_id uuid not null references workspace (id),
    platform text not null,
    operation text not null,
    http_status bigint not null,
    code text not null,
    subcode text not null,
    message text not null,
    times bigint not null,
    first_at_ms bigint not null,
    at_ms bigint not null,
    primary key (workspace_id, platform, operation, http_status, code, subcode)
);

-- The latest sign-ins that were to mend a channel: whether they failed alike.
create index connect_session_channel on connect_session (channel_id, workspace_id, created_at_ms) where channel_id is not null;
