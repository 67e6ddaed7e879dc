# Channels and signing in at platforms: Linked Accounts, Social Set Manager, a channel, the journey, Inbox, apps.
set-manager = Social Set Manager
sets-sub = A social set is one brand’s channels.
sets-channels = { $n ->
    [0] No channels yet
    [one] 1 channel
   *[other] { $n } channels
}
manager-connect = Connect a channel
manager-none = No channel is connected yet
manager-none-words = Choose a platform below. You can plan without connecting, too.
manager-plan-first = Plan without connecting
manager-through = Signs in through { $flow }
manager-ask-admin = Not set up here yet. Ask an admin of this workspace.
manager-set-up-yourself = Not set up here yet. Add its app under Settings, Apps.
manager-not-yet = Not part of this version yet.
connect-half-done = A sign-in at { $platform } through { $flow } for { $set } was begun and not finished.
connect-go-on = Go on

channels-all = All
channels-attention = Needs attention
channels-none = No channel is connected yet
channels-none-words = Connect the first one; planning can begin without it.
channels-well = All channels are well
channels-well-words = Nothing needs you here.
channel-unlinked = Unlinked. Its posts are kept and wait
channel-remind = Reminder-only, you post by hand
channel-needs = Needs sign-in
channel-needs-because = Needs sign-in: { $why }
channel-needs-by = Needs sign-in by { $day }
channel-missing = Permission missing: { $missing }
channel-missing-role = Role missing: { $missing }
channel-waiting = Platform is down, nothing for you to do
channel-waiting-operator = Waiting: whoever runs this installation has to mend its registration
channel-doubted = The platform’s answer is not clear: posts go on, and it is asked again
channel-checking = Being checked
channel-well = Well
channel-extends = Well, extends itself
channel-extends-until = Well, extends itself until { $day }, then sign in
channel-well-until = Well, needs sign-in by { $day }
channel-end-unknown = Well, its end is not known
channel-since = Since { $when }
channel-since-word = Since
channel-held = { $n ->
    [one] 1 post waits
   *[other] { $n } posts wait
}
channel-planned = { $n ->
    [one] 1 post planned
   *[other] { $n } posts planned
}
channel-checked = Checked { $when }
channel-sign-in = { $name }’s sign-in, { $day }, through { $flow }
channel-no-sign-in = Nobody has signed in yet
channel-history = History
channel-refresh = Refresh Channel Connection
refresh-credentials = Refresh Credentials
channel-link-again = Link again
channel-extend = Extend now
channel-check = Check now
channel-sync = Update grid
channel-to-auto = Switch to auto-post
channel-to-remind = Make reminder-only
channel-unlink = Unlink
channel-undo-unlink = Undo
channel-give-back = Give the sign-in back now
channel-more-about = More about this
channel-evidence = What the platform said
channel-facts = Sign-in
channel-timeline = History
channel-see-held = { $n ->
    [one] Look at the post that waits
   *[other] Look at the { $n } posts that wait
}
fact-sign-in = Whose
fact-app = App
fact-scopes = Permissions
fact-role = Role
fact-future = Future
future-extends = Extends itself
future-extends-until = Extends itself until { $day }, then sign in
future-sign-in-by = Needs sign-in by { $day }
future-unknown = Its end is not known
future-known = How the day is known: { $how }
fact-next-extended = Next extended
fact-checked = Checked
fact-synced = Grid updated
fact-never = never
fact-signed = Signed in
fact-signed-by = { $when }, by { $name }
fact-not-given = Asked, not given
fact-extended = Extended
fact-extended-times = { $n ->
    [one] once, { $when }
   *[other] { $n } times, last { $when }
}
sign-in-more = Where it comes from
renewals-title = How it was extended
renewals-when = When
renewals-outcome = What came of it
renewal-renewed = Extended
renewal-try-again = Tried again later
renewal-dead = Refused for good
renewal-not-rotated = Nothing had changed
renewal-overtaken = A newer one came first
renewal-open = No answer yet
strip-title = Its life
strip-now = now
strip-marks = Long strokes: signed in; short ones: extended
strip-spoken = Since { $from }: { $parts }
stood-well = Well
stood-waiting = Platform in trouble
stood-limited = Permission or role missing
stood-needs-sign-in = Needed a sign-in
stood-unlinked = Unlinked
stood-for = { $how }, { $length }
length-days = { $n ->
    [one] 1 day
   *[other] { $n } days
}
length-hours = { $n ->
    [one] 1 hour
   *[other] { $n } hours
}
length-minutes = { $n ->
    [one] 1 minute
   *[other] { $n } minutes
}
lacks-title = What is missing
lacks-person = { $person }, whose sign-in it is, can give it: sign in again and leave { $missing } ticked.
lacks-elsewhere = An admin of the Page can put it right at { $platform }: { $missing }. Then check now; if that does not do, sign in again.
lacks-page-admin = An admin of { $name } at { $platform } can give it to { $person }: the role that has { $missing }. Signing in does not help.
role-create-content = Post on the Page
spare-in-use = In use
spare-stands-by = Stands by
spare-stands-by-since = Stands by since { $day }
spare-stands-by-said = Stands by since { $day }, said { $by }
spare-asks = Waits for an answer
spare-idle = Not used here
spare-ended = Ended { $day }: { $why }
spare-superseded = Replaced { $day }
spare-revoked = Given back { $day }
spare-question = { $person }’s sign-in works here, too. { $first }’s goes on being used; nothing changes until { $person } says so. May this one stand by? It takes over by itself when { $first }’s ends.
spare-not-well = It could not take over as it is: { $why }.
spare-let-stand-by = Let it stand by
spare-use-instead = Use it instead of { $first }’s
spare-neither = Neither, take it off
spare-make-first = Make it the first
spare-remove = Take it off
spare-said-stands-by = It stands by: it takes over by itself when the one in use ends.
spare-said-first = Checked, and used from now on. Posts stay as they are.
spare-said-later = Nothing was changed: the platform did not answer. Try again in a moment.
spare-said-not = Nothing was changed; the one in use stays. This one cannot post here: { $why }
spare-said-removed = Taken off. The one in use stays.
spare-former = Say “stands_by” or “retires”.
spare-what = Say “stand_by”, “use”, “first” or “remove”.
spare-asked-title = Two people are signed in
end-access = Ends
end-access-renewed = Access key until
end-access-not-needed = Person’s own key until
end-sliding = Unless extended
end-absolute = Ends for good
end-data-access = Access to data until
end-from-answer = the platform said so
end-from-inspection = asked of the platform
end-from-sheet = from the platform’s documents
end-from-renewal = extending it did not move it
event-linked = Linked
event-linked-again = Linked again; its posts are back
event-signed-in = { $name } signed in through { $flow }
event-renewed = Extended
event-ended = The sign-in ended: { $why }
event-ended-expected = Our access was removed at the platform, as was to be expected
event-limited = Posting is not allowed for now: { $why }
event-doubted = An answer that says nothing of the sign-in: { $why }
event-waiting = Waiting for the platform: { $why }
event-restored = Well again
event-folded = The platform was in trouble { $n } times between { $from } and { $to }: { $why }
event-stands-by = { $name }’s sign-in stands by
event-took-over = { $name }’s sign-in took over by itself
event-made-first = { $name }’s sign-in is used from now on
event-spare-ended = { $name }’s sign-in, which stood by, ended: { $why }
event-spare-removed = { $name }’s sign-in was taken off
timeline-older = Older
event-synced = { $n ->
    [0] Grid updated
    [one] Grid updated, 1 new post
   *[other] Grid updated, { $n } new posts
}
event-unlinked = Unlinked; posts are kept
event-unlink-undone = Unlink taken back
event-mode-remind = Made reminder-only
event-mode-auto = Switched to auto-post
event-given-back = Sign-in given back
event-same-account = Said to be the same account
event-other = Changed
extended = Extended. It goes on extending itself.
extended-until = Extended. Good until { $day }.
extend-not-before = Not extended yet, and as good as before: the platform allows it from { $when }. Signing in again is always possible.
extend-from = Can be extended ahead of time from { $when }. Signing in again is always possible.
extend-too-early = It can be extended ahead of time from { $from }; signing in again is always possible.
extend-nothing = There is nothing to extend: this kind of sign-in has no end of its own. Signing in again is always possible.
extend-never = No machine can move the end of this sign-in. Signing in again does, and is always possible.
extend-cannot = Not extended: this kind of sign-in cannot be extended by a machine. Signing in again always may.
extend-later = Not extended yet: the platform did not answer. We try again { $when }.
extend-refused = Not extended, and as good as before: the platform would not. Why is said here. We try again { $when }.
extend-busy = It is being extended at this moment.
checked-well = Checked: it is well.
checked-not = Checked: it is not well yet. What stands in the way is said here.
checked-later = The platform could not be asked now. We try again by ourselves.
sync-begun = The grid is being updated.
mode-is-auto = Switched to auto-post. Planned posts stay.
mode-is-remind = Made reminder-only. Planned posts and the sign-in stay.
undo-words = { $n ->
    [0] Unlinked. The sign-in is kept, so this can be undone.
    [one] Unlinked. 1 post is kept and waits. The sign-in is kept too, so this can be undone.
   *[other] Unlinked. { $n } posts are kept and wait. The sign-in is kept too, so this can be undone.
}
undo-words-ended = { $n ->
    [0] Unlinked. The sign-in has ended; link it again by signing in.
    [one] Unlinked. 1 post is kept and waits. The sign-in has ended; link it again by signing in.
   *[other] Unlinked. { $n } posts are kept and wait. The sign-in has ended; link it again by signing in.
}
unlink-title = Unlink { $name }?
unlink-kept = { $n ->
    [0] Nothing is planned on this channel, so nothing has to wait.
    [one] 1 post is kept and waits until the channel is linked again.
   *[other] { $n } posts are kept and wait until the channel is linked again.
}
unlink-instead = This may be enough instead
unlink-other-flow = Sign in through { $flow }
unlink-other-flow-words = The other way to sign in often gets round the trouble, without unlinking.
unlink-other-flow-button = Sign in through { $flow }
unlink-remind = Reminder-only
unlink-remind-words = You post by hand when reminded; nothing is lost and nothing goes out by itself.
unlink-still = Unlink all the same
unlink-point-wait = Nothing goes out on this channel any more. What comes due waits for you under Missed posts.
unlink-point-again = Linked again, through whichever way, it is the same channel with all its posts.
unlink-point-undo = You can undo this until the sign-in is given back.
unlink-not = Keep it linked
unlinked = { $n ->
    [0] Unlinked.
    [one] Unlinked. 1 post is kept and waits.
   *[other] Unlinked. { $n } posts are kept and wait.
}
unlink-undone = Linked again, with all its posts.
given-back = The sign-in was given back at the platform.
given-back-here = The sign-in is not used any more. The platform has no call to end it: remove the app in its settings.
given-back-kept = Kept, still in use.
given-back-not-now = The platform could not be asked. Nothing was changed; try again later.

preview-refresh-sub = Sign in again; your posts stay.
preview-connect = Connect { $platform }
preview-connect-sub = For { $set }, through { $flow }.
preview-account = Sign in as
preview-asked = What will be asked of you there
preview-leave-ticked = leave ticked
preview-optional = helps, not needed
preview-handle = Handle
preview-handle-hint = As on your profile, such as name.bsky.social. A server’s address will do, too.
preview-force = Ask { $flow } for its sign-in form even if somebody is signed in there
preview-continue = Continue to { $flow }
preview-other = Other ways
preview-other-flow = Through { $flow } instead
preview-unlink = Unlink…
preview-tip-password = You sign in on the platform’s own page. We never see the password.
preview-tip-facebook = Tick the Page and the Instagram account that belongs to it; they are two lists there.
preview-tip-pages = Tick every Page that you want to post to. If Facebook goes on “with previous settings”, choose “edit settings”.
preview-tip-instagram = It must be a professional account (business or creator).
scope-why-identify = Know which account it is
scope-why-read-posts = Read the account’s own posts, for the grid
scope-why-publish = Post what you planned
scope-why-list-pages = See which Pages you look after

connect-begun = A sign-in through { $flow } is under way
connect-begun-words = Nothing has changed yet. Go on where you left off.
connect-begun-elsewhere = It was begun in another browser, and only that one can finish it. Nothing has changed; begin anew here.
connect-begun-by-key = A program began it and will finish it. Nothing has changed.
connect-to-channel = Back to the channel
connect-to-set = Back to the social set
connect-away = The sign-in is kept; the platform does not answer
connect-away-words = You need not sign in again. Try again in a moment.
connect-try-again = Try again
connect-checking = Being checked
connect-checking-words = The platform is being asked. This page looks again by itself.
connect-choose = Which accounts?
connect-choose-words = You are signed in. Nothing is linked until you choose.
connect-choose-submit = Link these
connect-choose-one = Nothing was changed. Choose at least one account.
connect-known-here = Already a channel here: it gets this sign-in.
connect-known-unlinked = Was a channel here: it is linked again, with its posts.
connect-known-elsewhere = Is a channel of { $set }: it stays there and is left alone.
connect-cannot = These cannot be used yet
connect-lacks = { $why }: { $missing }
connect-lacks-that = Missing: { $missing }
connect-same = Is this the same account?
connect-same-words = Through { $flow } the platform gives this account another number, so only you can tell. Nothing has changed yet.
connect-same-known = The channel here
connect-same-came = What came back
connect-same-yes = Yes, the same account
connect-same-no = No, another one
connect-wrong = That was another account
connect-wrong-words = Nothing was changed: the channel, its posts and its sign-in are as they were.
connect-wrong-needed = Needed
connect-wrong-came = Signed in
connect-wrong-step = Sign out of { $flow } in this browser, or let it ask for the account, then sign in as the one that is needed.
connect-once-more = Sign in once more
connect-nothing = Nothing to post to was found
connect-nothing-words = Nothing was changed. The sign-in went well, but no account behind it can be posted to.
connect-none-listed = No account was listed
connect-none-listed-words = Nothing was changed. The sign-in went well, but the platform named no account behind it: none was ticked, or none belongs to this person.
connect-nothing-permission = Not allowed: “{ $what }” ({ $scope }). Sign in once more and leave its box ticked.
connect-nothing-link = On Facebook, the Instagram account must be linked to the Page (Page settings, Linked accounts).
connect-nothing-professional = On Instagram the account must be a professional one (business or creator).
connect-nothing-ticked = On the platform’s page, tick the Page and the account that belongs to it.
connect-nothing-page = On Facebook’s page, tick the Page. If it went on “with previous settings”, sign in once more and choose “edit settings”.
connect-nothing-role = On the Page you need a role that may create content.
connect-failed = The sign-in did not go through
connect-nothing-changed = Nothing was changed.
connect-interrupted = The sign-in broke off
connect-interrupted-words = Nothing was changed. Sign in once more.
connect-app-removed = The app was removed meanwhile
connect-app-removed-words = Nothing was changed, and the platform was not asked for anything: the app that this sign-in began with is no longer here. Sign in once more through another one.
connect-canceled = You said no at the platform
connect-canceled-words = Nothing was changed.
connect-expired = That took too long
connect-expired-words = Nothing was changed. For safety a sign-in must be finished within a quarter of an hour.
connect-another-set = another social set
connect-elsewhere = { $handle } is a channel of { $set }. It was left alone; sign in there to mend it.
connect-done = All is well
connect-done-partly = Some of it is well
connect-done-not = Not well yet
connect-done-words = The sign-in was tried on the account itself, and it works. The grid is being updated.
connect-done-not-words = Nothing was lost. What stands in the way is named below; an older sign-in stays in use as long as it lives.
connect-held = { $n ->
    [one] 1 post was kept while the channel was not well.
   *[other] { $n } posts were kept while the channel was not well.
}
connect-reschedule-all = Reschedule all
connect-new-channel = Linked
connect-known-channel = Signed in again
connect-open-channel = Open
connect-later = The platform did not answer. The sign-in is kept and tried again by itself.
connect-platform-said = The platform said: { $said }
connect-no-app = There is no such app.
connect-other-platform = This app is for another platform than the channel.
connect-no-handle = Say the handle first.
connect-no-account = That account cannot be chosen.

inbox-sub = News about your channels and posts
inbox-open = Open
inbox-all = All
inbox-needs-you = Needs you
inbox-news = News
inbox-over = Over
inbox-empty = Nothing needs you
inbox-empty-words = News about your channels and posts comes here, not customers’ messages: for those, open the platform’s own inbox.
inbox-app-refused = { $n ->
    [0] Nothing is lost. { $platform } refuses the app “{ $app }”. Compare its settings with those at the platform.
    [one] Nothing is lost: one channel waits. { $platform } refuses the app “{ $app }”. Compare its settings with those at the platform.
   *[other] Nothing is lost: { $n } channels wait. { $platform } refuses the app “{ $app }”. Compare its settings with those at the platform.
}
inbox-app-waits = { $n ->
    [0] Nothing is lost. { $platform } is in trouble with many sign-ins of the app “{ $app }”. It goes on by itself.
    [one] Nothing is lost: one channel waits. { $platform } is in trouble with many sign-ins of the app “{ $app }”. It goes on by itself.
   *[other] Nothing is lost: { $n } channels wait. { $platform } is in trouble with many sign-ins of the app “{ $app }”. It goes on by itself.
}
inbox-not-messages = Not customers’ messages: for those, open the platform’s own inbox.
inbox-acknowledge = Got it
inbox-acknowledged = Noted. It stays here until it is over.
inbox-a-channel = A channel
notice-needs = { $name } needs a sign-in
notice-needs-held = { $n ->
    [one] 1 post is kept. { $name } needs a sign-in
   *[other] { $n } posts are kept. { $name } needs a sign-in
}
notice-limited = { $name } may not post for now
notice-limited-held = { $n ->
    [one] 1 post is kept. { $name } may not post for now
   *[other] { $n } posts are kept. { $name } may not post for now
}
notice-restored-held = { $n ->
    [one] { $name } is well again. 1 post waits for you
   *[other] { $name } is well again. { $n } posts wait for you
}
notice-restored = { $name } is well again
notice-expiring = { $name }: sign in by { $day }
notice-expiring-words = After that day planned posts would wait for you. Signing in early is always possible.
notice-waiting = { $name }: the platform is in trouble, nothing for you to do
notice-missed = { $n ->
    [one] 1 post is kept and waits for you: { $name }
   *[other] { $n } posts are kept and wait for you: { $name }
}
notice-failed = A post was refused: { $name }
notice-uncertain = A post may have gone out, please look: { $name }
notice-uncertain-words = The platform gave no clear answer, and nothing was sent twice.
notice-reminded = Time to post by hand: { $name }
notice-reschedule = Reschedule
notice-look = Look at it

settings-apps = Apps
apps-words = Our registrations at the platforms. A secret that was entered is kept sealed and never shown again.
apps-none = Not set up. Channels of this kind cannot be connected yet.
apps-add = Add an app
apps-added = Added. Channels can be connected through it now.
apps-through = through { $flow }
apps-client-id = Client id
apps-secret = Client secret
apps-secret-hint = From the platform’s developer page.
apps-scopes = Permissions
apps-scopes-hint = Separated by spaces. Left empty, what posting needs is asked for. Known here: { $scopes }
apps-owner = Owner
apps-owner-house = this installation
apps-owner-workspace = this workspace
apps-redirect = Redirect address
apps-redirect-hint = Copy it to the platform’s developer page, exactly as it stands.
apps-bluesky = Bluesky needs no registration. This installation describes itself at its own public https address; without one, a sign-in lasts 14 days.
apps-of-installation = This app belongs to the installation; whoever runs it changes it in its settings.

field-once = It may come only once.
problem-ends-logins = Nothing was changed yet: it would end sign-ins that live
problem-ends-logins-hint = Look at which they are, and say how many may end.
problem-other-browser = That sign-in was begun in another browser
problem-other-browser-hint = Nothing was changed. Finish it in the browser in which it was begun, or begin anew here.
problem-begun-by-key = That sign-in was begun by a program
problem-begun-by-key-hint = Nothing was spent. Give the parameters of this page’s address to the program: it sends them to the sign-in’s complete address.
connect-no-answer = The platform’s answer is missing: a code, or an error. Nothing was changed, and the sign-in can still be finished.
problem-connect-ended = That sign-in is over
problem-connect-ended-hint = Nothing was changed. Begin a new sign-in from the channel’s page.
problem-no-login = Nobody is signed in on this channel
problem-no-login-hint = Sign in first: Refresh Channel Connection.
problem-platform-refused = The platform would not
problem-platform-refused-hint = Nothing was changed. Compare the handle and the app’s settings, then try again.
problem-platform-away = The platform does not answer
problem-platform-away-hint = Nothing was changed. Try again in a moment.
banner-nothing-lost = Nothing is lost.
banner-held = { $n ->
    [one] 1 post is kept and waits for you.
   *[other] { $n } posts are kept and wait for you.
}
banner-channel = { $name } on { $platform }. { $state }.
banner-look = What to do
