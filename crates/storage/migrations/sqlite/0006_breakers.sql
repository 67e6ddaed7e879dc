-- Answers that say nothing of any one sign-in: which sign-ins got one last, and which apps are in trouble.
create table breaker_sign (
    grant_id blob not null primary key references oauth_grant (id),
    app_id blob not null references app (id),
    platform_person_id blob not null references platform_person (id),
    at_ms integer not null
) strict;
create index breaker_sign_app on breaker_sign (app_id, at_ms);

create table breaker (
    id blob not null primary key,
    app_id blob not null references app (id),
    cause text not null,
    evidence text,
    opened_at_ms integer not null,
    closed_at_ms integer,
    woken_at_ms integer
) strict;
create unique index breaker_open on breaker (app_id) where closed_at_ms is null;
create index breaker_to_wake on breaker (closed_at_ms, id) where closed_at_ms is not null and woken_at_ms is null;

-- Sign-ins that were proven a moment ago; logins that wait for their platform, the longest first.
create index channel_grant_proven on channel_grant (proven_at_ms, grant_id) where proven_at_ms is not null;
create index channel_grant_waiting on channel_grant (since_ms, id) where health = 'waiting';

-- Logins that live, can be renewed, and have no moment at which they are: there must be none.
create index oauth_grant_forgotten on oauth_grant (id)
    where life = 'live' and renew_at_ms is null and mechanism in ('extend', 'refresh_fixed', 'refresh_rotating');

-- Many that are due at one moment are taken in the order of their ids: without them in the index each claim sorts.
drop index oauth_grant_renew;
create index oauth_grant_renew on oauth_grant (renew_at_ms, id) where renew_at_ms is not null;
