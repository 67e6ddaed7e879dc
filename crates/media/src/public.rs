//! The public path of one stored picture, for platforms that fetch pictures themselves. Whoever has the
//! path may fetch these bytes until it ends; it names nothing else.

use domain::ids::{Id as _, MediaId};
use jiff::Timestamp;

use crate::address::{AddressKeys, BadAddress};

/// The route that serves these paths, in the form of a router: token and hash.
pub const PUBLIC_ROUTE: &str = "/m/{token}/{file}";

/// The path (`/m/TOKEN/HASH.jpg`) under which the bytes with this hash can be fetched until `until`.
///
/// # Errors
/// [`BadAddress::Forged`] when there is no key to sign with.
pub fn public_path(
    keys: &AddressKeys,
    sha256: &str,
    until: Timestamp,
) -> Result<String, BadAddress> {
    let token = keys.sign(any_media(), sha256, until)?;
    Ok(format!("/m/{token}/{sha256}.jpg"))
}

/// Whether this path may be served now; the hash that it names is answered.
///
/// # Errors
/// [`BadAddress`].
pub fn verify_public<'f>(
    keys: &AddressKeys,
    token: &str,
    file: &'f str,
    now: Timestamp,
) -> Result<&'f str, BadAddress> {
    let sha256 = file.strip_suffix(".jpg").ok_or(BadAddress::Malformed)?;
    keys.verify(any_media(), sha256, token, now)?;
    Ok(sha256)
}

/// Renditions are named by their bytes alone, whatever picture they were made from.
fn any_media() -> MediaId {
    MediaId::from_uuid(uuid::Uuid::nil())
}
