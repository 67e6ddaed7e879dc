//! Small rules: what a channel's variant shows, who made a thing, health, notices, sign-ins, hosts, and
//! clocks that can be moved.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::app::Hosts;
use domain::clock::{Clock, Clocks, ManualClock, ProductClock};
use domain::connect::ConnectPhase;
use domain::health::Health;
use domain::ids::{ApiKeyId, Id, MediaId, MemberId};
use domain::notice::NoticeKind;
use domain::post::{Content, Maker, PostMedia, Variant};
use domain::schedule::plus_ms;
use uuid::Uuid;

use crate::ms;

#[test]
fn a_variant_shows_over_the_post_what_it_names() {
    let picture = |number| PostMedia {
        media: MediaId::from_uuid(Uuid::from_u128(number)),
        alt: String::new(),
    };
    let shared = Content {
        text: "for all".to_owned(),
        media: vec![picture(1)],
    };
    assert_eq!(Variant::default().over(&shared), shared);
    let text = Variant {
        text: Some("here".to_owned()),
        media: None,
    };
    assert_eq!(
        text.over(&shared),
        Content {
            text: "here".to_owned(),
            ..shared.clone()
        }
    );
    let nothing = Variant {
        text: Some(String::new()),
        media: Some(Vec::new()),
    };
    assert_eq!(
        nothing.over(&shared),
        Content::default(),
        "an empty text is a text of its own"
    );
    let read: Variant = serde_json::from_str("{}").expect("read");
    assert_eq!(read, Variant::default(), "an older row has no field");
}

#[test]
fn who_made_a_thing_is_printed_and_read() {
    let uuid = Uuid::from_u128(5);
    for maker in [
        Maker::Rule,
        Maker::Member(MemberId::from_uuid(uuid)),
        Maker::Key(ApiKeyId::from_uuid(uuid)),
    ] {
        assert_eq!(maker.to_string().parse::<Maker>(), Ok(maker));
        let json = serde_json::to_value(maker).expect("JSON");
        assert_eq!(serde_json::from_value::<Maker>(json).expect("read"), maker);
    }
    for junk in ["", "Rule", "pe_00000000000000000000000000000005", "mb_5"] {
        assert!(junk.parse::<Maker>().is_err(), "{junk}");
    }
}

#[test]
fn health_is_ordered_from_best_to_worst() {
    let mut shuffled = Health::ALL.to_vec();
    shuffled.reverse();
    shuffled.sort();
    assert_eq!(shuffled, Health::ALL);
    assert_eq!(Health::ALL.first(), Some(&Health::Healthy));
    assert_eq!(Health::ALL.last(), Some(&Health::NeedsRefresh));
    for health in Health::ALL {
        let needs = matches!(health, Health::NeedsRefresh | Health::Limited);
        assert_eq!(health.needs_person(), needs, "{health}");
        assert_eq!(
            health.may_send(),
            !needs,
            "{health}: trouble of the platform does not stop a try"
        );
    }
}

#[test]
fn trouble_of_the_platform_and_good_news_ask_nobody() {
    let quiet: Vec<&str> = NoticeKind::ALL
        .iter()
        .filter(|kind| !kind.needs_person())
        .map(|kind| kind.as_str())
        .collect();
    assert_eq!(quiet, ["channel_waiting", "channel_restored"]);
}

#[test]
fn a_sign_in_under_way_is_no_end() {
    let under_way: Vec<&str> = ConnectPhase::ALL
        .iter()
        .filter(|phase| !phase.is_end())
        .map(|phase| phase.as_str())
        .collect();
    assert_eq!(under_way, ["begun", "returned", "choosing", "proving"]);
}

#[test]
fn hosts_are_asked_by_name() {
    let hosts = Hosts(BTreeMap::from([(
        "api".to_owned(),
        "https://a.example/v1///".to_owned(),
    )]));
    assert_eq!(hosts.get("api"), "https://a.example/v1");
    assert_eq!(hosts.get("other"), "");
}

#[test]
fn the_product_clock_jumps_and_the_others_do_not() {
    let manual = Arc::new(ManualClock::at(ms(1_000)));
    let clocks = Clocks::manual(&manual);
    clocks.product.jump_ms(500);
    clocks.product.jump_ms(-200);
    assert_eq!(clocks.product.offset_ms(), 300);
    manual.advance_ms(10);
    assert_eq!(clocks.now(), ms(1_310));
    assert_eq!(clocks.security.now(), ms(1_010));
    assert_eq!(clocks.boot.boot_ms(), 1_010);
    manual.set(ms(5));
    assert_eq!(clocks.security.now(), ms(5));
    let far = ProductClock::new(manual, i64::MAX);
    assert_eq!(
        far.now(),
        plus_ms(ms(5), i64::MAX),
        "an offset too large stays within time"
    );
}
