# Words of components: platforms, states, the life ring, ticks, times.
platform-instagram = Instagram
platform-facebook = Facebook
platform-threads = Threads
platform-google-business = Google Business Profile
platform-youtube = YouTube
platform-linkedin = LinkedIn
platform-tiktok = TikTok
platform-pinterest = Pinterest
platform-bluesky = Bluesky
platform-mastodon = Mastodon
platform-x = X

ring-spoken = { $name } on { $platform }: { $state }
life-well = well, extends itself
life-good-until = needs sign-in by { $until }
life-needs-sign-in = needs sign-in
life-reminder-only = reminder-only, you post by hand
life-permission-missing = permission missing
life-platform-down = platform is down, nothing for you to do
life-checking = checking
life-unlinked = unlinked, its posts are kept

state-draft = Draft
state-in-review = In review
state-scheduled = Scheduled
state-at-risk = Won’t go out unless something is mended
state-going-out = Going out
state-published = Published
state-handed-over = With the platform
state-reminded = Post it by hand
state-waiting = Waiting for you
state-uncertain = May have gone out
state-rejected = Rejected
state-canceled = Taken back
state-dropped = Dropped

tile-synced = On the account
tile-planned = Planned
tile-placeholder = Kept free
notice-new = New
more-for = More for { $name }
counter-left = Characters left: { $n }
preview-title = How it will look on { $platform }
preview-pictures = { $n ->
    [one] 1 picture
   *[other] { $n } pictures
}

tick-wait = not yet checked
tick-now = being checked
tick-done = passed
tick-failed = did not pass
tick-account = Right account
tick-permissions = Permissions
tick-role = Role
tick-test-read = Test read
tick-extends = Extends itself

time-just-now = just now
time-in-a-moment = in a moment
time-minutes-ago = { $n } min ago
time-in-minutes = in { $n } min
time-hours-ago = { $n ->
    [one] 1 hour ago
   *[other] { $n } hours ago
}
time-in-hours = { $n ->
    [one] in 1 hour
   *[other] in { $n } hours
}
time-days-ago = { $n ->
    [one] 1 day ago
   *[other] { $n } days ago
}
time-in-days = { $n ->
    [one] in 1 day
   *[other] in { $n } days
}
date-day = { $day } { $month }
date-day-year = { $day } { $month } { $year }
date-time = { $weekday } { $day }, { $time }
date-exact = { $weekday } { $day } { $month } { $year }, { $time }, { $zone }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
weekday-short-1 = Mon
weekday-short-2 = Tue
weekday-short-3 = Wed
weekday-short-4 = Thu
weekday-short-5 = Fri
weekday-short-6 = Sat
weekday-short-7 = Sun
gallery-title = Components
