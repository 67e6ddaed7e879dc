//! Ids at the edge: what is printed is read again, and what is of another kind is refused. And the
//! chance that they are made of.

use std::collections::BTreeSet;

use domain::chance::{ChaChaChance, Chance};
use domain::ids::{
    ApiKeyId, AppId, AttemptId, AuditId, BadId, ChannelGrantId, ChannelId, ConnectSessionId,
    DeliveryId, EventId, GrantId, HoldId, Id, IncarnationId, MediaId, MemberId, NoticeId, PersonId,
    PlatformPersonId, PostId, RemotePostId, RenewalId, SessionId, SocialSetId, StepId, WorkspaceId,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{at, ms};

fn round<T: Id + Serialize + DeserializeOwned + std::fmt::Debug>(uuid: Uuid) -> &'static str {
    let (id, prefix) = (T::from_uuid(uuid), T::PREFIX);
    assert_eq!(id.uuid(), uuid);
    let text = id.to_string();
    assert_eq!(text, format!("{prefix}_{}", uuid.simple()));
    assert_eq!(format!("{id:?}"), text);
    assert_eq!(text.parse::<T>().expect("read"), id);
    assert_eq!(
        serde_json::to_value(id).expect("JSON"),
        serde_json::json!(text)
    );
    assert_eq!(
        serde_json::from_value::<T>(serde_json::json!(text)).expect("read"),
        id
    );
    let hex = uuid.simple().to_string();
    let junk = [
        String::new(),
        prefix.to_owned(),
        format!("{prefix}_"),
        hex.clone(),
        format!("{prefix}-{hex}"),
        format!("{prefix}_{}", uuid.hyphenated()),
        format!("{prefix}_{{{}}}", &hex[2..]),
        format!("{prefix}_{hex}0"),
        format!("{prefix}_{}", &hex[1..]),
        format!("{prefix}_g{}", &hex[1..]),
        format!("{prefix}_ä{}", &hex[2..]),
        format!(" {prefix}_{hex}"),
        format!("{prefix}_{hex} "),
        format!("other_{hex}"),
    ];
    for text in junk {
        assert_eq!(text.parse::<T>().err(), Some(BadId { prefix }), "{text:?}");
    }
    prefix
}

proptest! {
    #[test]
    fn printed_and_read(bytes in any::<[u8; 16]>()) {
        let uuid = Uuid::from_bytes(bytes);
        let prefixes = [
            round::<WorkspaceId>(uuid), round::<PersonId>(uuid), round::<MemberId>(uuid), round::<SocialSetId>(uuid),
            round::<AppId>(uuid), round::<ChannelId>(uuid), round::<GrantId>(uuid), round::<ChannelGrantId>(uuid),
            round::<PlatformPersonId>(uuid), round::<PostId>(uuid), round::<DeliveryId>(uuid),
            round::<AttemptId>(uuid), round::<StepId>(uuid), round::<MediaId>(uuid), round::<NoticeId>(uuid),
            round::<ConnectSessionId>(uuid), round::<SessionId>(uuid), round::<ApiKeyId>(uuid), round::<EventId>(uuid),
            round::<IncarnationId>(uuid), round::<RenewalId>(uuid), round::<RemotePostId>(uuid), round::<AuditId>(uuid),
            round::<HoldId>(uuid),
        ];
        let unique: BTreeSet<&str> = prefixes.into_iter().collect();
        prop_assert_eq!(unique.len(), prefixes.len(), "no two kinds share a prefix");
    }

    #[test]
    fn junk_is_no_id(text in "\\PC{0,60}") {
        prop_assert!(text.parse::<ChannelId>().is_err());
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made(early in 0..4_000_000_000_000i64, later in 1..1_000_000_000i64, seed in any::<u64>()) {
        let chance = ChaChaChance::from_seed(seed);
        let (first, second) = (PostId::new(ms(early), &chance), PostId::new(ms(early + later), &chance));
        prop_assert!(first < second);
        prop_assert!(first.to_string() < second.to_string());
        prop_assert_eq!(first.uuid().get_version_num(), 7);
    }

    #[test]
    fn a_number_below_a_limit(seed in any::<u64>(), limit in 1..u64::MAX) {
        prop_assert!(ChaChaChance::from_seed(seed).below(limit) < limit);
        prop_assert_eq!(ChaChaChance::from_seed(seed).below(0), 0);
    }
}

#[test]
fn an_id_of_another_kind_is_refused_by_what_was_wanted() {
    let channel = ChannelId::from_uuid(Uuid::from_u128(7)).to_string();
    assert_eq!(channel.parse::<PostId>(), Err(BadId { prefix: "post" }));
    let error = channel
        .parse::<PostId>()
        .expect_err("another kind")
        .to_string();
    assert!(
        error.contains("post_") && !error.contains(&channel),
        "{error}"
    );
}

#[test]
fn the_same_seed_gives_the_same_ids() {
    let now = at("2026-11-24T09:00:00Z");
    let make = |seed| {
        let chance = ChaChaChance::from_seed(seed);
        [PostId::new(now, &chance), PostId::new(now, &chance)]
    };
    assert_eq!(make(1), make(1));
    assert_ne!(make(1), make(2));
    assert_ne!(make(1)[0], make(1)[1]);
    // Before 1970 there is no such id time; it counts as the beginning.
    let old = PostId::new(ms(-5), &ChaChaChance::from_seed(1));
    assert_eq!(old.uuid().get_version_num(), 7);
}
