# The composer.
compose-title = New post
compose-title-old = Edit post
compose-channels = Channels
compose-no-channels = No channel is connected yet. You can write now and choose later.
compose-note-waits = Will wait
compose-note-remind = By hand
compose-tabs = Text for
compose-all = All
compose-text = Text
compose-text-words = What do you want to say?
compose-text-for = Text for { $name }
compose-same = Same text everywhere
compose-only-here = Only on { $name }
compose-own-text = Other words here
compose-own-text-words = Untick it, and the channel follows the shared text again.
compose-own-media = Fewer pictures here
compose-mend = Follow the shared text again
compose-add = Add pictures
compose-add-words = Drop, paste or choose JPEG, PNG, WebP or GIF, up to 30 MB each.
compose-library = From the library
compose-pick = Add { $name }
compose-take-out = Take out { $name }
compose-alt = Description
compose-alt-words = For people who cannot see it
compose-preview = Preview
compose-no-preview = Connect a channel to see how it will look.
compose-when = When
compose-slot = Next free slot
compose-save-draft = Save draft
compose-schedule = Schedule
compose-save = Save and schedule
compose-more = More ways to send it
compose-show-again = Show again
compose-no-time = Choose a date and a time, or post now.
compose-draft-saved = Draft saved.
compose-saved-waits = Saved. It still waits for you: choose a time, or drop it.
compose-autosaved = Draft saved
compose-autosave-failed = Not saved yet, trying again
compose-unsaved = Changes not saved
compose-scheduled = { $n ->
    [one] Scheduled: it goes out on { $when }.
   *[other] Scheduled on { $n } channels: it goes out on { $when }.
}
compose-now = { $n ->
    [one] Going out now.
   *[other] Going out now on { $n } channels.
}
compose-stale = Nothing was changed: somebody else changed this post meanwhile. What you typed is kept here; look at the post, then save again to put yours in its place.
compose-gone = This post was thrown away meanwhile. What you typed is kept here; save it to make a new post of it.
compose-autosave-stale = Not saved: it was changed elsewhere. Save the draft to decide.
compose-fixed = On these channels it is out or on its way; what you change does not reach them.
