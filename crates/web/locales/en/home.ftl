# Home.
home-needs-you = Needs you
home-quiet = Nothing needs you
home-quiet-words = Your channels are well, and no post waits.
home-missed = { $n ->
    [one] 1 post is kept and waits for you
   *[other] { $n } posts are kept and wait for you
}
home-channels = { $n ->
    [one] 1 channel needs you
   *[other] { $n } channels need you
}
home-inbox = { $n ->
    [one] 1 piece of news
   *[other] { $n } pieces of news
}
home-drafts = { $n ->
    [one] 1 draft
   *[other] { $n } drafts
}
home-next = Going out next
home-when = When
home-channel = Channel
home-post = Post
home-state = State
home-nothing-planned = Nothing is planned
home-nothing-planned-words = Plan the next post; it can wait for a channel.
