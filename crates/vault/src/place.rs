//! What a secret is for and where it lives: both are part of what is sealed. The labels and the
//! encoding are stored facts: changing one makes every existing secret unreadable.

use uuid::Uuid;

/// What a secret is for. Each has its own subkey, so that a mistake with one kind of secret cannot
/// be used against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Access and refresh tokens of a grant, and derived tokens of a channel grant.
    GrantToken,
    /// The client secret of an app.
    AppSecret,
    /// The private key of a DPoP session.
    DpopKey,
    /// Private keys with which this installation signs as a client.
    SigningKey,
    /// The raw answer of a platform, kept for admins.
    Evidence,
    /// What a sign-in journey must remember between two requests (verifier, nonce).
    Journey,
    /// The secret that signs webhooks to one endpoint.
    WebhookSecret,
    /// Signs addresses of media; never seals.
    MediaAddress,
    /// The value by which a wrong key is noticed at the start.
    KeyCheck,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: &'static [Self] = &[
        Self::GrantToken,
        Self::AppSecret,
        Self::DpopKey,
        Self::SigningKey,
        Self::Evidence,
        Self::Journey,
        Self::WebhookSecret,
        Self::MediaAddress,
        Self::KeyCheck,
    ];

    /// The label that goes into the derivation of the subkey.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::GrantToken => "mainstay/grant-token/1",
            Self::AppSecret => "mainstay/app-secret/1",
            Self::DpopKey => "mainstay/dpop-key/1",
            Self::SigningKey => "mainstay/signing-key/1",
            Self::Evidence => "mainstay/evidence/1",
            Self::Journey => "mainstay/journey/1",
            Self::WebhookSecret => "mainstay/webhook-secret/1",
            Self::MediaAddress => "mainstay/media-address/1",
            Self::KeyCheck => "mainstay/key-check/1",
        }
    }
}

/// Where a secret lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The workspace, or none for what belongs to the installation.
    pub workspace: Option<Uuid>,
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub row: Uuid,
    /// The column.
    pub column: &'static str,
    /// The row's generation: an older value of the same place does not open as the newer one.
    pub generation: u64,
}

impl Place {
    /// The bytes that are authenticated. Each part has a fixed length or its length before it, so no
    /// two places have the same bytes.
    pub(crate) fn bind(&self, header: &[u8], purpose: Purpose) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160);
        for part in [
            header,
            purpose.label().as_bytes(),
            self.table.as_bytes(),
            self.column.as_bytes(),
        ] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes.push(u8::from(self.workspace.is_some()));
        bytes.extend_from_slice(self.workspace.unwrap_or_default().as_bytes());
        bytes.extend_from_slice(self.row.as_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_differ() {
        let labels: std::collections::BTreeSet<_> =
            Purpose::ALL.iter().map(|purpose| purpose.label()).collect();
        assert_eq!(labels.len(), Purpose::ALL.len());
    }

    #[test]
    fn parts_cannot_run_together() {
        let place = |table, column| Place {
            workspace: None,
            table,
            row: Uuid::nil(),
            column,
            generation: 1,
        };
        let bind = |place: Place| place.bind(&[1], Purpose::GrantToken);
        assert_ne!(bind(place("grant", "token")), bind(place("grantt", "oken")));
        let with = |workspace| Place {
            workspace,
            ..place("grant", "token")
        };
        assert_ne!(bind(with(None)), bind(with(Some(Uuid::nil()))));
    }
}
