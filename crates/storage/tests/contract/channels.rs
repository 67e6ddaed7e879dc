//! Channels: one of an account, linked and unlinked, renamed, read back; and the timeline of their life.

use domain::channel::{Link, Mode};
use domain::ids::{ChannelId, EventId};
use domain::platform::Platform;
use domain::post::Maker;
use serde_json::json;
use storage::channels::{self, ChannelRow};
use storage::{Store, channel_events};

use crate::both::on_both;
use crate::ground::{Tenant, attempt, is_stale, ms, read, said, two, write};

async fn stored(store: &Store, tenant: Tenant, id: ChannelId) -> ChannelRow {
    read(store, move |conn| channels::one(conn, tenant.workspace, id))
        .await
        .expect("the channel is there")
}

#[test]
fn one_channel_of_an_account_in_a_workspace() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let row = stored(&store, tenant, tenant.channel).await;
        assert_eq!(
            (row.social_set, row.platform, row.account_id.as_str()),
            (tenant.set, Platform::Instagram, "acct-1")
        );
        assert_eq!(
            (row.handle.as_str(), row.name.as_str()),
            ("a.handle", "A name")
        );
        assert_eq!(
            (row.link, row.mode, row.version),
            (Link::Linked, Mode::Auto, 1)
        );
        assert_eq!(
            (row.sync_at, row.synced_at, row.created_at),
            (Some(ms(100)), None, ms(100)),
            "read back at once"
        );
        let twin = attempt(&store, move |conn| {
            tenant.add_channel(conn, tenant.more(1), "acct-1")
        })
        .await;
        assert!(twin.expect_err("no silent twin").is_unique());
        let by = |who: Tenant, account: &'static str| {
            read(&store, move |conn| {
                channels::by_account(conn, who.workspace, Platform::Instagram, account)
            })
        };
        assert_eq!(
            by(tenant, "acct-1").await.map(|row| row.id),
            Some(tenant.channel)
        );
        assert_eq!(
            by(other, "acct-1").await.map(|row| row.id),
            Some(other.channel),
            "each its own"
        );
        assert!(by(tenant, "acct-2").await.is_none());
        let elsewhere = read(&store, move |conn| {
            channels::by_account(conn, tenant.workspace, Platform::Bluesky, "acct-1")
        })
        .await;
        assert!(elsewhere.is_none());
        let all = read(&store, move |conn| {
            channels::of_workspace(conn, tenant.workspace)
        })
        .await;
        assert_eq!(
            all.iter().map(|row| row.id).collect::<Vec<_>>(),
            [tenant.channel]
        );
    });
}

#[test]
fn unlinked_and_linked_again() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let id = tenant.channel;
        let unlink = |who: Tenant| {
            write(&store, move |conn| {
                channels::unlink(conn, who.workspace, id, ms(200))
            })
        };
        assert!(!unlink(other).await);
        assert!(unlink(tenant).await);
        assert!(!unlink(tenant).await, "it is unlinked already");
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.link, row.unlinked_at, row.sync_at, row.version),
            (Link::Unlinked, Some(ms(200)), None, 2)
        );
        let sync_now = |who: Tenant| {
            write(&store, move |conn| {
                channels::sync_now(conn, who.workspace, id, ms(250))
            })
        };
        assert!(!sync_now(tenant).await, "an unlinked one is not read back");
        let undo = |who: Tenant| {
            write(&store, move |conn| {
                channels::undo_unlink(conn, who.workspace, id, ms(300))
            })
        };
        assert!(!undo(other).await);
        assert!(undo(tenant).await);
        assert!(!undo(tenant).await);
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.link, row.unlinked_at, row.sync_at),
            (Link::Linked, None, Some(ms(300)))
        );
        assert!(!sync_now(other).await);
        assert!(sync_now(tenant).await);
        assert_eq!(stored(&store, tenant, id).await.sync_at, Some(ms(250)));

        assert!(unlink(tenant).await);
        let relink = |who: Tenant| {
            attempt(&store, move |conn| {
                channels::relink(conn, who.workspace, id, who.set, ms(400))
            })
        };
        assert!(is_stale(&relink(other).await));
        relink(tenant).await.expect("linked again");
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.link, row.sync_at, row.social_set),
            (Link::Linked, Some(ms(400)), tenant.set)
        );
    });
}

#[test]
fn what_a_person_and_a_platform_change() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let id = tenant.channel;
        let mode = |who: Tenant| {
            attempt(&store, move |conn| {
                channels::set_mode(conn, who.workspace, id, Mode::Remind)
            })
        };
        assert!(is_stale(&mode(other).await));
        mode(tenant).await.expect("set");
        assert_eq!(stored(&store, tenant, id).await.mode, Mode::Remind);

        let describe = |who: Tenant, url: Option<&'static str>| {
            write(&store, move |conn| {
                channels::describe(conn, who.workspace, id, "new.handle", "New name", url)
            })
        };
        describe(other, Some("https://evil.example")).await;
        describe(tenant, None).await;
        let row = stored(&store, tenant, id).await;
        assert_eq!(
            (row.handle.as_str(), row.name.as_str()),
            ("new.handle", "New name")
        );
        assert_eq!(
            row.picture_url.as_deref(),
            Some("https://p.example/1.jpg"),
            "an address that is not told is kept"
        );
        describe(tenant, Some("https://p.example/2.jpg")).await;
        assert_eq!(
            stored(&store, tenant, id).await.picture_url.as_deref(),
            Some("https://p.example/2.jpg")
        );

        let picture = |who: Tenant, sha: &'static str| {
            write(&store, move |conn| {
                channels::set_picture(conn, who.workspace, id, sha)
            })
        };
        picture(other, "theirs").await;
        assert_eq!(stored(&store, tenant, id).await.picture_sha256, None);
        picture(tenant, "ours").await;
        assert_eq!(
            stored(&store, tenant, id).await.picture_sha256.as_deref(),
            Some("ours")
        );

        // Under another flow the same account has another id; a person said so.
        let row = stored(&store, tenant, id).await;
        let renumber = |row: ChannelRow, account: &'static str| {
            attempt(&store, move |conn| channels::renumber(conn, &row, account))
        };
        renumber(row.clone(), "acct-9").await.expect("renumbered");
        assert!(
            is_stale(&renumber(row.clone(), "acct-8").await),
            "somebody did so meanwhile"
        );
        assert!(is_stale(
            &renumber(
                ChannelRow {
                    workspace: other.workspace,
                    account_id: "acct-9".to_owned(),
                    ..row
                },
                "x"
            )
            .await
        ));
        assert_eq!(stored(&store, tenant, id).await.account_id, "acct-9");
        write(&store, move |conn| {
            tenant.add_channel(conn, tenant.more(1), "acct-2")
        })
        .await;
        let row = stored(&store, tenant, id).await;
        assert!(
            renumber(row, "acct-2")
                .await
                .expect_err("another channel has it")
                .is_unique()
        );
    });
}

#[test]
fn reading_back_is_due_done_and_failed() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let due = |now, until, limit| {
            write(&store, move |conn| {
                channels::sync_claim(conn, ms(now), ms(until), limit)
            })
        };
        assert!(due(99, 105, 10).await.is_empty());
        assert_eq!(due(100, 105, 1).await.len(), 1);
        assert_eq!(due(100, 105, 10).await.len(), 1, "of every workspace, once");
        assert!(due(104, 105, 10).await.is_empty(), "both are taken");
        assert_eq!(due(105, 100, 10).await.len(), 2, "until that was long ago");
        let row = stored(&store, tenant, tenant.channel).await;
        let synced = row.clone();
        write(&store, move |conn| {
            channels::synced(conn, &synced, ms(110), ms(900), Some(3))
        })
        .await;
        let now = stored(&store, tenant, tenant.channel).await;
        assert_eq!(
            (now.synced_at, now.sync_at, now.collabs_left_out),
            (Some(ms(110)), Some(ms(900)), Some(3))
        );
        assert_eq!(
            due(100, 100, 10)
                .await
                .iter()
                .map(|row| row.id)
                .collect::<Vec<_>>(),
            [other.channel]
        );
        assert_eq!(read(&store, channels::next_sync).await, Some(ms(100)));
        let failed = row.clone();
        write(&store, move |conn| {
            channels::sync_failed(conn, &failed, ms(950), &said("busy"))?;
            channels::sync_failed(conn, &failed, ms(960), &said("busier"))
        })
        .await;
        let now = stored(&store, tenant, tenant.channel).await;
        assert_eq!(
            (now.sync_tries, now.sync_at, now.synced_at),
            (2, Some(ms(960)), Some(ms(110)))
        );
        assert_eq!(
            now.sync_evidence.map(|said| said.code).as_deref(),
            Some("busier")
        );
        // A row read in another workspace's name reaches nothing.
        let foreign = ChannelRow {
            workspace: other.workspace,
            ..row.clone()
        };
        write(&store, move |conn| {
            channels::synced(conn, &foreign, ms(1), ms(1), None)?;
            channels::sync_failed(conn, &foreign, ms(1), &said("theirs"))
        })
        .await;
        assert_eq!(
            stored(&store, tenant, tenant.channel).await.sync_at,
            Some(ms(960))
        );
        write(&store, move |conn| {
            channels::synced(conn, &row, ms(970), ms(1_900), None)
        })
        .await;
        let now = stored(&store, tenant, tenant.channel).await;
        assert_eq!(
            (now.sync_tries, now.sync_evidence, now.collabs_left_out),
            (0, None, None),
            "well again"
        );
    });
}

#[test]
fn nothing_is_read_back_where_there_is_no_channel() {
    on_both(|store| async move {
        assert_eq!(read(&store, channels::next_sync).await, None);
    });
}

#[test]
fn the_timeline_is_newest_first_and_ones_own() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            for (number, kind, maker) in [
                (1, "linked", tenant.maker()),
                (2, "renewed", Maker::Rule),
                (3, "synced", Maker::Rule),
            ] {
                let (id, detail) = (
                    tenant.more::<EventId>(number),
                    json!({ "number": number as u64 }),
                );
                let at = ms(i64::try_from(number).expect("small") * 10);
                channel_events::append(
                    conn,
                    id,
                    tenant.workspace,
                    tenant.channel,
                    at,
                    kind,
                    maker,
                    &detail,
                )?;
            }
            Ok(())
        })
        .await;
        let latest = |who: Tenant, limit| {
            read(&store, move |conn| {
                channel_events::latest(conn, who.workspace, tenant.channel, limit)
            })
        };
        let lines = latest(tenant, 10).await;
        assert_eq!(
            lines
                .iter()
                .map(|line| line.kind.as_str())
                .collect::<Vec<_>>(),
            ["synced", "renewed", "linked"]
        );
        assert_eq!(
            (lines[2].maker, lines[2].at, lines[2].id),
            (tenant.maker(), ms(10), tenant.more(1))
        );
        assert_eq!(lines[0].detail, json!({ "number": 3 }));
        assert_eq!(latest(tenant, 1).await.len(), 1);
        assert!(latest(other, 10).await.is_empty());
    });
}
