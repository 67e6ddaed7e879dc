# Why a login ended or stopped working: title, one sentence, steps (one a line), what will not help.
cause-who = Who can mend it
cause-sign-in-helps = Does signing in help
cause-steps = What to do
cause-not = What will not help
cause-all = All causes
cause-how-sure = How sure it is
cause-answers = Answers of the platforms that mean this
cause-answers-words = From the tables by which Mainstay reads answers. What stands in none of them is shown as it came and ends nothing.
sure-documented = the platform documents it
sure-probable = probable: others have seen it
sure-guess = a guess: it may mean something else
refusal-words = { $n ->
    [one] The sign-in is kept and nothing is lost, but the platform’s last answer was no good.
   *[other] The sign-in is kept and nothing is lost, but the platform’s last { $n } answers were no good.
}
refusal-unmapped = { $n ->
    [one] The sign-in is kept and nothing is lost, but the platform gave an answer that we cannot place.
   *[other] The sign-in is kept and nothing is lost, but the platform gave { $n } answers that we cannot place.
}
refusal-more = { $why }: what to do
remove-first = Signing in failed { $n } times in the same way. Your posts stay. Remove this planner at the platform first:
remove-first-then = Then sign in again. Until then the platform tells us that our access was removed; that is expected, and no new trouble.
evidence-raw = The answer as it came
evidence-as-it-came = The answer as it came
evidence-raw-words = For admins. Access keys, other secrets and mail addresses are taken out, and it is cut at 4 KB.
evidence-no-raw = Of this answer only the line above was kept.
evidence-at = When
evidence-times = How often
evidence-repeated = { $n } times since { $when }
evidence-why = Read as
evidence-call = In short
settings-answers = Unknown answers
answers-words = What platforms answered that stands in no list that Mainstay knows. Such an answer ends no sign-in and loses no post. Tell whoever looks after this installation.
answers-none = No unknown answer
answers-none-words = Every answer of a platform so far stood in a list.
answers-call = Call
answers-code = Code
answers-said = What it says
answers-times = How often
answers-first = First
answers-last = Last
answers-others = all others together
causes-title = When a channel is not well
causes-words = Every cause that Mainstay tells apart, with what to do.
help-title = Help
help-not-built = Not here
help-not-built-words = Customers’ messages, comments and reviews, advertisements, link in bio and captions by a model are not part of Mainstay. For messages use the platform’s own inbox.
help-api = For programs
help-api-words = Everything that the pages do can be done with a key.
help-api-link = API reference

cause-lifespan-ended-title = The sign-in has reached its end
cause-lifespan-ended-sentence = A sign-in lasts for a limited time, and only through the app registration that it was made with. One of the two is over.
cause-lifespan-ended-steps =
    Sign in again as the same account. It takes a minute, and your posts stay.
    Reschedule what waits; it is listed right after the sign-in.
cause-lifespan-ended-not = Waiting does not bring it back, and unlinking is not needed.
cause-lifespan-ended-who = the person who uses the account
cause-lifespan-ended-signing-in = yes

cause-credentials-changed-title = The password changed
cause-credentials-changed-sentence = The password, the user name or another credential of the account was changed, so the platform ended every sign-in made before.
cause-credentials-changed-steps =
    Sign in again with the new password, as the same account.
    If somebody else changed it, ask them to sign in here instead.
cause-credentials-changed-not = Changing the password back does not help; the old sign-in stays ended.
cause-credentials-changed-who = the person who uses the account
cause-credentials-changed-signing-in = yes

cause-permission-revoked-title = A permission was taken back
cause-permission-revoked-sentence = The sign-in lives, but the platform no longer lets us do one of the things it was for.
cause-permission-revoked-steps =
    Sign in again and leave every box ticked on the platform’s page; the missing one is named above.
    Through Facebook: tick both the Page and the Instagram account that belongs to it.
cause-permission-revoked-not = Extending the sign-in does not bring a permission back.
cause-permission-revoked-who = the person who uses the account
cause-permission-revoked-signing-in = yes, with the named permission left ticked

cause-app-removed-by-user-title = Our access was removed at the platform
cause-app-removed-by-user-sentence = Somebody removed this planner from the account’s list of connected apps.
cause-app-removed-by-user-steps =
    If it was not meant, sign in again as the same account.
    If signing in fails twice in the same way, remove the app once more in the platform’s own settings, then sign in.
cause-app-removed-by-user-not = Waiting does not help.
cause-app-removed-by-user-who = the person who uses the account
cause-app-removed-by-user-signing-in = yes

cause-lost-admin-role-title = The role on the page is gone
cause-lost-admin-role-sentence = The person who signed in may no longer create content on the Page, so nothing can be posted through their sign-in.
cause-lost-admin-role-steps =
    Ask an admin of the Page to give the role back (it needs “Create content” or full control).
    Or let somebody who has the role sign in here. Both are welcome; the posts stay with the account.
cause-lost-admin-role-not = Signing in again as the same person does not help until the role is back.
cause-lost-admin-role-who = an admin of the Page
cause-lost-admin-role-signing-in = no, not until the role is back

cause-privacy-changed-title = The account’s privacy settings shut us out
cause-privacy-changed-sentence = A privacy setting of the account no longer lets other software read it or post to it.
cause-privacy-changed-steps =
    Open the account’s privacy settings at the platform and allow connected apps again.
    Then choose Check now; no sign-in is needed.
cause-privacy-changed-not = Signing in again does not change a privacy setting.
cause-privacy-changed-who = the person, in the platform’s settings
cause-privacy-changed-signing-in = no

cause-account-inactive-title = The account is resting
cause-account-inactive-sentence = The account was deactivated, has not been used for long, or is no longer a professional account, and the platform takes no posts for it.
cause-account-inactive-steps =
    Open the account at the platform; if it asks, reactivate it.
    On Instagram: see that it is a professional account (Settings, Account type).
    Then check it here, and sign in again if it is still not well.
cause-account-inactive-not = Unlinking and linking does not wake an account.
cause-account-inactive-who = the person, at the platform
cause-account-inactive-signing-in = often

cause-account-restricted-title = The platform restricts the account for now
cause-account-restricted-sentence = The platform wants the owner to confirm something first, or limits the account for a while because much was posted in a short time.
cause-account-restricted-steps =
    Open the account in the platform’s own app and do what it asks there.
    Then choose Check now. A limit by number ends by itself, usually within a day.
cause-account-restricted-not = Signing in again does not lift a restriction and may prolong it.
cause-account-restricted-who = the person, at the platform
cause-account-restricted-signing-in = no; the sign-in may still be alive

cause-account-deleted-title = The account is gone
cause-account-deleted-sentence = The platform says that this account no longer exists, or that it was closed for good.
cause-account-deleted-steps =
    If it should be there, ask the platform’s support: only they can bring it back.
    Posts for it are kept here until you drop them or plan them for another channel.
cause-account-deleted-not = Signing in again does not help.
cause-account-deleted-who = nobody, or only the platform
cause-account-deleted-signing-in = no

cause-policy-violation-title = The platform says that a rule was broken
cause-policy-violation-sentence = Posting was shut off for this account because the platform found something against its rules.
cause-policy-violation-steps =
    Read the platform’s message in the account’s own support inbox.
    Do what it asks there, or object to it there. Then choose Check now.
cause-policy-violation-not = Signing in again does not help, and trying again and again can make it worse.
cause-policy-violation-who = the person together with the platform
cause-policy-violation-signing-in = no

cause-api-version-retired-title = A version of the platform’s interface has ended
cause-api-version-retired-sentence = The platform switched off the version of its interface that this installation uses.
cause-api-version-retired-steps =
    Whoever runs this installation brings Mainstay up to date.
    Nothing of yours is lost; posts go out or wait as planned.
cause-api-version-retired-not = Signing in again does not help.
cause-api-version-retired-who = whoever runs this installation
cause-api-version-retired-signing-in = no

cause-app-misconfigured-title = This installation’s registration at the platform is not right
cause-app-misconfigured-sentence = The platform does not accept the client id, the secret, the redirect address or the review state of the app that we speak through.
cause-app-misconfigured-steps =
    Whoever runs this installation opens Settings, Apps, and compares every line with the platform’s developer page.
    After it is right, logins go on by themselves.
cause-app-misconfigured-not = Signing in again does not help.
cause-app-misconfigured-who = whoever runs this installation
cause-app-misconfigured-signing-in = no

cause-superseded-by-new-grant-title = A newer sign-in took its place
cause-superseded-by-new-grant-sentence = The same person signed in again, and the platform ended the older sign-in.
cause-superseded-by-new-grant-steps =
    Nothing, as long as the newer one is well.
    If this channel is not well, sign in once more.
cause-superseded-by-new-grant-not = There is no need to unlink.
cause-superseded-by-new-grant-who = usually nobody need act
cause-superseded-by-new-grant-signing-in = where the newer sign-in has other permissions

cause-lost-in-flight-title = The platform’s answer was lost on its way to us
cause-lost-in-flight-sentence = The platform changed the sign-in’s key while it was extended, and the new key never arrived here: a connection or a machine broke off at that very moment.
cause-lost-in-flight-steps =
    Sign in again as the same account. Your posts stay.
cause-lost-in-flight-not = Waiting does not help; the old key is spent.
cause-lost-in-flight-who = the person who uses the account
cause-lost-in-flight-signing-in = yes

cause-content-rejected-title = The platform refuses this post
cause-content-rejected-sentence = The login is well; the platform does not take this one post as it is.
cause-content-rejected-steps =
    Read what it says against it, change the text or the picture, and schedule it again.
cause-content-rejected-not = Signing in again does not help, and the same post will be refused again.
cause-content-rejected-who = whoever wrote the post
cause-content-rejected-signing-in = no

cause-rate-limited-title = Too many calls for now
cause-rate-limited-sentence = The platform wants us to slow down, so we do.
cause-rate-limited-steps =
    Nothing. Posts wait for their turn and go out, or are kept for you if they would be too late.
cause-rate-limited-not = Signing in again does not help.
cause-rate-limited-who = time
cause-rate-limited-signing-in = no

cause-platform-outage-title = The platform is in trouble
cause-platform-outage-sentence = The platform does not answer, or answers with errors of its own. The sign-in is not at fault.
cause-platform-outage-steps =
    Nothing. We keep trying; a post that would be too late is kept for you and not lost.
cause-platform-outage-not = Signing in again does not help.
cause-platform-outage-who = time
cause-platform-outage-signing-in = no

cause-unknown-title = The platform gave an answer that we cannot place
cause-unknown-sentence = What the platform said stands in no list that we know; it is shown as it came.
cause-unknown-steps =
    Look at the evidence below; it often says more than its code.
    Choose Check now. If it stays, sign in again, and tell whoever runs this installation what the evidence says.
cause-unknown-not = Unlinking is not needed.
cause-unknown-who = that depends on the evidence
cause-unknown-signing-in = it may
