//! The names that AT Protocol gives to things: record keys, content ids, handles, DIDs.

use crate::chance::Chance;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const TID_LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const CID_LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Multicodec of raw bytes (blobs).
const RAW: u8 = 0x55;
/// Multicodec of DAG-CBOR (records, commits).
const DAG_CBOR: u8 = 0x71;

/// The record key of a moment (sheet bluesky.md §6): 53 bits of microseconds, 10 bits of clock id.
pub fn tid(ms: i64, fraction: u64, clock_id: u64) -> String {
    let micros = u64::try_from(ms).unwrap_or(0) * 1_000 + fraction % 1_000;
    let value = ((micros & ((1 << 53) - 1)) << 10) | (clock_id & 1023);
    (0..13)
        .rev()
        .map(|place| {
            let digit = (value >> (5 * place)) & 31;
            char::from(TID_LETTERS[usize::try_from(digit).unwrap_or(0)])
        })
        .collect()
}

/// A fresh one of `now_ms`.
pub fn fresh_tid(now_ms: i64, chance: &mut Chance) -> String {
    let fraction = chance.below(1_000);
    tid(now_ms, fraction, chance.below(1_024))
}

/// True for a well-formed TID.
pub fn is_tid(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes.len() == 13
        && bytes.iter().all(|byte| TID_LETTERS.contains(byte))
        && TID_LETTERS[..16].contains(&bytes[0])
}

/// True for a well-formed record key of any collection.
pub fn is_record_key(key: &str) -> bool {
    (1..=512).contains(&key.len())
        && key != "."
        && key != ".."
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._~:-".contains(&byte))
}

/// True for a well-formed collection name.
pub fn is_collection(name: &str) -> bool {
    name.split('.').count() >= 3
        && name.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// True for a well-formed handle: a domain name of at least two labels.
pub fn is_handle(handle: &str) -> bool {
    handle.len() <= 253
        && handle.split('.').count() >= 2
        && handle.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// The content id of a blob.
pub fn blob_cid(bytes: &[u8]) -> String {
    cid(RAW, bytes)
}

/// A content id for a record. It is taken over the JSON text, not over DAG-CBOR: equal records
/// have equal ids, but not the ids that a real server would give them.
pub fn record_cid(record: &serde_json::Value) -> String {
    cid(DAG_CBOR, record.to_string().as_bytes())
}

fn cid(codec: u8, content: &[u8]) -> String {
    let mut bytes = vec![1, codec, 0x12, 0x20];
    bytes.extend_from_slice(&Sha256::digest(content));
    let mut text = String::from("b");
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(letter(held << (5 - bits)));
    }
    text
}

fn letter(value: u32) -> char {
    char::from(CID_LETTERS[usize::try_from(value & 31).unwrap_or(0)])
}

/// base64url without padding.
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// base64url without padding, of the SHA-256 of a text (`S256`, `ath`, thumbprints).
pub fn b64_sha256(text: &str) -> String {
    b64(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_keys_sort_by_time() {
        let early = tid(1_795_294_136_789, 0, 1023);
        let late = tid(1_795_294_136_790, 0, 0);
        assert!(is_tid(&early) && is_tid(&late) && early < late);
        assert!(!is_tid("zzzzzzzzzzzzz") && !is_tid("3k") && !is_tid("self"));
        assert!(is_record_key("self") && !is_record_key("..") && !is_record_key("a b"));
    }

    #[test]
    fn a_blob_has_the_content_id_that_everybody_computes() {
        // The id of "hello world" as raw bytes, computed apart from this code.
        assert_eq!(
            blob_cid(b"hello world"),
            "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
        );
    }

    #[test]
    fn handles() {
        assert!(is_handle("fern.bsky.social") && !is_handle("fern") && !is_handle("-a.b"));
    }
}
