//! What a file is, by its first bytes. A name or a type that somebody gives is never believed.

/// The kinds of picture that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF; of an animation only the first picture is used.
    Gif,
}

impl Format {
    /// The media type.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The ending of a file name, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    pub(crate) const fn decoder(self) -> image::ImageFormat {
        match self {
            Self::Jpeg => image::ImageFormat::Jpeg,
            Self::Png => image::ImageFormat::Png,
            Self::Webp => image::ImageFormat::WebP,
            Self::Gif => image::ImageFormat::Gif,
        }
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// A photo of an iPhone in its own format.
    #[error("the picture is HEIC, which is not read here")]
    Heic,
    /// A known kind that is not taken.
    #[error("the file is {kind}, which is not a picture that can be read here")]
    OtherKind {
        /// Its media type.
        kind: &'static str,
    },
    /// Nothing that is known.
    #[error("the file is no picture")]
    Unknown,
    /// More pixels than are decoded, whatever the size of the file.
    #[error("the picture has {width} x {height} pixels; at most {} million can be read", crate::MAX_PIXELS / 1_000_000)]
    TooManyPixels {
        /// As the file says.
        width: u32,
        /// As the file says.
        height: u32,
    },
    /// It begins like a picture and ends in the middle, as after a broken upload.
    #[error("the picture is cut off")]
    CutOff,
    /// It begins like a picture and cannot be read.
    #[error("the picture is damaged")]
    Damaged,
}

impl Refused {
    /// A stable word for the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "media_empty",
            Self::Heic => "media_heic",
            Self::OtherKind { .. } => "media_other_kind",
            Self::Unknown => "media_unknown",
            Self::TooManyPixels { .. } => "media_too_many_pixels",
            Self::CutOff => "media_cut_off",
            Self::Damaged => "media_damaged",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Heic => "save it as JPEG, or set the phone's camera to \"most compatible\"",
            Self::Empty | Self::CutOff => "upload it again",
            Self::OtherKind { .. } | Self::Unknown => "use a JPEG, PNG, WebP or GIF",
            Self::TooManyPixels { .. } => "make it smaller and upload it again",
            Self::Damaged => "open it in another program and save it anew",
        }
    }
}

/// What the file is, by its first bytes.
///
/// # Errors
/// [`Refused`] for everything that is not taken.
pub fn sniff(bytes: &[u8]) -> Result<Format, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    let Some(kind) = infer::get(bytes) else {
        return Err(Refused::Unknown);
    };
    match kind.mime_type() {
        "image/jpeg" => Ok(Format::Jpeg),
        "image/png" => Ok(Format::Png),
        "image/webp" => Ok(Format::Webp),
        "image/gif" => Ok(Format::Gif),
        "image/heif" | "image/heic" => Err(Refused::Heic),
        other => Err(Refused::OtherKind { kind: other }),
    }
}
