# The frame around every page.
product = Mainstay
skip = Skip to the page
close = Close
cancel = Cancel
nav-label = Main
nav-short-label = Shortcuts
nav-create = Create
nav-home = Home
nav-calendar = Calendar
nav-grid = Plan Grid
nav-missed = Missed posts
nav-drafts = Drafts
nav-inbox = Inbox
nav-channels = Channels
nav-linked-accounts = Linked Accounts
nav-settings = Settings
nav-help = Help
nav-more = More
nav-fold = Fold
nav-sign-out = Sign out
nav-sign-out-as = Sign out { $name }
side-label = Details
switcher-label = (choose another social set)
switcher-sets = Social sets
switcher-edit = Add & Edit Social Connections
switcher-attention = { $n ->
    [one] 1 channel needs attention
   *[other] { $n } channels need attention
}
count-waiting = { $n } waiting
count-posts = { $n ->
    [one] 1 post
   *[other] { $n } posts
}
banner-label = Needs attention
banner-more = { $n ->
    [one] and 1 more
   *[other] and { $n } more
}
plain-foot = Your planner, on your own machine.
demo-label = Demo
demo-note = Simulator only, nothing leaves this machine
demo-tools = Change the simulated world
demo-break = Break a login
demo-next = Jump to the next post
demo-jump = Jump 14 days
demo-down = Platform down
demo-up = Platform up
demo-reset = Reset
