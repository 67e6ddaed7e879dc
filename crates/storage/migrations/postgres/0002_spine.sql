-- People, workspaces, channels, logins, posts, deliveries, notices: what everything later stands on.

create table workspace (
    id uuid not null primary key,
    name text not null,
    zone text not null,
    created_at_ms bigint not null
);

create table person (
    id uuid not null primary key,
    mail text not null unique,
    name text not null,
    password_hash text,
    operator boolean not null,
    created_at_ms bigint not null
);

create table member (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    person_id uuid not null references person (id),
    role text not null,
    all_sets boolean not null,
    created_at_ms bigint not null,
    unique (workspace_id, person_id)
);
create index member_person on member (person_id);

create table social_set (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    name text not null,
    zone text not null,
    lateness_limit_ms bigint not null,
    created_at_ms bigint not null
);
create index social_set_workspace on social_set (workspace_id, name);

create table member_set (
    member_id uuid not null references member (id),
    social_set_id uuid not null references social_set (id),
    primary key (member_id, social_set_id)
);

-- Times of this table and the next are of the security clock.
create table session (
    id uuid not null primary key,
    person_id uuid not null references person (id),
    token_sha256 bytea not null unique,
    workspace_id uuid references workspace (id),
    social_set_id uuid references social_set (id),
    created_at_ms bigint not null,
    seen_at_ms bigint not null,
    ends_at_ms bigint not null,
    client text not null
);
create index session_person on session (person_id);

create table one_time_code (
    code_sha256 bytea not null primary key,
    purpose text not null,
    person_id uuid references person (id),
    created_at_ms bigint not null,
    ends_at_ms bigint not null,
    used_at_ms bigint
);

create table api_key (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    name text not null,
    key_sha256 bytea not null unique,
    scopes text not null,
    social_set_id uuid references social_set (id),
    made_by uuid not null references member (id),
    created_at_ms bigint not null,
    used_at_ms bigint,
    revoked_at_ms bigint
);
create index api_key_workspace on api_key (workspace_id, created_at_ms);

create table idempotency (
    workspace_id uuid not null references workspace (id),
    maker text not null,
    key text not null,
    request_sha256 bytea not null,
    status bigint,
    body text,
    created_at_ms bigint not null,
    primary key (workspace_id, maker, key)
);
create index idempotency_age on idempotency (created_at_ms);

create table app (
    id uuid not null primary key,
    workspace_id uuid references workspace (id),
    platform text not null,
    flow text not null,
    client_id text not null,
    redirect_uri text not null,
    api_version text not null,
    scopes text not null,
    hosts text not null,
    secret_sealed bytea,
    keys_sealed bytea,
    generation bigint not null,
    created_at_ms bigint not null
);
create index app_platform on app (platform, flow, created_at_ms);

create table channel (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    social_set_id uuid not null references social_set (id),
    platform text not null,
    account_id text not null,
    handle text not null,
    name text not null,
    picture_sha256 text,
    picture_url text,
    link text not null,
    mode text not null,
    unlinked_at_ms bigint,
    synced_at_ms bigint,
    sync_at_ms bigint,
    sync_tries bigint not null,
    sync_evidence text,
    collabs_left_out bigint,
    version bigint not null,
    created_at_ms bigint not null,
    unique (workspace_id, platform, account_id)
);
create index channel_set on channel (workspace_id, social_set_id, platform, handle);
create index channel_sync on channel (sync_at_ms) where sync_at_ms is not null;

-- Installation-wide; no workspace sees it.
create table platform_person (
    id uuid not null primary key,
    app_id uuid not null references app (id),
    remote_id text not null,
    unique (app_id, remote_id)
);

-- A grant. (The bare word is reserved in SQL.)
create table oauth_grant (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    app_id uuid not null references app (id),
    platform text not null,
    flow text not null,
    platform_person_id uuid not null references platform_person (id),
    person_name text not null,
    signed_in_by uuid references member (id),
    mechanism text not null,
    scopes text not null,
    ends text not null,
    access_end_at_ms bigint,
    horizon_at_ms bigint,
    generation bigint not null,
    tokens_sealed bytea not null,
    previous_sealed bytea,
    fresh_since_ms bigint not null,
    jitter_permille bigint not null,
    life text not null,
    life_cause text,
    life_since_ms bigint,
    renew_at_ms bigint,
    tries bigint not null,
    last_evidence text,
    lease_by uuid,
    lease_fence bigint not null,
    lease_until_ms bigint,
    created_at_ms bigint not null
);
create index oauth_grant_renew on oauth_grant (renew_at_ms) where renew_at_ms is not null;
create index oauth_grant_workspace on oauth_grant (workspace_id, created_at_ms);
create index oauth_grant_person on oauth_grant (platform_person_id);
create index oauth_grant_app on oauth_grant (app_id);
create index oauth_grant_leased on oauth_grant (lease_by) where lease_by is not null;

-- The renewal journal: an intent is durable before the call, its end after the answer is.
create table renewal (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    grant_id uuid not null references oauth_grant (id),
    generation bigint not null,
    fence bigint not null,
    incarnation uuid not null,
    begun_at_ms bigint not null,
    ended_at_ms bigint,
    outcome text,
    evidence text
);
create index renewal_grant on renewal (grant_id, begun_at_ms);
create index renewal_open on renewal (grant_id) where ended_at_ms is null;

create table channel_grant (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    channel_id uuid not null references channel (id),
    grant_id uuid not null references oauth_grant (id),
    standing text not null,
    token_sealed bytea,
    token_generation bigint not null,
    role text,
    ends text not null,
    horizon_at_ms bigint,
    health text not null,
    cause text,
    evidence text,
    since_ms bigint not null,
    proven_at_ms bigint,
    probe_at_ms bigint,
    lease_by uuid,
    lease_fence bigint not null,
    lease_until_ms bigint,
    created_at_ms bigint not null,
    unique (channel_id, grant_id)
);
create unique index channel_grant_primary on channel_grant (channel_id) where standing = 'primary';
create index channel_grant_grant on channel_grant (grant_id);
create index channel_grant_probe on channel_grant (probe_at_ms) where probe_at_ms is not null;
create index channel_grant_leased on channel_grant (lease_by) where lease_by is not null;

create table connect_session (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    social_set_id uuid not null references social_set (id),
    member_id uuid not null references member (id),
    session_id uuid,
    api_key_id uuid references api_key (id),
    app_id uuid not null references app (id),
    channel_id uuid references channel (id),
    state_sha256 bytea not null unique,
    journey_sealed bytea,
    phase text not null,
    grant_id uuid references oauth_grant (id),
    outcome text not null,
    created_at_ms bigint not null,
    ends_at_ms bigint not null
);
create index connect_session_workspace on connect_session (workspace_id, created_at_ms);

create table channel_event (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    channel_id uuid not null references channel (id),
    at_ms bigint not null,
    kind text not null,
    maker text not null,
    detail text not null
);
create index channel_event_channel on channel_event (workspace_id, channel_id, at_ms);

create table media (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    sha256 text not null,
    mime text not null,
    width bigint not null,
    height bigint not null,
    bytes bigint not null,
    thumb_sha256 text not null,
    thumbhash bytea not null,
    name text not null,
    made_by text not null,
    created_at_ms bigint not null
);
create index media_workspace on media (workspace_id, created_at_ms);

create table post (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    social_set_id uuid not null references social_set (id),
    content text not null,
    zone text not null,
    made_by text not null,
    version bigint not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null
);
create index post_set on post (workspace_id, social_set_id, created_at_ms);

create table delivery (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    social_set_id uuid not null references social_set (id),
    post_id uuid not null references post (id),
    channel_id uuid not null references channel (id),
    state text not null,
    stage text,
    reason text,
    due_at_ms bigint,
    act_at_ms bigint,
    lateness_limit_ms bigint not null,
    excerpt text not null,
    thumb_sha256 text,
    tries bigint not null,
    cancel_asked boolean not null,
    remote_id text,
    permalink text,
    published_at_ms bigint,
    version bigint not null,
    lease_by uuid,
    lease_fence bigint not null,
    lease_until_ms bigint,
    updated_at_ms bigint not null,
    unique (post_id, channel_id)
);
create index delivery_due on delivery (workspace_id, due_at_ms, id, state, reason, channel_id, social_set_id);
create index delivery_act on delivery (act_at_ms, id) where act_at_ms is not null;
create index delivery_channel on delivery (channel_id, due_at_ms);
create index delivery_state on delivery (workspace_id, state, due_at_ms, id);
create unique index delivery_remote on delivery (channel_id, remote_id) where remote_id is not null;
create index delivery_leased on delivery (lease_by) where lease_by is not null;

create table delivery_body (
    delivery_id uuid not null primary key references delivery (id),
    workspace_id uuid not null references workspace (id),
    variant text not null,
    payload text,
    payload_sha256 text,
    frozen_at_ms bigint
);

create table attempt (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    delivery_id uuid not null references delivery (id),
    number bigint not null,
    fence bigint not null,
    incarnation uuid not null,
    channel_grant_id uuid not null references channel_grant (id),
    begun_at_ms bigint not null,
    ended_at_ms bigint,
    outcome text
);
create index attempt_delivery on attempt (delivery_id, number);

-- The publishing ledger: a row is durable before each call, what came back before anything follows.
create table step (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    delivery_id uuid not null references delivery (id),
    attempt_id uuid not null references attempt (id),
    number bigint not null,
    name text not null,
    effect text not null,
    state text not null,
    output text,
    evidence text,
    looks bigint not null,
    fence bigint not null,
    begun_at_ms bigint not null,
    ended_at_ms bigint
);
create index step_delivery on step (delivery_id, number);

create table delivery_event (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    delivery_id uuid not null references delivery (id),
    at_ms bigint not null,
    kind text not null,
    from_state text,
    to_state text,
    maker text not null,
    detail text not null
);
create index delivery_event_delivery on delivery_event (workspace_id, delivery_id, at_ms);

create table notice (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    social_set_id uuid not null references social_set (id),
    kind text not null,
    channel_id uuid references channel (id),
    cause text,
    key text not null,
    state text not null,
    evidence text,
    detail text not null,
    opened_at_ms bigint not null,
    grown_at_ms bigint not null,
    closed_at_ms bigint,
    acknowledged_by uuid references member (id)
);
create unique index notice_open on notice (workspace_id, key) where closed_at_ms is null;
create index notice_list on notice (workspace_id, grown_at_ms);
create index notice_channel on notice (channel_id) where closed_at_ms is null;

-- A delivery that did not go out as planned stands in exactly one notice.
create table notice_delivery (
    delivery_id uuid not null primary key references delivery (id),
    notice_id uuid not null references notice (id),
    workspace_id uuid not null references workspace (id)
);
create index notice_delivery_notice on notice_delivery (notice_id);

create table remote_post (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    channel_id uuid not null references channel (id),
    remote_id text not null,
    at_ms bigint not null,
    body text not null,
    permalink text,
    picture_sha256 text,
    picture_url text,
    items bigint not null,
    content_sha256 text not null,
    seen_at_ms bigint not null,
    unique (channel_id, remote_id)
);
create index remote_post_channel on remote_post (channel_id, at_ms);

create table hold (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    social_set_id uuid references social_set (id),
    reason text not null,
    made_by text not null,
    begun_at_ms bigint not null,
    until_ms bigint,
    ended_at_ms bigint
);
create index hold_open on hold (workspace_id) where ended_at_ms is null;

create table audit (
    id uuid not null primary key,
    workspace_id uuid not null references workspace (id),
    at_ms bigint not null,
    maker text not null,
    action text not null,
    subject text not null,
    detail text not null
);
create index audit_workspace on audit (workspace_id, at_ms);

-- Small values of the installation as a whole: the demo's clock, the state of a key rotation.
create table installation_value (
    name text not null primary key,
    value text not null
);
