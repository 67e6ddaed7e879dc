//! How this adapter reaches Graph, and which token a Page is called with.

use domain::platform::LoginFlow;
use secrecy::SecretString;

use super::{CALL_DEADLINE_MS, FACTS, errors};
use crate::account::Target;
use crate::call::Call;
use crate::meta::Reader;
use crate::meta::graph::Graph;

/// How answers of Facebook are read. The use case of Pages has a block of its own in the headers (§10).
pub(super) const READER: Reader = Reader {
    usage: "pages",
    explain: errors::explain,
};

/// Graph for this call.
pub(super) fn graph<'a>(call: &'a Call<'_>) -> Graph<'a> {
    Graph {
        call,
        flow: FACTS.flow(LoginFlow::Facebook),
        reader: READER,
        deadline_ms: CALL_DEADLINE_MS,
        proves: true,
    }
}

/// The Page's own token, with which all calls for it are made: the new kind of Pages (NPE) takes no
/// other (§1). A sign-in without one could not be linked, so the person's is only what is left.
pub(super) fn page_token<'a>(target: &Target<'a>) -> &'a SecretString {
    target.channel_token.unwrap_or(&target.tokens.access)
}
