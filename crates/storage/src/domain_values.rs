//! Which types of `domain` are parameters and columns. A new id or enum of words adds its name here.

use domain::ids::Id as _;

use crate::value::{id_values, text_values};

id_values!(
    domain::ids::WorkspaceId,
    domain::ids::PersonId,
    domain::ids::MemberId,
    domain::ids::SocialSetId,
    domain::ids::AppId,
    domain::ids::ChannelId,
    domain::ids::GrantId,
    domain::ids::ChannelGrantId,
    domain::ids::PlatformPersonId,
    domain::ids::PostId,
    domain::ids::DeliveryId,
    domain::ids::AttemptId,
    domain::ids::StepId,
    domain::ids::MediaId,
    domain::ids::NoticeId,
    domain::ids::ConnectSessionId,
    domain::ids::SessionId,
    domain::ids::ApiKeyId,
    domain::ids::EventId,
    domain::ids::IncarnationId,
    domain::ids::RenewalId,
    domain::ids::RemotePostId,
    domain::ids::AuditId,
    domain::ids::HoldId,
    domain::ids::BreakerId,
);

text_values!(
    domain::connect::ConnectPurpose,
    domain::app::RetiredWhy,
    domain::cause::Cause,
    domain::channel::Link,
    domain::channel::Mode,
    domain::channel::Standing,
    domain::channel::Consent,
    domain::connect::ConnectPhase,
    domain::delivery::Stage,
    domain::delivery::Reason,
    domain::delivery::StateWord,
    domain::grant::Mechanism,
    domain::grant::EndSource,
    domain::grant::LifeWord,
    domain::grant::Verdict,
    domain::health::Health,
    domain::member::Role,
    domain::member::Action,
    domain::notice::NoticeKind,
    domain::notice::NoticeState,
    domain::platform::Platform,
    domain::platform::LoginFlow,
);

/// Who made a thing: the id with its prefix, or `rule`.
impl crate::ToValue for domain::post::Maker {
    fn to_value(&self) -> crate::Value {
        crate::Value::Text(self.to_string())
    }
}

impl crate::FromValue for domain::post::Maker {
    fn from_value(value: &crate::Value) -> Result<Self, String> {
        String::from_value(value)?
            .parse()
            .map_err(|_| "it names no maker".to_owned())
    }
}

/// A zone by its name.
impl crate::ToValue for domain::schedule::Zone {
    fn to_value(&self) -> crate::Value {
        crate::Value::Text(self.name().to_owned())
    }
}

impl crate::FromValue for domain::schedule::Zone {
    fn from_value(value: &crate::Value) -> Result<Self, String> {
        Self::named(&String::from_value(value)?)
            .map_err(|_| "it names no zone of this program".to_owned())
    }
}
