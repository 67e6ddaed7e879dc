//! Draws the frame with everything in it, and writes sample pages to a folder for looking.

use std::path::Path;

use askama::Template;

use super::*;
use crate::components::{Chip, LifeRing, PostState, StatePill, Tabs};

#[derive(Template)]
#[template(path = "layout/sample.html")]
struct Sample {
    frame: Frame,
    tabs: Tabs,
    days: Vec<SampleDay>,
    pill: StatePill,
    ring: LifeRing,
}

struct SampleDay {
    number: u32,
    past: bool,
    today: bool,
    other: bool,
    chips: Vec<Chip>,
    more: usize,
}

fn sample(frame: Frame) -> String {
    let text = frame.text.clone();
    let chips = Chip::samples(&text);
    let days = (0..35_u32)
        .map(|at| SampleDay {
            number: (at + 25) % 30 + 1,
            past: at < 16,
            today: at == 16,
            other: at < 5,
            chips: match at % 6 {
                0 => chips[..3].to_vec(),
                2 => vec![chips[(at % 13) as usize].clone()],
                5 => vec![chips[3].clone(), chips[8].clone()],
                _ => Vec::new(),
            },
            more: if at % 6 == 0 { 2 } else { 0 },
        })
        .collect();
    let pill = StatePill::saying(PostState::AtRisk, "Won’t go out unless you sign in");
    Sample {
        tabs: Tabs::samples(&text).swap_remove(1),
        days,
        pill,
        ring: LifeRing::samples(&text).swap_remove(3),
        frame,
    }
    .render()
    .unwrap()
}

/// The page alone in a file: style inside, scripts left out.
fn alone(html: &str) -> String {
    let style = format!("<style>{}</style>", crate::assets::style_sheet());
    let link = format!(
        r#"<link rel="stylesheet" href="{}">"#,
        crate::asset("app.css")
    );
    html.replace(&link, &style)
}

/// `MAINSTAY_LOOK_FOLDER=/tmp/look cargo nextest run -p web layout` writes both pages there for a browser.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for the person who draws, not a setting of the product"
)]
fn write_for_looking(full: &str, gallery: &str) {
    let Ok(folder) = std::env::var("MAINSTAY_LOOK_FOLDER") else {
        return;
    };
    for (name, html) in [("app.html", full), ("gallery.html", gallery)] {
        std::fs::write(Path::new(&folder).join(name), alone(html)).unwrap();
    }
}

#[test]
fn every_page_of_the_frame_is_whole() {
    let text = Text::english();
    let full = sample(Frame::sample(&text));
    let bare = sample(Frame::new(&text, Entry::Home));
    let gallery = crate::components::gallery(&text);
    for html in [&full, &bare, &gallery] {
        assert!(!html.contains('⟦'), "a text is missing");
        assert!(
            !html.contains(" style=") && !html.contains("onclick="),
            "the content policy forbids inline style and script"
        );
        assert!(html.contains(r#"<main id="main""#) && html.contains(r#"lang="en""#));
    }
    for label in [
        "Add &#38; Edit Social Connections",
        "Linked Accounts",
        "Plan Grid",
        "Missed posts",
        "Simulator only, nothing leaves this machine",
        "Jump 14 days",
    ] {
        assert!(full.contains(label), "{label}");
    }
    assert_eq!(
        full.matches(r#"aria-current="page""#).count(),
        3,
        "rail, phone bar and the view"
    );
    assert!(
        !bare.contains(r#"class="demo""#)
            && !bare.contains(r#"class="banner""#)
            && !bare.contains(r#"class="count"#)
    );
    write_for_looking(&full, &gallery);
}

#[test]
fn names_that_people_chose_are_escaped() {
    let text = Text::english();
    let mut frame = Frame::sample(&text);
    "<script>alert(1)</script>".clone_into(&mut frame.sets[0].name);
    "\"><img src=x>".clone_into(&mut frame.member);
    let html = sample(frame);
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x>"));
}
