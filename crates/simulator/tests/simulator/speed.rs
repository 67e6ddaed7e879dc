//! How long a call takes with 60 accounts of 200 posts each. Ignored: it says a figure and judges
//! only in a release build: `cargo test --release -p simulator --test simulator -- --ignored
//! --nocapture speed`.

use crate::support::{SECOND, World, jpeg};
use simulator::facebook::NewPagePost;
use simulator::instagram::{NewPost, Picture};
use simulator::{Wanted, WantedKind};
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn clock() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stderr, reason = "the figure is what this is for")]
fn say(words: &str) {
    eprintln!("{words}");
}

const ACCOUNTS: usize = 60;
const POSTS: usize = 200;
const ROUNDS: u32 = 500;

async fn full() -> (World, Vec<(String, String)>) {
    let world = World::furnished();
    world.shelf.put(
        "http://media.test/small.jpg",
        Ok(("image/jpeg", jpeg(40, 50))),
    );
    let wanted: Vec<Wanted> = (0..ACCOUNTS)
        .map(|number| Wanted {
            kind: WantedKind::InstagramOwn,
            handle: format!("account.{number}"),
            person: None,
        })
        .collect();
    let before = clock();
    let made = world.sim.furnish_rehearsal(&wanted);
    say(&format!(
        "{ACCOUNTS} accounts furnished in {:?}",
        before.elapsed()
    ));
    let mut signed = Vec::new();
    for one in made {
        let posts = (0..POSTS).map(|place| NewPost {
            caption: format!("Post {place}"),
            at_ms: crate::support::START_MS - i64::try_from(place).unwrap() * SECOND,
            pictures: vec![Picture::Drawn(0)],
            by: None,
            likes: 3,
        });
        world.sim.seed_media(&one.account, posts.collect());
        let token = world.instagram_token(&one.handle).await;
        signed.push((one.account, token));
    }
    (world, signed)
}

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn a_typical_call_takes_microseconds() {
    let (world, accounts) = full().await;
    let mut spent = [0_u128; 5];
    for round in 0..ROUNDS {
        let (account, token) = &accounts[usize::try_from(round).unwrap() % ACCOUNTS];
        let host = "/graph.instagram.com/v25.0";
        let access = ("access_token", token.as_str());
        let mut timed = [clock(); 6];
        let container = [
            ("image_url", "http://media.test/small.jpg"),
            ("caption", "Now"),
            access,
        ];
        let id = world
            .post(&format!("{host}/{account}/media"), &container)
            .await
            .get("id");
        timed[1] = clock();
        world.pass(5 * SECOND);
        world
            .get(
                &format!("{host}/{id}"),
                &[("fields", "status_code"), access],
            )
            .await;
        timed[2] = clock();
        world
            .publish("graph.instagram.com", account, token, &id)
            .await;
        timed[3] = clock();
        world
            .get(
                &format!("{host}/me"),
                &[("fields", "user_id,username"), access],
            )
            .await;
        timed[4] = clock();
        let fields = "id,caption,timestamp,permalink,media_type";
        world
            .get(
                &format!("{host}/{account}/media"),
                &[("fields", fields), ("limit", "25"), access],
            )
            .await;
        timed[5] = clock();
        for (place, sum) in spent.iter_mut().enumerate() {
            *sum += timed[place + 1].duration_since(timed[place]).as_nanos();
        }
    }
    let names = ["container", "status", "publish", "me", "list of 25"];
    for (name, sum) in names.iter().zip(spent) {
        say(&format!("{name}: {} µs", sum / u128::from(ROUNDS) / 1_000));
    }
    if !cfg!(debug_assertions) {
        let typical: u128 = spent[..4].iter().sum::<u128>() / 4 / u128::from(ROUNDS);
        assert!(typical < 30_000, "{typical} ns a call");
    }
}

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn pages_take_no_longer() {
    let world = World::furnished();
    let wanted: Vec<Wanted> = (0..ACCOUNTS)
        .map(|number| Wanted {
            kind: WantedKind::FacebookPage,
            handle: format!("Page {number}"),
            person: Some(format!("Person {}", number / 4)),
        })
        .collect();
    let mut pages = Vec::new();
    for one in world.sim.furnish_rehearsal(&wanted) {
        let seeds = (0..POSTS).map(|place| NewPagePost {
            message: format!("Post {place}"),
            at_ms: crate::support::START_MS - i64::try_from(place).unwrap() * SECOND,
            ..NewPagePost::default()
        });
        world.sim.seed_page_posts(&one.account, seeds.collect());
        let permissions = [
            "pages_show_list",
            "pages_read_engagement",
            "pages_manage_posts",
        ];
        let scope = permissions.join(",");
        let token = world.page_token(&one.login, &one.account, &scope).await;
        pages.push((one.account, token));
    }
    let (mut posting, mut listing) = (0, 0);
    for round in 0..ROUNDS {
        let (page, token) = &pages[usize::try_from(round).unwrap() % ACCOUNTS];
        let access = ("access_token", token.as_str());
        let host = format!("/graph.facebook.com/v25.0/{page}");
        world.pass(SECOND);
        let before = clock();
        let text = format!("Round {round}");
        let form = [("message", text.as_str()), access];
        world.post(&format!("{host}/feed"), &form).await.get("id");
        let between = clock();
        let asked = [
            ("fields", "id,message,created_time"),
            ("limit", "10"),
            access,
        ];
        let listed = world.get(&format!("{host}/published_posts"), &asked).await;
        let after = clock();
        assert_eq!(listed.json()["data"][0]["message"], text);
        posting += between.duration_since(before).as_nanos();
        listing += after.duration_since(between).as_nanos();
    }
    for (name, sum) in [("post", posting), ("list of 10", listing)] {
        say(&format!("{name}: {} µs", sum / u128::from(ROUNDS) / 1_000));
    }
    if !cfg!(debug_assertions) {
        assert!(posting / u128::from(ROUNDS) < 30_000);
    }
}
