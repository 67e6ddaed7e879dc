-- What the store itself needs: the installation, and the heartbeat of its nodes.
create table installation (
    single boolean not null primary key check (single),
    id uuid not null,
    created_at_ms bigint not null,
    key_check bytea not null
);

create table node (
    incarnation uuid not null primary key,
    started_at_ms bigint not null,
    beat_at_ms bigint not null,
    program text not null,
    schema_number bigint not null,
    opens_keys text not null
);
create index node_beat on node (beat_at_ms);
