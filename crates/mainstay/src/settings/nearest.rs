//! The known key that is most like an unknown one, so that a slip of the finger is mended at a glance.

/// The nearest of `known`; the empty text if there is none.
#[must_use]
pub fn nearest<'k>(key: &str, known: &'k [String]) -> &'k str {
    known
        .iter()
        .min_by_key(|other| distance(key, other))
        .map_or("", String::as_str)
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.chars().enumerate() {
        let mut now = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let change = before[column] + usize::from(letter != *against);
            now.push(change.min(before[column + 1] + 1).min(now[column] + 1));
        }
        before = now;
    }
    before.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn the_nearest_is_found() {
        let known = ["server.listen", "server.public_url", "logs.level"].map(str::to_owned);
        assert_eq!(nearest("server.publicurl", &known), "server.public_url");
        assert_eq!(nearest("log.level", &known), "logs.level");
        assert_eq!(nearest("anything", &[]), "");
    }
}
