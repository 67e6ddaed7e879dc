# Drafts and the Plan Grid.
drafts-empty = No drafts
drafts-empty-words = What you save without a time waits here.
drafts-no-channel = No channel yet
drafts-no-time = No time yet
drafts-planned = In mind: { $when }
drafts-changed = Changed
drafts-more = More for this draft
grid-channels = Channels
grid-no-channel = No channel to show yet
grid-no-channel-words = Connect a channel, and its latest posts appear here beside what you plan.
grid-empty = Nothing here yet
grid-empty-words = Planned posts stand on top; the account’s own posts follow once they are read back.
grid-how = How the grid works
grid-how-words = The newest post is at the upper left. Drag a planned post onto another to swap their times. Posts that are on the account already stay where they are.
grid-updated = Updated
grid-as-of = As of
grid-never = Not read back yet
grid-update = Update grid
grid-sign-in = Sign in to update
grid-link-again = Link again
grid-updating = The grid is being updated. New posts appear in a moment.
grid-new-posts = { $n ->
    [one] 1 new post
   *[other] { $n } new posts
}
grid-collabs = { $n ->
    [one] 1 collab post is
   *[other] { $n } collab posts are
} not shown: { $platform } gives them only to the account that created them.
grid-swapped = Swapped: { $first } and { $second }.
grid-unlinked = Disconnected
grid-unlinked-words = Your planned posts are kept. { $name } was unlinked, so the grid shows how it was. Link it again to update it.
grid-broken = The connection is broken
grid-broken-words = Your planned posts are kept, and the grid shows how the account was. { $name } needs a sign-in.
grid-not-syncing = The grid does not sync
grid-not-syncing-words = Nothing is lost. { $platform } did not answer the last time; we try again { $next }.
grid-recent-missing = Recent posts are missing
grid-recent-missing-words = { $n ->
    [one] 1 post went out that { $platform } does not list yet. It appears by itself; update the grid to look again.
   *[other] { $n } posts went out that { $platform } does not list yet. They appear by themselves; update the grid to look again.
}
grid-old = The grid is not up to date
grid-old-words = It was not read back for a while. Update the grid to bring the newest posts in.
