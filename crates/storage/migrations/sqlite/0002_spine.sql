-- People, workspaces, channels, logins, posts, deliveries, notices: what everything later stands on.

create table workspace (
    id blob not null primary key,
    name text not null,
    zone text not null,
    created_at_ms integer not null
) strict;

create table person (
    id blob not null primary key,
    mail text not null unique,
    name text not null,
    password_hash text,
    operator integer not null,
    created_at_ms integer not null
) strict;

create table member (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    person_id blob not null references person (id),
    role text not null,
    all_sets integer not null,
    created_at_ms integer not null,
    unique (workspace_id, person_id)
) strict;
create index member_person on member (person_id);

create table social_set (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    name text not null,
    zone text not null,
    lateness_limit_ms integer not null,
    created_at_ms integer not null
) strict;
create index social_set_workspace on social_set (workspace_id, name);

create table member_set (
    member_id blob not null references member (id),
    social_set_id blob not null references social_set (id),
    primary key (member_id, social_set_id)
) strict;

-- Times of this table and the next are of the security clock.
create table session (
    id blob not null primary key,
    person_id blob not null references person (id),
    token_sha256 blob not null unique,
    workspace_id blob references workspace (id),
    social_set_id blob references social_set (id),
    created_at_ms integer not null,
    seen_at_ms integer not null,
    ends_at_ms integer not null,
    client text not null
) strict;
create index session_person on session (person_id);

create table one_time_code (
    code_sha256 blob not null primary key,
    purpose text not null,
    person_id blob references person (id),
    created_at_ms integer not null,
    ends_at_ms integer not null,
    used_at_ms integer
) strict;

create table api_key (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    name text not null,
    key_sha256 blob not null unique,
    scopes text not null,
    social_set_id blob references social_set (id),
    made_by blob not null references member (id),
    created_at_ms integer not null,
    used_at_ms integer,
    revoked_at_ms integer
) strict;
create index api_key_workspace on api_key (workspace_id, created_at_ms);

create table idempotency (
    workspace_id blob not null references workspace (id),
    maker text not null,
    key text not null,
    request_sha256 blob not null,
    status integer,
    body text,
    created_at_ms integer not null,
    primary key (workspace_id, maker, key)
) strict;
create index idempotency_age on idempotency (created_at_ms);

create table app (
    id blob not null primary key,
    workspace_id blob references workspace (id),
    platform text not null,
    flow text not null,
    client_id text not null,
    redirect_uri text not null,
    api_version text not null,
    scopes text not null,
    hosts text not null,
    secret_sealed blob,
    keys_sealed blob,
    generation integer not null,
    created_at_ms integer not null
) strict;
create index app_platform on app (platform, flow, created_at_ms);

create table channel (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    social_set_id blob not null references social_set (id),
    platform text not null,
    account_id text not null,
    handle text not null,
    name text not null,
    picture_sha256 text,
    picture_url text,
    link text not null,
    mode text not null,
    unlinked_at_ms integer,
    synced_at_ms integer,
    sync_at_ms integer,
    sync_tries integer not null,
    sync_evidence text,
    collabs_left_out integer,
    version integer not null,
    created_at_ms integer not null,
    unique (workspace_id, platform, account_id)
) strict;
create index channel_set on channel (workspace_id, social_set_id, platform, handle);
create index channel_sync on channel (sync_at_ms) where sync_at_ms is not null;

-- Installation-wide; no workspace sees it.
create table platform_person (
    id blob not null primary key,
    app_id blob not null references app (id),
    remote_id text not null,
    unique (app_id, remote_id)
) strict;

-- A grant. (The bare word is reserved in SQL.)
create table oauth_grant (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    app_id blob not null references app (id),
    platform text not null,
    flow text not null,
    platform_person_id blob not null references platform_person (id),
    person_name text not null,
    signed_in_by blob references member (id),
    mechanism text not null,
    scopes text not null,
    ends text not null,
    access_end_at_ms integer,
    horizon_at_ms integer,
    generation integer not null,
    tokens_sealed blob not null,
    previous_sealed blob,
    fresh_since_ms integer not null,
    jitter_permille integer not null,
    life text not null,
    life_cause text,
    life_since_ms integer,
    renew_at_ms integer,
    tries integer not null,
    last_evidence text,
    lease_by blob,
    lease_fence integer not null,
    lease_until_ms integer,
    created_at_ms integer not null
) strict;
create index oauth_grant_renew on oauth_grant (renew_at_ms) where renew_at_ms is not null;
create index oauth_grant_workspace on oauth_grant (workspace_id, created_at_ms);
create index oauth_grant_person on oauth_grant (platform_person_id);
create index oauth_grant_app on oauth_grant (app_id);
create index oauth_grant_leased on oauth_grant (lease_by) where lease_by is not null;

-- The renewal journal: an intent is durable before the call, its end after the answer is.
create table renewal (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    grant_id blob not null references oauth_grant (id),
    generation integer not null,
    fence integer not null,
    incarnation blob not null,
    begun_at_ms integer not null,
    ended_at_ms integer,
    outcome text,
    evidence text
) strict;
create index renewal_grant on renewal (grant_id, begun_at_ms);
create index renewal_open on renewal (grant_id) where ended_at_ms is null;

create table channel_grant (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    channel_id blob not null references channel (id),
    grant_id blob not null references oauth_grant (id),
    standing text not null,
    token_sealed blob,
    token_generation integer not null,
    role text,
    ends text not null,
    horizon_at_ms integer,
    health text not null,
    cause text,
    evidence text,
    since_ms integer not null,
    proven_at_ms integer,
    probe_at_ms integer,
    lease_by blob,
    lease_fence integer not null,
    lease_until_ms integer,
    created_at_ms integer not null,
    unique (channel_id, grant_id)
) strict;
create unique index channel_grant_primary on channel_grant (channel_id) where standing = 'primary';
create index channel_grant_grant on channel_grant (grant_id);
create index channel_grant_probe on channel_grant (probe_at_ms) where probe_at_ms is not null;
create index channel_grant_leased on channel_grant (lease_by) where lease_by is not null;

create table connect_session (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    social_set_id blob not null references social_set (id),
    member_id blob not null references member (id),
    session_id blob,
    api_key_id blob references api_key (id),
    app_id blob not null references app (id),
    channel_id blob references channel (id),
    state_sha256 blob not null unique,
    journey_sealed blob,
    phase text not null,
    grant_id blob references oauth_grant (id),
    outcome text not null,
    created_at_ms integer not null,
    ends_at_ms integer not null
) strict;
create index connect_session_workspace on connect_session (workspace_id, created_at_ms);

create table channel_event (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    channel_id blob not null references channel (id),
    at_ms integer not null,
    kind text not null,
    maker text not null,
    detail text not null
) strict;
create index channel_event_channel on channel_event (workspace_id, channel_id, at_ms);

create table media (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    sha256 text not null,
    mime text not null,
    width integer not null,
    height integer not null,
    bytes integer not null,
    thumb_sha256 text not null,
    thumbhash blob not null,
    name text not null,
    made_by text not null,
    created_at_ms integer not null
) strict;
create index media_workspace on media (workspace_id, created_at_ms);

create table post (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    social_set_id blob not null references social_set (id),
    content text not null,
    zone text not null,
    made_by text not null,
    version integer not null,
    created_at_ms integer not null,
    updated_at_ms integer not null
) strict;
create index post_set on post (workspace_id, social_set_id, created_at_ms);

create table delivery (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    social_set_id blob not null references social_set (id),
    post_id blob not null references post (id),
    channel_id blob not null references channel (id),
    state text not null,
    stage text,
    reason text,
    due_at_ms integer,
    act_at_ms integer,
    lateness_limit_ms integer not null,
    excerpt text not null,
    thumb_sha256 text,
    tries integer not null,
    cancel_asked integer not null,
    remote_id text,
    permalink text,
    published_at_ms integer,
    version integer not null,
    lease_by blob,
    lease_fence integer not null,
    lease_until_ms integer,
    updated_at_ms integer not null,
    unique (post_id, channel_id)
) strict;
create index delivery_due on delivery (workspace_id, due_at_ms, id, state, reason, channel_id, social_set_id);
create index delivery_act on delivery (act_at_ms, id) where act_at_ms is not null;
create index delivery_channel on delivery (channel_id, due_at_ms);
create index delivery_state on delivery (workspace_id, state, due_at_ms, id);
create unique index delivery_remote on delivery (channel_id, remote_id) where remote_id is not null;
create index delivery_leased on delivery (lease_by) where lease_by is not null;

create table delivery_body (
    delivery_id blob not null primary key references delivery (id),
    workspace_id blob not null references workspace (id),
    variant text not null,
    payload text,
    payload_sha256 text,
    frozen_at_ms integer
) strict;

create table attempt (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    delivery_id blob not null references delivery (id),
    number integer not null,
    fence integer not null,
    incarnation blob not null,
    channel_grant_id blob not null references channel_grant (id),
    begun_at_ms integer not null,
    ended_at_ms integer,
    outcome text
) strict;
create index attempt_delivery on attempt (delivery_id, number);

-- The publishing ledger: a row is durable before each call, what came back before anything follows.
create table step (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    delivery_id blob not null references delivery (id),
    attempt_id blob not null references attempt (id),
    number integer not null,
    name text not null,
    effect text not null,
    state text not null,
    output text,
    evidence text,
    looks integer not null,
    fence integer not null,
    begun_at_ms integer not null,
    ended_at_ms integer
) strict;
create index step_delivery on step (delivery_id, number);

create table delivery_event (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    delivery_id blob not null references delivery (id),
    at_ms integer not null,
    kind text not null,
    from_state text,
    to_state text,
    maker text not null,
    detail text not null
) strict;
create index delivery_event_delivery on delivery_event (workspace_id, delivery_id, at_ms);

create table notice (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    social_set_id blob not null references social_set (id),
    kind text not null,
    channel_id blob references channel (id),
    cause text,
    key text not null,
    state text not null,
    evidence text,
    detail text not null,
    opened_at_ms integer not null,
    grown_at_ms integer not null,
    closed_at_ms integer,
    acknowledged_by blob references member (id)
) strict;
create unique index notice_open on notice (workspace_id, key) where closed_at_ms is null;
create index notice_list on notice (workspace_id, grown_at_ms);
create index notice_channel on notice (channel_id) where closed_at_ms is null;

-- A delivery that did not go out as planned stands in exactly one notice.
create table notice_delivery (
    delivery_id blob not null primary key references delivery (id),
    notice_id blob not null references notice (id),
    workspace_id blob not null references workspace (id)
) strict;
create index notice_delivery_notice on notice_delivery (notice_id);

create table remote_post (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    channel_id blob not null references channel (id),
    remote_id text not null,
    at_ms integer not null,
    body text not null,
    permalink text,
    picture_sha256 text,
    picture_url text,
    items integer not null,
    content_sha256 text not null,
    seen_at_ms integer not null,
    unique (channel_id, remote_id)
) strict;
create index remote_post_channel on remote_post (channel_id, at_ms);

create table hold (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    social_set_id blob references social_set (id),
    reason text not null,
    made_by text not null,
    begun_at_ms integer not null,
    until_ms integer,
    ended_at_ms integer
) strict;
create index hold_open on hold (workspace_id) where ended_at_ms is null;

create table audit (
    id blob not null primary key,
    workspace_id blob not null references workspace (id),
    at_ms integer not null,
    maker text not null,
    action text not null,
    subject text not null,
    detail text not null
) strict;
create index audit_workspace on audit (workspace_id, at_ms);

-- Small values of the installation as a whole: the demo's clock, the state of a key rotation.
create table installation_value (
    name text not null primary key,
    value text not null
) strict;
