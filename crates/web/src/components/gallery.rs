//! One page with every component in every state, for looking and for the accessibility check.

use askama::Template;

use super::*;
use crate::layout::{Banner, Flash, Plain};
use crate::text::Text;

#[derive(Template)]
#[template(path = "components/gallery.html")]
struct Gallery {
    plain: Plain,
    rings: Vec<LifeRing>,
    bars: Vec<(&'static str, ForecastBar)>,
    pills: Vec<StatePill>,
    chips: Vec<Chip>,
    tiles: Vec<GridTile>,
    channels: Vec<ChannelRow>,
    accounts: Vec<Account>,
    platforms: Vec<PlatformTile>,
    notices: Vec<NoticeRow>,
    empties: Vec<Empty>,
    actions: Vec<Action>,
    menus: Vec<Menu>,
    fields: Vec<Field>,
    selects: Vec<Select>,
    checks: Vec<Check>,
    choices: Vec<Choices>,
    tabs: Vec<Tabs>,
    ticks: Vec<Ticks>,
    counters: Vec<Counter>,
    meters: Vec<Meter>,
    toggles: Vec<ChannelToggle>,
    previews: Vec<Preview>,
    split: Menu,
    dialogs: Vec<Dialog>,
    times: Vec<When>,
    banner: Banner,
    flashes: Vec<Flash>,
    marks: Vec<(Html, String)>,
}

/// The page's HTML, for `/dev/components`.
#[must_use]
pub fn gallery(text: &Text) -> String {
    let page = Gallery {
        plain: Plain::new(text),
        rings: LifeRing::samples(text),
        bars: ForecastBar::samples(),
        pills: StatePill::samples(text),
        chips: Chip::samples(text),
        tiles: GridTile::samples(text),
        channels: ChannelRow::samples(text),
        accounts: Account::samples(text),
        platforms: PlatformTile::samples(text),
        notices: NoticeRow::samples(text),
        empties: Empty::samples(text),
        actions: Action::samples(),
        menus: Menu::samples(),
        fields: Field::samples(text),
        selects: Select::samples(text),
        checks: Check::samples(text),
        choices: Choices::samples(text),
        tabs: Tabs::samples(text),
        ticks: Ticks::samples(text),
        counters: Counter::samples(text),
        meters: Meter::samples(text),
        toggles: ChannelToggle::samples(text),
        previews: Preview::samples(text),
        split: Menu::arrow(
            "Other ways to send",
            vec![
                Action::post("Post now", "#").icon("send"),
                Action::post("Remind me", "#").icon("bell"),
            ],
        ),
        dialogs: Dialog::samples(text),
        times: When::samples(text),
        banner: Banner::sample(text),
        flashes: vec![
            Flash::done("Saved. It goes out on Tuesday at 09:00."),
            Flash::refused("Nothing was changed. Sign in as @lumen.coffee, not as @ida.privat."),
            Flash::note("3 posts moved into the next free slots.").with(Action::post("Undo", "#")),
        ],
        marks: icon::PLATFORMS
            .iter()
            .map(|(platform, _)| (mark(platform), platform_name(text, platform)))
            .collect(),
    };
    // The template is checked at build time and writes to a string; there is nothing that can fail.
    page.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_says_itself_without_colour_or_shape() {
        let text = Text::english();
        for (ring, toggle) in LifeRing::samples(&text)
            .iter()
            .zip(ChannelToggle::samples(&text))
        {
            assert!(toggle.to_string().contains(&ring.spoken()) && !ring.spoken().is_empty());
        }
        for chip in Chip::samples(&text) {
            let html = chip.to_string();
            assert!(
                html.contains("Instagram") && html.contains(&chip.state.words(&text)),
                "{html}"
            );
        }
        for tile in GridTile::samples(&text) {
            let html = tile.to_string();
            assert!(html.matches(&tile.words).count() >= 2, "{html}");
            assert_eq!(
                html.contains("On the account"),
                tile.kind == TileKind::Synced,
                "{html}"
            );
        }
        for row in ChannelRow::samples(&text) {
            let html = row.to_string();
            assert!(
                html.contains(&row.health) && html.contains(&row.menu.label.replace('&', "&#38;")),
                "{html}"
            );
        }
        for tick in Ticks::samples(&text) {
            let html = tick.to_string();
            assert!(
                html.contains("passed")
                    || html.contains("did not pass")
                    || html.contains("being checked"),
                "{html}"
            );
        }
    }

    #[test]
    fn buttons_without_words_have_a_name() {
        let html = gallery(&Text::english());
        for button in html.split("<button").skip(1) {
            let whole = button.split("</button>").next().unwrap_or_default();
            let (head, inside) = whole.split_once('>').unwrap_or_default();
            let words: String = inside
                .split('<')
                .filter_map(|part| part.rsplit('>').next())
                .collect();
            assert!(
                head.contains("aria-label=") || !words.trim().is_empty(),
                "<button{whole}"
            );
        }
    }

    #[test]
    fn what_people_write_is_escaped() {
        let text = Text::english();
        let mut chip = Chip::samples(&text).swap_remove(0);
        "<b onmouseover=x>\"'&".clone_into(&mut chip.words);
        assert!(!chip.to_string().contains("<b onmouseover"));
        let field = Field::text("a", "b").value("\"><script>").to_string();
        assert!(!field.contains("<script>"));
    }
}
