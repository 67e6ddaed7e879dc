# Apps: our registrations at the platforms, their secrets, the field check, test sign-ins, the set-up pages.

apps-name = Name
apps-name-hint = What your team calls it. Left empty, it is named after its platform.
apps-name-taken = Another app here has that name. Choose another one.
apps-unnamed = App without a name
apps-unnamed-house = App of this installation
apps-open = Open
apps-state = State
apps-guide = How to set it up
apps-usual = used for new sign-ins
apps-retired = no new sign-ins
apps-in-trouble = { $n ->
    [0] In trouble: { $why }
    [one] In trouble, one channel waits: { $why }
   *[other] In trouble, { $n } channels wait: { $why }
}
apps-two-secrets = two secrets
apps-signed-in = { $n ->
    [0] nobody signed in
    [one] { $n } sign-in
   *[other] { $n } sign-ins
}
apps-fields = Fields
apps-check = Field check
apps-check-now = Check the fields
apps-public-address = Public address
apps-test = Test sign-in
apps-test-words = A test sign-in shows what only the platform knows. It makes no channel and leaves no login behind.
apps-test-no-set = Nothing was begun: this workspace has no social set yet. Add one first.

apps-secret-only = The secret
apps-secret-newest = The newest secret
apps-secret-before = The secret before
apps-secret-untried = Not used yet
apps-secret-taken = The platform takes it
apps-secret-refused = The platform refuses it
apps-secret-since = Added
apps-secret-taken-at = Last taken
apps-secret-refused-at = Last refused
apps-secret-new = New client secret
apps-secret-new-hint = It stands beside the present one: where the platform refuses one, the other is tried. No login is lost by it.
apps-secret-add = Add the new secret
apps-secret-added = Added. The one before stays until you say that it is revoked at the platform.
apps-secret-two = There are two secrets already. Forget one of them first.
apps-secret-one = Nothing was changed: there is only one secret. Add the new one first.
apps-secret-only-good = Nothing was changed: the platform takes only the secret that would be forgotten. Forget the other one; or, if that one is good by now, make a test sign-in first.
apps-secret-two-words = Calls use the newest; where the platform refuses it, the one before. Once the old one is revoked at the platform, have it forgotten here.
apps-secret-forget = It is revoked: forget it
apps-secret-forgotten = The secret before is forgotten.
apps-secret-take-back = Do not use it
apps-secret-taken-back = The new secret is forgotten; the one before is in use.

apps-keys = Signing keys
apps-keys-words = New sign-ins are bound to the newest key. A key stays as long as a sign-in is bound to it.
apps-key-logins = { $n ->
    [0] no sign-in
    [one] { $n } sign-in
   *[other] { $n } sign-ins
}
apps-key-add = Make a new key
apps-key-added = New sign-ins use the new key. Those that live stay with theirs.
apps-keys-drop = Forget unused keys
apps-keys-dropped = Keys that nothing is bound to are forgotten.
apps-keys-busy = Nothing was changed: somebody is signing in through this app right now. Try again in a quarter of an hour.
apps-no-keys = Nothing was changed: this app has no signing keys. Use its client secret instead.

apps-logins = Signed in through this app
apps-logins-none = Nobody is signed in through it.
apps-logins-more = { $n ->
    [one] And one more.
   *[other] And { $n } more.
}
apps-login-channel = Channel
apps-login-person = Who
apps-login-when = Since
apps-no-channel = no channel

apps-ends-logins = { $n ->
    [one] Nothing was changed yet. With another client id, one sign-in through this app can no longer be extended and ends; its posts stay and wait. Confirm it below, or add the new id as another app.
   *[other] Nothing was changed yet. With another client id, { $n } sign-ins through this app can no longer be extended and end; their posts stay and wait. Confirm it below, or add the new id as another app.
}
apps-ends-confirm = { $n ->
    [one] End this one sign-in
   *[other] End these { $n } sign-ins
}
apps-add-instead = Add it as another app
apps-retire = Take no new sign-ins
apps-retired-done = It takes no new sign-ins. Those that live go on.
apps-retired-words = This app takes no new sign-ins. Those that live go on. Choose another app for new ones.
apps-retired-by-settings = The settings of this installation name another client now, so this app takes no new sign-ins. Nothing was ended: those that live go on as long as the platform lets them. Sign in again to move them.
apps-moved = Its sign-ins live on only while { $address } goes on leading to this installation. Keep that address, or sign in again through another app.
apps-take-up = Take sign-ins again
apps-taken-up = It takes sign-ins again.
apps-make-usual = Use for new sign-ins
apps-usual-done = New sign-ins go through this app.
apps-remove = Remove the app
apps-removed = The app is removed, and its secrets are forgotten.
apps-remove-used = { $n ->
    [0] Nothing was changed: a sign-in still uses this app. Try again in a moment.
    [one] Nothing was changed: one sign-in still lives through this app. Sign in again through another app first.
   *[other] Nothing was changed: { $n } sign-ins still live through this app. Sign in again through another app first.
}

check-client-loopback = This installation is not public, so a sign-in lasts 14 days. Give it a public https address for longer ones.
check-client-address = It is the address of this installation, as Bluesky wants it.
check-client-moved = It is an address that this installation had before. Add another app for the present address.
check-client-missing = Missing. Copy the app id from the platform’s developer page.
check-client-digits = It is a number, as Meta’s ids are.
check-client-not-digits = Meta’s ids are numbers. Copy the app id, not the app’s name.
check-secret-missing = Missing. Copy it from the platform’s developer page.
check-secret-space = There is a space in it. Copy it once more, without what stands around it.
check-secret-is-id = It is the client id. Copy the secret instead.
check-secret-usual = It looks as Meta’s secrets do. Whether it is the right one, a test sign-in shows.
check-secret-unusual = Meta’s secrets have 32 signs of 0–9 and a–f; this one has not. Make a test sign-in.
check-redirect-moved = It was made for another public address. Save the app to use { $now }, and enter that at the platform.
check-redirect-none = It is no address. Ask whoever runs this installation.
check-redirect-https = https, as the platform wants it. Enter it there exactly as it stands.
check-redirect-http = The platform wants https. Ask whoever runs this installation to put it behind https.
check-redirect-loopback = It leads to this machine, which Bluesky allows.
check-redirect-development = It leads to this machine. Meta lets it through only while the app is in development mode, if at all: make a test sign-in.
check-public-look = Mainstay cannot see itself from outside. Open { $address } from another network to make sure that it is reached.
check-public-pictures = Only this machine reaches it, and the platform fetches pictures from it. Give this installation a public https address.
check-public-local = Only this machine reaches it. Signing in works in a browser on this machine.
check-scopes-config = A configuration is asked for; it must hold all permissions that posting needs. Make a test sign-in.
check-scopes-there = All that posting needs is asked for.
check-scopes-lacking = Posting will not work without { $scopes }. Add it.

app-test-sub = { $app }, { $flow }. No channel was made.
app-test-works = The app works
app-test-fails = The app does not work yet
app-test-canceled = The test was canceled at the platform
app-test-expired = Nobody came back from the platform
app-test-open = The test is under way
app-test-redirect = The platform led back here
app-test-secret = The secret was taken
app-test-secret-taken = The newest secret
app-test-secret-before = The platform refused the newest secret and took the one before. Activate the newest there, or copy it again.
app-test-secret-refused = The platform refused the secret. Copy it once more from the developer page.
app-test-scopes = What posting needs was granted
app-test-scopes-lacking = Not granted: { $scopes }. Add it to the app at the platform, or leave it ticked.
app-test-accounts = Accounts are visible
app-test-no-accounts = None. Sign in as somebody who has an account here, and leave it ticked.
app-test-left = No login was left behind
app-test-given-back = The sign-in was given back at the platform.
app-test-only-here = The platform has no call to give a sign-in back. It is forgotten here; the app can be removed at: { $where }
app-test-still-in-use = The same person is signed in for real through this app, so nothing was taken back at the platform. This sign-in is forgotten here.
app-test-not-given-back = The platform did not answer. The sign-in is forgotten here; the app can be removed at: { $where }
app-test-again = Test again
app-test-back = Back to the app

set-up-title = Set up { $platform }
set-up-copy = Copy
set-up-permissions = What is asked, and why
set-up-needed = needed to post
set-up-domain = App domain, privacy policy
set-up-domain-hint = Where the platform asks for the address of the app or its site. It also asks for a privacy policy: that page is yours.
set-up-scopes-hint = For App Review, or a configuration of Login for Business.
set-up-bluesky-address-hint = This is who we are to Bluesky’s servers. They read it again and again, so it must stay and be reached from outside.
set-up-facebook-facebook =
    At developers.facebook.com make an app of type Business with the product Facebook Login, or Facebook Login for Business.
    Under Facebook Login, Settings, Valid OAuth Redirect URIs: enter the redirect address below, exactly as it stands.
    Pages of your own: give the people who sign in a role on the app. Standard access is enough, without App Review.
    Pages of others: ask for Advanced access. Meta wants App Review of each permission, and business verification.
    Switch the app to Live; it needs the address of a privacy policy. What an app in development mode posts is seen only by people with a role on the app.
    Leave the addresses for deauthorizing and for deleting data empty: Mainstay has none yet. It finds out by itself when access was removed.
    Copy the App ID and the App secret into an app here, check the fields, and make a test sign-in.
set-up-instagram-instagram =
    At developers.facebook.com make an app of type Business and add Instagram, API setup with Instagram login.
    Under Business login settings, OAuth redirect URIs: enter the redirect address below. The dashboard may add a slash at its end; take it away again.
    Accounts of your own: add them as Instagram Testers and accept the invitation in Instagram, under Apps and websites. Standard access is enough.
    Accounts of others: ask for Advanced access. Meta wants App Review of each permission, and business verification.
    Leave the addresses for deauthorizing and for deleting data empty: Mainstay has none yet. It finds out by itself when access was removed.
    Copy the Instagram App ID and the Instagram App Secret, not those of the Facebook app, into an app here. Check the fields, and make a test sign-in.
    Instagram fetches pictures from this installation, so its public address must be reached from outside.
set-up-instagram-facebook =
    At developers.facebook.com make an app of type Business and add Instagram, API setup with Facebook login, and Facebook Login for Business.
    Under Facebook Login, Settings, Valid OAuth Redirect URIs: enter the redirect address below, exactly as it stands.
    Each Instagram account must be a professional one and linked to a Facebook Page on which whoever signs in has a role.
    Accounts of your own: give the people who sign in a role on the app. Accounts of others: ask for Advanced access, with App Review and business verification.
    Switch the app to Live; it needs the address of a privacy policy.
    Leave the addresses for deauthorizing and for deleting data empty: Mainstay has none yet. It finds out by itself when access was removed.
    Copy the App ID and the App secret into an app here, check the fields, and make a test sign-in.
    Instagram fetches pictures from this installation, so its public address must be reached from outside.
set-up-bluesky-bluesky =
    There is nothing to register: no secret, no review. This installation describes itself at its own address.
    Give it a public https address without a port, and keep it: with another address, every sign-in must be made anew.
    Without a public https address a sign-in lasts 14 days.
    Add an app here, open it, and make a test sign-in with your handle.
set-up-elsewhere =
    Register an app on the platform’s developer page, with the redirect address and the permissions below.
    Copy its id and its secret into an app here, check the fields, and make a test sign-in.

preview-through-app = through the app { $app }
preview-other-app = Use the app { $app }
preview-app-retired = The app of the earlier sign-in takes no new ones, so this goes through another. Check that it is the right one.
manager-ask-names = Not set up here yet. Ask { $names }.
manager-ask-house = Its app takes no new sign-ins. Ask whoever runs this installation.
