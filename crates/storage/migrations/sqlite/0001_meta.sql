-- What the store itself needs: the installation, and the heartbeat of its nodes.
create table installation (
    single integer not null primary key check (single = 1),
    id blob not null,
    created_at_ms integer not null,
    key_check blob not null
) strict;

create table node (
    incarnation blob not null primary key,
    started_at_ms integer not null,
    beat_at_ms integer not null,
    program text not null,
    schema_number integer not null,
    opens_keys text not null
) strict;
create index node_beat on node (beat_at_ms);
