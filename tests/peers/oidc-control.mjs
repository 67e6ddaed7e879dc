// What a test can see of the OAuth server and do to it, and where that server keeps what it gave out.
import { setOffsetMs } from './clock.mjs';

/** Everything the server stores, by model and id, in memory. An end is the server's own business: it carries `exp`. */
export class Shelf {
  #models = new Map();

  #rows(model) {
    if (!this.#models.has(model)) this.#models.set(model, new Map());
    return this.#models.get(model);
  }

  /** The adapter of one model, in the form that oidc-provider asks for. */
  of(model) {
    const rows = this.#rows(model);
    const by = (name, value) => [...rows.values()].find((row) => row[name] === value);
    return {
      upsert: async (id, payload) => void rows.set(id, payload),
      find: async (id) => rows.get(id),
      findByUid: async (uid) => by('uid', uid),
      findByUserCode: async (code) => by('userCode', code),
      consume: async (id) => void (rows.get(id).consumed = Math.floor(Date.now() / 1000)),
      destroy: async (id) => void rows.delete(id),
      revokeByGrantId: async (grant) => this.#drop(rows, (row) => row.grantId === grant),
    };
  }

  #drop(rows, gone) {
    for (const [id, row] of rows) if (gone(row)) rows.delete(id);
  }

  /** How many refresh tokens of this account could be used now. */
  usable(account) {
    const now = Date.now() / 1000;
    return [...this.#rows('RefreshToken').values()].filter((row) => row.accountId === account && !row.consumed && row.exp > now).length;
  }

  /** Everything that this account gave is taken back; how many sign-ins that were. */
  revoke(account) {
    const before = this.#rows('Grant').size;
    for (const model of ['Grant', 'AccessToken', 'RefreshToken']) this.#drop(this.#rows(model), (row) => row.accountId === account);
    return before - this.#rows('Grant').size;
  }
}

/** The commands by name. Each takes the posted object and gives the answer. */
export function oidcCommands({ shelf, faults }) {
  return {
    /** {account} → {revoked}: as the account's owner does on the server's own page. */
    revoke: ({ account }) => ({ revoked: shelf.revoke(account) }),
    /** {account} → {usable}: refresh tokens that would be taken. */
    usable: ({ account }) => ({ usable: shelf.usable(account) }),
    /** {offset_seconds}: the server's clock is that far ahead. */
    clock: ({ offset_seconds: seconds }) => {
      if (!Number.isFinite(seconds)) throw new Error('offset_seconds is not a number');
      setOffsetMs(seconds * 1000);
      return {};
    },
    /** {kind, path?, method?, status?, body?, headers?, ms?, skip?, times?}: see faults.mjs. */
    fault: (fault) => {
      faults.add(fault);
      return {};
    },
    /** Ends all faults. */
    restore: () => {
      faults.clear();
      return {};
    },
    /** {forget?} → {requests: [{method, path, status, fault}]} since the start or the last forgetting. */
    requests: ({ forget }) => {
      const requests = faults.log;
      if (forget) faults.forgetLog();
      return { requests };
    },
  };
}
