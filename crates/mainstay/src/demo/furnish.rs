//! Furnishing the demo by real means: somebody signs in on the simulator's pages, posts are planned as a
//! person plans them, and what lies behind is played by the engine on a clock that begins 85 days ago.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::channel::Mode;
use domain::connect::ConnectPhase;
use domain::ids::{
    AppId, ChannelId, Id as _, MediaId, PersonId, SessionId, SocialSetId, WorkspaceId,
};
use domain::member::{Member, Role};
use domain::platform::{LoginFlow, Platform};
use domain::post::{Content, Maker, PostMedia, Variant};
use domain::schedule::{DAY_MS, MINUTE_MS, Zone, ms_between, plus_ms};
use engine::Cx;
use engine::connect::{self, Begin, Binding, Outcome};
use platforms::sign_in::Callback;
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use storage::people::{self, Person};
use storage::sets::SocialSet;
use storage::workspaces::Workspace;
use storage::{Conn, apps, sets, workspaces};
use tokio::task::JoinSet;
use url::Url;
use web::Web;
use web::access::Guard;
use web::actions::post_input::{ChannelInput, PostInput};
use web::actions::post_work::Terms;
use web::actions::save::{Plan, Target, save};
use web::actions::when::When;
use web::state::Keep;

use super::content::{
    BAKERY, BAKERY_SKY, Brand, CAMPS, MAIL, OWN, PERSON, SHOP, SURF, SURF_SKY, WORKSPACE,
    old_drawings,
};
use super::draw::Drawing;
use super::plan::{COMING, DRAFT, HISTORY, MISSED, Planned, SOON, YESTERDAY, drawings};
use super::platforms::{self as stage, Drawn, PEOPLE};
use super::steps::Steps;
use super::world::World;
use crate::trouble::{Result, Trouble};

/// How long ago the sign-in through Facebook was: 90 days later its access to data ends.
const FACEBOOK_DAYS: i64 = 85;
/// No step of the past is longer.
const STRIDE_MS: i64 = 40 * DAY_MS;
/// No stretch of the past takes longer than this, in milliseconds of real time.
const MOST_MS: i64 = 60_000;

/// The demo, being furnished.
pub struct Furnishing<'a> {
    /// The world.
    pub world: &'a World,
    /// What the engine works with.
    pub cx: &'a Cx,
    /// What the pages work with.
    pub web: &'a Web,
    workspace: WorkspaceId,
    member: Member,
    sets: BTreeMap<Brand, SocialSetId>,
    channels: BTreeMap<String, ChannelId>,
    media: BTreeMap<Drawing, MediaId>,
    today: Timestamp,
}

/// Furnishes the empty installation, telling each step. Who the demo's visitor is.
///
/// # Errors
/// What did not go as it should; the data folder is to be deleted then.
pub async fn furnish(
    world: &World,
    cx: &Cx,
    web: &Web,
    redirect_uri: &str,
    steps: &mut Steps,
) -> Result<PersonId> {
    let today = cx.now();
    let drawn = draw().await?;
    steps.done("Draw the pictures");
    stage::furnish(&world.simulator, &drawn, redirect_uri, today);
    world
        .move_to(cx, plus_ms(today, -FACEBOOK_DAYS * DAY_MS))
        .await?;
    let mut demo = Furnishing::move_in(world, cx, web, today).await?;
    demo.upload(&drawn).await?;
    steps.done("Furnish two brands");
    demo.live_through().await?;
    steps.done("Live through 85 days: sign-ins, posts, renewals, a changed password");
    demo.plan_ahead().await?;
    steps.done("Plan the coming weeks");
    Ok(demo.member.person)
}

/// Draws on all cores, one picture on each at a time: a picture in the making takes ten megabytes.
async fn draw() -> Result<Drawn> {
    let all: Vec<Drawing> = drawings().into_iter().chain(old_drawings()).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut work = JoinSet::new();
    for lane in 0..cores {
        let own: Vec<Drawing> = all.iter().copied().skip(lane).step_by(cores).collect();
        work.spawn_blocking(move || {
            let draw = |drawing: Drawing| (drawing, drawing.post());
            own.into_iter().map(draw).collect::<Vec<_>>()
        });
    }
    let mut drawn = Drawn::new();
    while let Some(done) = work.join_next().await {
        drawn.extend(done.map_err(|_| Trouble::plain("a picture could not be drawn"))?);
    }
    Ok(drawn)
}

impl<'a> Furnishing<'a> {
    /// A person, their workspace, and a social set for each brand.
    async fn move_in(world: &'a World, cx: &'a Cx, web: &'a Web, today: Timestamp) -> Result<Self> {
        let (ids, now) = (cx.ids(), cx.now());
        let (workspace, person): (WorkspaceId, PersonId) = (ids.make(), ids.make());
        let member = Member {
            id: ids.make(),
            person,
            workspace,
            role: Role::Owner,
            sets: None,
        };
        let known: BTreeMap<Brand, SocialSetId> = Brand::ALL
            .into_iter()
            .map(|brand| (brand, ids.make()))
            .collect();
        let (owner, named) = (member.clone(), known.clone());
        let write = move |conn: &mut Conn<'_>| {
            people::create(
                conn,
                &Person {
                    id: person,
                    mail: MAIL.to_owned(),
                    name: PERSON.to_owned(),
                    password_hash: None,
                    operator: true,
                    created_at: now,
                },
            )?;
            let zone = zone(Brand::Bakery);
            workspaces::create(
                conn,
                &Workspace {
                    id: workspace,
                    name: WORKSPACE.to_owned(),
                    zone,
                    created_at: now,
                },
            )?;
            people::join(conn, &owner, now)?;
            for (brand, id) in named {
                sets::create(
                    conn,
                    &SocialSet {
                        id,
                        workspace,
                        name: brand.name().to_owned(),
                        zone: zone_of(brand),
                        lateness_limit_ms: 60 * MINUTE_MS,
                        created_at: now,
                    },
                )?;
            }
            Ok(())
        };
        cx.store.write("demo.move_in", write).await?;
        Ok(Self {
            world,
            cx,
            web,
            workspace,
            member,
            sets: known,
            channels: BTreeMap::new(),
            media: BTreeMap::new(),
            today,
        })
    }

    fn guard(&self) -> Guard {
        Guard::in_the_name_of(self.member.clone())
    }

    async fn upload(&mut self, drawn: &Drawn) -> Result<()> {
        let mut work = JoinSet::new();
        for drawing in drawings() {
            let (web, guard) = (self.web.clone(), self.guard());
            let bytes = drawn.get(&drawing).cloned().unwrap_or_default();
            let name = format!("{:?}-{}.jpg", drawing.0, drawing.1).to_lowercase();
            work.spawn(async move {
                (
                    drawing,
                    web::actions::media::upload(&web, &guard, &name, bytes, Keep::Yes).await,
                )
            });
        }
        while let Some(done) = work.join_next().await {
            let (drawing, taken) =
                done.map_err(|_| Trouble::plain("a picture could not be taken in"))?;
            let taken = taken.map_err(|refusal| refused("a picture", &refusal))?;
            self.media.insert(drawing, taken.row.id);
        }
        Ok(())
    }

    /// From 85 days ago until today.
    async fn live_through(&mut self) -> Result<()> {
        self.through_facebook(Brand::Surf, CAMPS).await?;
        self.until(8).await?;
        self.through_facebook(Brand::Bakery, BAKERY).await?;
        self.through_instagram(Brand::Bakery, OWN).await?;
        for handle in [SURF, SHOP] {
            self.through_instagram(Brand::Surf, handle).await?;
        }
        self.remind_only(OWN).await?;
        for post in HISTORY.iter().chain(MISSED) {
            self.plan(post).await?;
        }
        self.until(3).await?;
        self.break_it(Break::ChangePassword {
            account: SURF.to_owned(),
        })?;
        self.until(2).await?;
        for (brand, handle) in [(Brand::Bakery, BAKERY_SKY), (Brand::Surf, SURF_SKY)] {
            self.sign_in(Platform::Bluesky, LoginFlow::Bluesky, brand, handle, handle)
                .await?;
        }
        for post in YESTERDAY {
            self.plan(post).await?;
        }
        let permission = "instagram_business_content_publish".to_owned();
        self.break_it(Break::RevokePermission {
            account: SHOP.to_owned(),
            permission,
        })?;
        self.until(0).await
    }

    async fn through_facebook(&mut self, brand: Brand, handle: &str) -> Result<()> {
        let person = PEOPLE
            .iter()
            .find(|person| person.2 == handle)
            .map_or("", |person| person.1);
        self.sign_in(
            Platform::Instagram,
            LoginFlow::Facebook,
            brand,
            person,
            handle,
        )
        .await
    }

    async fn through_instagram(&mut self, brand: Brand, handle: &str) -> Result<()> {
        self.sign_in(
            Platform::Instagram,
            LoginFlow::Instagram,
            brand,
            handle,
            handle,
        )
        .await
    }

    async fn plan_ahead(&self) -> Result<()> {
        for post in COMING {
            self.plan(post).await?;
        }
        self.save(&DRAFT, Plan::Draft(None)).await?;
        // Every login is looked at once more, as it stands now, and every account is read back.
        for channel in self.channels.values() {
            if let Err(error) = connect::prove_now(self.cx, self.workspace, *channel).await {
                tracing::debug!(%error, "a channel of the demo has no login to prove");
            }
            if let Err(error) = connect::sync_now(self.cx, self.workspace, *channel).await {
                tracing::debug!(%error, "a channel of the demo is not read back");
            }
        }
        self.world.settle(self.cx).await?;
        // To the whole minute, as a person would plan it.
        let now = self.cx.now();
        let soon = plus_ms(
            now,
            2 * MINUTE_MS + (MINUTE_MS - now.as_millisecond() % MINUTE_MS) % MINUTE_MS,
        );
        self.save(&SOON, at(soon)).await
    }

    /// Plays until so many days before today.
    async fn until(&self, days: i64) -> Result<()> {
        // At night, so that what is planned for that day still lies ahead.
        let then = plus_ms(self.today, -days * DAY_MS);
        let then = if days == 0 { then } else { midnight(then) };
        self.world
            .play_until(self.cx, then, STRIDE_MS, MOST_MS)
            .await
            .map(|_| ())
    }

    fn break_it(&self, what: Break) -> Result<()> {
        self.world
            .simulator
            .break_it(what)
            .map(|_| ())
            .map_err(|error| Trouble::plain(error.to_string()))
    }

    async fn remind_only(&self, handle: &str) -> Result<()> {
        let channel = self.channel(handle)?;
        let maker = Maker::Member(self.member.id);
        let done = connect::set_mode(self.cx, self.workspace, channel, Mode::Remind, maker).await;
        done.map(|_| ())
            .map_err(|error| Trouble::plain(error.to_string()))
    }

    fn channel(&self, handle: &str) -> Result<ChannelId> {
        self.channels
            .get(handle)
            .copied()
            .ok_or_else(|| Trouble::plain(format!("@{handle} is not connected")))
    }

    /// A whole sign-in: begun, pressed through on the platform's pages, brought back, account chosen.
    async fn sign_in(
        &mut self,
        platform: Platform,
        flow: LoginFlow,
        brand: Brand,
        login: &str,
        handle: &str,
    ) -> Result<()> {
        let failed = |why: &dyn std::fmt::Display| {
            Trouble::plain(format!("the sign-in of @{handle} failed: {why}"))
        };
        let (workspace, cx) = (self.workspace, self.cx);
        let app: AppId = cx
            .store
            .read("demo.app", move |conn| apps::usable(conn, workspace))
            .await?
            .into_iter()
            .rfind(|row| (row.app.platform, row.app.flow) == (platform, flow))
            .map(|row| row.app.id)
            .ok_or_else(|| failed(&"there is no app for it"))?;
        let binding =
            Binding::Browser(SessionId::new(cx.clocks.security.now(), cx.chance.as_ref()));
        let ask = Begin {
            purpose: domain::connect::ConnectPurpose::Connect,
            workspace,
            set: self.sets[&brand],
            member: self.member.id,
            binding,
            app,
            channel: None,
            hint: (platform == Platform::Bluesky).then(|| handle.to_owned()),
            force: false,
        };
        let begun = connect::begin(cx, ask)
            .await
            .map_err(|error| failed(&error))?;
        let back = Visitor::agree(&self.world.simulator, &begun.url, login, &[])
            .await
            .map_err(|error| failed(&error))?;
        let back = Url::parse(&back).map_err(|error| failed(&error))?;
        let callback = Callback {
            params: back.query_pairs().into_owned().collect(),
        };
        let state = callback.get("state").unwrap_or_default().to_owned();
        let mut row = connect::finish(cx, &state, binding, &callback)
            .await
            .map_err(|error| failed(&error))?;
        if row.phase == ConnectPhase::Choosing {
            let chosen = Outcome::of(&row.outcome)
                .usable()
                .filter(|one| one.handle == handle)
                .map(|one| one.id.clone())
                .collect::<Vec<_>>();
            row = connect::choose(cx, workspace, row.id, &chosen)
                .await
                .map_err(|error| failed(&error))?;
        }
        let outcome = Outcome::of(&row.outcome);
        let joined = outcome.joined.iter().find(|one| one.handle == handle);
        let joined = joined.ok_or_else(|| {
            failed(&format_args!(
                "it came to {:?}: {:?}",
                row.phase, outcome.trouble
            ))
        })?;
        self.channels.insert(handle.to_owned(), joined.channel);
        Ok(())
    }

    async fn plan(&self, post: &Planned) -> Result<()> {
        let zone = zone_of(brand_of(post));
        let day = zone.local(self.today).date();
        let day = day
            .checked_add(jiff::Span::new().days(post.day))
            .unwrap_or(day);
        let local = day.at(post.at.0, post.at.1, 0, 0);
        let due = zone
            .instant(local)
            .map_err(|error| Trouble::plain(error.to_string()))?;
        // Yesterday evening is over at most hours of today; where it is not, a little sooner.
        let due = if post.day < 0 {
            due.min(plus_ms(self.today, -20 * MINUTE_MS))
        } else {
            due
        };
        self.save(post, at(due)).await
    }

    async fn save(&self, post: &Planned, plan: Plan) -> Result<()> {
        let media = |drawing: &Drawing| {
            let media = self.media.get(drawing).copied();
            media.map(|media| PostMedia {
                media,
                alt: post.alt.to_owned(),
            })
        };
        let mut channels = Vec::new();
        for handle in post.on {
            channels.push(ChannelInput {
                channel: self.channel(handle)?,
                variant: Variant::default(),
                put_back: false,
            });
        }
        let content = Content {
            text: post.text.to_owned(),
            media: post.pictures.iter().filter_map(media).collect(),
        };
        let input = PostInput {
            content,
            channels,
            zone: None,
        };
        let target = Target::New {
            id: self.cx.ids().make(),
            set: self.sets[&brand_of(post)],
        };
        let saved = save(
            self.web,
            &self.guard(),
            target,
            input,
            plan,
            Terms {
                keep: Keep::Yes,
                healthy: false,
            },
            |_| Ok(()),
        )
        .await;
        saved
            .map(|_| ())
            .map_err(|refusal| refused(post.text, &refusal))
    }
}

fn at(time: Timestamp) -> Plan {
    Plan::At {
        when: When::At(time),
        only_unplanned: false,
    }
}

fn brand_of(post: &Planned) -> Brand {
    let bakery = [BAKERY, OWN, BAKERY_SKY].contains(&post.on[0]);
    if bakery { Brand::Bakery } else { Brand::Surf }
}

fn zone_of(brand: Brand) -> Zone {
    Zone::named(brand.zone()).unwrap_or_else(|_| Zone::utc())
}

fn zone(brand: Brand) -> Zone {
    zone_of(brand)
}

fn midnight(time: Timestamp) -> Timestamp {
    plus_ms(
        time,
        -(ms_between(Timestamp::UNIX_EPOCH, time).rem_euclid(DAY_MS)),
    )
}

fn refused(what: &str, refusal: &web::problem::Refusal) -> Trouble {
    Trouble::plain(format!(
        "{what}: {}",
        refusal.sentence(&web::text::Text::english())
    ))
}
