// The control listener: how a test arranges what a person or an operator of the PDS would do, and breaks things.
// POST a JSON object to /NAME; the answer is a JSON object, or 400 {"error"} with what was wrong.
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { setOffsetMs } from './clock.mjs';
import { mapHost } from './outside.mjs';

/** The commands by name. Each takes the posted object and gives the answer. */
export function commands({ pds, pdsUrl, faults }) {
  const accounts = pds.ctx.accountManager;
  const db = accounts.db.db;
  const target = (name) => {
    const found = faults[name ?? 'pds'];
    if (!found) throw new Error('target is "pds" or "plc"');
    return found;
  };
  const didOf = async (handleOrDid) => {
    const flags = { includeDeactivated: true, includeTakenDown: true };
    const account = await accounts.getAccount(required(handleOrDid, 'account'), flags);
    if (!account) throw new Error(`no account ${handleOrDid}`);
    return account.did;
  };
  return {
    /** {handle, password, email?} → {did, handle} */
    'create-account': async ({ handle, password, email }) => {
      const answer = await fetch(`${pdsUrl}/xrpc/com.atproto.server.createAccount`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ handle, password, email: email ?? `${handle.split('.')[0]}@mail.test` }),
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(`createAccount: ${answer.status} ${JSON.stringify(body)}`);
      return { did: body.did, handle: body.handle };
    },
    /** {account, password}: as the account's settings would. The sessions that OAuth gave stay. */
    'change-password': async ({ account, password }) => {
      await accounts.updateAccountPassword({ did: await didOf(account), password: required(password, 'password') });
      return {};
    },
    /** {account} → {revoked}: ends every OAuth session of the account, as its owner can on the PDS's own page. */
    'revoke-sessions': async ({ account }) => {
      const done = await db.deleteFrom('token').where('did', '=', await didOf(account)).executeTakeFirst();
      return { revoked: Number(done.numDeletedRows) };
    },
    /** {account, down}: the PDS's moderators take the account down, or let it up again. */
    'take-down': async ({ account, down = true }) => {
      await accounts.takedownAccount(await didOf(account), { applied: down, ref: 'test' });
      return {};
    },
    /** {account, active}: the owner deactivates the account, or activates it again. */
    'set-active': async ({ account, active }) => {
      const did = await didOf(account);
      if (active) await accounts.activateAccount(did);
      else await accounts.deactivateAccount(did, {});
      return {};
    },
    /** {account} → {sessions: [{client, createdAt, updatedAt, expiresAt}]} */
    sessions: async ({ account }) => {
      const rows = await db.selectFrom('token').selectAll().where('did', '=', await didOf(account)).execute();
      return {
        sessions: rows.map((row) => ({
          client: row.clientId,
          createdAt: row.createdAt,
          updatedAt: row.updatedAt,
          expiresAt: row.expiresAt,
        })),
      };
    },
    /** {seconds, account?}: every session (of that account) is that much older; no clock moves, so proofs stay fresh. */
    age: async ({ seconds, account }) => {
      let query = db.selectFrom('token').select(['id', 'createdAt', 'updatedAt', 'expiresAt']);
      if (account) query = query.where('did', '=', await didOf(account));
      const rows = await query.execute();
      for (const row of rows) {
        const set = Object.fromEntries(['createdAt', 'updatedAt', 'expiresAt'].map((c) => [c, earlier(row[c], seconds)]));
        // An access token carries its own end, which no row can change; met with a row that has ended before it, the PDS
        // would end the whole session. A new token id makes it merely invalid, as an expired one is.
        if (new Date(set.expiresAt).getTime() < Date.now()) set.tokenId = `tok-${randomBytes(16).toString('hex')}`;
        await db.updateTable('token').set(set).where('id', '=', row.id).execute();
      }
      return { aged: rows.length };
    },
    /** {offset_seconds}: the PDS's own clock is that far ahead. A client with the right time then meets skew. */
    clock: ({ offset_seconds }) => {
      setOffsetMs(number(offset_seconds, 'offset_seconds') * 1000);
      return {};
    },
    /** {host, port}: https://HOST is http://127.0.0.1:PORT for the PDS. */
    'map-host': ({ host, port }) => {
      mapHost(required(host, 'host'), number(port, 'port'));
      return {};
    },
    /** {target?, kind, path?, method?, status?, body?, headers?, ms?, skip?, times?}: see faults.mjs. */
    fault: ({ target: name, ...fault }) => {
      target(name).add(fault);
      return {};
    },
    /** Ends all faults, on both servers. */
    restore: () => {
      Object.values(faults).forEach((f) => f.clear());
      return {};
    },
    /** {target?, forget?} → {requests: [{method, path, status, fault}]} since the start or the last forgetting. */
    requests: ({ target: name, forget }) => {
      const requests = target(name).log;
      if (forget) target(name).forgetLog();
      return { requests };
    },
  };
}

/** Serves the commands on a loopback port; gives the server. */
export async function serveControl(table, port) {
  const server = http.createServer(async (req, res) => {
    const reply = (status, body) => {
      res.writeHead(status, { 'content-type': 'application/json' });
      res.end(JSON.stringify(body));
    };
    try {
      const command = table[req.url.slice(1)];
      if (req.method !== 'POST' || !command) return reply(404, { error: `POST one of ${Object.keys(table).join(', ')}` });
      const text = (await Array.fromAsync(req)).join('');
      reply(200, await command(text === '' ? {} : JSON.parse(text)));
    } catch (error) {
      reply(400, { error: String(error?.message ?? error) });
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return server;
}

function earlier(iso, seconds) {
  return new Date(new Date(iso).getTime() - number(seconds, 'seconds') * 1000).toISOString();
}

function required(value, name) {
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`);
  return value;
}

function number(value, name) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${name} is not a number`);
  return value;
}
