//! `multipart/form-data` as clients send files (RFC 7578): fields and files by name. What does not
//! look like it is left out; the caller then misses a parameter and says so.

use bytes::Bytes;

/// Fields by name, then files by name.
pub type Parts = (Vec<(String, String)>, Vec<(String, Bytes)>);

/// Reads a body of the given content type.
#[must_use]
pub fn read(content_type: &str, body: &Bytes) -> Parts {
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    let Some(boundary) = parameter(content_type, "boundary") else {
        return (fields, files);
    };
    let delimiter = format!("--{boundary}");
    let mut at = find(body, delimiter.as_bytes(), 0).map(|start| start + delimiter.len());
    while let Some(start) = at {
        // Two dashes after the delimiter end the body, a line break begins a part.
        if !body[start..].starts_with(b"\r\n") {
            break;
        }
        let next = format!("\r\n{delimiter}");
        let Some(end) = find(body, next.as_bytes(), start) else {
            break;
        };
        if let Some(blank) = find(&body[..end], b"\r\n\r\n", start) {
            let head = String::from_utf8_lossy(&body[start..blank]).into_owned();
            let content = body.slice(blank + 4..end);
            keep(&head, content, &mut fields, &mut files);
        }
        at = Some(end + next.len());
    }
    (fields, files)
}

fn keep(
    head: &str,
    content: Bytes,
    fields: &mut Vec<(String, String)>,
    files: &mut Vec<(String, Bytes)>,
) {
    let disposition = head.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    });
    let Some(line) = disposition else { return };
    let Some(name) = parameter(line, "name") else {
        return;
    };
    if parameter(line, "filename").is_some() {
        files.push((name, content));
    } else {
        fields.push((name, String::from_utf8_lossy(&content).into_owned()));
    }
}

/// A parameter of a header value, with or without quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key.eq_ignore_ascii_case(name)).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let place = rest.windows(wanted.len()).position(|part| part == wanted)?;
    Some(from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nGood\r\nday\r\n--x\r\n\
                    content-disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\
                    \u{1}--x\u{2}\r\n--x--\r\n";
        let (fields, files) = read("multipart/form-data; boundary=x", &Bytes::from(body));
        assert_eq!(fields, [("message".to_owned(), "Good\r\nday".to_owned())]);
        assert_eq!(files, [("source".to_owned(), Bytes::from("\u{1}--x\u{2}"))]);
        assert_eq!(read("multipart/form-data", &Bytes::from(body)).0, []);
    }
}
