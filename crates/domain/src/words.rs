//! One macro: an enum whose variants each have one stable word. The word is what tables, the API and
//! log fields hold; it never changes once released. What people read comes from Fluent files.

/// A text that is not one of the words of an enum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a known {what}")]
pub struct UnknownWord {
    /// Which list of words was asked.
    pub what: &'static str,
    /// The text that is not in it.
    pub text: String,
}

/// Defines an enum with `as_str`, `FromStr`, `Display`, serde as the word, and `ALL`.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $Name:ident { $($(#[$doc:meta])* $Variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $Name { $($(#[$doc])* $Variant,)+ }
        impl $Name {
            /// Every variant, in the order of the definition.
            pub const ALL: &'static [$Name] = &[$($Name::$Variant),+];
            /// The stable word that tables and the API hold.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $($Name::$Variant => $word),+ } }
        }
        impl std::str::FromStr for $Name {
            type Err = $crate::words::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok($Name::$Variant),)+
                    _ => Err($crate::words::UnknownWord { what: stringify!($Name), text: text.chars().take(64).collect() }),
                }
            }
        }
        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.as_str()) }
        }
        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;
