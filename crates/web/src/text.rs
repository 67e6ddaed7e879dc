//! Every text that a person reads on a page, from the Fluent files in `locales/<language>/`.
//!
//! A page asks `text.t("calendar-title")`, or `text.t1("missed-count", "n", count)` where the words carry a value.
//! A key that no file has is shown as `⟦key⟧`, so that it is seen, and a test looks for it. The values are plain
//! text: templates escape them like everything else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

#[cfg(test)]
mod sources;
#[cfg(test)]
pub(crate) use sources::{literals_after, sources};

/// The language that is always there.
const FALLBACK: &str = "en";

#[derive(RustEmbed)]
#[folder = "locales"]
struct Locales;

/// All languages that this build has, read once.
static LANGUAGES: LazyLock<BTreeMap<String, Text>> = LazyLock::new(|| {
    let mut files: Vec<String> = Locales::iter().map(Cow::into_owned).collect();
    files.sort();
    let mut bundles: BTreeMap<String, (FluentBundle<FluentResource>, Vec<String>)> =
        BTreeMap::new();
    for file in files {
        let Some((language, _)) = file.split_once('/') else {
            continue;
        };
        let (bundle, problems) = bundles
            .entry(language.to_owned())
            .or_insert_with(|| (empty_bundle(language), Vec::new()));
        let Some(content) = Locales::get(&file) else {
            continue;
        };
        let source = String::from_utf8_lossy(&content.data).into_owned();
        let resource = FluentResource::try_new(source).unwrap_or_else(|(partial, errors)| {
            problems.push(format!("{file}: {errors:?}"));
            partial
        });
        if let Err(errors) = bundle.add_resource(resource) {
            problems.push(format!("{file}: {errors:?}"));
        }
    }
    bundles
        .into_iter()
        .map(|(language, (bundle, problems))| {
            for problem in &problems {
                tracing::error!(problem, "a text file is wrong");
            }
            (
                language.clone(),
                Text(Arc::new(Language {
                    code: language,
                    bundle,
                    problems,
                })),
            )
        })
        .collect()
});

fn empty_bundle(language: &str) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Invisible direction marks around values would be found by people who copy a handle or search a page.
    bundle.set_use_isolating(false);
    bundle
}

struct Language {
    code: String,
    bundle: FluentBundle<FluentResource>,
    problems: Vec<String>,
}

/// The texts of one language; cheap to clone, one for each request.
#[derive(Clone)]
pub struct Text(Arc<Language>);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({})", self.0.code)
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::english()
    }
}

impl Text {
    /// English, which every build has.
    #[must_use]
    pub fn english() -> Self {
        LANGUAGES.get(FALLBACK).cloned().unwrap_or_else(|| {
            Self(Arc::new(Language {
                code: FALLBACK.to_owned(),
                bundle: empty_bundle(FALLBACK),
                problems: Vec::new(),
            }))
        })
    }

    /// The best language for an `Accept-Language` header; English where none of the wanted ones is here.
    #[must_use]
    pub fn for_request(accept_language: Option<&str>) -> Self {
        let mut wanted: Vec<(u16, &str)> = accept_language
            .unwrap_or_default()
            .split(',')
            .filter_map(|part| {
                let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
                let quality: f32 = quality.trim().parse().ok()?;
                Some((
                    (1000.0 - quality.clamp(0.0, 1.0) * 1000.0) as u16,
                    tag.trim(),
                ))
            })
            .collect();
        wanted.sort_by_key(|(rank, _)| *rank);
        wanted
            .into_iter()
            .find_map(|(_, tag)| {
                LANGUAGES
                    .get(tag)
                    .or_else(|| LANGUAGES.get(tag.split('-').next().unwrap_or(tag)))
                    .cloned()
            })
            .unwrap_or_else(Self::english)
    }

    /// The language tag, for `<html lang>`.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.0.code
    }

    /// `rtl` or `ltr`, for `<html dir>`.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        match self.0.code.as_str() {
            "ar" | "fa" | "he" | "ur" => "rtl",
            _ => "ltr",
        }
    }

    /// The text of a key without values.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text of a key with one value.
    #[must_use]
    pub fn t1(&self, key: &str, name: &str, value: impl Into<Value>) -> String {
        self.t_args(key, &[(name, value.into())])
    }

    /// The text of a key with two values.
    #[must_use]
    pub fn t2(
        &self,
        key: &str,
        a: &str,
        value_a: impl Into<Value>,
        b: &str,
        value_b: impl Into<Value>,
    ) -> String {
        self.t_args(key, &[(a, value_a.into()), (b, value_b.into())])
    }

    /// The text of a key with any number of values.
    #[must_use]
    pub fn t_args(&self, key: &str, values: &[(&str, Value)]) -> String {
        let args = values
            .iter()
            .map(|(name, value)| (*name, value.fluent()))
            .collect::<FluentArgs<'_>>();
        self.format(key, Some(&args))
    }

    /// `1 post`, `3 posts`: the count that most sentences need.
    #[must_use]
    pub fn posts(&self, n: impl Into<Value>) -> String {
        self.t1("count-posts", "n", n)
    }

    /// What is wrong with this language's files: syntax, or a key that two files have. A test demands that it is empty.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0.problems
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self
            .0
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
        else {
            if self.0.code == FALLBACK {
                tracing::warn!(key, "a text is missing");
                return format!("⟦{key}⟧");
            }
            return Self::english().format(key, args);
        };
        let mut errors = Vec::new();
        let words = self
            .0
            .bundle
            .format_pattern(pattern, args, &mut errors)
            .into_owned();
        if errors.is_empty() {
            words
        } else {
            format!("⟦{key}: {errors:?}⟧")
        }
    }
}

/// A value inside a text. Numbers are numbers, so that the plural is right.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words, taken as they are.
    Words(String),
    /// A count.
    Number(i64),
}

impl Value {
    fn fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Words(words) => FluentValue::from(words.as_str()),
            Self::Number(number) => FluentValue::from(*number),
        }
    }
}

macro_rules! number {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Value {
            fn from(number: $kind) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        // Templates pass values by reference.
        impl From<&$kind> for Value {
            fn from(number: &$kind) -> Self {
                Self::from(*number)
            }
        }
    )*};
}
number!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl From<&str> for Value {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<&&str> for Value {
    fn from(words: &&str) -> Self {
        Self::Words((*words).to_owned())
    }
}

impl From<String> for Value {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&String> for Value {
    fn from(words: &String) -> Self {
        Self::Words(words.clone())
    }
}

impl From<&&String> for Value {
    fn from(words: &&String) -> Self {
        Self::Words((*words).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_whole() {
        assert_eq!(Text::english().problems(), &[] as &[String]);
        assert_eq!(Text::english().t("no-such-key"), "⟦no-such-key⟧");
    }

    #[test]
    fn plural_follows_the_number_and_no_direction_marks() {
        let text = Text::english();
        assert_eq!(text.posts(1), "1 post");
        assert_eq!(text.t1("count-posts", "n", 3_usize), "3 posts");
        assert!(text.t1("count-posts", "n", 12).is_ascii());
        assert!(
            text.t("count-posts").starts_with("⟦count-posts:"),
            "a value that is not given is seen"
        );
    }

    #[test]
    fn wanted_language_else_english() {
        for header in [
            None,
            Some(""),
            Some("xx;q=1, en-GB;q=0.4"),
            Some("en"),
            Some("q=,;;"),
        ] {
            assert_eq!(Text::for_request(header).language(), "en", "{header:?}");
        }
    }
}
