// A clock for this process that can be moved. It is for skew ("the server's clock is an hour ahead of ours");
// to let sessions grow old without skew, see `age` in control.mjs.
const RealDate = globalThis.Date;
let offsetMs = 0;

class MovedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
}

/** Puts the movable clock in place. Called once, before any of the peers' code is loaded. */
export function installClock() {
  globalThis.Date = MovedDate;
}

/** Sets how far this process's clock is ahead of the machine's, in milliseconds (negative: behind). */
export function setOffsetMs(ms) {
  offsetMs = ms;
}
