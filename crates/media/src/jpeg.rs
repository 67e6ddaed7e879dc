//! Whether a JPEG is whole. The decoder fills what is missing with grey, so that a broken upload
//! would be published half grey; walking the markers shows it.

/// Marks that stand alone, without a length: TEM and the restart marks.
const fn stands_alone(mark: u8) -> bool {
    matches!(mark, 0x01 | 0xd0..=0xd7)
}

/// Whether the end mark of the outermost picture is reached. Marks of an embedded thumbnail lie in a
/// segment and are stepped over with it.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(mark_at) = next_mark(bytes, at) {
        let mark = bytes[mark_at];
        at = mark_at + 1;
        if mark == 0xd9 {
            return true;
        }
        if stands_alone(mark) {
            continue;
        }
        let Some(&[high, low]) = bytes.get(at..at + 2) else {
            return false;
        };
        at += usize::from(u16::from_be_bytes([high, low])).max(2);
    }
    false
}

/// The place of the next mark's number. In compressed data `ff 00` is a value and `ff ff` padding.
fn next_mark(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        at += found + 1;
        match bytes.get(at)? {
            0x00 => at += 1,
            0xff => {}
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn an_end_in_a_segment_is_no_end() {
        let head = [0xff, 0xd8, 0xff, 0xe1, 0x00, 0x06, 0xff, 0xd9, 0xff, 0xd9];
        assert!(!is_whole(&head));
        assert!(is_whole(&[&head[..], &[0xff, 0xd9]].concat()));
        assert!(is_whole(
            &[
                &head[..],
                &[
                    0xff, 0xda, 0, 2, 1, 0xff, 0, 0xff, 0xd0, 3, 0xff, 0xd9, 7, 7
                ]
            ]
            .concat()
        ));
        assert!(!is_whole(
            &[&head[..], &[0xff, 0xda, 0, 2, 1, 0xff, 0, 3]].concat()
        ));
    }

    #[test]
    fn short_ones_do_not_panic() {
        let bytes = [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 0xff, 0xff];
        for length in 0..=bytes.len() {
            assert!(!is_whole(&bytes[..length]));
        }
    }
}
