//! What a record must look like: the lexicon of posts and their embeds (sheet bluesky.md §6, §7).

use super::guard::accepts;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// The collection of posts.
pub const POSTS: &str = "app.bsky.feed.post";
const IMAGE: &[&str] = &["image/*"];

/// A blob that a record names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRef {
    /// Content id.
    pub cid: String,
    /// Type as the record says.
    pub mime: String,
    /// Size as the record says.
    pub size: u64,
    /// Where it stands, with what the lexicon allows there.
    pub path: String,
}

/// What the lexicon allows at a path: types and bytes.
pub fn blob_limits(path: &str) -> Option<(&'static [&'static str], usize)> {
    let embed = path.strip_prefix("$.record.embed.")?;
    let embed = embed.strip_prefix("media.").unwrap_or(embed);
    if embed.starts_with("images[") || embed.starts_with("items[") {
        Some((IMAGE, 2_000_000))
    } else if embed == "external.thumb" {
        Some((IMAGE, 1_000_000))
    } else if embed == "video" {
        Some((&["video/mp4"], 300_000_000))
    } else if embed.starts_with("captions[") {
        Some((&["text/vtt"], 20_000))
    } else {
        None
    }
}

/// True if a type is allowed.
pub fn allowed(types: &[&str], mime: &str) -> bool {
    types.iter().any(|pattern| accepts(pattern, mime))
}

/// Every blob that a record names, in order.
pub fn blobs_of(record: &Value) -> Vec<BlobRef> {
    let mut found = Vec::new();
    walk(record, "$.record", &mut found);
    found
}

fn walk(value: &Value, path: &str, found: &mut Vec<BlobRef>) {
    match value {
        Value::Object(object) if object.get("$type") == Some(&Value::from("blob")) => {
            let text = |value: Option<&Value>| {
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            found.push(BlobRef {
                cid: text(object.get("ref").and_then(|link| link.get("$link"))),
                mime: text(object.get("mimeType")),
                size: object.get("size").and_then(Value::as_u64).unwrap_or(0),
                path: path.to_owned(),
            });
        }
        Value::Object(object) => {
            for (name, inner) in object {
                walk(inner, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                walk(inner, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// Checks a post against its lexicon; the error names the path, as the reference server does.
pub fn check_post(record: &Value) -> Result<(), String> {
    let text = need_text(record, "$.record", "text")?;
    limit(text, "$.record.text", 3_000, 300)?;
    if !is_datetime(need_text(record, "$.record", "createdAt")?) {
        return Err("Invalid datetime at $.record.createdAt".to_owned());
    }
    at_most(record, "$.record", "langs", 3)?;
    let tags = at_most(record, "$.record", "tags", 8)?;
    for (index, tag) in tags.iter().enumerate() {
        let path = format!("$.record.tags[{index}]");
        let tag = tag
            .as_str()
            .ok_or_else(|| format!("Expected string at {path}"))?;
        limit(tag, &path, 640, 64)?;
    }
    for (index, facet) in at_most(record, "$.record", "facets", usize::MAX)?
        .iter()
        .enumerate()
    {
        check_facet(facet, &format!("$.record.facets[{index}]"))?;
    }
    if let Some(reply) = record.get("reply") {
        strong_ref(reply.get("root"), "$.record.reply.root")?;
        strong_ref(reply.get("parent"), "$.record.reply.parent")?;
    }
    match record.get("embed") {
        Some(embed) => check_embed(embed, "$.record.embed"),
        None => Ok(()),
    }
}

fn need_text<'a>(value: &'a Value, path: &str, name: &str) -> Result<&'a str, String> {
    match value.get(name) {
        None => Err(format!("Missing required key \"{name}\" at {path}")),
        Some(found) => found
            .as_str()
            .ok_or_else(|| format!("Expected string at {path}.{name}")),
    }
}

fn limit(text: &str, path: &str, bytes: usize, graphemes: usize) -> Result<(), String> {
    if text.len() > bytes {
        return Err(format!(
            "string too big (maximum {bytes}, got {}) at {path}",
            text.len()
        ));
    }
    let count = text.graphemes(true).count();
    if count > graphemes {
        return Err(format!(
            "grapheme too big (maximum {graphemes}, got {count}) at {path}"
        ));
    }
    Ok(())
}

fn at_most<'a>(
    value: &'a Value,
    path: &str,
    name: &str,
    most: usize,
) -> Result<&'a [Value], String> {
    match value.get(name) {
        None => Ok(&[]),
        Some(Value::Array(list)) if list.len() > most => Err(format!(
            "array too big (maximum {most}, got {}) at {path}.{name}",
            list.len()
        )),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(format!("Expected array at {path}.{name}")),
    }
}

/// RFC 3339 with a capital `T`, and an offset that says something.
fn is_datetime(text: &str) -> bool {
    let offset = text.ends_with('Z')
        || text
            .len()
            .checked_sub(6)
            .and_then(|start| text.get(start..))
            .is_some_and(|end| end.starts_with(['+', '-']) && end != "-00:00");
    offset && text.contains('T') && text.parse::<jiff::Timestamp>().is_ok()
}

fn check_facet(facet: &Value, path: &str) -> Result<(), String> {
    for name in ["byteStart", "byteEnd"] {
        let place = facet.get("index").and_then(|index| index.get(name));
        if place.and_then(Value::as_u64).is_none() {
            return Err(format!("Expected integer at {path}.index.{name}"));
        }
    }
    if !facet.get("features").is_some_and(Value::is_array) {
        return Err(format!("Missing required key \"features\" at {path}"));
    }
    for (index, feature) in at_most(facet, path, "features", usize::MAX)?
        .iter()
        .enumerate()
    {
        check_feature(feature, &format!("{path}.features[{index}]"))?;
    }
    Ok(())
}

fn check_feature(feature: &Value, path: &str) -> Result<(), String> {
    let uri = |name: &str| -> Result<bool, String> {
        Ok(url::Url::parse(need_text(feature, path, name)?).is_ok())
    };
    let (name, right) = match need_text(feature, path, "$type")? {
        "app.bsky.richtext.facet#link" => ("uri", uri("uri")?),
        "app.bsky.richtext.facet#mention" => {
            let did = need_text(feature, path, "did")?;
            ("did", did.starts_with("did:"))
        }
        "app.bsky.richtext.facet#tag" => {
            let tag = need_text(feature, path, "tag")?;
            return limit(tag, &format!("{path}.tag"), 640, 64);
        }
        // An open union: what is not known is let through.
        _ => return Ok(()),
    };
    if right {
        Ok(())
    } else {
        Err(format!("Invalid {name} at {path}.{name}"))
    }
}

fn strong_ref(value: Option<&Value>, path: &str) -> Result<(), String> {
    let value = value.ok_or_else(|| format!("Missing required value at {path}"))?;
    if !need_text(value, path, "uri")?.starts_with("at://") {
        return Err(format!("Invalid at-uri at {path}.uri"));
    }
    if !need_text(value, path, "cid")?.starts_with('b') {
        return Err(format!("Invalid cid at {path}.cid"));
    }
    Ok(())
}

fn check_embed(embed: &Value, path: &str) -> Result<(), String> {
    match need_text(embed, path, "$type")? {
        "app.bsky.embed.images" => check_images(embed, path, "images", 4, false),
        "app.bsky.embed.gallery" => check_images(embed, path, "items", 20, true),
        "app.bsky.embed.video" => {
            is_blob(embed.get("video"), &format!("{path}.video"))?;
            at_most(embed, path, "captions", 20)?;
            aspect_ratio(embed, path, false)
        }
        "app.bsky.embed.external" => {
            let inner = embed
                .get("external")
                .ok_or_else(|| format!("Missing required key \"external\" at {path}"))?;
            let path = format!("{path}.external");
            for name in ["title", "description"] {
                need_text(inner, &path, name)?;
            }
            if url::Url::parse(need_text(inner, &path, "uri")?).is_err() {
                return Err(format!("Invalid uri at {path}.uri"));
            }
            match inner.get("thumb") {
                Some(thumb) => is_blob(Some(thumb), &format!("{path}.thumb")),
                None => Ok(()),
            }
        }
        "app.bsky.embed.record" => strong_ref(embed.get("record"), &format!("{path}.record")),
        "app.bsky.embed.recordWithMedia" => {
            let record = embed.get("record").and_then(|inner| inner.get("record"));
            strong_ref(record, &format!("{path}.record.record"))?;
            let media = embed
                .get("media")
                .ok_or_else(|| format!("Missing required key \"media\" at {path}"))?;
            check_embed(media, &format!("{path}.media"))
        }
        // An open union: what is not known is let through.
        _ => Ok(()),
    }
}

fn check_images(
    embed: &Value,
    path: &str,
    name: &str,
    most: usize,
    ratio: bool,
) -> Result<(), String> {
    if embed.get(name).is_none() {
        return Err(format!("Missing required key \"{name}\" at {path}"));
    }
    for (index, item) in at_most(embed, path, name, most)?.iter().enumerate() {
        let path = format!("{path}.{name}[{index}]");
        is_blob(item.get("image"), &format!("{path}.image"))?;
        need_text(item, &path, "alt")?;
        aspect_ratio(item, &path, ratio)?;
    }
    Ok(())
}

fn is_blob(value: Option<&Value>, path: &str) -> Result<(), String> {
    let right = value.is_some_and(|blob| {
        blob.get("$type").and_then(Value::as_str) == Some("blob")
            && blob
                .pointer("/ref/$link")
                .and_then(Value::as_str)
                .is_some_and(|cid| cid.starts_with('b'))
            && blob.get("mimeType").is_some_and(Value::is_string)
            && blob.get("size").is_some_and(Value::is_u64)
    });
    if right {
        Ok(())
    } else {
        Err(format!("Expected blob at {path}"))
    }
}

fn aspect_ratio(value: &Value, path: &str, needed: bool) -> Result<(), String> {
    let Some(ratio) = value.get("aspectRatio") else {
        return if needed {
            Err(format!("Missing required key \"aspectRatio\" at {path}"))
        } else {
            Ok(())
        };
    };
    for name in ["width", "height"] {
        if ratio.get(name).and_then(Value::as_u64).unwrap_or(0) < 1 {
            return Err(format!(
                "integer too small (minimum 1) at {path}.aspectRatio.{name}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn post(text: &str, created: &str) -> Value {
        json!({"$type": POSTS, "text": text, "createdAt": created})
    }

    #[test]
    fn lengths_are_counted_in_graphemes_and_bytes() {
        let when = "2026-11-21T20:48:56.789Z";
        // A family of four is one grapheme of 25 bytes.
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(check_post(&post(&family.repeat(100), when)), Ok(()));
        assert_eq!(
            check_post(&post(&family.repeat(121), when)),
            Err("string too big (maximum 3000, got 3025) at $.record.text".to_owned())
        );
        assert_eq!(
            check_post(&post(&"é".repeat(301), when)),
            Err("grapheme too big (maximum 300, got 301) at $.record.text".to_owned())
        );
    }

    #[test]
    fn dates_need_a_zone() {
        for good in ["2026-11-21T20:48:56Z", "2026-11-21T20:48:56.1+01:00"] {
            assert!(is_datetime(good), "{good}");
        }
        for bad in [
            "2026-11-21T20:48:56",
            "2026-11-21",
            "2026-11-21T20:48:56-00:00",
            "yesterday",
        ] {
            assert!(!is_datetime(bad), "{bad}");
        }
    }

    #[test]
    fn an_image_needs_alt_text_and_a_blob() {
        let blob =
            json!({"$type": "blob", "ref": {"$link": "bafk"}, "mimeType": "image/png", "size": 3});
        let with = |image: Value| {
            let mut record = post("", "2026-11-21T20:48:56Z");
            record["embed"] = json!({"$type": "app.bsky.embed.images", "images": [image]});
            check_post(&record)
        };
        assert_eq!(with(json!({"image": blob, "alt": ""})), Ok(()));
        assert!(with(json!({"image": blob})).unwrap_err().contains("alt"));
        assert!(with(json!({"image": "x", "alt": ""})).is_err());
        assert!(with(json!({"image": blob, "alt": "", "aspectRatio": {"width": 0}})).is_err());
    }
}
