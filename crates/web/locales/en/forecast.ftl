# The forecast of all sign-ins, and the fire drill of one channel.
nav-forecast = Forecast
forecast-none = The forecast begins with the first channel.
forecast-now = { $n ->
    [0] No channel needs a person now
    [one] 1 channel needs a person now
   *[other] { $n } channels need a person now
}
forecast-later = { $n ->
    [0] No other will within 90 days, as far as anybody knows
    [one] 1 more will within 90 days
   *[other] { $n } more will within 90 days
}
forecast-risk = { $n ->
    [0] None of { $all } planned posts is at risk
    [one] 1 of { $all } planned posts is at risk
   *[other] { $n } of { $all } planned posts are at risk
}
forecast-hold = All posts are on hold: nothing goes out until that ends.
forecast-hold-set = All posts of { $set } are on hold: nothing of it goes out until that ends.
forecast-counted-to = There are more planned posts than one picture can hold; they are counted up to { $when }. Choose one social set to see less at a time.
forecast-views = View
forecast-timeline = Timeline
forecast-table = Table
forecast-picture = Save as picture
forecast-set = Social set
forecast-all-sets = All social sets
forecast-show = Show
forecast-look = See what to do
forecast-group-now = Needs a person now
forecast-group-later = Needs a person within 90 days
forecast-group-unlinked = Not linked, with posts planned
forecast-group-unclear = Nobody is needed, but not everything is known
forecast-group-nobody = Nobody is needed
forecast-group-aside = Reminder-only and unlinked
forecast-spoken-renewals = { $n ->
    [one] Extended by itself about { $day }
   *[other] Extended by itself about { $n } times, next about { $day }
}
forecast-posts = { $n ->
    [0] No post planned
    [one] 1 post planned
   *[other] { $n } posts planned
}
forecast-posts-risk = { $n ->
    [one] 1 of them at risk
   *[other] { $n } of them at risk
}
forecast-col-channel = Channel
forecast-col-state = Sign-in
forecast-col-needed = Needs a person
forecast-col-extended = Extended by itself
forecast-col-posts = Posts
forecast-col-risk = At risk
forecast-needed-now = Now
forecast-not-needed = Not within 90 days
forecast-times = { $n ->
    [one] about once
   *[other] about { $n } times
}
forecast-never = Not by itself
forecast-legend = What the signs mean
forecast-sign-extends = Extends itself
forecast-sign-until = Good until its day
forecast-sign-quarter = The last quarter before its day
forecast-sign-needs = Needs a sign-in
forecast-sign-person = A person is needed from here on
forecast-sign-tick = Extended by itself, about then
forecast-sign-warn = The Inbox says that the end is near
forecast-sign-post = Posts planned, larger for more
forecast-sign-risk = Posts at risk: they would wait
forecast-sign-unknown = Works, its end is not known
forecast-honest = This is a forecast. Marks for extending are about when it happens at the latest; checks and posts may do it sooner, and a platform may end a sign-in any day.
forecast-sheet-title = Forecast · { $name }
forecast-sheet-made = As of { $when }. 90 days, in that time zone.

drill-menu = Fire drill
drill-title = What if this broke tonight?
drill-safe = Nothing is touched: no post, no sign-in, no message. This only says what would happen.
drill-cause = What happens
drill-at = When, in { $zone }. Empty means now
drill-show = Show what would happen
drill-unreadable = This is no time of that zone. Choose another.
drill-not-a-login = A sign-in does not meet this. Choose another cause.
drill-broken-now = This is no drill: the channel needs a person already. What stands below holds now.
drill-reminder-only = You post by hand here, so no post waits for the sign-in. The reminders come as planned; only reading the account back would stop.
drill-unlinked = This channel is not linked: its posts wait already, whatever happens to its sign-in.
drill-mend-now = Look at the channel

drill-posts = Which posts would wait
drill-held = { $n ->
    [0] None. Nothing is planned here from then on.
    [one] 1 post would be kept for you at its hour, unless this is mended before.
   *[other] { $n } posts would be kept for you, each at its hour, unless this is mended before.
}
drill-late = { $n ->
    [0] None. Nothing is planned here from then on.
    [one] 1 post would be tried again until it is { $minutes } minutes late. After that it would be kept for you.
   *[other] { $n } posts would be tried again, each until it is { $minutes } minutes late. After that it would be kept for you.
}
drill-by-hand = { $n ->
    [0] None. Nothing is planned here from then on.
    [one] None. The reminder of 1 post comes as planned.
   *[other] None. The reminders of { $n } posts come as planned.
}
drill-within = { $day } within a day, { $three } within three days, { $week } within a week
drill-earlier = { $n ->
    [one] 1 post that is due before then goes out as planned.
   *[other] { $n } posts that are due before then go out as planned.
}
drill-more = { $n ->
    [one] and 1 later post
   *[other] and { $n } later posts
}

drill-told = Who is told, and when
drill-noticed = Mainstay notices at the next check or with the first post, by { $when } at the latest. The Inbox says so at that moment.
drill-noticed-next = Mainstay notices at the next check. The Inbox says so at that moment.
drill-passes = Nobody is called: it passes by itself. Posts that become too late are listed in the Inbox.
drill-nothing-known = Nobody is called at once: nothing would be known against the sign-in. Posts that become too late are listed in the Inbox.
drill-who = May sign in for { $set } and read that Inbox:
drill-others = { $n ->
    [one] 1 more member reads the Inbox but may not sign in.
   *[other] { $n } more members read the Inbox but may not sign in.
}
drill-only-inbox = The Inbox is the one place where this is said; no mail goes out.

drill-mend = Who can mend it, and how
drill-mend-who = Who
drill-mend-sign-in = Does signing in help

drill-spare = Would another sign-in take over?
drill-spare-none = No. There is no second sign-in for this channel.
drill-spare-takes-over = Yes. { $name }’s sign-in of { $day }, through { $flow }, stands by and is not hit by this: it is proven at once, and if it works nothing waits and nobody is called.
drill-spare-kept = No. { $name }’s sign-in of { $day }, through { $flow }, is kept as well and not hit by this, but it was not said that it may stand by, so it does not take over by itself. Somebody signs in again.
drill-spare-hit = No. { $name }’s sign-in of { $day }, through { $flow }, is kept as well, but it would not help: the same hits it, or it is not well itself.

drill-also = What else would stop
drill-also-none = No other channel.
drill-also-words = { $n ->
    [one] 1 other channel, for the same cause:
   *[other] { $n } other channels, for the same cause:
}

drill-also-more = { $n ->
    [one] and 1 more
   *[other] and { $n } more
}

drill-after = What goes out afterwards
drill-after-later = What is due after it is mended goes out by itself, at its hour.
drill-after-held = What was kept until then does not go out by itself, so that nothing comes late or all at once: Missed posts proposes times, and somebody says yes.
drill-after-passes = Once the platform is well, posts that are not too late go out by themselves.
drill-hold = All posts here are on hold now. Until that ends, nothing goes out in any case.
