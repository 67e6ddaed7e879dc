//! What a container is asked to hold, checked as the documentation says (sheet §6, §7, §9.2).

use super::errors::{self, GraphError, publishing};
use super::publish::{Pulled, status};
use super::state::{Account, Flow, Form, InstagramState};
use crate::call::Call;
use crate::fetch::FetchError;
use crate::state::State;
use bytes::Bytes;
use std::io::Cursor;

const IMAGE_BYTES: usize = 8 * 1024 * 1024;
const CAPTION: usize = 2_200;
const HASHTAGS: usize = 30;
const MENTIONS: usize = 20;
const ALT_TEXT: usize = 1_000;
const COLLABORATORS: usize = 5;

/// An order for a container.
#[derive(Debug)]
pub(crate) struct Order {
    pub form: Form,
    pub video: bool,
    pub item: bool,
    pub caption: String,
    pub alt_text: Option<String>,
    pub collaborators: Vec<String>,
    pub children: Vec<String>,
}

/// The address whose media a call wants to be pulled.
pub(crate) fn address(call: &Call) -> Option<String> {
    call.filled("image_url")
        .or_else(|| call.filled("video_url"))
}

/// Reads the parameters of `POST /{ig}/media`.
pub(crate) fn read(
    state: &InstagramState,
    account: &Account,
    flow: Flow,
    call: &Call,
    now_ms: i64,
) -> Result<Order, GraphError> {
    let truth = |name: &str| {
        call.filled(name)
            .is_some_and(|value| value == "true" || value == "1")
    };
    let item = truth("is_carousel_item");
    let video = call.filled("video_url").is_some();
    let form = form(call, item, video)?;
    if form == Form::Carousel && item {
        return Err(errors::parameter(
            "(#100) A carousel cannot be an item of a carousel",
        ));
    }
    let collaborators = names(call.filled("collaborators").as_deref().unwrap_or_default());
    if !collaborators.is_empty() && (item || form == Form::Story) {
        return Err(errors::parameter(
            "(#100) The param collaborators is not allowed for this media",
        ));
    }
    if collaborators.len() > COLLABORATORS {
        return Err(errors::parameter("(#100) Too many collaborators"));
    }
    let caption = if item {
        String::new()
    } else {
        call.filled("caption").unwrap_or_default()
    };
    check_caption(&caption)?;
    let alt_text = call.filled("alt_text");
    if alt_text
        .as_ref()
        .is_some_and(|text| text.chars().count() > ALT_TEXT)
    {
        return Err(errors::parameter("(#100) The param alt_text is too long"));
    }
    let children = if form == Form::Carousel {
        children(state, account, flow, call, now_ms)?
    } else {
        Vec::new()
    };
    if form != Form::Carousel && address(call).is_none() {
        let name = if form == Form::Video {
            "video_url"
        } else {
            "image_url"
        };
        return Err(errors::parameter(format!(
            "(#100) The parameter {name} is required"
        )));
    }
    if form == Form::Video && !video {
        return Err(errors::parameter(
            "(#100) The parameter video_url is required",
        ));
    }
    Ok(Order {
        form,
        video,
        item,
        caption,
        alt_text,
        collaborators,
        children,
    })
}

fn form(call: &Call, item: bool, video: bool) -> Result<Form, GraphError> {
    Ok(match call.filled("media_type").as_deref() {
        None | Some("IMAGE") if !video => Form::Image,
        Some("REELS") => Form::Video,
        Some("VIDEO") if item => Form::Video,
        Some("STORIES") => Form::Story,
        Some("CAROUSEL") => Form::Carousel,
        Some("VIDEO") => {
            return Err(errors::parameter(
                "(#100) media_type VIDEO is only for carousel items; use REELS",
            ));
        }
        other => {
            let words = format!("Unknown media type {}", other.unwrap_or("none"));
            return Err(publishing(
                100,
                2_207_023,
                &words,
                "Unknown media type",
                "The media type is unknown.",
            ));
        }
    })
}

fn check_caption(caption: &str) -> Result<(), GraphError> {
    let too_long = || {
        publishing(
            36004,
            2_207_010,
            "The caption was too long.",
            "Caption too long",
            "The caption may have 2,200 characters and 30 hashtags.",
        )
    };
    let marks = |mark: char| {
        caption
            .split_whitespace()
            .filter(|word| word.len() > 1 && word.starts_with(mark))
            .count()
    };
    if caption.chars().count() > CAPTION || marks('#') > HASHTAGS {
        return Err(too_long());
    }
    if marks('@') > MENTIONS {
        return Err(publishing(
            100,
            2_207_040,
            "Too many tags",
            "Too many tags",
            "A caption may mention 20 people.",
        ));
    }
    Ok(())
}

fn children(
    state: &InstagramState,
    account: &Account,
    flow: Flow,
    call: &Call,
    now_ms: i64,
) -> Result<Vec<String>, GraphError> {
    let children = names(call.filled("children").as_deref().unwrap_or_default());
    if !(2..=10).contains(&children.len()) {
        return Err(publishing(
            100,
            2_207_028,
            "Carousel needs 2 to 10 items",
            "Cannot create the carousel",
            "Your post won't work as a carousel. Carousels need at least 2 photos or videos and no more than 10.",
        ));
    }
    for id in &children {
        let known = state
            .containers
            .get(id)
            .filter(|child| child.account == account.id && child.flow == flow && child.item);
        let usable = known.is_some_and(|child| {
            !matches!(status(state, child, now_ms).0, "PUBLISHED" | "EXPIRED")
        });
        if !usable {
            return Err(publishing(
                24,
                2_207_006,
                "The requested resource does not exist",
                "Media not found",
                "An item of the carousel was not found.",
            ));
        }
    }
    Ok(children)
}

/// A JSON list of texts, or texts between commas.
fn names(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| {
        text.split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    })
}

/// Takes the pulled media in and returns its id in the store.
pub(crate) fn take(
    state: &mut State,
    account: &Account,
    order: &Order,
    pulled: &Pulled,
) -> Result<String, GraphError> {
    if account.standing.unfetchable {
        return Err(not_fetched());
    }
    let (_, bytes) = match pulled {
        Some(Ok(pulled)) => pulled,
        Some(Err(FetchError::TimedOut)) => {
            let words = "Timeout of downloading media";
            return Err(publishing(
                -2,
                2_207_003,
                words,
                "Timeout",
                "It takes too long to download the media.",
            )
            .transient());
        }
        Some(Err(FetchError::TooLarge)) if !order.video => return Err(too_large()),
        Some(Err(_)) | None => return Err(not_fetched()),
    };
    let kind = if order.video {
        clip(bytes)?
    } else {
        picture(bytes, order.form)?
    };
    Ok(state.media.keep(kind, bytes))
}

fn not_fetched() -> GraphError {
    publishing(
        9004,
        2_207_052,
        "Only photo or video can be accepted as media type.",
        "The media could not be fetched from this URI",
        "The media could not be fetched from this URI. Check that it can be reached by everybody and is not forbidden by robots.txt.",
    )
}

fn too_large() -> GraphError {
    publishing(
        36000,
        2_207_004,
        "The image size is too large.",
        "Image is too large",
        "The image is too large to download. It should be less than 8 MiB.",
    )
}

fn picture(bytes: &Bytes, form: Form) -> Result<&'static str, GraphError> {
    if bytes.len() > IMAGE_BYTES {
        return Err(too_large());
    }
    if infer::get(bytes).is_none_or(|kind| kind.matcher_type() != infer::MatcherType::Image) {
        return Err(not_fetched());
    }
    let wrong = || {
        publishing(
            36001,
            2_207_005,
            "The image format is not supported.",
            "Unsupported format",
            "The image format is not supported. Use JPEG.",
        )
    };
    if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(wrong());
    }
    let reader =
        image::ImageReader::with_format(Cursor::new(bytes.as_ref()), image::ImageFormat::Jpeg);
    let (width, height) = reader.into_dimensions().map_err(|_| wrong())?;
    let (width, height) = (u64::from(width), u64::from(height));
    // 4:5 to 1.91:1, in whole numbers.
    let fits = width * 5 >= height * 4 && width * 100 <= height * 191;
    if form != Form::Story && !fits {
        return Err(publishing(
            36003,
            2_207_009,
            "The submitted image has an invalid aspect ratio",
            "Invalid aspect ratio",
            "The image's ratio must be between 4:5 and 1.91:1.",
        ));
    }
    Ok("image/jpeg")
}

fn clip(bytes: &Bytes) -> Result<&'static str, GraphError> {
    if bytes.get(4..8) == Some(b"ftyp") {
        return Ok("video/mp4");
    }
    Err(publishing(
        352,
        2_207_026,
        "The video format is not supported.",
        "Unsupported format",
        "The video format is not supported. Use MP4 or MOV.",
    ))
}
