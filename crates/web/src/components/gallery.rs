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
    bars: Vec<(String, LifeBar)>,
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
        bars: LifeRing::samples(text)
            .into_iter()
            .take(8)
            .map(|ring| {
                (
                    ring.name.clone(),
                    LifeBar {
                        text: text.clone(),
                        life: ring.life,
                    },
                )
            })
            .collect(),
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
