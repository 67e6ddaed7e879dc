//! A delivery's life: the post on one channel, from draft to an end. Every step is a method that may
//! refuse, and every state that is not an end says what moves it next (DESIGN section 2).

use crate::Timestamp;
use crate::schedule::too_late;
use crate::words::words;

words! {
    /// Where a publishing delivery stands.
    pub enum Stage {
        /// The payload is frozen; nothing that shows has been sent.
        Preparing = "preparing",
        /// The call that shows the post is out, or about to be.
        Sending = "sending",
        /// The platform works on it.
        WaitingForPlatform = "waiting_for_platform",
        /// The post shows; its address or first comment is fetched.
        FollowingUp = "following_up",
    }
}

words! {
    /// Why a delivery could not go out at its hour.
    pub enum Reason {
        /// The login had ended.
        LoginDead = "login_dead",
        /// A permission or role was missing.
        PermissionMissing = "permission_missing",
        /// Nobody had approved it.
        NotApproved = "not_approved",
        /// The channel was unlinked.
        Unlinked = "unlinked",
        /// The platform was down past the lateness limit.
        PlatformDown = "platform_down",
        /// The platform's quota was used up past the lateness limit.
        Quota = "quota",
        /// We could not start it in time.
        TooLate = "too_late",
        /// All posts were on hold.
        OnHold = "on_hold",
        /// Nobody said that they had posted it by hand.
        ReminderUnanswered = "reminder_unanswered",
    }
}

words! {
    /// The word of a state, as tables and the API hold it.
    pub enum StateWord {
        /// Being written.
        Draft = "draft",
        /// Waits for approval.
        InReview = "in_review",
        /// Will go out.
        Scheduled = "scheduled",
        /// Going out.
        Publishing = "publishing",
        /// May have gone out.
        Uncertain = "uncertain",
        /// Out.
        Published = "published",
        /// Held: waiting for you.
        Missed = "missed",
        /// Refused by the platform.
        Failed = "failed",
        /// A person let it go after it was missed, refused or uncertain.
        Dropped = "dropped",
        /// A person called it off before its hour.
        Canceled = "canceled",
        /// The platform itself holds it until its hour.
        HandedOver = "handed_over",
        /// A person was reminded to post it by hand.
        Reminded = "reminded",
    }
}

/// A delivery's state; each variant carries only what exists in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Being written.
    Draft,
    /// Waits for approval.
    InReview,
    /// Will go out.
    Scheduled,
    /// Going out.
    Publishing(Stage),
    /// May have gone out.
    Uncertain,
    /// Out.
    Published,
    /// Held.
    Missed(Reason),
    /// Refused by the platform.
    Failed,
    /// Let go.
    Dropped,
    /// Called off.
    Canceled,
    /// Held by the platform.
    HandedOver,
    /// A person was reminded.
    Reminded,
}

/// What can happen to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A contributor asks for approval.
    Submit,
    /// It goes back to be written on.
    BackToDraft,
    /// A person plans it, or approves it.
    Schedule,
    /// The engine takes it and freezes the payload.
    Begin,
    /// The call that shows the post is about to be made; its fence is durable.
    Send,
    /// The platform took it and works on it.
    PlatformWorks,
    /// The post shows.
    Shown,
    /// Everything after the post is done.
    Finish,
    /// It is certain that nothing was sent: back to the plan.
    NotSent,
    /// Nobody can say whether it went out.
    Unclear,
    /// The platform refuses the content.
    Reject,
    /// It could not go out at its hour.
    Miss(Reason),
    /// Looking showed that it is out, or the platform or a person says so.
    FoundPublished,
    /// Looking showed for certain that it is not out.
    FoundAbsent,
    /// A person lets it go.
    Drop,
    /// A person calls it off.
    Cancel,
    /// The platform took it to hold until its hour.
    HandOver,
    /// The platform gave it back.
    Withdraw,
    /// A person was reminded to post it.
    Remind,
}

/// A step that the state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a delivery that is {from} cannot take the step {step:?}")]
pub struct StepRefused {
    /// The state it is in.
    pub from: StateWord,
    /// The step that was asked.
    pub step: Step,
}

impl State {
    /// The word that tables hold.
    #[must_use]
    pub const fn word(self) -> StateWord {
        match self {
            Self::Draft => StateWord::Draft,
            Self::InReview => StateWord::InReview,
            Self::Scheduled => StateWord::Scheduled,
            Self::Publishing(_) => StateWord::Publishing,
            Self::Uncertain => StateWord::Uncertain,
            Self::Published => StateWord::Published,
            Self::Missed(_) => StateWord::Missed,
            Self::Failed => StateWord::Failed,
            Self::Dropped => StateWord::Dropped,
            Self::Canceled => StateWord::Canceled,
            Self::HandedOver => StateWord::HandedOver,
            Self::Reminded => StateWord::Reminded,
        }
    }

    /// The stage, while publishing.
    #[must_use]
    pub const fn stage(self) -> Option<Stage> {
        if let Self::Publishing(stage) = self {
            Some(stage)
        } else {
            None
        }
    }

    /// The reason, while held.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        if let Self::Missed(reason) = self {
            Some(reason)
        } else {
            None
        }
    }

    /// Puts a state together from what tables hold; none where the parts do not fit together.
    #[must_use]
    pub const fn from_parts(
        word: StateWord,
        stage: Option<Stage>,
        reason: Option<Reason>,
    ) -> Option<Self> {
        Some(match (word, stage, reason) {
            (StateWord::Draft, None, None) => Self::Draft,
            (StateWord::InReview, None, None) => Self::InReview,
            (StateWord::Scheduled, None, None) => Self::Scheduled,
            (StateWord::Publishing, Some(stage), None) => Self::Publishing(stage),
            (StateWord::Uncertain, None, None) => Self::Uncertain,
            (StateWord::Published, None, None) => Self::Published,
            (StateWord::Missed, None, Some(reason)) => Self::Missed(reason),
            (StateWord::Failed, None, None) => Self::Failed,
            (StateWord::Dropped, None, None) => Self::Dropped,
            (StateWord::Canceled, None, None) => Self::Canceled,
            (StateWord::HandedOver, None, None) => Self::HandedOver,
            (StateWord::Reminded, None, None) => Self::Reminded,
            _ => return None,
        })
    }

    /// The state after a step.
    ///
    /// # Errors
    /// [`StepRefused`] where the life of DESIGN section 2 has no such arrow.
    pub fn step(self, step: Step) -> Result<Self, StepRefused> {
        use State::{
            Canceled, Draft, Dropped, Failed, HandedOver, InReview, Missed, Published, Publishing,
        };
        use State::{Reminded, Scheduled, Uncertain};
        let next = match (self, step) {
            (Draft, Step::Submit) => InReview,
            (InReview | Scheduled, Step::BackToDraft) => Draft,
            (Draft | InReview | Scheduled | Missed(_) | Failed, Step::Schedule) => Scheduled,
            (Scheduled, Step::Begin) => Publishing(Stage::Preparing),
            // Not from waiting: what the platform has taken is looked for, never sent again.
            (Publishing(Stage::Preparing), Step::Send) => Publishing(Stage::Sending),
            (Publishing(Stage::Sending), Step::PlatformWorks) => {
                Publishing(Stage::WaitingForPlatform)
            }
            (Publishing(Stage::Sending | Stage::WaitingForPlatform), Step::Shown) => {
                Publishing(Stage::FollowingUp)
            }
            (Publishing(Stage::FollowingUp), Step::Finish) => Published,
            (
                Publishing(Stage::Preparing | Stage::Sending | Stage::WaitingForPlatform),
                Step::NotSent,
            ) => Scheduled,
            (
                Publishing(Stage::Sending | Stage::WaitingForPlatform) | HandedOver,
                Step::Unclear,
            ) => Uncertain,
            (
                Publishing(Stage::Preparing | Stage::Sending | Stage::WaitingForPlatform),
                Step::Reject,
            ) => Failed,
            (Scheduled, Step::Miss(reason)) if reason != Reason::ReminderUnanswered => {
                Missed(reason)
            }
            (InReview, Step::Miss(Reason::NotApproved)) => Missed(Reason::NotApproved),
            (Reminded, Step::Miss(Reason::ReminderUnanswered)) => {
                Missed(Reason::ReminderUnanswered)
            }
            // From preparing: the platform says that what we prepared is out, though we never sent it.
            (
                Publishing(Stage::Preparing) | Uncertain | Missed(_) | HandedOver | Reminded,
                Step::FoundPublished,
            ) => Published,
            (Uncertain, Step::FoundAbsent) => Scheduled,
            (Uncertain, Step::Reject) => Failed,
            (Uncertain | Missed(_) | Failed, Step::Drop) => Dropped,
            (Draft | InReview | Scheduled | Missed(_) | Failed, Step::Cancel) => Canceled,
            (Publishing(Stage::Preparing), Step::Cancel) => Canceled,
            (Scheduled, Step::HandOver) => HandedOver,
            (HandedOver, Step::Withdraw) => Scheduled,
            (Scheduled, Step::Remind) => Reminded,
            (from, step) => {
                return Err(StepRefused {
                    from: from.word(),
                    step,
                });
            }
        };
        Ok(next)
    }

    /// The state in which a person begins it anew. Only what was called off may be: nothing of it was sent.
    /// It is no step of its life, which had ended.
    #[must_use]
    pub fn anew(self) -> Option<Self> {
        (self == Self::Canceled).then_some(Self::Draft)
    }

    /// Whether nothing moves it any more.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Published | Self::Dropped | Self::Canceled)
    }

    /// Whether it waits for a person.
    #[must_use]
    pub const fn waits_for_person(self) -> bool {
        matches!(
            self,
            Self::Draft | Self::InReview | Self::Missed(_) | Self::Failed | Self::Reminded
        )
    }

    /// Whether the engine moves it; such a delivery always has an `act_at`.
    #[must_use]
    pub const fn engine_acts(self) -> bool {
        matches!(
            self,
            Self::Scheduled
                | Self::Publishing(_)
                | Self::Uncertain
                | Self::HandedOver
                | Self::Reminded
        )
    }
}

/// Whether a delivery may begin at all now, or must be held as too late.
///
/// # Errors
/// [`Reason::TooLate`] past the lateness limit, unless something has been sent already.
pub fn may_begin(due_at: Timestamp, lateness_limit_ms: i64, now: Timestamp) -> Result<(), Reason> {
    if too_late(due_at, lateness_limit_ms, now) {
        Err(Reason::TooLate)
    } else {
        Ok(())
    }
}
