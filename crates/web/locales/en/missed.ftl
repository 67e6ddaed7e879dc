# Missed posts, and rescheduling them.
missed-lead = { $n ->
    [one] 1 post is kept whole and waits for you. Nothing was sent.
   *[other] { $n } posts are kept whole and wait for you. Nothing was sent.
}
missed-empty = No post waits for you
missed-empty-words = When a post cannot go out at its hour, it is kept here with the reason.
missed-all = All
missed-channels = Channels
missed-group = { $n ->
    [one] 1 post waits on { $name }
   *[other] { $n } posts wait on { $name }
}
missed-why = It could not go out: { $reason }.
missed-well-again = It is well again; choose when they go out.
missed-refresh = Refresh Credentials
missed-was = Planned for
missed-uncertain = May have gone out ({ $n })
missed-uncertain-words = Nothing is sent again before you looked. Look at the platform, then say what you found.
missed-failed = Refused by the platform ({ $n })
missed-failed-words = These are kept whole. Change what the platform named, then reschedule them.
missed-reminded = Waiting to be posted by hand ({ $n })
missed-reminded-words = Post them on the platform, then mark them as posted.
missed-reschedule-all = Reschedule all
missed-proposal-lead = Nothing has changed yet. Look at the times, then say yes.
missed-way = How to spread them
missed-way-free = Into the next free hours
missed-way-free-words = Whole hours between 9:00 and 20:00 at which the channel has nothing planned.
missed-way-every = From a time on, evenly
missed-way-every-words = In the order in which they were planned, so many minutes apart on each channel.
missed-spacing = Minutes apart
missed-show-times = Show times
missed-still-waits = Will wait
missed-back = Back to Missed posts
missed-yes = { $n ->
    [one] Reschedule 1 post
   *[other] Reschedule { $n } posts
}
missed-done = { $n ->
    [one] 1 post is scheduled again. It goes out once.
   *[other] { $n } posts are scheduled again. Each goes out once.
}
missed-done-waits = { $n ->
    [one] 1 of them still needs a sign-in before its time.
   *[other] { $n } of them still need a sign-in before their time.
}
column-post = Post
column-was = Was planned for
column-new = New time
post-now = Post now
post-now-spoken = Post now: { $words }
post-drop = Drop
post-reschedule = Reschedule
post-reschedule-spoken = Reschedule: { $words }
when-date = Date
when-time = Time
