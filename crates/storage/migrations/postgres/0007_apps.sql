-- Apps: several of a platform and flow, each with a name; a secret that is replaced stays beside the new one until
-- a person says that it is revoked; an app may be retired, and removed when nobody is signed in through it.
-- A program that knows nothing of it goes on with the secret that it knows.
alter table app add column name text not null default '';
alter table app add column secret_added_at_ms bigint;
alter table app add column secret_taken_at_ms bigint;
alter table app add column secret_refused_at_ms bigint;
alter table app add column previous_sealed bytea;
alter table app add column previous_generation bigint not null default 0;
alter table app add column previous_added_at_ms bigint;
alter table app add column previous_taken_at_ms bigint;
alter table app add column previous_refused_at_ms bigint;
alter table app add column retired_at_ms bigint;
alter table app add column retired_why text;
alter table app add column removed_at_ms bigint;

-- Through which app a workspace signs in anew, where it has chosen one.
create table app_default (
    workspace_id uuid not null references workspace (id),
    platform text not null,
    flow text not null,
    app_id uuid not null references app (id),
    primary key (workspace_id, platform, flow)
);

-- What a sign-in is for: to link a channel, or only to try an app.
alter table connect_session add column purpose text not null default 'connect';
create index connect_session_tests on connect_session (ends_at_ms)
    where purpose = 'test' and phase in ('returned', 'choosing', 'proving');
