//! Posts, pictures, posts read back, and apps.

use domain::app::{AppOwner, Hosts};
use domain::delivery::State;
use domain::ids::{AppId, MediaId, PostId, RemotePostId};
use domain::platform::LoginFlow;
use domain::post::{Content, Maker};
use storage::apps::{self, AppRow};
use storage::media::{self, MediaRow};
use storage::posts::{self, PostRow};
use storage::remote_posts::{self, NewRemotePost, Put};
use storage::{Store, channels};

use crate::both::on_both;
use crate::ground::{APP, Tenant, app, attempt, is_stale, ms, nth, one, read, two, write};

#[test]
fn a_post_is_changed_by_who_saw_its_version() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let stored = || {
            read(&store, move |conn| {
                posts::one(conn, tenant.workspace, tenant.post)
            })
        };
        let row = stored().await.expect("there");
        assert_eq!(
            (row.content.clone(), row.made_by),
            (tenant.post_row(tenant.post).content, tenant.maker())
        );
        assert_eq!(
            (row.zone.as_str(), row.version, row.updated_at),
            ("Europe/Berlin", 1, ms(100))
        );
        assert!(
            read(&store, move |conn| posts::one(
                conn,
                other.workspace,
                tenant.post
            ))
            .await
            .is_none()
        );
        let update = |row: PostRow| {
            let content = Content {
                text: "Other words".to_owned(),
                media: Vec::new(),
            };
            attempt(&store, move |conn| {
                posts::update(conn, &row, &content, "Asia/Tokyo", ms(200))
            })
        };
        assert!(is_stale(
            &update(PostRow {
                workspace: other.workspace,
                ..row.clone()
            })
            .await
        ));
        update(row.clone()).await.expect("changed");
        assert!(
            is_stale(&update(row).await),
            "somebody changed it meanwhile"
        );
        let row = stored().await.expect("there");
        assert_eq!(
            (row.content.text.as_str(), row.zone.as_str()),
            ("Other words", "Asia/Tokyo")
        );
        assert_eq!(
            (row.version, row.updated_at, row.created_at),
            (2, ms(200), ms(100))
        );
    });
}

#[test]
fn posts_of_a_set_come_in_pages_and_only_an_empty_one_is_thrown_away() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            for (number, at) in [(1, 300), (2, 200), (3, 300)] {
                let id = tenant.more::<PostId>(number);
                posts::insert(conn, &tenant.post_row(id), ms(at))?;
            }
            Ok(())
        })
        .await;
        let page = |who: Tenant, before: (i64, u128), limit| {
            let rows = read(&store, move |conn| {
                posts::of_set(
                    conn,
                    who.workspace,
                    tenant.set,
                    (ms(before.0), nth(before.1)),
                    limit,
                )
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.id)
                    .collect::<Vec<PostId>>()
            }
        };
        assert_eq!(
            page(tenant, (1_000, 0), 2).await,
            [tenant.more(3), tenant.more(1)],
            "newest first"
        );
        assert_eq!(
            page(tenant, (300, tenant.base + 101), 10).await,
            [tenant.more(2), tenant.post]
        );
        assert!(page(other, (1_000, 0), 10).await.is_empty());
        let delete = |row: PostRow| attempt(&store, move |conn| posts::delete_empty(conn, &row));
        assert!(
            is_stale(&delete(tenant.post_row(tenant.post)).await),
            "it is on a channel"
        );
        let empty = tenant.post_row(tenant.more(1));
        assert!(is_stale(
            &delete(PostRow {
                workspace: other.workspace,
                ..empty.clone()
            })
            .await
        ));
        assert!(is_stale(
            &delete(PostRow {
                version: 2,
                ..empty.clone()
            })
            .await
        ));
        delete(empty).await.expect("thrown away");
        assert!(
            read(&store, move |conn| posts::one(
                conn,
                tenant.workspace,
                tenant.more(1)
            ))
            .await
            .is_none()
        );
    });
}

fn picture(tenant: Tenant, number: u128, sha: &str, at: i64) -> MediaRow {
    MediaRow {
        id: tenant.more::<MediaId>(number),
        workspace: tenant.workspace,
        sha256: sha.to_owned(),
        mime: "image/jpeg".to_owned(),
        width: 1080,
        height: 1350,
        bytes: 3_000_000_000,
        thumb_sha256: format!("{sha}-small"),
        thumbhash: vec![1, 2, 3],
        name: "beach.jpg".to_owned(),
        made_by: Maker::Rule,
        created_at: ms(at),
    }
}

#[test]
fn pictures_are_found_by_id_by_bytes_and_in_pages() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            for (number, sha, at) in [(1, "aa", 10), (2, "bb", 20), (3, "aa", 30)] {
                media::insert(conn, &picture(tenant, number, sha, at))?;
            }
            Ok(())
        })
        .await;
        let one = |who: Tenant, id| read(&store, move |conn| media::one(conn, who.workspace, id));
        let row = one(tenant, tenant.more(1)).await.expect("there");
        assert_eq!(
            (row.sha256.as_str(), row.mime.as_str(), row.name.as_str()),
            ("aa", "image/jpeg", "beach.jpg")
        );
        assert_eq!(
            (row.width, row.height, row.bytes, row.thumbhash),
            (1080, 1350, 3_000_000_000, vec![1, 2, 3])
        );
        assert!(one(other, tenant.more(1)).await.is_none());
        let of = |who: Tenant| {
            let ids = [tenant.more(2), nth(9_999), tenant.more(1)];
            read(&store, move |conn| media::of(conn, who.workspace, &ids))
        };
        let found: Vec<MediaId> = of(tenant).await.iter().map(|row| row.id).collect();
        assert_eq!(
            found,
            [tenant.more(2), tenant.more(1)],
            "in the order asked; one that is not there is left out"
        );
        assert!(of(other).await.is_empty());
        let list = |who: Tenant, before: (i64, u128), limit| {
            let rows = read(&store, move |conn| {
                media::list(conn, who.workspace, (ms(before.0), nth(before.1)), limit)
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.id)
                    .collect::<Vec<MediaId>>()
            }
        };
        assert_eq!(
            list(tenant, (100, 0), 2).await,
            [tenant.more(3), tenant.more(2)]
        );
        assert_eq!(
            list(tenant, (20, tenant.base + 102), 10).await,
            [tenant.more(1)],
            "older than the cursor"
        );
        assert!(list(other, (100, 0), 10).await.is_empty());
        let by = |who: Tenant, sha: &'static str| {
            read(&store, move |conn| media::by_sha(conn, who.workspace, sha))
        };
        assert_eq!(
            by(tenant, "aa").await.map(|row| row.id),
            Some(tenant.more(1)),
            "the oldest of those bytes"
        );
        assert!(by(tenant, "aa-small").await.is_none() && by(other, "aa").await.is_none());
    });
}

#[test]
fn a_workspace_sees_bytes_of_its_library_and_its_channels_alone() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        write(&store, move |conn| {
            media::insert(conn, &picture(tenant, 1, "lib", 10))?;
            channels::set_picture(conn, tenant.workspace, tenant.channel, "face")?;
            put(conn, tenant, 1, "r-1", "one", 10)?;
            remote_posts::set_picture(conn, tenant.workspace, tenant.more(1), "back")
        })
        .await;
        let has = |who: Tenant, sha: &'static str| {
            read(&store, move |conn| media::has(conn, who.workspace, sha))
        };
        let may = |who: Tenant, sha: &'static str| {
            read(&store, move |conn| {
                media::may_show(conn, who.workspace, sha)
            })
        };
        for (sha, in_library) in [
            ("lib", true),
            ("lib-small", true),
            ("face", false),
            ("back", false),
        ] {
            assert_eq!(has(tenant, sha).await, in_library, "{sha}");
            assert!(may(tenant, sha).await, "{sha}");
            assert!(
                !has(other, sha).await && !may(other, sha).await,
                "{sha} is no business of another workspace"
            );
        }
        assert!(!may(tenant, "none").await);
    });
}

fn put(
    conn: &mut storage::Conn<'_>,
    tenant: Tenant,
    number: u128,
    remote_id: &str,
    content: &str,
    at: i64,
) -> storage::Result<Put> {
    let new = NewRemotePost {
        id: tenant.more::<RemotePostId>(number),
        remote_id,
        at: ms(at),
        text: content,
        permalink: Some("https://p.example/p"),
        picture_url: Some("https://p.example/p.jpg").filter(|_| number != 2),
        items: 1,
        content_sha256: content,
    };
    remote_posts::put(conn, tenant.workspace, tenant.channel, &new, ms(at + 1))
}

#[test]
fn a_post_read_back_is_written_only_when_it_changed() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let store_it = |who: Tenant, number, remote: &'static str, content: &'static str, at| {
            write(&store, move |conn| {
                put(conn, who, number, remote, content, at)
            })
        };
        let all = [
            (tenant, 1, "r-1", "one", 10, Put::New),
            (tenant, 9, "r-1", "one", 10, Put::Nothing),
            (tenant, 9, "r-1", "one, edited", 10, Put::Changed),
            (tenant, 2, "r-2", "two", 30, Put::New),
            (tenant, 3, "r-3", "three", 20, Put::New),
            // The same account in another workspace.
            (other, 1, "r-1", "theirs", 40, Put::New),
        ];
        for (who, number, remote, content, at, becomes) in all {
            let became = store_it(who, number, remote, content, at).await;
            assert_eq!(became, becomes, "{remote} {content}");
        }
        // In the name of another workspace nothing is written to this one's channel.
        let foreign = write(&store, move |conn| {
            let new = NewRemotePost {
                id: nth(9_000),
                remote_id: "r-1",
                at: ms(1),
                text: "evil",
                permalink: None,
                picture_url: None,
                items: 1,
                content_sha256: "evil",
            };
            remote_posts::put(conn, other.workspace, tenant.channel, &new, ms(2))
        });
        assert_eq!(foreign.await, Put::Nothing);
        let latest = |who: Tenant, limit| {
            read(&store, move |conn| {
                remote_posts::latest(conn, who.workspace, tenant.channel, limit)
            })
        };
        let rows = latest(tenant, 10).await;
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.id, row.remote_id.as_str(), row.text.as_str()))
            .collect();
        let (one, two, three) = (tenant.more(1), tenant.more(2), tenant.more(3));
        assert_eq!(
            seen,
            [
                (two, "r-2", "two"),
                (three, "r-3", "three"),
                (one, "r-1", "one, edited")
            ],
            "newest first"
        );
        assert_eq!(
            (rows[2].at, rows[2].items, rows[2].channel),
            (ms(10), 1, tenant.channel)
        );
        assert_eq!(latest(tenant, 1).await.len(), 1);
        assert!(latest(other, 10).await.is_empty());
        let known = |who: Tenant, limit| {
            read(&store, move |conn| {
                remote_posts::known(conn, who.workspace, tenant.channel, limit)
            })
        };
        let two = known(tenant, 2).await;
        assert_eq!(two.keys().collect::<Vec<_>>(), ["r-2", "r-3"]);
        let all = known(tenant, 10).await;
        assert_eq!(all.len(), 3);
        assert_ne!(all["r-1"], all["r-2"], "each with the hash of its content");
        assert!(known(other, 10).await.is_empty());
        let bare = |who: Tenant| {
            let rows = read(&store, move |conn| {
                remote_posts::without_picture(conn, who.workspace, tenant.channel, 10)
            });
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.id)
                    .collect::<Vec<RemotePostId>>()
            }
        };
        assert_eq!(
            bare(tenant).await,
            [three, one],
            "those that have one at the platform and none here"
        );
        let copy = |who: Tenant| {
            write(&store, move |conn| {
                remote_posts::set_picture(conn, who.workspace, three, "copied")
            })
        };
        copy(other).await;
        assert_eq!(bare(tenant).await, [three, one]);
        copy(tenant).await;
        assert_eq!(bare(tenant).await, [one]);
        assert_eq!(
            latest(tenant, 10).await[1].picture_sha256.as_deref(),
            Some("copied")
        );
        store_it(tenant, 9, "r-3", "three, edited", 20).await;
        assert_eq!(
            latest(tenant, 10).await[1].picture_sha256.as_deref(),
            Some("copied"),
            "an edit keeps the copy"
        );
    });
}

#[test]
fn apps_are_used_by_their_owner_or_by_all() {
    on_both(|store| async move {
        let (tenant, other) = two(&store).await;
        let own = tenant.more::<AppId>(1);
        write(&store, move |conn| {
            apps::insert(
                conn,
                &app(
                    own,
                    AppOwner::Workspace(tenant.workspace),
                    LoginFlow::Facebook,
                ),
                ms(60),
            )
        })
        .await;
        let one =
            |who: Tenant, id: AppId| read(&store, move |conn| apps::one(conn, who.workspace, id));
        let row = one(tenant, own).await.expect("its own");
        let made = app(
            own,
            AppOwner::Workspace(tenant.workspace),
            LoginFlow::Facebook,
        );
        assert_eq!(
            (&row.app, row.generation, row.workspace()),
            (&made.app, 1, Some(tenant.workspace))
        );
        assert_eq!(
            (row.secret_sealed.as_deref(), row.keys_sealed.as_deref()),
            (Some(b"secret".as_slice()), None)
        );
        assert!(one(other, own).await.is_none());
        assert_eq!(
            one(other, nth(APP)).await.map(|row| row.workspace()),
            Some(None),
            "the installation's"
        );
        let usable = |who: Tenant| {
            let rows = read(&store, move |conn| apps::usable(conn, who.workspace));
            async {
                rows.await
                    .into_iter()
                    .map(|row| row.app.id)
                    .collect::<Vec<AppId>>()
            }
        };
        assert_eq!(
            usable(tenant).await,
            [own, nth(APP)],
            "its own before the installation's"
        );
        assert_eq!(usable(other).await, [nth::<AppId>(APP)]);
        assert_eq!(read(&store, apps::all).await.len(), 2);

        let mut changed = AppRow {
            secret_sealed: None,
            keys_sealed: Some(b"keys".to_vec()),
            ..row
        };
        changed.app.client_id = "other".to_owned();
        changed.app.hosts = Hosts::default();
        let update = |row: AppRow| attempt(&store, move |conn| apps::update(conn, &row));
        update(changed.clone()).await.expect("changed");
        assert!(
            is_stale(&update(changed).await),
            "it was read at an older generation"
        );
        let now = one(tenant, own).await.expect("there");
        assert_eq!(
            (now.generation, now.app.client_id.as_str(), now.app.hosts),
            (2, "other", Hosts::default())
        );
        assert_eq!(
            (now.secret_sealed, now.keys_sealed.as_deref()),
            (None, Some(b"keys".as_slice()))
        );
    });
}

#[test]
fn the_words_of_a_state_are_whole_from_the_first() {
    on_both(|store: Store| async move {
        let tenant = one(&store).await;
        let state = State::Missed(domain::delivery::Reason::Unlinked);
        write(&store, move |conn| {
            tenant.add_post(conn, tenant.more(1))?;
            tenant.add_delivery(
                conn,
                tenant.more(2),
                tenant.more(1),
                tenant.channel,
                state,
                Some(5),
            )
        })
        .await;
        let row = read(&store, move |conn| {
            storage::deliveries::one(conn, tenant.workspace, tenant.more(2))
        })
        .await;
        assert_eq!(row.expect("it can be read").state, state);
    });
}
